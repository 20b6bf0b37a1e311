/** What `reeve listener ctl …` commands share: the connection to the listener's control socket. */
import { Option } from "clipanion";
import type { Options, Results, Verb } from "../../src/console/directory/control.ts";
import { ReeveCommand } from "../command.ts";

export abstract class CtlCommand extends ReeveCommand {
  state = Option.String("--state", { description: "folder of data the listener was started with" });
  socket = Option.String("--socket", { description: "path of the listener's socket, in place of the run folder's" });
  json = Option.Boolean("--json", false, { description: "print JSON" });

  /** Asks the running listener. Ctrl-C cancels. @throws Problem `not-running`, and what the verb's are */
  protected async ask<V extends Verb>(
    verb: V,
    options: Options[V],
    onPartial?: (partial: unknown) => void,
  ): Promise<Results[V]> {
    const { connect } = await import("../../src/umcp/client.ts");
    const { socketName } = await import("../../src/console/directory/control.ts");
    const { stopSignal } = await import("../../src/process/lifeline.ts");
    const { socketPath } = await import("../../src/process/socket-path.ts");
    const { run } = await this.settings({ state: this.state });
    const client = await connect({ unix: socketPath(socketName, run, this) });
    try {
      const { result } = await client.request(
        "COMMAND",
        [verb],
        { options: options as never },
        { signal: stopSignal(), ...(onPartial ? { onPartial } : {}) },
      );
      return result as Results[V];
    } finally {
      client.close();
    }
  }

  /** Progress on a terminal's standard error, one line that is written over. */
  protected progress(what: string): (partial: unknown) => void {
    return (partial) => {
      const { done, total } = partial as { done: number; total: number | null };
      if (process.stderr.isTTY) process.stderr.write(`\r${what}: ${done}${total === null ? "" : ` of ${total}`} `);
    };
  }

  protected async number(name: string, text: string | undefined, preset: number, most: number): Promise<number> {
    const value = text === undefined ? preset : Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    const { Problem } = await import("../../src/problem.ts");
    throw new Problem("usage", `${name}: expected a number from 0 to ${most}, not ${text}`);
  }
}

/** `2026-11-22 04:41:07` in this machine's time zone. */
export function moment(at: number | null): string {
  if (at === null || at === 0) return "never";
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
