/** The commands a person types. Each file of cmd/ loads what it needs when it is run, not before. */
import { Builtins, Cli, type CommandClass } from "clipanion";
import { problemCodes } from "../src/problem.ts";
import { version } from "../src/version.ts";
import { AgentCommand } from "./agent/run.ts";
import { AgentStatusCommand, AgentStopCommand } from "./agent/service.ts";
import { DatabaseDeployCommand, DatabaseStatusCommand } from "./backend/db.ts";
import { failed } from "./command.ts";
import { DaemonCallCommand } from "./daemon/call.ts";
import { DaemonConfigCommand } from "./daemon/config.ts";
import { DaemonCommand } from "./daemon/run.ts";
import { DaemonStatusCommand, DaemonStopCommand } from "./daemon/service.ts";
import { UserAddCommand, UserListCommand, UserPasswordCommand, UserRemoveCommand } from "./daemon/user.ts";
import { ModuleCommand } from "./module.ts";

const commands: CommandClass[] = [
  DaemonCommand,
  DaemonStatusCommand,
  DaemonStopCommand,
  DaemonConfigCommand,
  DaemonCallCommand,
  UserAddCommand,
  UserListCommand,
  UserPasswordCommand,
  UserRemoveCommand,
  ModuleCommand,
  AgentCommand,
  AgentStatusCommand,
  AgentStopCommand,
  DatabaseDeployCommand,
  DatabaseStatusCommand,
  Builtins.HelpCommand,
];

export function commandLine(): Cli {
  const colours = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const cli = new Cli({ binaryName: "reeve", binaryLabel: "Reeve", binaryVersion: version, enableColors: colours });
  for (const command of commands) cli.register(command);
  return cli;
}

/** Runs one command line and returns its exit code (the table of src/problem.ts). */
export async function runCommand(words: string[]): Promise<number> {
  const input = words.length === 0 ? ["--help"] : words;
  const status = await commandLine().run(input, {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  });
  // clipanion says 1 for a command line it could not read; our own commands end with a code of the table.
  return failed.code ?? (status === 1 ? problemCodes.usage.exit : status);
}
