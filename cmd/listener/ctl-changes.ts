import { Command, Option } from "clipanion";
import { type ChangeSummary, changeKinds, changeOrigins } from "../../src/console/directory/control.ts";
import { cell } from "../printable.ts";
import { CtlCommand, moment } from "./ctl.ts";

export class CtlChangesCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "changes"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "list what has changed in the directory, newest first",
    examples: [
      ["What happened to Alice", "$0 listener ctl changes --dn uid=alice"],
      ["One change, attribute by attribute", "$0 listener ctl change 4711"],
    ],
  });

  dn = Option.String("--dn", { description: "part of a DN" });
  kind = Option.String("--kind", { description: changeKinds.join(", ") });
  origin = Option.String("--origin", { description: changeOrigins.join(", ") });
  limit = Option.String("--limit", { description: "at most this many; 100 unless told otherwise" });
  before = Option.String("--before", { description: "those before this number" });

  async execute(): Promise<void> {
    const { Problem } = await import("../../src/problem.ts");
    const [kind, origin] = [
      changeKinds.find((one) => one === this.kind),
      changeOrigins.find((one) => one === this.origin),
    ];
    if (this.kind !== undefined && !kind) throw new Problem("usage", `--kind: one of ${changeKinds.join(", ")}`);
    if (this.origin !== undefined && !origin)
      throw new Problem("usage", `--origin: one of ${changeOrigins.join(", ")}`);
    const list = await this.ask("changes", {
      limit: await this.number("--limit", this.limit, 100, 1000),
      ...(this.before === undefined ? {} : { before: await this.number("--before", this.before, 0, 1e15) }),
      ...(this.dn === undefined ? {} : { dn: this.dn }),
      ...(kind ? { kind } : {}),
      ...(origin ? { origin } : {}),
    });
    if (this.json) return this.printJson(list);
    for (const change of list.changes) this.print(lineOf(change));
    if (list.before !== null) this.print(`… go on with --before ${list.before}`);
  }
}

function lineOf({ seq, at, kind, origin, oldDn, newDn, differing, differs }: ChangeSummary): string {
  const where = oldDn !== null && newDn !== null && oldDn !== newDn ? `${oldDn} → ${newDn}` : (newDn ?? oldDn ?? "");
  const more = differs > differing.length ? `, and ${differs - differing.length} more` : "";
  const what = kind === "modify" || kind === "move" ? `\t${differing.join(", ")}${more}` : "";
  return `${seq}\t${moment(at)}\t${kind}${origin === "live" ? "" : ` (${origin})`}\t${cell(where)}${what}`;
}

export class CtlChangeCommand extends CtlCommand {
  static override paths = [["listener", "ctl", "change"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "print one change with both sides of each attribute that differs",
  });

  seq = Option.String({ required: true, name: "event" });

  async execute(): Promise<void> {
    const change = await this.ask("change", { seq: await this.number("event", this.seq, 0, 1e15) });
    if (this.json) return this.printJson(change);
    this.print(lineOf(change));
    for (const { name, differs, old, new: now } of change.attributes) {
      if (!differs) continue;
      for (const { text, bytes, only } of old.values) if (only) this.print(`- ${name}: ${shown(text, bytes)}`);
      for (const { text, bytes, only } of now.values) if (only) this.print(`+ ${name}: ${shown(text, bytes)}`);
    }
  }
}

const shown = (text: string | null, bytes: number) => cell(text ?? `(${bytes} bytes)`);
