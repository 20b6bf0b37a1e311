import { Command, Option } from "clipanion";
import type { MonitorLine } from "../../src/console/interfaces/control.ts";
import { moment } from "../listener/ctl.ts";
import { cell } from "../printable.ts";
import { CtlCommand } from "./ctl.ts";
import { diagnosticLine, eventLine, treeLines } from "./lines.ts";

export class WhyCommand extends CtlCommand {
  static override paths = [["netconf", "why"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description:
      "explain how an interface came to be as it is: event, handler, command, error, line of the configuration",
    examples: [["It has no address?", "$0 netconf why eth0"]],
  });

  name = Option.String({ required: true, name: "interface" });

  async execute(): Promise<void> {
    const { name, operational, setup, sentence, event, diagnostics } = await this.ask("why", { name: this.name });
    if (this.json) return this.printJson({ name, operational, setup, sentence, event, diagnostics });
    this.print(`${name}: ${operational}, ${setup}: ${cell(sentence)}`);
    for (const one of diagnostics) this.print(diagnosticLine(one));
    if (event) for (const line of treeLines(event)) this.print(line);
  }
}

export class EventsCommand extends CtlCommand {
  static override paths = [["netconf", "events"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "list what has happened, newest first, or one event with all that it made",
  });

  id = Option.String({ required: false, name: "number" });
  iface = Option.String("--interface", { description: "about this interface" });
  kind = Option.String("--event-kind", { description: "of this kind: CTLSOCK_IFUP, LEASE, CARRIER …" });
  limit = Option.String("--limit", { description: "at most this many; 50 unless told otherwise" });
  before = Option.String("--before", { description: "those before this number" });

  async execute(): Promise<void> {
    if (this.id !== undefined) {
      const tree = await this.ask("event", { id: await this.number("NUMBER", this.id, 0, 1e15) });
      if (this.json) this.printJson(tree);
      else for (const line of treeLines(tree)) this.print(line);
      return;
    }
    const { events, before } = await this.ask("events", {
      limit: await this.number("--limit", this.limit, 50, 1000),
      ...(this.before === undefined ? {} : { before: await this.number("--before", this.before, 0, 1e15) }),
      ...(this.iface === undefined ? {} : { name: this.iface }),
      ...(this.kind === undefined ? {} : { kind: this.kind.toUpperCase() }),
    });
    if (this.json) return this.printJson({ events, before });
    for (const one of events) this.print(eventLine(one));
  }
}

export class AttachCommand extends CtlCommand {
  static override paths = [["netconf", "attach"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "follow an event that is under way: its status lines from the first one, until it ends",
  });

  id = Option.String({ required: true, name: "number" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const event = await this.ask("attach", { id: await this.number("NUMBER", this.id, 0, 1e15) }, this.lines());
    if (this.json) this.printJson(event);
    else this.print(eventLine(event));
    if (event.outcome !== "done" && event.outcome !== "deferred") throw new Problem("not-done", event.reason);
  }
}

export class MonitorCommand extends CtlCommand {
  static override paths = [["netconf", "monitor"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "print events, status lines and changes of the kernel as they happen, until Ctrl-C",
    examples: [["As JSON lines", "$0 netconf monitor --json"]],
  });

  iface = Option.String("--interface", { description: "about this interface" });
  kernel = Option.Boolean("--kernel", true, { description: "changes of the kernel, too; --no-kernel: without them" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const unread = new AbortController();
    // Nobody reads any more: there is no other end to it.
    this.context.stdout.on("error", () => unread.abort(new Problem("cancelled", "nobody reads")));
    try {
      await this.ask(
        "monitor",
        { kernel: this.kernel, ...(this.iface === undefined ? {} : { name: this.iface }) },
        (partial) => {
          const line = partial as MonitorLine;
          if (this.json) return this.print(JSON.stringify(line));
          if (line.what === "line") this.print(`${moment(line.at)}\t${line.text}`);
          else if (line.what === "kernel") this.print(`${moment(line.at)}\tkernel: ${line.text}`);
          else if (line.what === "event" && line.event.ended === null)
            this.print(`${moment(line.event.queued)}\t${eventLine(line.event)}`);
        },
        unread.signal,
      );
    } catch (error) {
      // Ctrl-C is how it ends.
      if (Problem.from(error).code !== "cancelled") throw error;
    }
  }
}

export class RenewCommand extends CtlCommand {
  static override paths = [["netconf", "renew"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "ask the DHCP server for the lease anew",
  });

  name = Option.String({ required: true, name: "interface" });

  async execute(): Promise<void> {
    const { renewed } = await this.ask("renew", { name: this.name }, this.lines());
    if (this.json) this.printJson({ renewed });
    else this.print(renewed.join("\n"));
  }
}

export class HotplugCommand extends CtlCommand {
  static override paths = [["netconf", "hotplug"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "tell the daemon that a device came or went; what the kernel tells it sees by itself",
  });

  action = Option.String({ required: true, name: "action" });
  name = Option.String({ required: true, name: "interface" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const { name, action } = this;
    if (action !== "add" && action !== "remove") throw new Problem("usage", "the action is add or remove");
    const result = await this.ask("hotplug", { name, action }, this.lines());
    if (this.json) this.printJson(result);
  }
}
