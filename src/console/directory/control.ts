/**
 * What is asked of a running listener, and what it answers: the contract between its control socket on one side, the
 * console's module `directory` and `reeve listener ctl` on the other. It is UMCP on `listener.sock` in the run folder:
 * `COMMAND VERB` with the body `{options, by}`, the answer as `result`. Only root, the service's own user and the members
 * of `listener.group` are let in, and all of them may use every verb.
 *
 * Times are epoch milliseconds, uuids entryUUIDs as text, events are named by their number (`seq`). Attributes that are
 * withheld are not in the journal, so they are in no answer.
 *
 * Problems: `bad-options`; `not-found` for a handler, parked item, event or entry that is not there; `conflict` for what
 * cannot be done as things stand (a verification while one runs, a replay of events that are no longer kept).
 */

export const socketName = "listener.sock";

/** Verbs, and whether they change anything. */
export const verbs = {
  status: { changes: false },
  modules: { changes: false },
  resync: { changes: true },
  verify: { changes: true },
  dump: { changes: false },
  parked: { changes: false },
  retry: { changes: true },
  skip: { changes: true },
  replay: { changes: true },
  held: { changes: false },
  approve: { changes: true },
  reject: { changes: true },
  pause: { changes: true },
  resume: { changes: true },
  forget: { changes: true },
  changes: { changes: false },
  change: { changes: false },
} as const;
export type Verb = keyof typeof verbs;

/** Body of a request. */
export interface Asked<V extends Verb = Verb> {
  options: Options[V];
  /** Who asks by way of the console, for the log; absent: whom the kernel says. */
  by?: string;
}

/** No options at all. */
type None = Record<string, never>;

/** A page of a list that begins with the newest: those before this number. */
interface Page {
  before?: number;
  /** How many at most: 1 to 1000. */
  limit: number;
}

export interface Options {
  status: None;
  modules: None;
  /** All of a handler's view (clean, initialize, every entry as `n`), or one object to one handler or to all. */
  resync: { handler: string } | { dn: string; handler?: string };
  /** Without `wait` it is begun only; with it, partial results are `Progress`. */
  verify: { wait?: boolean };
  /** Partial results are `{text}`: LDIF of the cache, or a JSON line for each parked item. */
  dump: { what: "entries" | "parked" };
  /** Without `state`, all but skipped ones. Newest first, by id. */
  parked: Page & { handler?: string; state?: ParkedState };
  /** One item, or everything that a handler failed on. */
  retry: { id: number } | { handler: string };
  /** It is done with, undone; what waits behind it goes on. */
  skip: { id: number; reason: string };
  /** Hands a handler these events once more, first and last included. */
  replay: { handler: string; from: number; to: number };
  held: { limit: number; offset?: number };
  /** They are gone indeed: makes the events. */
  approve: { uuids: string[] } | { all: true };
  /** They stay as they are until a refresh or a verification misses them again. */
  reject: { uuids: string[] } | { all: true };
  /** One handler, or every one. */
  pause: { handler?: string };
  resume: { handler?: string };
  /** A handler that is `gone`: changes are kept for it no longer, and should it come back, it is a new one. */
  forget: { handler: string };
  /** Newest first. */
  changes: Page & ChangeFilter;
  change: { seq: number };
}

/** All that are given must hold. */
export interface ChangeFilter {
  /** Part of the old or the new DN, whatever the case. */
  dn?: string;
  uuid?: string;
  kind?: ChangeKind;
  origin?: ChangeOrigin;
  /** Observed at this time or later … */
  from?: number;
  /** … and at this time or before. */
  to?: number;
}

export interface Results {
  status: ListenerStatus;
  /** By priority, then name. */
  modules: HandlerModule[];
  /** The handlers that are loaded anew, or to which the object goes. */
  resync: { handlers: string[] };
  /** Null: it was not waited for. */
  verify: VerifyResult | null;
  dump: { count: number };
  parked: ParkedList;
  retry: { retried: number };
  skip: { skipped: number };
  replay: { events: number };
  held: HeldList;
  approve: { approved: number };
  reject: { rejected: number };
  pause: { handlers: string[] };
  resume: { handlers: string[] };
  forget: { handlers: string[] };
  changes: ChangeList;
  change: ChangeDetail;
}

export interface Progress {
  done: number;
  /** Null: nobody knows. */
  total: number | null;
}

/**
 * `connecting`: none of the servers answers yet, or any more. `loading`: for the first time. `refreshing`: what happened
 * while we were away. `following`: as it happens. `full`: there is no space on the disk, so nothing more is taken.
 */
export type Phase = "connecting" | "loading" | "refreshing" | "following" | "full";

export interface ListenerStatus {
  pid: number;
  started: number;
  /** Reeve's. */
  version: string;
  /** URI of the server that is followed or was last; "" for none yet. */
  server: string;
  servers: string[];
  /** What the server holds; "" until the first connection. */
  suffix: string;
  /** Handlers see what lies under it; "" for everything. */
  base: string;
  phase: Phase;
  phaseSince: number;
  /** Of a load, a refresh or a verification. */
  progress: Progress | null;
  /** The last thing that went wrong with the directory or the disk; "" for none. */
  error: string;
  errorAt: number;
  /** When the server last told something, or that all is told. */
  lastSync: number | null;
  entries: number;
  /** Entries that the server shows and that nobody can read (a DN that is no UTF-8): left out. At most a thousand. */
  unreadable: number;
  /** DNs of the first of them. */
  unreadableDns: string[];
  /** The newest event, 0 for none; when it was observed; the oldest that is kept. */
  head: number;
  headAt: number | null;
  first: number;
  /** Bytes of the events that are kept. */
  bytes: number;
  /** Events a second during the last minute. */
  rate: number;
  /** Of the handler that is furthest behind, paused ones not counted. */
  lag: Lag;
  parked: ParkedCounts;
  held: number;
  verifying: boolean;
  verified: VerifyResult | null;
  /** By priority, then name. */
  handlers: HandlerStatus[];
}

export interface Lag {
  events: number;
  /** Since the oldest change that is not done was observed. */
  seconds: number;
}

export interface VerifyResult {
  started: number;
  ended: number;
  /** Entries that were compared. */
  compared: number;
  /** Applied, each as an event of origin `verify`. */
  added: number;
  modified: number;
  moved: number;
  removed: number;
  /** Deletions that wait for approval. */
  held: number;
  /** Why it did not get to its end; "" if it did. */
  error: string;
}

export const parkedStates = ["failed", "waiting", "dead", "skipped"] as const;
export type ParkedState = (typeof parkedStates)[number];
export type ParkedCounts = Record<"failed" | "waiting" | "dead", number>;

/**
 * `starting`: its process comes up. `loading`: it gets every entry. `waiting`: what it writes to is out of reach, or its
 * process ends again and again; tried again at `nextAt`. `refused`: its file cannot be loaded (`error` says why). `gone`:
 * there is no such file any more.
 */
export type HandlerState = "starting" | "loading" | "following" | "waiting" | "paused" | "refused" | "gone";

export interface HandlerStatus {
  name: string;
  description: string;
  priority: number;
  state: HandlerState;
  /** It is done with every event up to this one, or has it parked. */
  position: number;
  lag: Lag;
  /** Calls a second during the last minute. */
  rate: number;
  /** Calls that it was given and has not answered. */
  queue: number;
  /** Of its initial load. */
  load: Progress | null;
  parked: ParkedCounts;
  /** prerun was called, and postrun is owed. */
  prepared: boolean;
  error: string;
  errorAt: number;
  /** Of its process, since the listener was started. */
  restarts: number;
  pid: number | null;
  nextAt: number | null;
  /** Name of a handler that has to be done first; null: none. */
  waitsFor: string | null;
}

/** A handler with what it says about itself; where it was never loaded, the parts of the declaration are empty. */
export interface HandlerModule extends HandlerStatus {
  file: string;
  /** `shipped`, `script`, `python`, `executable`. */
  kind: string;
  filter: string;
  semantics: "rfc4515" | "model";
  attributes: string[];
  needs: string[];
  style: "calls" | "objects";
  user: string;
  warnings: string[];
}

export interface ParkedList {
  /** That match, on all pages. */
  total: number;
  items: ParkedItem[];
  /** `before` of the next page; null: this was the last. */
  before: number | null;
}

export interface ParkedItem {
  id: number;
  handler: string;
  /** The event, or the one as of which the entry is delivered. */
  seq: number;
  /** `initial`: a call of an initial load or a resync. */
  kind: ChangeKind | "initial";
  uuid: string;
  /** The new one, else the old. */
  dn: string;
  state: ParkedState;
  since: number;
  attempts: number;
  /** Null: not without a person. */
  nextAt: number | null;
  error: string;
  /** How many wait behind it, directly or not. */
  behind: number;
  /** Id of the first that it waits for; null: it waits for none. */
  waitsFor: number | null;
}

export interface HeldList {
  total: number;
  /** Parents before their children. */
  items: { uuid: string; dn: string; since: number }[];
}

export const changeKinds = ["create", "modify", "move", "delete", "out", "in", "schema"] as const;
export type ChangeKind = (typeof changeKinds)[number];
export const changeOrigins = ["live", "refresh", "verify", "ancestor"] as const;
export type ChangeOrigin = (typeof changeOrigins)[number];

export interface ChangeList {
  head: number;
  /** The oldest that is kept. */
  first: number;
  changes: ChangeSummary[];
  /**
   * `before` of the next page; null: there is nothing older. A filter that hits little may end a page early: what was
   * looked through is bounded.
   */
  before: number | null;
}

export interface ChangeSummary {
  seq: number;
  at: number;
  kind: ChangeKind;
  origin: ChangeOrigin;
  /** "" for the schema. */
  uuid: string;
  /** entryCSN; "" where the server tells none. */
  csn: string;
  oldDn: string | null;
  newDn: string | null;
  /** Names of attributes that differ, without metadata (entryCSN, modifyTimestamp …): the first twenty. */
  differing: string[];
  /** How many differ. */
  differs: number;
}

export interface ChangeDetail extends ChangeSummary {
  /** EPOCH.SEQ, as the ids of its calls begin. */
  id: string;
  /** By name, those that differ first and metadata last. */
  attributes: ChangedAttribute[];
  /** Neighbouring events of the same entry, where they are kept. */
  earlier: number | null;
  later: number | null;
}

export interface ChangedAttribute {
  /** With its options, in the server's spelling. */
  name: string;
  differs: boolean;
  /** Written by the server itself, not by those who change the entry. */
  metadata: boolean;
  old: ChangedSide;
  new: ChangedSide;
}

export interface ChangedSide {
  total: number;
  /** Those that the other side lacks first, then the others: a hundred each at most. */
  values: ChangeValue[];
}

export interface ChangeValue {
  /**
   * Null: it is no text, or has characters that are none. The first 4096 characters, fewer once an answer has a million:
   * where it is cut, `bytes` are more than its UTF-8 has.
   */
  text: string | null;
  /** Of the whole value. */
  bytes: number;
  /** The other side lacks it. */
  only: boolean;
}
