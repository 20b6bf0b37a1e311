/** Storing an inventory with a thousand packages, in either database, beside the bare statements. */
import { Database } from "bun:sqlite";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { InventoryDocument } from "../../src/inventory/document.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import { storeInventory } from "../../src/store/host.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { postgresMissing, startPostgres } from "../lab/postgres.ts";
import { inTurns, milliseconds } from "./measure.ts";
import type { Bench, Row } from "./report.ts";

const packages = 1000;
const repetitions = 15;

/** A machine of ordinary size; a `generation` differs from the one before in the version of every package. */
function inventoryOf(host: number, generation: number): InventoryDocument {
  const name = `host-${host}`;
  return {
    deviceId: `${name}-2026-01-01-00-00-00`,
    agent: "bench",
    collected: 0,
    incomplete: [],
    sections: {
      HARDWARE: [{ NAME: name, OSNAME: "Debian GNU/Linux 12", OSVERSION: "6.1.0", MEMORY: 16_000 }],
      BIOS: [{ SMANUFACTURER: "Maker", SMODEL: "Model", SSN: `serial-${host}` }],
      CPUS: [{ MANUFACTURER: "AMD", TYPE: "AMD EPYC", SPEED: 2400, CORES: 2 }],
      DRIVES: Array.from({ length: 5 }, (_, at) => ({ TYPE: `/mnt/${at}`, TOTAL: 100_000, FREE: 50_000 - generation })),
      NETWORKS: Array.from({ length: 4 }, (_, at) => ({ DESCRIPTION: `eth${at}`, IPADDRESS: `192.0.2.${at + 1}` })),
      SOFTWARES: Array.from({ length: packages }, (_, at) => ({
        NAME: `package-${at}`,
        VERSION: `1.${generation}.${at}-1+deb12u1`,
        PUBLISHER: "Debian",
        COMMENTS: "what a package says about itself in one line of text",
        FILESIZE: 1024 * at,
        ARCHITECTURE: "amd64",
        FROM: "deb",
      })),
    },
  };
}

/** The figures of one store: each call is one inventory. */
function subjects(store: Store) {
  const report = { address: "192.0.2.1", now: 1_000_000 };
  let generation = 0;
  let host = 0;
  const store_ = (document: InventoryDocument) => milliseconds(() => storeInventory(store, document, report));
  return {
    known: () => store_(inventoryOf(++host, 0)),
    changed: () => store_(inventoryOf(1, ++generation)),
    same: () => store_(inventoryOf(1, generation)),
  };
}

/** As many rows of the same data as plain statements put into one table, in one transaction. */
function bareInserts(path: string): () => Promise<number> {
  const database = new Database(path);
  database.run("pragma journal_mode = wal");
  database.run("create table package (host integer, name text, version text, publisher text, comments text)");
  const insert = database.query("insert into package values (?, ?, ?, ?, ?)");
  let host = 0;
  return () =>
    milliseconds(() => {
      host++;
      const rows = inventoryOf(host, 0).sections.SOFTWARES ?? [];
      database.transaction(() => {
        for (const { NAME, VERSION, PUBLISHER, COMMENTS } of rows) {
          insert.run(host, NAME ?? "", VERSION ?? "", PUBLISHER ?? "", COMMENTS ?? "");
        }
      })();
    });
}

const names = {
  known: "a new host, packages known from others",
  changed: "a known host, every package changed",
  same: "a known host, nothing changed",
} as const;

export const bench: Bench = async () => {
  const folder = temporaryFolder("bench");
  const stores: Record<string, Store> = {
    SQLite: await openStore({ url: `sqlite:${join(folder, "bench.db")}`, migrate: "auto" }),
  };
  const missing = postgresMissing();
  const lab = missing === undefined ? await startPostgres() : undefined;
  if (lab) stores.PostgreSQL = await openStore({ url: lab.socketUrl(await lab.createDatabase()), migrate: "auto" });
  try {
    const bare = bareInserts(join(folder, "bare.db"));
    const work: Record<string, () => Promise<number>> = { bare };
    for (const [kind, store] of Object.entries(stores)) {
      for (const [name, run] of Object.entries(subjects(store))) work[`${kind} ${name}`] = run;
    }
    const figures = await inTurns(work, { warmup: 3, repetitions });
    const against = { name: "bare inserts", values: figures.bare ?? [] };
    const rows = Object.keys(stores).flatMap((kind) =>
      Object.entries(names).map(([name, words]): Row => {
        return { what: `${kind}: ${words}`, unit: "ms", values: figures[`${kind} ${name}`] ?? [], against };
      }),
    );
    return [
      {
        title: `Storing an inventory with ${packages} packages`,
        rows: [
          ...rows,
          { what: `SQLite: ${packages} bare inserts, one transaction`, unit: "ms", values: against.values },
        ],
        notes: lab ? ["PostgreSQL runs with fsync=off, as in the tests."] : [`PostgreSQL: ${missing}`],
      },
    ];
  } finally {
    await Promise.all(Object.values(stores).map((store) => store.close()));
    rmSync(folder, { recursive: true, force: true });
  }
};
