/**
 * Keeps journal and cache on the directory's heels: loads it the first time, catches up after every absence, follows
 * live, and corrects what no stream tells.
 */
import { LdapRefusal } from "../ldap/refusal.ts";
import type { Schema } from "../ldap/schema.ts";
import { syncResults } from "../ldap/sync-message.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { aborted, pause } from "../process/wait.ts";
import { Cookies } from "./cookies.ts";
import { damageOf } from "./database.ts";
import type { Sight } from "./first-load.ts";
import type { FollowState, FollowStatus } from "./follow-status.ts";
import type { GuardLimits } from "./guard.ts";
import type { Journal } from "./journal.ts";
import { Live } from "./live.ts";
import { CookieWorthless } from "./refresh.ts";
import { lastSchema, noteSchema } from "./schema-watch.ts";
import { Session, type Shared, tellHeld } from "./session.ts";
import { sighting, type View, volatile } from "./sighting.ts";
import type { Provider, Source } from "./source.ts";
import { spellings } from "./spellings.ts";
import { Stage } from "./stage.ts";
import { chooseSuffix } from "./suffix.ts";
import { Turn } from "./turn.ts";
import { Unreadable } from "./unreadable.ts";
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

export class Follower {
  /** Told when the schema has become another. */
  onSchema: ((schema: Schema) => void) | null = null;
  #state: FollowState = "stopped";
  #since = 0;
  #error = "";
  #errorAt = 0;
  #heard = 0;
  readonly #unreadable = new Unreadable();
  #paused = false;
  #verifying = false;
  #view: View;
  /** Undefined: nobody has said. */
  #needs: readonly string[] | undefined;
  #session: Session | undefined;
  /** Ends the session, not the following. */
  #interrupt = new AbortController();
  readonly #options: FollowerOptions;
  readonly #journal: Journal;
  readonly #source: Source;
  readonly #cookies: Cookies;
  readonly #turn = new Turn();
  readonly #shared: Shared;

  constructor(options: FollowerOptions) {
    const { journal, limits } = options;
    this.#options = options;
    this.#journal = journal;
    this.#source = options.source;
    this.#cookies = new Cookies(journal);
    const schema = lastSchema(journal);
    const kept = journal.meta.get("withheld") ?? withhold(journal, options.withheld, [], schema);
    this.#view = viewOf(kept, schema);
    const view = () => this.#view;
    this.#shared = {
      ...{ journal, limits, cookies: this.#cookies, turn: this.#turn, sight: this.#sight },
      ...{ stage: new Stage(journal), live: new Live(journal) },
      another: (provider, signal) => this.#source.another(provider, signal),
      get view() {
        return view();
      },
    };
  }

  /** The directory's, as of now: filters mean what it says. */
  get schema(): Schema {
    return this.#view.schema;
  }

  status(): FollowStatus {
    const session = this.#session;
    return {
      state: this.#state === "connecting" && session ? session.state : this.#state,
      since: this.#state === "connecting" && session ? session.since : this.#since,
      source: this.#source.state,
      suffix: this.#journal.meta.get("suffix") ?? "",
      progress: session?.progress ?? 0,
      error: this.#error,
      errorAt: this.#error === "" ? 0 : this.#errorAt,
      heard: session?.heard || this.#heard,
      unreadable: this.#unreadable.dns,
      missing: this.#journal.meta.get("missing") ?? [],
      verifying: this.#verifying,
      verified: this.#journal.meta.get("verified"),
    };
  }

  /**
   * Attribute types that handlers name as needed, beside those that the database knows of: call it before `run`, and
   * whenever that changes. What the cache lacks is read again (`status().missing` until it is there), without events for
   * what only lacked; what nobody needs any more is cut out.
   */
  setNeeds(types: Iterable<string>): void {
    this.#needs = [...types];
    try {
      if (!this.#fit(this.#needs)) return;
    } catch (error) {
      // The next session begins with it, and knows what to do about a full disk.
      if (damageOf(error) === undefined) throw error;
    }
    this.#interrupt.abort();
  }

  /** @returns whether the cache has, or is to have, other attributes than before */
  #fit(needs: readonly string[]): boolean {
    const { withheld: before, schema } = this.#view;
    this.#view = viewOf(withhold(this.#journal, this.#options.withheld, needs, schema), schema);
    if (this.#journal.meta.get("missing")) this.#cookies.forget();
    return this.#view.withheld.symmetricDifference(before).size > 0;
  }

  /** Reads everything in a session that begins at once; only differences become events. */
  readAnew(): void {
    this.#cookies.forget();
    this.#interrupt.abort();
  }

  /** Does something to the cache that nothing else may be in the middle of: `approve` for one. */
  async alone<T>(work: () => T): Promise<T> {
    const release = await this.#turn.take();
    try {
      return work();
    } finally {
      release();
    }
  }

  /** Follows nothing until `resume`; the provider keeps what happens meanwhile. */
  pause(): void {
    this.#paused = true;
    this.#interrupt.abort();
  }

  resume(): void {
    this.#paused = false;
    this.#interrupt.abort();
  }

  /**
   * Until the signal fires.
   * @throws Problem `io` when the database is damaged: it must be made anew
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#interrupt = new AbortController();
        const either = AbortSignal.any([signal, this.#interrupt.signal]);
        this.#turnTo(this.#paused ? "paused" : "connecting");
        if (this.#paused) await aborted(either);
        else await this.#follow(either);
      }
    } finally {
      this.#turnTo("stopped");
    }
  }

  /** One session. */
  async #follow(signal: AbortSignal): Promise<void> {
    let provider: Provider | undefined;
    let full = false;
    try {
      if (this.#needs) this.#fit(this.#needs);
      provider = await this.#source.open(signal);
      await this.#attend(provider, signal);
      throw new Problem("unavailable", `${provider.uri} has ended the synchronisation`);
    } catch (error) {
      const damage = damageOf(error);
      full = damage === "full";
      if (!signal.aborted) {
        this.#error = error instanceof Error ? error.message : String(error);
        this.#errorAt = this.#journal.clock.now();
      }
      this.#source.ended(signal.aborted || damage !== undefined ? undefined : error);
      if (damage !== undefined && !full) throw error;
    } finally {
      this.#heard = this.#session?.heard || this.#heard;
      this.#session = undefined;
      provider?.close();
    }
    if (!full) return;
    this.#turnTo("no space");
    log.error("the listener waits for space on the disk", { error: this.#error });
    await pause(2000 + Math.random() * 2000, signal);
  }

  async #attend(provider: Provider, signal: AbortSignal): Promise<void> {
    const { uri } = provider;
    const base = this.#suffixOf(provider);
    const interval = this.#options.schemaInterval * 1000;
    // One that is hidden from us, or too large, keeps nobody from following by the one seen last.
    const watch = () => this.#lookAtSchema(provider, signal).catch((error) => schemaUnread(error, signal));
    await watch();
    const timer = interval > 0 ? setInterval(watch, interval) : undefined;
    const session = new Session(this.#shared, provider, base, signal);
    this.#session = session;
    const arrived = () => {
      this.#error = "";
      this.#source.healthy();
    };
    try {
      const cookie = this.#journal.loaded ? this.#cookies.get(uri) : undefined;
      if (cookie === undefined) this.#unreadable.clear();
      await session.synchronise(cookie, arrived).catch((error) => {
        if (cookie === undefined || !refusesCookie(error)) throw error;
        log.warning("the cookie is of no use; everything is read anew", { uri, error });
        this.#cookies.forget(uri);
        return session.synchronise(undefined, arrived);
      });
    } finally {
      clearInterval(timer);
    }
  }

  #suffixOf({ uri, rootDse }: Provider): string {
    const { meta } = this.#journal;
    const base = chooseSuffix(rootDse.namingContexts, this.#options.base);
    const followed = meta.get("suffix");
    if (followed === undefined) this.#journal.write(() => meta.set("suffix", base));
    else if (followed.toLowerCase() !== base.toLowerCase()) {
      const text = `the cache holds ${followed}, ${uri} has ${base}; purge it (-g) if that is meant`;
      throw new Problem("config", text);
    }
    return base;
  }

  /**
   * Compares the cache with everything the provider has, and corrects it.
   * @throws Problem `unavailable` while nothing is followed live, `conflict` while it runs already
   */
  async verify(progress?: (compared: number) => void): Promise<VerifyReport> {
    const session = this.#session;
    if (session?.state !== "live") throw new Problem("unavailable", "the directory is not followed at present");
    if (this.#verifying) throw new Problem("conflict", "the cache is being verified already");
    this.#verifying = true;
    const { clock } = this.#journal;
    const begun = clock.now();
    let other: Provider | undefined;
    try {
      other = await this.#source.another(session.provider, session.signal);
      const { compared, suspects } = await compare(
        this.#journal,
        other,
        session.base,
        this.#sight,
        session.signal,
        progress,
      );
      const release = await this.#turn.take();
      try {
        if (this.#session !== session) throw new Problem("unavailable", "the connection to the directory was lost");
        const counts = await correct(session.doubts([]), suspects);
        const report = { begun, ended: clock.now(), compared, suspected: suspects.length, ...counts };
        this.#journal.write(() => this.#journal.meta.set("verified", report));
        log.info("the cache is verified", { ...report });
        tellHeld(counts);
        return report;
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
      this.#view = viewOf(this.#journal.meta.get("withheld") ?? [], schema);
      this.onSchema?.(schema);
    } finally {
      release();
    }
  }

  #turnTo(state: FollowState): void {
    this.#state = state;
    this.#since = this.#journal.clock.now();
  }

  readonly #sight: Sight = (entry) => {
    try {
      const seen = sighting(entry, this.#view);
      this.#unreadable.remove(entry.uuid);
      return seen;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#unreadable.add(entry, error);
      return undefined;
    }
  };
}

function viewOf(withheld: readonly string[], schema: Schema): View {
  return { withheld: new Set([...spellings(withheld, schema), ...volatile]), schema };
}

function schemaUnread(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) log.warning("the directory's schema cannot be read", { error });
}

function refusesCookie(error: unknown): boolean {
  if (error instanceof CookieWorthless) return true;
  const codes: number[] = [syncResults.unwillingToPerform, syncResults.syncRefreshRequired];
  return error instanceof LdapRefusal && codes.includes(error.resultCode);
}
