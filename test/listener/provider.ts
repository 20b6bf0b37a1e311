/** A directory in memory that tells of itself as RFC 4533 allows: by delete phase, by present phase, or all anew. */
import { encodeAttributes } from "../../src/ldap/attributes.ts";
import type { PublishedSchema } from "../../src/ldap/connect.ts";
import { isUnder, parentOf, rebase, treeKey } from "../../src/ldap/dn.ts";
import { LdapRefusal } from "../../src/ldap/refusal.ts";
import type { SyncMessage, SyncRequest } from "../../src/ldap/sync-message.ts";
import { uuidBytes, uuidText } from "../../src/listener/sighting.ts";
import type { Provider, Source, SourceState } from "../../src/listener/source.ts";

export type Manner = "delete" | "present" | "whole";

interface Held {
  uuid: Uint8Array;
  dn: string;
  values: Record<string, string[]>;
  csn: number;
}

const encoder = new TextEncoder();

export class FakeDirectory {
  /** How it answers a cookie. */
  manner: Manner = "delete";
  /** How it ends the refresh of a request without cookie; OpenLDAP says `delete` there (reference §0.3). */
  endOfWhole: "delete" | "present" = "delete";
  /** The next synchronisations with a cookie end so. */
  refuses: number | undefined;
  /** What it gives back in place of a cookie at the next refresh. */
  answersCookie: Uint8Array | undefined;
  /** Breaks off after so many messages. */
  breaksAfter = Number.POSITIVE_INFINITY;
  schemaNow: PublishedSchema = { attributeTypes: ["( 2.5.4.3 NAME 'cn' )"], objectClasses: ["( 2.5.6.0 NAME 'top' )"] };
  /** Entries that an access rule hides. */
  readonly hidden = new Set<string>();
  readonly requests: SyncRequest[] = [];
  asked = 0;
  readonly entries = new Map<string, Held>();
  readonly #gone: { csn: number; uuid: Uint8Array }[] = [];
  #csn = 1;
  #uuids = 1;
  #push: ((messages: SyncMessage[]) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  find(dn: string): Held {
    const key = treeKey(dn);
    for (const entry of this.entries.values()) if (treeKey(entry.dn) === key) return entry;
    throw new Error(`there is no ${dn}`);
  }

  has(dn: string): boolean {
    const key = treeKey(dn);
    return [...this.entries.values()].some((entry) => treeKey(entry.dn) === key);
  }

  get dns(): string[] {
    return [...this.entries.values()].map(({ dn }) => dn).sort();
  }

  add(dn: string, values: Record<string, string[]> = {}): Uint8Array {
    const uuid = uuidBytes(`00000000-0000-4000-8000-${(this.#uuids++).toString(16).padStart(12, "0")}`);
    const entry = { uuid, dn, values, csn: this.#csn++ };
    this.entries.set(uuidText(uuid), entry);
    this.#tell(entry, "add");
    return uuid;
  }

  modify(dn: string, values: Record<string, string[]>): void {
    const entry = this.find(dn);
    Object.assign(entry, { values, csn: this.#csn++ });
    this.#tell(entry, "modify");
  }

  /** Of what is below it nobody hears, and nothing changes. */
  move(dn: string, to: string): void {
    const entry = this.find(dn);
    for (const other of this.entries.values())
      if (other !== entry && isUnder(other.dn, dn)) other.dn = rebase(other.dn, dn, to);
    Object.assign(entry, { dn: to, csn: this.#csn++ });
    this.#tell(entry, "modify");
  }

  remove(dn: string): void {
    const entry = this.find(dn);
    this.entries.delete(uuidText(entry.uuid));
    this.#gone.push({ csn: this.#csn++, uuid: entry.uuid });
    this.#tell(entry, "delete");
  }

  /** Says this to whoever follows live. */
  say(...messages: SyncMessage[]): void {
    this.#push?.(messages);
  }

  /** The connection is lost. */
  drop(): void {
    this.#fail?.(new Error("connection lost"));
    this.#push = undefined;
    this.#fail = undefined;
  }

  get cookie(): Uint8Array {
    return encoder.encode(`csn=${this.#csn}`);
  }

  raw(entry: Held): Uint8Array {
    const values = (list: string[]) => list.map((value) => encoder.encode(value));
    return encodeAttributes({
      ...Object.fromEntries(Object.entries(entry.values).map(([type, list]) => [type, values(list)])),
      entryUUID: values([uuidText(entry.uuid)]),
      entryCSN: values([String(entry.csn).padStart(8, "0")]),
    });
  }

  message(entry: Held, state: "add" | "modify" | "delete"): SyncMessage {
    const attributes = state === "delete" ? new Uint8Array(0) : this.raw(entry);
    return { kind: "entry", state, uuid: entry.uuid, dn: entry.dn, attributes };
  }

  #tell(entry: Held, state: "add" | "modify" | "delete"): void {
    if (!this.hidden.has(uuidText(entry.uuid))) this.say({ ...this.message(entry, state), cookie: this.cookie });
  }

  #refresh(cookie: Uint8Array | undefined): SyncMessage[] {
    const visible = [...this.entries.values()].filter(({ uuid }) => !this.hidden.has(uuidText(uuid)));
    const end = { done: true, cookie: this.answersCookie ?? this.cookie };
    this.answersCookie = undefined;
    const adds = (entries: Held[]) => entries.map((entry) => this.message(entry, "add"));
    if (cookie === undefined) return [...adds(visible), { kind: "phase", phase: this.endOfWhole, ...end }];
    const since = Number(new TextDecoder().decode(cookie).slice(4));
    const changed = visible.filter(({ csn }) => csn >= since);
    if (this.manner === "whole") return [...adds(visible), { kind: "phase", phase: "present", ...end }];
    if (this.manner === "delete") {
      const uuids = this.#gone.filter(({ csn }) => csn >= since).map(({ uuid }) => uuid);
      const set: SyncMessage[] = uuids.length > 0 ? [{ kind: "set", deleted: true, uuids }] : [];
      return [...set, ...adds(changed), { kind: "phase", phase: "delete", ...end }];
    }
    const uuids = visible.filter(({ csn }) => csn < since).map(({ uuid }) => uuid);
    return [...adds(changed), { kind: "set", deleted: false, uuids }, { kind: "phase", phase: "present", ...end }];
  }

  provider(): Provider {
    const directory = this;
    return {
      uri: "fake:",
      encrypted: true,
      rootDse: { namingContexts: ["dc=lab"], supportedControl: [], supportedExtension: [], subschemaSubentry: "cn=s" },
      schema: async () => directory.schemaNow,
      close: () => {},
      async search({ filter = "" }) {
        directory.asked++;
        const uuids = filter.match(/(?<=entryUUID=)[\da-f-]+/g) ?? [];
        const found = uuids.map((uuid) => directory.entries.get(uuid)).filter((entry) => entry !== undefined);
        const seen = found.filter(({ uuid }) => !directory.hidden.has(uuidText(uuid)));
        return seen.map((entry) => ({ dn: entry.dn, attributes: directory.raw(entry) }));
      },
      async *sync(request, signal) {
        directory.requests.push(request);
        if (directory.refuses !== undefined && request.cookie) {
          const code = directory.refuses;
          directory.refuses = undefined;
          throw new LdapRefusal("fake", { code, matchedDn: "", diagnostic: "" });
        }
        const told = directory.#refresh(request.cookie);
        const queue: SyncMessage[][] = [];
        let wake = () => {};
        let failed: unknown;
        if (request.mode === "persist") {
          directory.#push = (messages) => {
            queue.push(messages);
            wake();
          };
          directory.#fail = (error) => {
            failed = error;
            wake();
          };
          signal?.addEventListener("abort", () => directory.#fail?.(signal.reason), { once: true });
        }
        // In two parts: what comes after the end of a refresh may come with it.
        const cut = Math.floor(told.length / 2);
        yield told.slice(0, Math.min(cut, directory.breaksAfter));
        if (directory.breaksAfter < told.length) {
          directory.breaksAfter = Number.POSITIVE_INFINITY;
          throw new Error("broken off");
        }
        yield [...told.slice(cut), ...queue.splice(0).flat()];
        while (request.mode === "persist") {
          if (failed !== undefined) throw failed;
          const batch = queue.shift();
          if (batch) yield batch;
          else {
            const { promise, resolve } = Promise.withResolvers<void>();
            wake = resolve;
            await promise;
          }
        }
      },
    };
  }

  source(): Source {
    const state: SourceState = { state: "idle" };
    const open = async (signal: AbortSignal) => {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      return this.provider();
    };
    return { state, open, another: async () => this.provider(), healthy() {}, ended() {} };
  }
}

/** What a directory would allow, at random. */
export function someChange(directory: FakeDirectory, random: (below: number) => number): void {
  const { dns } = directory;
  const some = dns[random(dns.length)]!;
  const leaf = (dn: string) => !dns.some((other) => other !== dn && isUnder(other, dn));
  const place = () => `cn=${"abcde"[random(5)]},${dns[random(dns.length)]}`;
  const kind = random(10);
  if (kind < 3) {
    const dn = place();
    if (!directory.has(dn) && dn.split(",").length < 7) directory.add(dn, { x: [`${random(1000)}`] });
  } else if (kind < 5) directory.modify(some, { x: [`${random(1000)}`] });
  else if (kind < 7) {
    if (leaf(some) && parentOf(some) !== "") directory.remove(some);
  } else if (kind < 8) {
    // Another spelling of the same name.
    if (parentOf(some) !== "")
      directory.move(
        some,
        some.replace(/^cn=(.)/, (all) => all.toUpperCase()),
      );
  } else {
    const to = place();
    if (parentOf(some) !== "" && !isUnder(to, some) && !directory.has(to)) directory.move(some, to);
  }
}
