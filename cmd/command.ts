/** What every command of `reeve` shares: flags, configuration, output, and how a Problem becomes an exit code. */
import { Command, Option } from "clipanion";
import type { Settings } from "../src/config/keys.ts";
import type { Flags } from "../src/config/load.ts";
import { configureLog, logger } from "../src/log.ts";
import { Problem } from "../src/problem.ts";
import { printable } from "./printable.ts";

export abstract class ReeveCommand extends Command {
  logLevel = Option.String("--log-level", { description: "ERROR, WARNING, INFO or DEBUG" });

  /**
   * Name of root's default folders in /var/lib and /run. The agent's are its own: a service that runs as root keeps
   * nothing where the daemon's user may write.
   */
  protected get rootFolder(): string {
    return "reeve";
  }

  /** The effective configuration, this command's flags included; log settings take effect. */
  protected async settings(flags: Flags = {}): Promise<Settings> {
    const { loadConfiguration } = await import("../src/config/load.ts");
    const { settings } = await loadConfiguration(
      { ...flags, "log.level": this.logLevel },
      process.env,
      this.rootFolder,
    );
    configureLog({ level: settings["log.level"], format: settings["log.format"] });
    return settings;
  }

  protected print(text: string): void {
    this.context.stdout.write(`${printable(text)}\n`);
  }

  protected printJson(value: unknown): void {
    this.print(JSON.stringify(value, null, this.context.stdout === process.stdout && process.stdout.isTTY ? 2 : 0));
  }

  /** Called by clipanion with whatever `execute` threw. */
  override async catch(error: unknown): Promise<void> {
    const problem = Problem.from(error);
    if (problem.code === "internal") logger("reeve").error("unexpected error", { error });
    else if (problem.cause !== undefined) logger("reeve").debug("cause", { cause: problem.cause });
    this.context.stderr.write(`${printable(`${this.cli.binaryName} ${this.path.join(" ")}: ${problem.message}`)}\n`);
    failed.code = problem.exit;
  }
}

/** Exit code of the command that failed last: clipanion itself knows only 0 and 1. */
export const failed: { code: number | undefined } = { code: undefined };
