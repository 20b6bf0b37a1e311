/** The commands a person types. Each file of cmd/ loads what it needs when it is run, not before. */
import { Cli, type Command, type CommandClass } from "clipanion";
import { problemCodes } from "../src/problem.ts";
import { version } from "../src/version.ts";
import { AgentCommand } from "./agent/run.ts";
import { AgentStatusCommand, AgentStopCommand } from "./agent/service.ts";
import { ActionsCommand } from "./backend/actions.ts";
import { DatabaseDeployCommand, DatabaseStatusCommand } from "./backend/db.ts";
import { DoCommand } from "./backend/do.ts";
import { ImportNetdiscoCommand } from "./backend/import-netdisco.ts";
import { ImportNetdiscoConfigCommand } from "./backend/import-netdisco-config.ts";
import { CancelCommand, ExplainCommand } from "./backend/job.ts";
import { JobsCommand } from "./backend/jobs.ts";
import { BackendCommand } from "./backend/run.ts";
import { BackendStatusCommand, BackendStopCommand } from "./backend/service.ts";
import { failed } from "./command.ts";
import { CompletionCommand } from "./completion.ts";
import { DaemonCallCommand } from "./daemon/call.ts";
import { DaemonConfigCommand } from "./daemon/config.ts";
import { DaemonCommand } from "./daemon/run.ts";
import { DaemonStatusCommand, DaemonStopCommand } from "./daemon/service.ts";
import { UserAddCommand, UserListCommand, UserPasswordCommand, UserRemoveCommand } from "./daemon/user.ts";
import { commandHelps } from "./definition.ts";
import { asksForHelp, complaint, helpFor } from "./help.ts";
import { CtlChangeCommand, CtlChangesCommand } from "./listener/ctl-changes.ts";
import {
  CtlApproveCommand,
  CtlHeldCommand,
  CtlParkedCommand,
  CtlRejectCommand,
  CtlRetryCommand,
  CtlSkipCommand,
} from "./listener/ctl-parked.ts";
import { CtlModulesCommand, CtlStatusCommand } from "./listener/ctl-status.ts";
import {
  CtlDumpCommand,
  CtlForgetCommand,
  CtlPauseCommand,
  CtlReplayCommand,
  CtlResumeCommand,
  CtlResyncCommand,
  CtlVerifyCommand,
} from "./listener/ctl-work.ts";
import { ListenerHandlerCommand } from "./listener/handler.ts";
import { ListenerCommand } from "./listener/run.ts";
import { ListenerStatusCommand, ListenerStopCommand } from "./listener/service.ts";
import { ListenerTryCommand } from "./listener/try.ts";
import { ManualCommand } from "./manual.ts";
import { ModuleCommand } from "./module.ts";
import { ApplyCommand, ConfirmCommand, ReloadCommand, RollbackCommand } from "./netconf/apply.ts";
import { IfdownCommand, IfqueryCommand, IfupCommand } from "./netconf/classic/commands.ts";
import { NetconfDaemonCommand, NetconfStopCommand } from "./netconf/daemon.ts";
import { DhcpHookCommand } from "./netconf/dhcp-hook-command.ts";
import { DhcpScriptCommand } from "./netconf/dhcp-script.ts";
import {
  AttachCommand,
  EventsCommand,
  HotplugCommand,
  MonitorCommand,
  RenewCommand,
  WhyCommand,
} from "./netconf/events.ts";
import { ReplayCommand } from "./netconf/replay.ts";
import {
  CheckCommand,
  LeasesCommand,
  NetconfStatusCommand,
  QueryCommand,
  WaitOnlineCommand,
} from "./netconf/status.ts";
import { DownCommand, UpCommand } from "./netconf/updown.ts";

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
  DoCommand,
  ActionsCommand,
  BackendCommand,
  BackendStatusCommand,
  BackendStopCommand,
  JobsCommand,
  ExplainCommand,
  CancelCommand,
  ImportNetdiscoCommand,
  ImportNetdiscoConfigCommand,
  DatabaseDeployCommand,
  DatabaseStatusCommand,
  ListenerCommand,
  ListenerStatusCommand,
  ListenerStopCommand,
  CtlStatusCommand,
  CtlModulesCommand,
  CtlResyncCommand,
  CtlVerifyCommand,
  CtlDumpCommand,
  CtlParkedCommand,
  CtlRetryCommand,
  CtlSkipCommand,
  CtlReplayCommand,
  CtlHeldCommand,
  CtlApproveCommand,
  CtlRejectCommand,
  CtlPauseCommand,
  CtlResumeCommand,
  CtlForgetCommand,
  CtlChangesCommand,
  CtlChangeCommand,
  ListenerHandlerCommand,
  ListenerTryCommand,
  NetconfDaemonCommand,
  NetconfStopCommand,
  ReplayCommand,
  UpCommand,
  DownCommand,
  NetconfStatusCommand,
  CheckCommand,
  WhyCommand,
  ReloadCommand,
  ApplyCommand,
  ConfirmCommand,
  RollbackCommand,
  QueryCommand,
  LeasesCommand,
  EventsCommand,
  AttachCommand,
  MonitorCommand,
  WaitOnlineCommand,
  RenewCommand,
  HotplugCommand,
  DhcpHookCommand,
  DhcpScriptCommand,
  IfupCommand,
  IfdownCommand,
  IfqueryCommand,
  CompletionCommand,
  ManualCommand,
];

export function commandLine(registered: readonly CommandClass[] = commands): Cli {
  const colours = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const cli = new Cli({ binaryName: "reeve", binaryLabel: "Reeve", binaryVersion: version, enableColors: colours });
  for (const command of registered) cli.register(command);
  return cli;
}

/**
 * Those that the words can mean: clipanion takes a millisecond for each command it knows. All of them where an option comes
 * first, or none is meant.
 */
function candidates(words: readonly string[]): readonly CommandClass[] {
  const isMeant = (path: readonly string[]) => path.every((word, at) => word === words[at]);
  const meant = commands.filter(({ paths = [] }) => paths.some(isMeant));
  return meant.length > 0 ? meant : commands;
}

/** Runs one command line and returns its exit code (the table of src/problem.ts). */
export async function runCommand(words: string[]): Promise<number> {
  const input = words.length === 0 ? ["--help"] : words;
  if (asksForHelp(input)) {
    const help = helpFor(commandHelps(commandLine().definitions()), input, version, columns());
    if (help !== undefined) {
      process.stdout.write(help);
      return 0;
    }
  }
  const context = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  const cli = commandLine(candidates(input));
  let command: Command;
  try {
    command = cli.process(input, context);
  } catch (error) {
    process.stderr.write(`${complaint(commandHelps(commandLine().definitions()), input, reasonOf(error))}\n`);
    return problemCodes.usage.exit;
  }
  const status = await cli.run(command, context);
  return failed.code ?? status;
}

function columns(): number {
  return Math.min(Math.max(process.stdout.columns || 80, 60), 100);
}

/** What clipanion found wrong; it knows no types for its own errors. */
function reasonOf(error: unknown): string | undefined {
  const { candidates } = error as { candidates?: { reason: string | null }[] };
  return candidates?.find(({ reason }) => reason !== null)?.reason ?? undefined;
}
