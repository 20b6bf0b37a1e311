/** One connection to one provider: a first load or a refresh, then its changes as they happen. */
import { scan } from "../ldap/attributes.ts";
import type { Cookie, SyncMessage } from "../ldap/sync-message.ts";
import { logger } from "../log.ts";
import { othersTurn } from "../process/wait.ts";
import { Ahead } from "./ahead.ts";
import { asker } from "./ask.ts";
import type { Cookies } from "./cookies.ts";
import { FirstLoad, type Sight } from "./first-load.ts";
import type { GuardLimits } from "./guard.ts";
import type { Journal } from "./journal.ts";
import type { Live } from "./live.ts";
import { type Counts, publish } from "./publish.ts";
import { endsRefresh, Refresh } from "./refresh.ts";
import { type Ask, type Doubts, settle } from "./settle.ts";
import type { View } from "./sighting.ts";
import type { Provider } from "./source.ts";
import { spellings } from "./spellings.ts";
import type { Stage } from "./stage.ts";
import type { Turn } from "./turn.ts";

const log = logger("listener");
const nothing: ReadonlySet<string> = new Set();
/** Messages that become one transaction at most. */
const stretch = 100;
/** Milliseconds that messages are worked on before others have their turn. */
const share = 100;

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
  /** Another connection to the same provider. */
  another(provider: Provider, signal: AbortSignal): Promise<Provider>;
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
  /** When others have had their turn last. */
  #breathed = 0;
  readonly #ahead = new Ahead();

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
          if (end === 0) {
            await this.#breathe();
            continue;
          }
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
    if (phase.kind === "delete") await this.#callRoll(phase);
    phase.conclude();
    await settle(this.doubts(phase.unknown));
    // What is withheld may be more than it was when this refresh began.
    this.signal.throwIfAborted();
    const missing = new Set(
      phase.kind === "whole" ? spellings(journal.meta.get("missing") ?? [], this.#shared.view.schema) : [],
    );
    const counts = journal.write(() => {
      const done = publish(journal, stage, "refresh", missing);
      cookies.set(uri, cookie);
      if (phase.kind === "whole") journal.meta.unset("missing");
      return done;
    });
    stage.clear();
    log.info("caught up with the directory", { phase: phase.kind, ...counts });
    tellHeld(counts);
    if (missing.size > 0) journal.becameOther();
  }

  /**
   * A provider that was killed may not know what was deleted before: OpenLDAP's contextCSN is then that of the last
   * checkpoint, from which on an empty session log claims to be complete; and a deletion comes into the access log after
   * it has come into the database. Whatever the phase says, that costs as much as the other kind of phase does.
   */
  async #callRoll(refresh: Refresh): Promise<void> {
    const other = await this.#shared.another(this.provider, this.signal);
    try {
      await refresh.callRoll(other.sync({ base: this.base, mode: "refresh", attributes: ["1.1"] }, this.signal));
    } finally {
      other.close();
    }
  }

  /** What happens live. */
  async #happen(messages: readonly SyncMessage[]): Promise<void> {
    const release = await this.#shared.turn.take();
    try {
      for (let at = 0; at < messages.length; ) {
        this.signal.throwIfAborted();
        const to = Math.min(at + stretch, messages.length);
        at = this.#apply(messages, at, to);
        if (at < to) await this.#resolve(messages[at++]!);
        await this.#breathe();
      }
    } finally {
      release();
    }
  }

  /**
   * A provider that always has more would keep us from handlers' answers and from the control socket; but what it has
   * should be on our disk soon, and not wait in its memory.
   */
  async #breathe(): Promise<void> {
    if (performance.now() - this.#breathed < share) return;
    await othersTurn();
    this.#breathed = performance.now();
  }

  /** @returns where it stopped: at a message that must be asked about, or at `to` */
  #apply(messages: readonly SyncMessage[], from: number, to: number): number {
    return this.#shared.journal.write(() => {
      let at = from;
      while (at < to && this.#applyOne(messages[at]!)) at++;
      this.#shared.cookies.set(this.provider.uri, cookieOf(messages.slice(from, at)));
      return at;
    });
  }

  #applyOne(message: SyncMessage): boolean {
    const { live, sight, view, journal } = this.#shared;
    if (message.kind === "set") return !message.deleted || message.uuids.every((uuid) => live.gone(uuid));
    if (message.kind !== "entry" || message.state === "present") return true;
    if (message.state === "delete") {
      this.#ahead.passed(message.uuid);
      return live.gone(message.uuid);
    }
    const entry = sight(message);
    if (entry === undefined) return true;
    this.#ahead.passed(entry.uuid, entry.csn);
    return live.sight(entry, view, this.#ahead.any(journal.clock.now()));
  }

  /** A change that cannot be understood from what we have: the provider says how it is by now. */
  async #resolve(message: SyncMessage): Promise<void> {
    const { stage, journal, cookies } = this.#shared;
    stage.clear();
    try {
      const seen = message.kind === "entry" && message.state !== "delete";
      if (message.kind === "set") for (const uuid of message.uuids) stage.gone(uuid);
      else if (message.kind === "entry" && !seen) stage.gone(message.uuid);
      await settle(this.doubts(seen ? [message.uuid] : []));
      this.signal.throwIfAborted();
      const counts = journal.write(() => {
        cookies.set(this.provider.uri, cookieOf([message]));
        return publish(journal, stage, "live", nothing);
      });
      // It was this message's state that was found.
      if (seen) this.#ahead.passed(message.uuid, scan(message.attributes, nothing).csn);
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
      for (const one of found) {
        if (one.dn === undefined) continue;
        const { uuid, csn } = one;
        // What a refresh has told itself, the stream does not tell again.
        const known = stage.csnOf(uuid) ?? journal.cache.byUuid(uuid)?.csn;
        if (known === undefined || known < csn) this.#ahead.add(uuid, csn, journal.clock.now());
      }
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
