/**
 * What a provider tells after an absence: what has changed since a cookie, or everything. Nothing of it counts before its
 * end, so that an interrupted one leaves no trace.
 */
import type { SyncMessage } from "../ldap/sync-message.ts";
import { Problem } from "../problem.ts";
import type { Sight } from "./first-load.ts";
import type { Stage } from "./stage.ts";

/** Entries that are present there and unknown here, and still are asked about singly, in place of reading everything. */
const unknownLimit = 10_000;

/** The cookie is worth nothing: everything must be read without one. */
export class CookieWorthless extends Problem {
  constructor(reason: string) {
    super("conflict", `the cookie is worth nothing: ${reason}`);
  }
}

/** Whether the message is the last of a refresh, or of a first load. */
export function endsRefresh(message: SyncMessage): boolean {
  return message.kind === "done" || (message.kind === "phase" && message.done);
}

export class Refresh {
  /** Entries told of so far. */
  count = 0;
  /** Present there, unknown here. */
  readonly unknown: Uint8Array[] = [];
  readonly #stage: Stage;
  readonly #sight: Sight;
  readonly #whole: boolean;
  #presentPhase = false;
  #called = false;

  /** @param whole no cookie was sent: whatever the server calls it, what it does not name is gone (reference §0.3) */
  constructor(stage: Stage, sight: Sight, whole: boolean) {
    this.#stage = stage;
    this.#sight = sight;
    this.#whole = whole;
    stage.clear();
  }

  /** @throws CookieWorthless */
  take(messages: readonly SyncMessage[]): void {
    this.#stage.together(() => {
      for (const message of messages) this.#take(message);
    });
  }

  #take(message: SyncMessage): void {
    if (!this.#whole && endsRefresh(message) && "cookie" in message && message.cookie?.length === 0)
      throw new CookieWorthless("the server gave an empty one back");
    switch (message.kind) {
      case "entry":
        this.count++;
        if (message.state === "delete") this.#stage.gone(message.uuid);
        else if (message.state === "present") this.#present(message.uuid);
        else {
          const entry = this.#sight(message);
          if (entry) this.#stage.sight(entry);
          // It cannot be read, but it is there.
          else this.#stage.present(message.uuid);
        }
        break;
      case "set":
        this.count += message.uuids.length;
        for (const uuid of message.uuids) {
          if (message.deleted) this.#stage.gone(uuid);
          else this.#present(uuid);
        }
        break;
      case "phase":
        this.#presentPhase ||= message.phase === "present";
        break;
      case "done":
        this.#presentPhase ||= !message.refreshDeletes;
        break;
      case "cookie":
        break;
    }
  }

  /** Everything that is there, by its entryUUID, after a delete phase. */
  async callRoll(batches: AsyncIterable<readonly SyncMessage[]>): Promise<void> {
    for await (const messages of batches)
      for (const message of messages) if (message.kind === "entry") this.#present(message.uuid);
    this.#called = true;
  }

  /** The end has come: what was not named is gone, if it was that kind of refresh. */
  conclude(): void {
    if (this.#whole || this.#presentPhase || this.#called) this.#stage.together(() => this.#stage.unseenAreGone());
  }

  #present(uuid: Uint8Array): void {
    if (this.#stage.present(uuid)) return;
    this.unknown.push(uuid);
    if (this.unknown.length > unknownLimit) throw new CookieWorthless("too much is there that we do not know");
  }

  /** For the log. */
  get kind(): "whole" | "present" | "delete" {
    return this.#whole ? "whole" : this.#presentPhase ? "present" : "delete";
  }
}
