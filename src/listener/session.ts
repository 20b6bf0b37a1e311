/** One connection to one provider: a first load or a refresh, then its changes as they happen. */
import type { Cookie, SyncMessage } from "../ldap/sync-message.ts";
import { logger } from "../log.ts";
import { asker } from "./ask.ts";
import type { NewEntry } from "./cache.ts";
import type { Cookies } from "./cookies.ts";
import { FirstLoad, type Sight } from "./first-load.ts";
import type { GuardLimits } from "./guard.ts";
import type { Journal } from "./journal.ts";
import type { Live } from "./live.ts";
import { type Counts, publish } from "./publish.ts";
import { endsRefresh, Refresh } from "./refresh.ts";
import { type Ask, type Doubts, settle } from "./settle.ts";
import { uuidText, type View } from "./sighting.ts";
import type { Provider } from "./source.ts";
import type { Stage } from "./stage.ts";
import type { Turn } from "./turn.ts";

const log = logger("listener");
const nothing: ReadonlySet<string> = new Set();

/** What all sessions of a follower share. */
export interface Shared {
  readonly journal: Journal;
  readonly stage: Stage;
  readonly cookies: Cookies;
  readonly live: Live;
  /** Who changes the cache, or needs it not to change, has it. */
  readonly turn: Turn;
  readonly limits: GuardLimits;
  readonly sight: Sight;
  readonly view: View;
}

export class Session {
  state: "loading" | "refreshing" | "live" = "refreshing";
  /** Milliseconds since 1970. */
  since = 0;
  /** Entries told of in the load or refresh under way. */
  progress = 0;
  /** When the provider said something last, milliseconds since 1970. */
  heard = 0;
  readonly provider: Provider;
  readonly base: string;
  readonly signal: AbortSignal;
  readonly #shared: Shared;
  /** States that were asked for and are newer than what the stream tells for a while: entryCSN by entryUUID. */
  readonly #ahead = new Map<string, string>();

  constructor(shared: Shared, provider: Provider, base: string, signal: AbortSignal) {
    this.#shared = shared;
    this.provider = provider;
    this.base = base;
    this.signal = signal;
  }

  /**
   * Until the provider ends it.
   * @param cookie undefined: everything is read
   * @param arrived told when it has caught up
   * @throws CookieWorthless, LdapRefusal, Problem, the signal's reason
   */
  async synchronise(cookie: Cookie | undefined, arrived: () => void): Promise<void> {
    const { journal, stage, turn, sight } = this.#shared;
    const release = await turn.take();
    let phase: FirstLoad | Refresh | undefined;
    this.progress = 0;
    this.#ahead.clear();
    try {
      this.#turnTo(journal.loaded ? "refreshing" : "loading");
      phase = journal.loaded ? new Refresh(stage, sight, cookie === undefined) : new FirstLoad(journal, sight);
      const request = { base: this.base, mode: "persist", ...(cookie && { cookie }) } as const;
      let newest: Cookie | undefined;
      for await (const batch of this.provider.sync(request, this.signal)) {
        this.heard = journal.clock.now();
        let rest = batch;
        if (phase) {
          const end = batch.findIndex(endsRefresh) + 1;
          rest = end === 0 ? [] : batch.slice(end);
          const told = end === 0 ? batch : batch.slice(0, end);
          newest = cookieOf(told) ?? newest;
          phase.take(told);
          this.progress = phase.count;
          if (end === 0) continue;
          await this.#conclude(phase, newest);
          phase = undefined;
          this.#turnTo("live");
          arrived();
          release();
        }
        if (rest.length > 0) await this.#happen(rest);
      }
    } finally {
      if (phase instanceof FirstLoad) phase.abandon();
      if (phase) stage.clear();
      release();
    }
  }

  #turnTo(state: Session["state"]): void {
    this.state = state;
    this.since = this.#shared.journal.clock.now();
  }

  async #conclude(phase: FirstLoad | Refresh, cookie: Cookie | undefined): Promise<void> {
    const { journal, stage, cookies } = this.#shared;
    const { uri } = this.provider;
    this.signal.throwIfAborted();
    if (phase instanceof FirstLoad) {
      phase.finish(() => cookies.set(uri, cookie));
      log.info("the directory is loaded", { entries: phase.count });
      return;
    }
    phase.conclude();
    await settle(this.doubts(phase.unknown));
    // What is withheld may be more than it was when this refresh began.
    this.signal.throwIfAborted();
    const missing = new Set(phase.kind === "whole" ? journal.meta.get("missing") : []);
    const counts = journal.write(() => {
      const done = publish(journal, stage, "refresh", missing);
      cookies.set(uri, cookie);
      if (phase.kind === "whole") journal.meta.unset("missing");
      return done;
    });
    stage.clear();
    log.info("caught up with the directory", { phase: phase.kind, ...counts });
    tellHeld(counts);
    if (missing.size > 0) journal.tell();
  }

  /** What happens live. */
  async #happen(messages: readonly SyncMessage[]): Promise<void> {
    const release = await this.#shared.turn.take();
    try {
      this.signal.throwIfAborted();
      for (let at = 0; at < messages.length; at++) {
        at = this.#apply(messages, at);
        const stuck = messages[at];
        if (stuck) await this.#resolve(stuck);
      }
    } finally {
      release();
    }
  }

  /** @returns where it stopped: at a message that must be asked about, or at the end */
  #apply(messages: readonly SyncMessage[], from: number): number {
    return this.#shared.journal.write(() => {
      let at = from;
      while (at < messages.length && this.#applyOne(messages[at]!)) at++;
      this.#shared.cookies.set(this.provider.uri, cookieOf(messages.slice(from, at)));
      return at;
    });
  }

  #applyOne(message: SyncMessage): boolean {
    const { live, sight, view } = this.#shared;
    if (message.kind === "set") return !message.deleted || message.uuids.every((uuid) => live.gone(uuid));
    if (message.kind !== "entry" || message.state === "present") return true;
    if (message.state === "delete") return live.gone(message.uuid);
    const entry = sight(message);
    return entry === undefined || this.#isBehind(entry) || live.sight(entry, view);
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
  async #resolve(message: SyncMessage): Promise<void> {
    const { stage, sight, journal, cookies } = this.#shared;
    stage.clear();
    try {
      if (message.kind === "set") for (const uuid of message.uuids) stage.gone(uuid);
      else if (message.kind === "entry" && message.state === "delete") stage.gone(message.uuid);
      else if (message.kind === "entry") {
        const entry = sight(message);
        if (entry) stage.sight(entry);
      }
      await settle(this.doubts([]));
      this.signal.throwIfAborted();
      const counts = journal.write(() => {
        cookies.set(this.provider.uri, cookieOf([message]));
        return publish(journal, stage, "live", nothing);
      });
      tellHeld(counts);
    } finally {
      stage.clear();
    }
  }

  /** @param unknown entries to be asked about in any case */
  doubts(unknown: Uint8Array[]): Doubts {
    const { journal, stage, view, limits, sight } = this.#shared;
    const asks = asker(this.provider, this.base, sight, this.signal);
    const ask: Ask = async (uuids) => {
      const found = await asks(uuids);
      for (const { uuid, csn } of found) this.#ahead.set(uuidText(uuid), csn);
      return found;
    };
    return { journal, stage, view, ask, limits, unknown };
  }
}

/** The newest one that stands for something. */
function cookieOf(messages: readonly SyncMessage[]): Cookie | undefined {
  return messages.findLast(({ cookie }) => cookie !== undefined && cookie.length > 0)?.cookie;
}

export function tellHeld({ held }: Counts): void {
  if (held === 0) return;
  log.warning("deletions are held until somebody approves them: reeve listener ctl approve", { held });
}
