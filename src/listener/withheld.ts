/** Attributes that are neither stored nor handed on, unless a handler needs them. */
import { rmSync } from "node:fs";
import { baseType, scan } from "../ldap/attributes.ts";
import type { Schema } from "../ldap/schema.ts";
import { filesOf, movedAside } from "./database.ts";
import type { Declaration } from "./declaration.ts";
import type { Journal } from "./journal.ts";
import { spellings } from "./spellings.ts";

const less = (types: readonly string[], without: readonly string[]): string[] =>
  types.filter((type) => !without.includes(type));

/**
 * What handlers that are known needed when they were last loaded. One that is just starting, or is gone for a moment
 * while its file is replaced, must not cost the others everything: what is cut out of waiting events is lost.
 */
function knownNeeds({ database }: Journal): string[] {
  return database
    .prepare<{ declaration: string }, []>("SELECT declaration FROM handler WHERE declaration <> ''")
    .all()
    .flatMap(({ declaration }) => (JSON.parse(declaration) as Partial<Declaration>).needs ?? []);
}

/**
 * Makes the cache fit what is withheld from now on: what must not be there any more is cut out, also of the events that
 * are kept; what is there from now on must be read again (`meta.missing`).
 * @param configured types that are withheld where nobody needs them
 * @param needs beside those of all handlers that the database knows
 * @returns what is withheld, lower-case types
 */
export function withhold(
  journal: Journal,
  configured: readonly string[],
  needs: Iterable<string>,
  schema: Schema,
): string[] {
  const { meta } = journal;
  const needed = new Set(spellings([...needs, ...knownNeeds(journal)], schema));
  const all = [...new Set(configured.map(baseType))].sort();
  const now = all.filter((type) => !spellings([type], schema).some((name) => needed.has(name)));
  const before = meta.get("withheld");
  // Where secrets are stored, what is deleted must not stay in unused parts of the file.
  const secrets = now.length < all.length || before?.join() !== now.join();
  journal.database.run(`PRAGMA secure_delete = ${secrets ? "ON" : "OFF"}`);
  if (before && before.join() === now.join()) return now;
  const fresh = before ? less(now, before) : [];
  journal.write(() => {
    meta.set("withheld", now);
    if (!before) return;
    const missing = [...(meta.get("missing") ?? []), ...less(before, now)].filter((type) => !now.includes(type));
    if (missing.length === 0 || !journal.loaded) meta.unset("missing");
    else meta.set("missing", [...new Set(missing)].sort());
    if (fresh.length > 0) scrub(journal, new Set(spellings(fresh, schema)));
  });
  if (fresh.length > 0) forgetCopies(journal);
  return now;
}

function scrub({ database }: Journal, types: ReadonlySet<string>): void {
  const columns = [
    ["entry", "id", "attributes"],
    ["event", "seq", "old"],
    ["event", "seq", "new"],
  ];
  for (const [table, id, column] of columns) {
    const rows = database.prepare<{ id: number; raw: Uint8Array | null }, [number]>(
      `SELECT ${id} AS id, ${column} AS raw FROM ${table} WHERE ${id} > ? ORDER BY ${id} LIMIT 500`,
    );
    const update = database.prepare<null, [Uint8Array, number]>(`UPDATE ${table} SET ${column} = ? WHERE ${id} = ?`);
    for (let page = rows.all(0); page.length > 0; page = rows.all(page.at(-1)!.id))
      for (const { id, raw } of page) {
        if (raw === null || raw.length === 0) continue;
        const kept = scan(raw, types).raw;
        if (kept !== raw) update.run(kept, id);
      }
  }
}

/** What was cut out is in the log still, and maybe in a damaged database that was moved aside. */
function forgetCopies({ database }: Journal): void {
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  const { filename } = database;
  if (filename === "" || filename === ":memory:") return;
  for (const file of filesOf(movedAside(filename))) rmSync(file, { force: true });
}
