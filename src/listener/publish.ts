/** Turns what is staged into events, all at once and in an order in which every prefix makes sense. */
import { scan } from "../ldap/attributes.ts";
import { treeSeparator } from "../ldap/dn.ts";
import { stored } from "./damage.ts";
import type { EventKind, Origin } from "./event.ts";
import type { Journal } from "./journal.ts";
import { type KeyChange, orderChanges, type Step } from "./order.ts";
import { sameContent } from "./sighting.ts";
import type { Stage } from "./stage.ts";

export interface Counts {
  created: number;
  changed: number;
  moved: number;
  deleted: number;
  /** Deletions that now wait for approval. */
  held: number;
  /** Held before, and seen again. */
  released: number;
}

/**
 * Within `journal.write`.
 * @param missing types that the cache lacks and is to get: that an entry now has them is no change of it
 */
export function publish(journal: Journal, stage: Stage, origin: Origin, missing: ReadonlySet<string>): Counts {
  const { database, cache } = journal;
  const at = journal.clock.now();
  const counts: Counts = { created: 0, changed: 0, moved: 0, deleted: 0, ...guardedBy(journal, stage, at) };

  function step(id: number, part: Step["part"]): void {
    const staged = stage.row(id);
    const { uuid, dn, key } = staged;
    const entry = staged.entry === null ? undefined : cache.byUuid(uuid);
    const attributes = staged.attributes ?? entry?.attributes ?? null;
    const leaves = part === "out" || dn === null;
    const kind: EventKind =
      part !== "whole" ? part : leaves ? "delete" : !entry ? "create" : entry.dn === dn ? "modify" : "move";
    const silent = kind === "modify" && missing.size > 0 && same(entry!.attributes, attributes!, missing);
    const seq = silent
      ? journal.head
      : journal.append({
          at,
          kind,
          origin: staged.implied ? "ancestor" : origin,
          uuid,
          csn: leaves ? (entry?.csn ?? "") : staged.csn,
          oldDn: entry?.dn ?? null,
          newDn: leaves ? null : dn,
          old: entry?.attributes ?? null,
          new: leaves ? null : attributes,
        });
    if (kind === "delete" && entry) cache.remove(entry.id);
    else if (dn !== null && key !== null && attributes !== null && part !== "out") {
      const content = { uuid, dn, key, csn: staged.csn, attributes };
      if (entry) cache.change({ id: entry.id, ...content }, seq);
      else cache.insert(content, seq);
    }
    if (kind === "create") counts.created++;
    else if (kind === "delete") counts.deleted++;
    else if (kind === "modify") counts.changed += silent ? 0 : 1;
    else if (kind !== "out") counts.moved++;
  }

  const contents = database
    .prepare<{ id: number }, []>(
      `SELECT c.id AS id FROM stage.change c JOIN entry e ON e.id = c.entry WHERE e.key = c.key ORDER BY c.key`,
    )
    .all();
  for (const { id, part } of placeSteps(journal)) step(id, part);
  for (const { id } of contents) step(id, "whole");
  database.run("DELETE FROM held WHERE uuid NOT IN (SELECT uuid FROM entry)");
  return counts;
}

function same(old: Uint8Array, now: Uint8Array, missing: ReadonlySet<string>): boolean {
  return sameContent(
    stored(() => scan(old, missing).raw),
    scan(now, missing).raw,
  );
}

function guardedBy({ database }: Journal, stage: Stage, at: number): Pick<Counts, "held" | "released"> {
  const before = database
    .prepare<{ id: number; uuid: Uint8Array }, []>("SELECT e.id AS id, uuid FROM main.held JOIN entry e USING (uuid)")
    .all();
  const seen = before.filter(({ id }) => stage.wasSeen(id));
  const release = database.prepare<null, [Uint8Array]>("DELETE FROM main.held WHERE uuid = ?");
  for (const { uuid } of seen) release.run(uuid);
  const held = database.prepare("INSERT OR IGNORE INTO main.held SELECT uuid, ? FROM stage.held").run(at).changes;
  return { held, released: seen.length };
}

/** Whatever changes its place, in order. */
function placeSteps(journal: Journal): { id: number; part: Step["part"] }[] {
  interface Row extends KeyChange {
    id: number;
  }
  const { database } = journal;
  const moving = "FROM stage.change c LEFT JOIN entry e ON e.id = c.entry WHERE e.key IS NOT c.key";
  const exists = (sql: string) => database.prepare(`SELECT 1 ${sql} LIMIT 1`).get() !== null;
  const tangled =
    exists(`${moving} AND e.key IS NOT NULL AND c.key IS NOT NULL`) ||
    exists("FROM stage.change c JOIN entry e ON e.key = c.key AND e.id IS NOT c.entry");
  if (tangled) {
    // Where there is a choice, names decide, not the order in which the server told.
    const sql = `SELECT c.id AS id, e.key AS old, c.key AS new ${moving} ORDER BY c.key, e.key`;
    const rows = database.prepare<Row, []>(sql).all();
    for (const row of rows) row.leaves = row.old !== null && row.new !== null && journal.leavesBase(row.old, row.new);
    return orderChanges(rows, treeSeparator).map(({ index, part }) => ({ id: rows[index]!.id, part }));
  }
  // The usual case, however many they are: only their ids are held in memory.
  const ids = (sql: string) => database.prepare<{ id: number }, []>(`SELECT c.id AS id ${moving} AND ${sql}`).all();
  const steps = [...ids("c.key IS NULL ORDER BY e.key DESC"), ...ids("e.key IS NULL ORDER BY c.key")];
  return steps.map(({ id }) => ({ id, part: "whole" }));
}
