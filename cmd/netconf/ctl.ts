/** What `reeve netconf …` commands share: the connection to the running daemon, status lines, which interfaces. */
import { Option } from "clipanion";
import type { Options, Progress, Results, Verb } from "../../src/console/interfaces/control.ts";
import { ReeveCommand } from "../command.ts";
import { printable } from "../printable.ts";

export abstract class NetconfCommand extends ReeveCommand {
  state = Option.String("--state", { description: "folder of data the daemon was started with" });

  protected override get rootFolder(): string {
    return "reeve-netconf";
  }
}

export abstract class CtlCommand extends NetconfCommand {
  socket = Option.String("--socket", { description: "path of the daemon's socket, in place of the run folder's" });
  json = Option.Boolean("--json", false, { description: "print JSON" });

  /** Asks the running daemon. Ctrl-C cancels, and so does the signal. @throws Problem `not-running`, and what the verb's are */
  protected async ask<V extends Verb>(
    verb: V,
    options: Options[V],
    onPartial?: (partial: unknown) => void,
    signal?: AbortSignal,
  ): Promise<Results[V]> {
    const { askDaemon } = await import("./ask.ts");
    const { stopSignal } = await import("../../src/process/lifeline.ts");
    const { run } = await this.settings({ state: this.state });
    const end = signal ? AbortSignal.any([stopSignal(), signal]) : stopSignal();
    return await askDaemon(verb, options, { run, socket: this.socket, state: this.state }, end, onPartial);
  }

  /** Status lines go to standard error as they come, so that what is printed stays for scripts. */
  protected lines(): (partial: unknown) => void {
    return (partial) => {
      const { line } = partial as Progress;
      if (line !== undefined && !this.quiet) this.tell(line);
    };
  }

  /** True: no status lines. */
  protected get quiet(): boolean {
    return false;
  }

  protected tell(text: string): void {
    this.context.stderr.write(`${printable(text)}\n`);
  }

  protected async number(name: string, text: string | undefined, preset: number, most: number): Promise<number> {
    const value = text === undefined ? preset : Number(text);
    if (text !== "" && Number.isInteger(value) && value >= 0 && value <= most) return value;
    const { Problem } = await import("../../src/problem.ts");
    throw new Problem("usage", `${name}: expected a number from 0 to ${most}, not ${text}`);
  }
}
