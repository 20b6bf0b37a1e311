/**
 * Keeps journal and cache on the directory's heels: loads it the first time, catches up after every absence, follows
 * live, and corrects what no stream tells. One transaction holds events, cache and the provider's cookie.
 */
import { LdapRefusal } from "../ldap/refusal.ts";
import type { Schema } from "../ldap/schema.ts";
import { type Cookie, type SyncMessage, syncResults } from "../ldap/sync-message.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { aborted, pause } from "../process/wait.ts";
import { asker } from "./ask.ts";
import type { NewEntry } from "./cache.ts";
import { Cookies } from "./cookies.ts";
import { damageOf } from "./database.ts";
import { FirstLoad, type Sight } from "./first-load.ts";
import type { GuardLimits } from "./guard.ts";
import type { Journal } from "./journal.ts";
import { Live } from "./live.ts";
import { type Counts, publish } from "./publish.ts";
import { CookieWorthless, endsRefresh, Refresh } from "./refresh.ts";
import { lastSchema, noteSchema } from "./schema-watch.ts";
import { type Ask, type Doubts, settle } from "./settle.ts";
import { sighting, uuidText, type View, volatile } from "./sighting.ts";
import type { Provider, Source, SourceState } from "./source.ts";
import { Stage } from "./stage.ts";
import { chooseSuffix } from "./suffix.ts";
import { Turn } from "./turn.ts";
import { compare, correct, type VerifyReport } from "./verify.ts";
import { withhold } from "./withheld.ts";

const log = logger("listener");

export interface FollowerOptions {
  journal: Journal;
  source: Source;
  /** DN; the whole suffix that holds it is followed. Empty: the server's only suffix. */
  base: string;
  /** Attribute types that nobody gets who does not need them. */
  withheld: readonly string[];
  limits: GuardLimits;
  /** Seconds between looks at the schema; 0: only when connecting. */
  schemaInterval: number;
}

export type FollowState =
  | "stopped"
  /** The source's state says more. */
  | "connecting"
  /** The first load is under way. */
  | "loading"
  | "refreshing"
  | "live"
  /** By a person. */
  | "paused"
  /** There is no space for the database; tried again and again. */
  | "no space";

export interface FollowStatus {
  state: FollowState;
  /** Milliseconds since 1970. */
  since: number;
  source: SourceState;
  suffix: string;
  /** Entries of the load or refresh under way. */
  progress: number;
  /** Why following stopped last; empty when it has been live since. */
  error: string;
  /** When the provider said something last; 0: never. */
  heard: number;
  /** Entries left out because their DN or attributes cannot be read. */
  unreadable: number;
  /** Attribute types that a handler needs and that are being read anew. */
  missing: string[];
  verifying: boolean;
  verified: VerifyReport | undefined;
}

const nothing: ReadonlySet<string> = new Set();

export class Follower {
  #state: FollowState = "stopped";
  #since = 0;
  #progress = 0;
  #error = "";
  #heard = 0;
  #unreadable = 0;
  #paused = false;
  #verifying = false;
  #verified: VerifyReport | undefined;
  #view: View;
  /** Ends the session, not the following. */
  #session = new AbortController();
  /** The provider that is followed live. */
  #live: { provider: Provider; base: string; signal: AbortSignal } | undefined;
  /** States that were asked for and are newer than what the stream tells for a while: entryCSN by entryUUID. */
  readonly #ahead = new Map<string, string>();
  readonly #options: FollowerOptions;
  readonly #journal: Journal;
  readonly #source: Source;
  readonly #stage: Stage;
  readonly #cookies: Cookies;
  readonly #changes: Live;
  readonly #turn = new Turn();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#source = options.source;
    this.#stage = new Stage(options.journal);
    this.#cookies = new Cookies(options.journal);
    this.#changes = new Live(options.journal);
    const kept = options.journal.meta.get("withheld") ?? withhold(options.journal, options.withheld, []);
    this.#view = { withheld: new Set([...kept, ...volatile]), schema: lastSchema(options.journal) };
  }

  /** The directory's, as of now: filters mean what it says. */
  get schema(): Schema {
    return this.#view.schema;
  }

  /** Told when the schema has become another. */
  onSchema: ((schema: Schema) => void) | null = null;

  status(): FollowStatus {
    return {
      state: this.#state,
      since: this.#since,
      source: this.#source.state,
      suffix: this.#journal.meta.get("suffix") ?? "",
      progress: this.#progress,
      error: this.#error,
      heard: this.#heard,
      unreadable: this.#unreadable,
      missing: this.#journal.meta.get("missing") ?? [],
      verifying: this.#verifying,
      verified: this.#verified,
    };
  }

  /**
   * Attribute types that handlers name as needed: call it before `run`, and whenever that changes. What the cache lacks
   * is read again (`journal.meta` `missing` until it is there), without events for what only lacked.
   */
  setNeeds(types: Iterable<string>): void {
    const before = this.#view.withheld;
    const now = new Set([...withhold(this.#journal, this.#options.withheld, types), ...volatile]);
    if (now.size === before.size && [...now].every((type) => before.has(type))) return;
    this.#view = { ...this.#view, withheld: now };
    if (this.#journal.meta.get("missing")) this.#cookies.forget();
    this.#session.abort();
  }

  /** Reads everything anew with the next session, which begins at once; only differences become events. */
  readAnew(): void {
    this.#cookies.forget();
    this.#session.abort();
  }

  /** Follows nothing until `resume`; the provider keeps what happens meanwhile. */
  pause(): void {
    this.#paused = true;
    this.#session.abort();
  }

  resume(): void {
    this.#paused = false;
    this.#session.abort();
  }

  /**
   * Until the signal fires.
   * @throws Problem `io` when the database is damaged: it must be made anew
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#session = new AbortController();
        const either = AbortSignal.any([signal, this.#session.signal]);
        if (this.#paused) {
          this.#turnTo("paused");
          await aborted(either);
        } else await this.#follow(either);
      }
    } finally {
      this.#turnTo("stopped");
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let provider: Provider | undefined;
    let full = false;
    try {
      this.#turnTo("connecting");
      provider = await this.#source.open(signal);
      await this.#attend(provider, signal);
      throw new Problem("unavailable", `${provider.uri} has ended the synchronisation`);
    } catch (error) {
      const damage = damageOf(error);
      full = damage === "full";
      if (!signal.aborted) this.#error = error instanceof Error ? error.message : String(error);
      this.#source.ended(signal.aborted || damage !== undefined ? undefined : error);
      if (damage !== undefined && !full) throw error;
    } finally {
      this.#live = undefined;
      provider?.close();
    }
    if (!full) return;
    this.#turnTo("no space");
    log.error("the listener waits for space on the disk", { error: this.#error });
    await pause(5000 + Math.random() * 5000, signal);
  }

  async #attend(provider: Provider, signal: AbortSignal): Promise<void> {
    const { meta } = this.#journal;
    const base = chooseSuffix(provider.rootDse.namingContexts, this.#options.base);
    const followed = meta.get("suffix");
    if (followed !== undefined && followed.toLowerCase() !== base.toLowerCase()) {
      const text = `the cache holds ${followed}, ${provider.uri} has ${base}; purge it (-g) if that is meant`;
      throw new Problem("config", text);
    }
    if (followed === undefined) this.#journal.write(() => meta.set("suffix", base));
    await this.#lookAtSchema(provider, signal);
    const interval = this.#options.schemaInterval * 1000;
    const watch = () => this.#lookAtSchema(provider, signal).catch((error) => this.#schemaFailed(error, signal));
    const timer = interval > 0 ? setInterval(watch, interval) : undefined;
    try {
      const cookie = this.#journal.loaded ? this.#cookies.get(provider.uri) : undefined;
      await this.#synchronise(provider, base, cookie, signal).catch((error) => {
        if (cookie === undefined || !refusesCookie(error)) throw error;
        log.warning("the cookie is of no use; everything is read anew", { uri: provider.uri, error });
        this.#cookies.forget(provider.uri);
        return this.#synchronise(provider, base, undefined, signal);
      });
    } finally {
      clearInterval(timer);
    }
  }

  async #synchronise(provider: Provider, base: string, cookie: Cookie | undefined, signal: AbortSignal): Promise<void> {
    const release = await this.#turn.take();
    let phase: FirstLoad | Refresh | undefined;
    this.#ahead.clear();
    try {
      const { loaded } = this.#journal;
      phase = loaded
        ? new Refresh(this.#stage, this.#sight, cookie === undefined)
        : new FirstLoad(this.#journal, this.#sight);
      this.#turnTo(loaded ? "refreshing" : "loading");
      const request = { base, mode: "persist", ...(cookie && { cookie }) } as const;
      let newest: Cookie | undefined;
      for await (const batch of provider.sync(request, signal)) {
        this.#heard = this.#journal.clock.now();
        let rest = batch;
        if (phase) {
          const end = batch.findIndex(endsRefresh) + 1;
          rest = end === 0 ? [] : batch.slice(end);
          const told = end === 0 ? batch : batch.slice(0, end);
          newest = cookieOf(told) ?? newest;
          phase.take(told);
          this.#progress = phase.count;
          if (end === 0) continue;
          await this.#conclude(phase, { provider, base, signal }, newest);
          phase = undefined;
          this.#live = { provider, base, signal };
          this.#error = "";
          this.#source.healthy();
          this.#turnTo("live");
          release();
        }
        if (rest.length > 0) await this.#happen(rest, { provider, base, signal });
      }
    } finally {
      if (phase instanceof FirstLoad) phase.abandon();
      if (phase) this.#stage.clear();
      release();
    }
  }

  async #conclude(phase: FirstLoad | Refresh, session: Session, cookie: Cookie | undefined): Promise<void> {
    const { uri } = session.provider;
    const begun = this.#since;
    if (phase instanceof FirstLoad) {
      phase.finish(() => this.#cookies.set(uri, cookie));
      log.info("the directory is loaded", { entries: phase.count, milliseconds: this.#journal.clock.now() - begun });
      return;
    }
    phase.conclude();
    await settle(this.#doubts(session, phase.unknown));
    const { meta } = this.#journal;
    const missing = new Set(phase.kind === "whole" ? meta.get("missing") : []);
    const counts = this.#journal.write(() => {
      const done = publish(this.#journal, this.#stage, "refresh", missing);
      this.#cookies.set(uri, cookie);
      if (phase.kind === "whole") meta.unset("missing");
      return done;
    });
    this.#stage.clear();
    log.info("caught up with the directory", { phase: phase.kind, ...counts });
    tellHeld(counts);
    if (missing.size > 0) this.#journal.tell();
  }

  /** What happens live. */
  async #happen(messages: readonly SyncMessage[], session: Session): Promise<void> {
    const release = await this.#turn.take();
    try {
      for (let at = 0; at < messages.length; at++) {
        at = this.#apply(messages, at, session.provider.uri);
        const stuck = messages[at];
        if (stuck) await this.#resolve(stuck, session);
      }
    } finally {
      release();
    }
  }

  /** @returns where it stopped: at the message that must be asked about, or at the end */
  #apply(messages: readonly SyncMessage[], from: number, uri: string): number {
    return this.#journal.write(() => {
      let at = from;
      while (at < messages.length && this.#applyOne(messages[at]!)) at++;
      this.#cookies.set(uri, cookieOf(messages.slice(from, at)));
      return at;
    });
  }

  #applyOne(message: SyncMessage): boolean {
    if (message.kind === "set") return !message.deleted || message.uuids.every((uuid) => this.#changes.gone(uuid));
    if (message.kind !== "entry" || message.state === "present") return true;
    if (message.state === "delete") return this.#changes.gone(message.uuid);
    const entry = this.#sight(message);
    if (entry === undefined || this.#isBehind(entry)) return true;
    return this.#changes.sight(entry, this.#view);
  }

  #isBehind({ uuid, csn }: NewEntry): boolean {
    if (this.#ahead.size === 0) return false;
    const name = uuidText(uuid);
    const known = this.#ahead.get(name);
    if (known === undefined) return false;
    if (csn !== "" && csn < known) return true;
    this.#ahead.delete(name);
    return false;
  }

  /** A change that cannot be understood from what we have: with the provider's help. */
  async #resolve(message: SyncMessage, session: Session): Promise<void> {
    const stage = this.#stage;
    stage.clear();
    try {
      if (message.kind === "set") for (const uuid of message.uuids) stage.gone(uuid);
      else if (message.kind === "entry" && message.state === "delete") stage.gone(message.uuid);
      else if (message.kind === "entry") {
        const entry = this.#sight(message);
        if (entry) stage.sight(entry);
      }
      await settle(this.#doubts(session, []));
      const counts = this.#journal.write(() => {
        this.#cookies.set(session.provider.uri, cookieOf([message]));
        return publish(this.#journal, stage, "live", nothing);
      });
      tellHeld(counts);
    } finally {
      stage.clear();
    }
  }

  /**
   * Compares the cache with everything the provider has, and corrects it.
   * @throws Problem `unavailable` while nothing is followed live, `conflict` while it runs already
   */
  async verify(): Promise<VerifyReport> {
    const session = this.#live;
    if (session === undefined) throw new Problem("unavailable", "the directory is not followed at present");
    if (this.#verifying) throw new Problem("conflict", "the cache is being verified already");
    this.#verifying = true;
    const begun = this.#journal.clock.now();
    let other: Provider | undefined;
    try {
      other = await this.#source.another(session.provider, session.signal);
      const { compared, suspects } = await compare(this.#journal, other, session.base, this.#sight, session.signal);
      const release = await this.#turn.take();
      try {
        if (this.#live !== session) throw new Problem("unavailable", "the connection to the directory was lost");
        const counts = await correct(this.#doubts(session, []), suspects);
        const ended = this.#journal.clock.now();
        this.#verified = { begun, ended, compared, suspected: suspects.length, ...counts };
        log.info("the cache is verified", { ...this.#verified });
        tellHeld(counts);
        return this.#verified;
      } finally {
        release();
      }
    } finally {
      this.#verifying = false;
      other?.close();
    }
  }

  async #lookAtSchema(provider: Provider, signal: AbortSignal): Promise<void> {
    const published = await provider.schema(signal);
    if (published === undefined) return;
    const release = await this.#turn.take();
    try {
      const schema = noteSchema(this.#journal, published);
      if (schema === undefined) return;
      this.#view = { ...this.#view, schema };
      this.onSchema?.(schema);
    } finally {
      release();
    }
  }

  #schemaFailed(error: unknown, signal: AbortSignal): void {
    if (!signal.aborted) log.warning("the directory's schema cannot be read", { error });
  }

  #doubts(session: Session, unknown: Uint8Array[]): Doubts {
    const asks = asker(session.provider, session.base, this.#sight, session.signal);
    const ask: Ask = async (uuids) => {
      const found = await asks(uuids);
      for (const { uuid, csn } of found) this.#ahead.set(uuidText(uuid), csn);
      return found;
    };
    const { limits } = this.#options;
    return { journal: this.#journal, stage: this.#stage, view: this.#view, ask, limits, unknown };
  }

  readonly #sight: Sight = (entry) => {
    try {
      return sighting(entry, this.#view);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#unreadable++;
      log.error("an entry cannot be read and is left out", { dn: entry.dn.slice(0, 1000), error });
      return undefined;
    }
  };

  #turnTo(state: FollowState): void {
    this.#state = state;
    this.#since = this.#journal.clock.now();
  }
}

interface Session {
  provider: Provider;
  base: string;
  signal: AbortSignal;
}

/** The newest one that stands for something. */
function cookieOf(messages: readonly SyncMessage[]): Cookie | undefined {
  return messages.findLast(({ cookie }) => cookie !== undefined && cookie.length > 0)?.cookie;
}

function refusesCookie(error: unknown): boolean {
  if (error instanceof CookieWorthless) return true;
  const codes: number[] = [syncResults.unwillingToPerform, syncResults.syncRefreshRequired];
  return error instanceof LdapRefusal && codes.includes(error.resultCode);
}

function tellHeld({ held }: Counts): void {
  if (held === 0) return;
  log.warning("deletions are held until somebody approves them: reeve listener ctl approve", { held });
}
