/** A follower with its journal, and what can be said of its events. */
import assert from "node:assert/strict";
import { decodeAttributes } from "../../src/ldap/attributes.ts";
import { parentOf, treeKey, treeSeparator } from "../../src/ldap/dn.ts";
import { type Database, makeTables, openFile } from "../../src/listener/database.ts";
import type { JournalEvent } from "../../src/listener/event.ts";
import { Follower, type FollowerOptions } from "../../src/listener/follow.ts";
import { Journal } from "../../src/listener/journal.ts";
import { uuidText } from "../../src/listener/sighting.ts";
import type { Source } from "../../src/listener/source.ts";

export interface Followed {
  journal: Journal;
  follower: Follower;
  /** Until it is live, again if `after` says a state to leave first. */
  live(): Promise<void>;
  /** Resolves when `condition` holds, which is looked at after each commit and now and then. */
  until(condition: () => boolean, what?: string): Promise<void>;
  /** Ends following; the journal stays. */
  stop(): Promise<void>;
  start(source?: Source): void;
  /** Fails with what `run` threw. */
  ended(): Promise<void>;
}

export function follow(source: Source, options: Partial<FollowerOptions> = {}, database?: Database): Followed {
  const opened = database ?? openFile(":memory:");
  if (!database) makeTables(opened);
  const journal = options.journal ?? new Journal(opened);
  let stopper = new AbortController();
  let running = Promise.resolve();
  const make = (from: Source) =>
    new Follower({
      ...{ journal, source: from, base: "", withheld: ["userPassword"], limits: { percent: 0, least: 100 } },
      ...{ schemaInterval: 0, ...options },
    });
  const followed: Followed = {
    journal,
    follower: make(source),
    live: () => followed.until(() => followed.follower.status().state === "live", "it is live"),
    async until(condition, what = "something holds") {
      const deadline = Date.now() + 60_000;
      while (!condition()) {
        if (Date.now() > deadline) {
          throw new Error(`in vain waited until ${what}: ${JSON.stringify(followed.follower.status())}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    async stop() {
      stopper.abort();
      await running;
    },
    start(from) {
      if (from) followed.follower = make(from);
      stopper = new AbortController();
      running = followed.follower.run(stopper.signal);
      running.catch(() => {});
    },
    ended: () => running,
  };
  followed.start();
  return followed;
}

/** `move cn=a → cn=b`, with the origin where it is not the usual one. */
export function line(event: JournalEvent): string {
  const { kind, oldDn, newDn } = event;
  const origin = event.origin === "ancestor" ? " (ancestor)" : "";
  if (kind === "modify" || kind === "schema" || kind === "create" || kind === "in") return `${kind} ${newDn}${origin}`;
  if (kind === "delete" || kind === "out") return `${kind} ${oldDn}${origin}`;
  return `${kind} ${oldDn} → ${newDn}${origin}`;
}

export function lines(journal: Journal, after = 0): string[] {
  return journal.read(after, 100_000).map(line);
}

/** What the events make of a tree, entry by entry, with a complaint about each that makes no sense. */
export class Replay {
  readonly tree = new Map<string, { uuid: string; dn: string; raw: Uint8Array }>();

  constructor(journal: Journal) {
    for (const place of journal.entries()) {
      const { attributes } = journal.cache.byUuid(place.uuid)!;
      this.tree.set(place.key, { uuid: uuidText(place.uuid), dn: place.dn, raw: attributes });
    }
  }

  /** @param target what there is in the end, if it is known: then parents must be there before their children */
  apply(events: JournalEvent[], target?: ReadonlyMap<string, string>): void {
    const out = new Map<string, Uint8Array>();
    for (const event of events) {
      const { kind, oldDn, newDn } = event;
      const uuid = uuidText(event.uuid);
      const what = `${event.seq}: ${line(event)}`;
      if (kind === "in") {
        assert.deepEqual(event.old, out.get(uuid), `${what}: it was not out, or was another`);
        out.delete(uuid);
      } else if (oldDn !== null) {
        const key = treeKey(oldDn);
        const held = this.tree.get(key);
        assert.equal(held?.uuid, uuid, `${what}: somebody else stands there`);
        assert.equal(held.dn, oldDn, what);
        assert.deepEqual(event.old, held.raw, `${what}: the old side is another`);
        if (kind === "delete" || kind === "out") {
          const below = [...this.tree].filter(([other]) => other.startsWith(key + treeSeparator));
          const leaving = below.filter(([other, { uuid }]) => target === undefined || target.get(other) !== uuid);
          assert.deepEqual(leaving, [], `${what}: there is something below`);
        }
        this.tree.delete(key);
        if (kind === "out") out.set(uuid, held.raw);
      }
      if (newDn === null) continue;
      const key = treeKey(newDn);
      assert.equal(this.tree.get(key), undefined, `${what}: the place is taken`);
      const parent = parentOf(newDn);
      if (target && parent !== undefined && target.has(treeKey(parent)))
        assert.equal(this.tree.get(treeKey(parent))?.uuid, target.get(treeKey(parent)), `${what}: before its parent`);
      this.tree.set(key, { uuid, dn: newDn, raw: event.new! });
    }
    assert.equal(out.size, 0, "all came in again");
  }

  /** `dn uuid x` */
  get summary(): string[] {
    return [...this.tree.values()].map(({ dn, uuid, raw }) => `${dn} ${uuid} ${xOf(raw)}`).sort();
  }
}

export function xOf(raw: Uint8Array): string {
  return new TextDecoder().decode(decodeAttributes(raw).x?.[0]);
}
