/** Which package is on which host: each version of a package once, linked to its hosts, so that it can be searched. */
import { createHash } from "node:crypto";
import type { Row } from "../inventory/document.ts";
import { Problem } from "../problem.ts";
import type { Store } from "./database.ts";
import { folded } from "./host-columns.ts";
import { cleanText } from "./text.ts";

interface Package {
  key: string;
  name: string;
  version: string;
  publisher: string;
  architecture: string;
}

/** Rows of one statement: well below SQLite's 32 766 and PostgreSQL's 65 535 parameters. */
const batch = 500;

function* batches<Item>(items: Item[]): Generator<Item[]> {
  for (let from = 0; from < items.length; from += batch) yield items.slice(from, from + batch);
}

/** Distinct packages of SOFTWARES rows, by key, in the order of the keys; rows without a name are none. */
export function packagesOf(rows: Row[]): Map<string, Package> {
  const packages = rows.flatMap((row) => {
    const field = (name: string) => cleanText(String(row[name] ?? ""), 512);
    const [name, version, publisher] = [field("NAME"), field("VERSION"), field("PUBLISHER")];
    const architecture = field("ARCHITECTURE");
    if (name === "") return [];
    const hash = createHash("sha256").update([name, version, publisher, architecture].join("\0"));
    return [{ key: hash.digest("hex").slice(0, 32), name, version, publisher, architecture }];
  });
  // One order for all writers, or two of them that bring the same new packages would wait for each other.
  packages.sort((one, other) => (one.key < other.key ? -1 : 1));
  return new Map(packages.map((found) => [found.key, found]));
}

/** Makes the host's links those of `rows`; what stays is not written. */
export async function linkSoftware(store: Store, host: number, rows: Row[]): Promise<void> {
  const wanted = packagesOf(rows);
  const linked = await store.db
    .selectFrom("host_software")
    .innerJoin("software", "software.id", "host_software.software_id")
    .select(["software.id", "software.key"])
    .where("host_software.host_id", "=", host)
    .execute();
  const gone = linked.filter(({ key }) => !wanted.has(key)).map(({ id }) => id);
  for (const { key } of linked) wanted.delete(key);

  for (const ids of batches(gone)) {
    await store.db.deleteFrom("host_software").where("host_id", "=", host).where("software_id", "in", ids).execute();
  }
  for (const packages of batches([...wanted.values()])) {
    const ids = await softwareIds(store, packages);
    await store.db
      .insertInto("host_software")
      .values(ids.map((id) => ({ host_id: host, software_id: id })))
      .execute();
  }
}

async function softwareIds(store: Store, packages: Package[]): Promise<number[]> {
  const known = await idsByKey(store, packages);
  const fresh = packages.filter(({ key }) => !known.has(key));
  if (fresh.length > 0) {
    await store.db
      .insertInto("software")
      .values(fresh.map((item) => ({ ...item, name_lower: folded(item.name) })))
      .onConflict((conflict) => conflict.column("key").doNothing())
      .execute();
    for (const [key, id] of await idsByKey(store, fresh)) known.set(key, id);
  }
  return [...known.values()];
}

async function idsByKey(store: Store, packages: Package[]): Promise<Map<string, number>> {
  let query = store.db
    .selectFrom("software")
    .select(["id", "key"])
    .where(
      "key",
      "in",
      packages.map(({ key }) => key),
    );
  // Nobody may remove them as unused before we have linked them.
  if (store.kind === "postgres") query = query.orderBy("key").forKeyShare();
  return new Map((await query.execute()).map(({ key, id }) => [key, id]));
}

/** Removes packages that are on no host any more and gives their number; 0 when a report comes in between. */
export async function pruneSoftware(store: Store): Promise<number> {
  try {
    const result = await store.db
      .deleteFrom("software")
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom("host_software").select("host_id").whereRef("software_id", "=", "software.id"))),
      )
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  } catch (error) {
    // PostgreSQL: a package was linked after the statement had begun. The next time does it.
    if (error instanceof Problem && error.code === "conflict") return 0;
    throw error;
  }
}
