/** A directory that writes its changes into a journal, so that queues have something to do. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { rebase, treeKey, treeSeparator } from "../../src/ldap/dn.ts";
import { type Database, makeTables, openFile } from "../../src/listener/database.ts";
import type { NewEvent } from "../../src/listener/event.ts";
import { Journal } from "../../src/listener/journal.ts";
import type { ManualClock } from "../fake/clock.ts";
import { type Plain, raw, uuidOf } from "./declarations.ts";

export class ToyDirectory {
  readonly #file = join(mkdtempSync(join(tmpdir(), "reeve-toy-")), "journal");
  database: Database;
  journal: Journal;
  #uuids = 1;

  constructor(clock: ManualClock) {
    this.database = this.#open();
    makeTables(this.database);
    this.journal = new Journal(this.database, clock);
  }

  /** As after a kill: what was in memory is gone, and whoever still has the old database cannot write to it. */
  reopen(clock: ManualClock): void {
    this.database.close();
    this.database = this.#open();
    this.journal = new Journal(this.database, clock);
  }

  close(): void {
    this.database.close();
    rmSync(dirname(this.#file), { recursive: true });
  }

  #open(): Database {
    const database = openFile(this.#file);
    // No power is lost here.
    database.run("PRAGMA synchronous = OFF");
    return database;
  }

  /** The first load has ended. */
  load(): void {
    this.journal.write(() => this.journal.meta.set("loaded", 1));
  }

  /** DNs, parents first. */
  get dns(): string[] {
    return [...this.journal.entries()].map(({ dn }) => dn);
  }

  create(dn: string, entry: Plain = person(dn)): void {
    const uuid = uuidOf(this.#uuids++);
    const seen = { uuid, dn, key: treeKey(dn), csn: "", attributes: raw(entry) };
    this.journal.write(() => {
      const seq = this.journal.loaded ? this.#append("create", null, seen) : 0;
      this.journal.cache.insert(seen, seq);
    });
  }

  modify(dn: string, entry: Plain): void {
    this.#change(dn, dn, raw(entry));
  }

  /** With everything below it. */
  move(dn: string, to: string): void {
    this.journal.write(() => {
      const below = this.#below(dn);
      this.#change(dn, to);
      for (const child of below) this.#change(child, rebase(child, dn, to));
    });
  }

  remove(dn: string): void {
    const entry = this.#entry(dn);
    this.journal.write(() => {
      this.#append("delete", entry, null);
      this.journal.cache.remove(entry.id);
    });
  }

  #below(dn: string): string[] {
    const within = treeKey(dn) + treeSeparator;
    return [...this.journal.entries()].filter(({ key }) => key.startsWith(within)).map((entry) => entry.dn);
  }

  #entry(dn: string) {
    const place = this.journal.cache.byKey(treeKey(dn));
    const entry = place && this.journal.cache.byUuid(place.uuid);
    if (!entry) throw new Error(`there is no ${dn}`);
    return entry;
  }

  #change(dn: string, to: string, attributes?: Uint8Array): void {
    const entry = this.#entry(dn);
    const now = { ...entry, dn: to, key: treeKey(to), attributes: attributes ?? entry.attributes };
    this.journal.write(() => this.journal.cache.change(now, this.#append(dn === to ? "modify" : "move", entry, now)));
  }

  #append(kind: NewEvent["kind"], old: Seen | null, now: Seen | null): number {
    return this.journal.append({
      at: this.journal.clock.now(),
      kind,
      origin: "live",
      uuid: (now ?? old)!.uuid,
      csn: (now ?? old)!.csn,
      oldDn: old?.dn ?? null,
      newDn: now?.dn ?? null,
      old: old?.attributes ?? null,
      new: now?.attributes ?? null,
    });
  }
}

interface Seen {
  uuid: Uint8Array;
  dn: string;
  csn: string;
  attributes: Uint8Array;
}

export function person(dn: string, more: Plain = {}): Plain {
  return { objectClass: ["top", "person"], cn: dn.split(",")[0]!, ...more };
}
