import { Command, Option } from "clipanion";
import { metadata } from "../../src/listener/diff.ts";
import type { Changes, Rehearsed } from "../../src/listener/rehearsal.ts";
import { Problem } from "../../src/problem.ts";
import { ReeveCommand } from "../command.ts";
import { cell } from "../printable.ts";

export class ListenerTryCommand extends ReeveCommand {
  static override paths = [["listener", "try"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "show which calls a handler would get, of recorded changes or those that happen now",
    details: `
      A dry run: the handler's file is loaded for what it declares, and the calls that it would get are printed, a line each;
      with \`--json\` as the handler would read them. With \`--run\` it really gets them, in a process of its own, \`prerun\` and
      \`postrun\` included, and its outcome is printed, too; the exit code is 0 only if all succeeded (81). Nothing is
      written down in either case, and a running listener notices nothing.

      The changes are those of a listener's journal (\`reeve listener ctl changes\` has their numbers), those that the
      running listener observes from now on until Ctrl-C, or the entries of an LDIF file as an initial load brings them.
      What the listener withholds from everybody is in no journal, whatever the handler needs.
    `,
    examples: [
      ["What would it have been told today?", "$0 listener try ./mail.ts --from-journal 4000..4711"],
      [
        "An initial load, for real",
        "$0 listener ctl dump > all.ldif && $0 listener try ./mail.ts --from-ldif all.ldif --run",
      ],
      ["As it happens", "$0 listener try ./mail.ts --live"],
    ],
  });

  file = Option.String({ required: true, name: "file" });
  ldif = Option.String("--from-ldif", { description: "the entries of this file, as an initial load" });
  events = Option.String("--from-journal", {
    description: "these events of the listener's journal: FIRST..LAST, or one",
  });
  live = Option.Boolean("--live", false, { description: "what the running listener observes, until Ctrl-C" });
  run = Option.Boolean("--run", false, { description: "call the handler" });
  json = Option.Boolean("--json", false, { description: "print JSON, a line for each change" });
  base = Option.String("-b,--base", { description: "only what lies under this DN" });
  cache = Option.String("-c,--cache", { description: "folder of cache, journal and states" });
  state = Option.String("--state", { description: "folder of data" });

  async execute(): Promise<void> {
    const { resolve } = await import("node:path");
    const { stopSignal } = await import("../../src/process/lifeline.ts");
    const { rehearse } = await import("../../src/listener/rehearsal.ts");
    const settings = await this.settings({
      state: this.state,
      "listener.base": this.base,
      "listener.cache": this.cache === undefined ? undefined : resolve(this.cache),
    });
    const counts = await rehearse({
      ...{ file: resolve(this.file), settings, changes: this.changes(resolve), run: this.run, signal: stopSignal() },
      tell: (one) => (this.json ? this.printJson(one) : this.tell(one)),
    });
    const { changes, concerned, failed } = counts;
    this.context.stderr.write(`${concerned} of ${changes} changes concern it\n`);
    if (failed > 0) throw new Problem("not-done", `it failed on ${failed}`);
  }

  private changes(resolve: (path: string) => string): Changes {
    const { ldif, events, live } = this;
    if ([ldif !== undefined, events !== undefined, live].filter(Boolean).length !== 1) {
      throw new Problem("usage", "which changes? One of --from-ldif FILE, --from-journal FIRST..LAST and --live");
    }
    if (ldif !== undefined) return { ldif: resolve(ldif) };
    if (events === undefined) return { live: true };
    const [, first, last = first] = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(events) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (!(from >= 1 && from <= to)) throw new Problem("usage", `--from-journal: FIRST..LAST, not ${events}`);
    return { from, to };
  }

  private tell({ calls, delivery }: Rehearsed): void {
    for (const { command, dn, oldDn, old, new: now, id } of calls) {
      const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
      const differing = names.filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]));
      const told = differing.filter((name) => !metadata.has(name.toLowerCase())).sort();
      const where = oldDn === undefined || oldDn === dn ? dn : `${oldDn} → ${dn}`;
      this.print(
        `${command}\t${cell(where)}\t${command === "m" ? told.join(", ") : `${names.length} attributes`}\t${id}`,
      );
    }
    if (delivery === undefined) return;
    this.print(delivery.end === "done" ? "\tdone" : `\t${delivery.end}: ${delivery.error.split("\n", 1)[0]}`);
  }
}
