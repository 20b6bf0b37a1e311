import { Command, Option } from "clipanion";
import type { UpOptions, UpResult } from "../../src/console/interfaces/control.ts";
import { CtlCommand } from "./ctl.ts";
import { failureOf, resultLine } from "./up-result.ts";

/** `up` and `down`: by the daemon where it runs, else by this very process. */
abstract class UpDownCommand extends CtlCommand {
  abstract readonly verb: "up" | "down";
  /** No daemon has done it. */
  private alone = false;
  names = Option.Rest({ name: "interface" });
  all = Option.Boolean("-a,--all", false, { description: "`up`: all interfaces of `auto`; `down`: all that are up" });
  class = Option.String("--allow", { description: "those of `allow-CLASS`" });
  exclude = Option.Array("-X,--exclude", { description: "leave out what this pattern matches; repeatable" });
  force = Option.Boolean("-f,--force", false, {
    description: "go on when a script fails; do again what is done; `down`: also what others need",
  });
  scripts = Option.Boolean("--scripts", true, {
    description: "run commands of the stanzas and if-*.d; --no-scripts: run none",
  });
  timeout = Option.String("--timeout", { description: "seconds for all of it" });
  detach = Option.Boolean("--detach", true, {
    description: "go on when this command is interrupted; --no-detach: end with it",
  });
  dryRun = Option.Boolean("-n,--dry-run", false, { description: "print the `ip` lines, and do nothing" });
  silent = Option.Boolean("-q,--quiet", false, { description: "no status lines" });

  protected override get quiet(): boolean {
    return this.silent;
  }

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    if (this.names.length === 0 && !this.all && this.class === undefined) {
      throw new Problem("usage", "which interfaces? Their names, -a for all of `auto`, or --allow CLASS");
    }
    if (this.names.length > 0 && this.all) throw new Problem("usage", "either names of interfaces or -a, not both");
    const options: UpOptions = {
      ...(this.names.length > 0 ? { names: this.names } : {}),
      ...(this.all ? { all: true } : {}),
      ...(this.class === undefined ? {} : { class: this.class }),
      ...(this.exclude ? { exclude: this.exclude } : {}),
      ...(this.force ? { force: true } : {}),
      ...(this.scripts ? {} : { scripts: false }),
      ...(this.timeout === undefined ? {} : { timeout: await this.number("--timeout", this.timeout, 0, 86_400) }),
      ...(this.detach ? {} : { cancelOnDisconnect: true }),
    };
    const result = await this.carryOut(options);
    if (this.json) this.printJson(result);
    else for (const line of [...(result.steps ?? []), ...result.interfaces.map(resultLine)]) this.print(line);
    const failure = failureOf(this.verb, result, this.alone);
    if (failure) throw failure;
  }

  private async carryOut(options: UpOptions): Promise<UpResult> {
    const { Problem } = await import("../../src/problem.ts");
    if (this.dryRun) return await this.rehearse(options);
    for (;;) {
      try {
        return await this.ask(this.verb, options, this.lines());
      } catch (error) {
        if (Problem.from(error).code !== "not-running" || this.socket !== undefined) throw error;
      }
      const settings = await this.settings({ state: this.state });
      const { stopSignal } = await import("../../src/process/lifeline.ts");
      const { oneShot } = await import("../../src/netconf/one-shot.ts");
      const say = (line: string) => this.lines()({ line, event: 0 });
      const result = await oneShot(this.verb, options, settings, say, stopSignal());
      this.alone = true;
      if (result) return result;
    }
  }

  /** A daemon knows what it has read; without one, and for whoever may not ask it, the files tell. */
  private async rehearse(options: UpOptions): Promise<UpResult> {
    const { Problem } = await import("../../src/problem.ts");
    try {
      return await this.ask(this.verb, { ...options, dryRun: true });
    } catch (error) {
      const isAlone = ["not-running", "permission"].includes(Problem.from(error).code);
      if (!isAlone || this.socket !== undefined) throw error;
    }
    const { rehearse } = await import("../../src/netconf/rehearse.ts");
    return await rehearse(this.verb, options, await this.settings({ state: this.state }));
  }
}

export class UpCommand extends UpDownCommand {
  static override paths = [["netconf", "up"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "bring interfaces up as interfaces(5) says, what they need first; heal what has drifted",
    details: `
      The running daemon does it; without one, this command does it by itself. Status lines go to standard error as things
      happen. An interface without carrier or lease is \`deferred\`: the daemon goes on trying, and nobody need wait.

      Exit code 0 when all is done or deferred, 81 when something failed. When interrupted, the daemon goes on
      (\`reeve netconf attach\` follows it), unless \`--no-detach\` was given.
    `,
    examples: [
      ["One", "$0 netconf up eth0"],
      ["As another logical interface", "$0 netconf up wlan0=home"],
      ["All of `auto`", "$0 netconf up -a"],
      ["What would be done?", "$0 netconf up --dry-run br0"],
    ],
  });
  readonly verb = "up";
}

export class DownCommand extends UpDownCommand {
  static override paths = [["netconf", "down"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description:
      "take interfaces down: what Reeve put there goes, by its own record, whatever the configuration says now",
    details: `
      What only they needed goes with them. Interfaces that others still need are refused, unless \`--force\` is given.
    `,
    examples: [
      ["One", "$0 netconf down eth0"],
      ["All that are up", "$0 netconf down -a"],
    ],
  });
  readonly verb = "down";
}
