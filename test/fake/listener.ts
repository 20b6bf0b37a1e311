/** A listener as the console and the command line see it: the control socket with made-up answers, no directory behind it. */
import { join } from "node:path";
import {
  type Asked,
  type ChangeDetail,
  type ChangedAttribute,
  type ChangeSummary,
  type HandlerModule,
  type HeldList,
  type ListenerStatus,
  type Options,
  type ParkedItem,
  type Results,
  socketName,
  type Verb,
} from "../../src/console/directory/control.ts";
import { Problem } from "../../src/problem.ts";
import { type Server, serve } from "../../src/umcp/server.ts";

type Answers = { [V in Verb]: (options: Options[V]) => Results[V] };

const minute = 60_000;

/** entryUUID of a made-up entry. */
export function uuidOf(number: number): string {
  return `5f3a0000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

function handler(name: string, now: number, more: Partial<HandlerModule> = {}): HandlerModule {
  return {
    ...{ name, description: `does what ${name} does`, priority: 50, state: "following", position: 120 },
    ...{ lag: { events: 0, seconds: 0 }, rate: 1.5, queue: 0, load: null, parked: { failed: 0, waiting: 0, dead: 0 } },
    ...{ prepared: false, error: "", errorAt: now, restarts: 0, pid: 4711, nextAt: null, waitsFor: null },
    ...{ file: `/etc/reeve/handlers/${name}.ts`, kind: "script", filter: "(objectClass=*)", semantics: "rfc4515" },
    ...{ attributes: [], needs: [], style: "objects", user: "", warnings: [], ...more },
  };
}

export class FakeListener {
  /** What was asked, in order: the verb, its options, and who asked. */
  readonly asked: { verb: string; options: unknown; by: string | undefined }[] = [];
  readonly handlers: HandlerModule[];
  readonly parked: ParkedItem[];
  held: HeldList["items"];
  readonly changes: ChangeDetail[];
  phase: ListenerStatus["phase"] = "following";
  readonly #now = Date.now();
  #server: Server | undefined;

  constructor(hostile = "x") {
    const now = this.#now;
    this.handlers = [
      handler("people", now, { kind: "shipped", priority: 10, file: "" }),
      handler("mail", now, {
        ...{ position: 97, lag: { events: 23, seconds: 95 }, queue: 4, restarts: 2, prepared: true },
        ...{ parked: { failed: 1, waiting: 2, dead: 1 }, error: `no answer from ${hostile}`, errorAt: now - minute },
        ...{ attributes: ["mail", "uid"], needs: ["userPassword"], user: "mailer", warnings: [`means ${hostile}`] },
      }),
      handler("legacy", now, {
        ...{ kind: "python", semantics: "model", state: "loading", load: { done: 300, total: 1000 } },
      }),
      handler("broken", now, {
        ...{ state: "refused", error: `line 3: unexpected ${hostile}`, filter: "", pid: null, priority: 60 },
      }),
      handler("old", now, { state: "gone", pid: null, priority: 70, waitsFor: "mail" }),
    ];
    const parked = (id: number, more: Partial<ParkedItem>): ParkedItem => ({
      ...{ id, handler: "mail", seq: 90 + id, kind: "modify", uuid: uuidOf(id), dn: `uid=p${id},ou=People,dc=lab` },
      ...{ state: "failed", since: now - 5 * minute, attempts: 3, nextAt: now + minute, error: "mailbox is locked" },
      ...{ behind: 0, waitsFor: null, ...more },
    });
    this.parked = [
      parked(4, { state: "dead", attempts: 12, nextAt: null, dn: hostile, error: hostile }),
      parked(3, { state: "waiting", waitsFor: 1, attempts: 0, nextAt: null, error: "", kind: "move" }),
      parked(2, { state: "waiting", waitsFor: 1, attempts: 0, nextAt: null, error: "", kind: "delete" }),
      parked(1, { behind: 2 }),
    ];
    this.held = Array.from({ length: 60 }, (_, n) => ({
      uuid: uuidOf(n),
      dn: n === 0 ? hostile : `uid=h${String(n).padStart(2, "0")},ou=People,dc=lab`,
      since: now - 60 * minute,
    }));
    this.changes = Array.from({ length: 120 }, (_, n) => change(120 - n, now - n * minute, hostile));
  }

  get status(): ListenerStatus {
    const now = this.#now;
    const sum = { failed: 0, waiting: 0, dead: 0 };
    for (const { state } of this.parked) if (state !== "skipped") sum[state]++;
    return {
      ...{ pid: 4700, started: now - 600 * minute, version: "0.1.0", server: "ldap://ldap1.example.org" },
      ...{ servers: ["ldap://ldap1.example.org", "ldap://ldap2.example.org"], suffix: "dc=lab", base: "" },
      ...{ phase: this.phase, phaseSince: now - 60 * minute, progress: null, error: "", errorAt: 0 },
      ...{
        lastSync: now - 4000,
        entries: 1500,
        unreadable: 0,
        unreadableDns: [],
        head: 120,
        headAt: now,
        first: 1,
        bytes: 250_000,
        rate: 0.4,
      },
      ...{ lag: { events: 23, seconds: 95 }, parked: sum, held: this.held.length, verifying: false },
      verified: {
        ...{ started: now - 62 * minute, ended: now - 61 * minute, compared: 1500, added: 0, modified: 2, moved: 0 },
        ...{ removed: 0, held: 60, error: "" },
      },
      handlers: this.handlers,
    };
  }

  readonly #answers: Answers = {
    status: () => this.status,
    modules: () => this.handlers,
    parked: ({ handler, state, before = Number.POSITIVE_INFINITY, limit }) => {
      const all = this.parked.filter(
        (one) => (state ? one.state === state : one.state !== "skipped") && (!handler || one.handler === handler),
      );
      const left = all.filter(({ id }) => id < before);
      const items = left.slice(0, limit);
      return { total: all.length, items, before: left.length > limit ? items.at(-1)!.id : null };
    },
    held: ({ limit, offset = 0 }) => ({ total: this.held.length, items: this.held.slice(offset, offset + limit) }),
    changes: ({ dn, uuid, kind, origin, from = 0, to = 1e16, before = 1e9, limit }) => {
      const left = this.changes.filter(
        (one) =>
          one.seq < before &&
          (!dn || [one.oldDn, one.newDn].some((name) => name?.toLowerCase().includes(dn.toLowerCase()))) &&
          (!uuid || one.uuid === uuid) &&
          (!kind || one.kind === kind) &&
          (!origin || one.origin === origin) &&
          one.at >= from &&
          one.at <= to,
      );
      const changes = left.slice(0, limit).map(({ id: _, attributes: __, ...summary }): ChangeSummary => summary);
      return { head: 120, first: 1, changes, before: left.length > limit ? changes.at(-1)!.seq : null };
    },
    change: ({ seq }) => {
      const found = this.changes.find((one) => one.seq === seq);
      if (!found) throw new Problem("not-found", `change ${seq} is not kept`);
      return found;
    },
    resync: (options) => {
      if (options.handler !== undefined) this.#handler(options.handler);
      return { handlers: options.handler === undefined ? this.handlers.map(({ name }) => name) : [options.handler] };
    },
    verify: () => null,
    forget: ({ handler }) => ({ handlers: [this.#handler(handler).name] }),
    dump: () => ({ count: 0 }),
    replay: () => ({ events: 0 }),
    pause: ({ handler }) => ({ handlers: this.#each(handler, (one) => (one.state = "paused")) }),
    resume: ({ handler }) => ({ handlers: this.#each(handler, (one) => (one.state = "following")) }),
    retry: (options) => ({ retried: "id" in options ? 1 : this.parked.length }),
    skip: ({ id }) => {
      const item = this.parked.find((one) => one.id === id && one.state !== "skipped");
      if (!item) throw new Problem("not-found", `no item ${id} is parked`);
      item.state = "skipped";
      return { skipped: 1 };
    },
    approve: (options) => ({ approved: this.#unhold(options) }),
    reject: (options) => ({ rejected: this.#unhold(options) }),
  };

  /** Listens in a run folder. */
  async start(folder: string): Promise<void> {
    this.#server = await serve({
      unix: join(folder, socketName),
      handler: async ({ request }) => {
        const [verb = ""] = request.arguments;
        if (request.command !== "COMMAND" || !Object.hasOwn(this.#answers, verb)) {
          throw new Problem("unknown-command", `a listener does not know ${request.command} ${verb}`);
        }
        const { options, by } = request.body as unknown as Asked;
        this.asked.push({ verb, options, by });
        return { result: this.#answers[verb as Verb](options as never) };
      },
    });
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  #handler(name: string): HandlerModule {
    const found = this.handlers.find((one) => one.name === name);
    if (!found) throw new Problem("not-found", `there is no handler ${name}`);
    return found;
  }

  #each(name: string | undefined, work: (handler: HandlerModule) => void): string[] {
    const chosen = name === undefined ? this.handlers : [this.#handler(name)];
    chosen.forEach(work);
    return chosen.map((one) => one.name);
  }

  #unhold(options: Options["approve"]): number {
    const before = this.held.length;
    this.held = "all" in options ? [] : this.held.filter(({ uuid }) => !options.uuids.includes(uuid));
    return before - this.held.length;
  }
}

/** Every tenth of a kind, and one of a large group with long and binary values. */
function change(seq: number, at: number, hostile: string): ChangeDetail {
  const dn = seq === 118 ? hostile : `uid=p${seq % 7},ou=People,dc=lab`;
  const kind = seq === 120 ? "modify" : seq % 10 === 0 ? "move" : seq % 10 === 1 ? "delete" : "modify";
  const oldDn = kind === "move" ? `uid=p${seq % 7},ou=Gone,dc=lab` : dn;
  return {
    ...{ seq, at, kind, origin: seq % 3 === 0 ? "refresh" : "live", uuid: uuidOf(seq % 7) },
    ...{ csn: "20261121215000.000000Z#000000#000#000000", oldDn, newDn: kind === "delete" ? null : dn },
    ...{ differing: ["mail", "description"], differs: 2, id: `5f3a.${seq}`, earlier: seq > 7 ? seq - 7 : null },
    later: seq + 7 <= 120 ? seq + 7 : null,
    attributes: kind === "delete" ? deleted() : modified(hostile),
  };
}

const text = (value: string, only = false) => ({ text: value, bytes: Buffer.byteLength(value), only });
const side = (...values: ReturnType<typeof text>[]) => ({ total: values.length, values });
const metadata = { metadata: true, differs: true };

function modified(hostile: string): ChangedAttribute[] {
  const members = Array.from({ length: 100 }, (_, n) => text(`uid=p${n},ou=People,dc=lab`));
  return [
    {
      ...{ name: "mail", differs: true, metadata: false },
      old: side(text("alice@example.org", true), text("a.winter@example.org")),
      new: side(text("alice.winter@example.org", true), text("a.winter@example.org")),
    },
    {
      ...{ name: "description", differs: true, metadata: false, old: { total: 0, values: [] } },
      new: side(text(`${hostile} ${"and so on ".repeat(60)}`, true)),
    },
    {
      ...{ name: "jpegPhoto;binary", differs: true, metadata: false, old: side() },
      new: { total: 1, values: [{ text: null, bytes: 5_242_880, only: true }] },
    },
    {
      ...{ name: "member", differs: true, metadata: false, old: { total: 9999, values: members } },
      new: { total: 10_000, values: [text("uid=new,ou=People,dc=lab", true), ...members.slice(1)] },
    },
    {
      ...{ name: "sshPublicKey", differs: true, metadata: false, old: side() },
      new: { total: 1, values: [{ text: "k".repeat(4096), bytes: 8_000_000, only: true }] },
    },
    { name: "cn", differs: false, metadata: false, old: side(text("Alice Winter")), new: side(text("Alice Winter")) },
    {
      ...{ name: "objectClass", differs: false, metadata: false },
      old: side(text("inetOrgPerson"), text("posixAccount")),
      new: side(text("inetOrgPerson"), text("posixAccount")),
    },
    {
      ...{ name: "entryCSN", ...metadata, old: side(text("20261121215000.000000Z#000000#000#000000", true)) },
      new: side(text("20261121215100.000000Z#000000#000#000000", true)),
    },
  ];
}

function deleted(): ChangedAttribute[] {
  return [{ name: "cn", differs: true, metadata: false, old: side(text("Bob", true)), new: side() }];
}
