import { Command, Option } from "clipanion";
import { type ParkedItem, parkedStates } from "../../src/console/directory/control.ts";
import { cell } from "../printable.ts";
import { CtlCommand, moment } from "./ctl.ts";

export class CtlParkedCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "parked"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "list the changes that handlers failed on, and what waits behind them",
    details: `
      \`failed\` is tried again by itself, \`waiting\` comes after another of the same object, \`dead\` was tried often enough
      and waits for \`retry\` or \`skip\`.
    `,
  });

  handler = Option.String("--handler", { description: "only those of this handler" });
  only = Option.String("--parked-state", { description: "only those in this state" });
  limit = Option.String("--limit", { description: "at most this many; 100 unless told otherwise" });
  before = Option.String("--before", { description: "those before this number" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const state = parkedStates.find((one) => one === this.only);
    if (this.only !== undefined && !state)
      throw new Problem("usage", `--parked-state: one of ${parkedStates.join(", ")}`);
    const list = await this.ask("parked", {
      limit: await this.number("--limit", this.limit, 100, 1000),
      ...(this.before === undefined ? {} : { before: await this.number("--before", this.before, 0, 1e15) }),
      ...(this.handler === undefined ? {} : { handler: this.handler }),
      ...(state ? { state } : {}),
    });
    if (this.json) return this.printJson(list);
    for (const item of list.items) this.print(lineOf(item));
    if (list.before !== null) this.print(`… of ${list.total}; go on with --before ${list.before}`);
  }
}

function lineOf({
  id,
  handler,
  state,
  kind,
  dn,
  since,
  attempts,
  nextAt,
  error,
  behind,
  waitsFor,
}: ParkedItem): string {
  const parts = [
    waitsFor === null ? `${attempts} tries since ${moment(since)}` : `behind ${waitsFor}`,
    ...(nextAt === null ? [] : [`next at ${moment(nextAt)}`]),
    ...(behind > 0 ? [`${behind} wait behind it`] : []),
    ...(error ? [error.split("\n", 1)[0] ?? ""] : []),
  ];
  return `${id}\t${handler}\t${state}\t${kind}\t${cell(dn)}\t${cell(parts.join(", "))}`;
}

export class CtlRetryCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "retry"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "try a parked change again now, or all of a handler",
    examples: [
      ["One", "$0 listener ctl retry 17"],
      ["All that a handler failed on", "$0 listener ctl retry --handler webhook"],
    ],
  });

  id = Option.String({ required: false, name: "parked" });
  handler = Option.String("--handler", { description: "all that this handler failed on" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    if ((this.id === undefined) === (this.handler === undefined)) {
      throw new Problem("usage", "which? A number as `parked` lists it, or --handler NAME");
    }
    const options =
      this.handler === undefined ? { id: await this.number("number", this.id, 0, 1e15) } : { handler: this.handler };
    const result = await this.ask("retry", options);
    if (this.json) this.printJson(result);
    else this.print(`${result.retried} tried again`);
  }
}

export class CtlSkipCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "skip"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "give a parked change up; what waits behind it goes on",
    examples: [["With a reason, for those who come after", '$0 listener ctl skip 17 --reason "mended by hand"']],
  });

  id = Option.String({ required: true, name: "parked" });
  reason = Option.String("--reason", { description: "why" });

  async execute(): Promise<void> {
    const id = await this.number("number", this.id, 0, 1e15);
    const result = await this.ask("skip", { id, reason: this.reason ?? "" });
    if (this.json) this.printJson(result);
    else this.print("skipped");
  }
}

export class CtlHeldCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "held"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "list the deletions that wait for approval",
    details: `
      When much is missing at once after an absence, it may be gone, or rights to read it may be: both look the same.
      \`approve\` makes the deletions, \`reject\` leaves the entries as they were.
    `,
  });

  limit = Option.String("--limit", { description: "at most this many; 1000 unless told otherwise" });

  async execute(): Promise<void> {
    const list = await this.ask("held", { limit: await this.number("--limit", this.limit, 1000, 10_000) });
    if (this.json) return this.printJson(list);
    for (const { uuid, dn, since } of list.items) this.print(`${uuid}\t${cell(dn)}\tsince ${moment(since)}`);
    if (list.total > list.items.length) this.print(`… of ${list.total}`);
  }
}

abstract class HeldCommand extends CtlCommand {
  abstract readonly verb: "approve" | "reject";
  uuids = Option.Rest({ name: "uuid" });
  all = Option.Boolean("--all", false, { description: "all that are held" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    if (this.all === this.uuids.length > 0) throw new Problem("usage", "which? UUIDs as `held` lists them, or --all");
    const result = await this.ask(this.verb, this.all ? { all: true } : { uuids: this.uuids });
    if (this.json) this.printJson(result);
    else this.print(`${Object.values(result)[0]} ${this.verb === "approve" ? "approved" : "rejected"}`);
  }
}

export class CtlApproveCommand extends HeldCommand {
  static override paths = [["listener", "ctl", "approve"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "the held deletions are right: hand them to the handlers",
    examples: [["All", "$0 listener ctl approve --all"]],
  });
  readonly verb = "approve";
}

export class CtlRejectCommand extends HeldCommand {
  static override paths = [["listener", "ctl", "reject"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "the held deletions are wrong: leave the entries as they are",
  });
  readonly verb = "reject";
}
