import { Command, Option } from "clipanion";
import { CtlCommand } from "./ctl.ts";

export class CtlResyncCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "resync"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "load a handler anew, or hand one object to it once more; no other handler waits for that",
    examples: [
      ["clean, initialize, and every entry once more", "$0 listener ctl resync people"],
      ["One object, to all handlers that match it", "$0 listener ctl resync --object uid=alice,ou=People,dc=lab"],
    ],
  });

  handler = Option.String({ required: false, name: "handler" });
  object = Option.String("--object", { description: "DN of one object" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const { handler, object } = this;
    if (handler === undefined && object === undefined) {
      throw new Problem("usage", "what? A handler as `modules` lists it, or --object DN");
    }
    const { handlers } = await this.ask(
      "resync",
      object === undefined ? { handler: handler ?? "" } : { dn: object, ...(handler === undefined ? {} : { handler }) },
    );
    if (this.json) this.printJson({ handlers });
    else this.print(`begun: ${handlers.join(", ")}`);
  }
}

export class CtlVerifyCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "verify"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "compare the whole directory with the cache, and hand on what differs",
    details: `
      Finds what no server tells: entries that other access rules have shown or hidden. It comes by itself, too
      (\`listener.verify\`). \`--no-wait\` begins it only.
    `,
  });

  wait = Option.Boolean("--wait", true, { description: "wait for the result, with progress" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const result = await this.ask("verify", { wait: this.wait }, this.progress("compared"));
    if (process.stderr.isTTY && this.wait) process.stderr.write("\n");
    if (this.json) return this.printJson(result);
    if (result === null) return this.print("begun");
    const { compared, added, modified, moved, removed, held, error } = result;
    this.print(
      `${compared} compared: ${added} added, ${modified} modified, ${moved} moved, ${removed} removed, ${held} held`,
    );
    if (error) throw new Problem("not-done", error);
  }
}

export class CtlDumpCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "dump"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "print the cache as LDIF, or the parked changes as JSON lines",
    examples: [["What handlers were told", "$0 listener ctl dump > cache.ldif"]],
  });

  parked = Option.Boolean("--parked", false, { description: "the parked changes" });

  async execute(): Promise<void> {
    const what = this.parked ? "parked" : "entries";
    const { count } = await this.ask("dump", { what }, (partial) => {
      this.context.stdout.write((partial as { text: string }).text);
    });
    this.context.stderr.write(`${count} ${what}\n`);
  }
}

export class CtlReplayCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "replay"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "hand a handler events once more that it is done with",
    details: "The calls have the same ids as before: a handler that looks at them knows what it has seen.",
    examples: [["From event 100 to 120", "$0 listener ctl replay webhook 100 120"]],
  });

  handler = Option.String({ required: true, name: "handler" });
  from = Option.String({ required: true, name: "event" });
  to = Option.String({ required: true, name: "event" });

  async execute(): Promise<void> {
    const [from, to] = [await this.number("event", this.from, 0, 1e15), await this.number("event", this.to, 0, 1e15)];
    const { events } = await this.ask("replay", { handler: this.handler, from, to });
    if (this.json) this.printJson({ events });
    else this.print(`${events} events once more`);
  }
}

abstract class PausingCommand extends CtlCommand {
  abstract readonly verb: "pause" | "resume";
  handler = Option.String({ required: false, name: "handler" });

  async execute(): Promise<void> {
    const { handlers } = await this.ask(this.verb, this.handler === undefined ? {} : { handler: this.handler });
    if (this.json) this.printJson({ handlers });
    else this.print(`${this.verb}d: ${handlers.join(", ")}`);
  }
}

export class CtlForgetCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "forget"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "forget a handler whose file is gone; until then changes are kept for its return",
  });

  handler = Option.String({ required: true, name: "handler" });

  async execute(): Promise<void> {
    const { handlers } = await this.ask("forget", { handler: this.handler });
    if (this.json) this.printJson({ handlers });
    else this.print(`forgotten: ${handlers.join(", ")}`);
  }
}

export class CtlPauseCommand extends PausingCommand {
  static override paths = [["listener", "ctl", "pause"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "call a handler, or all, for nothing until `resume`; changes are kept for them",
  });
  readonly verb = "pause";
}

export class CtlResumeCommand extends PausingCommand {
  static override paths = [["listener", "ctl", "resume"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "let paused handlers go on where they stopped",
  });
  readonly verb = "resume";
}
