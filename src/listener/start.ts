/** What the listener is started with, beside the configuration: what holds for this one run. */
import type { Settings } from "../config/keys.ts";

export interface ListenerStart {
  settings: Settings;
  /** Forget cache, journal and all handlers' states first (`-g`). */
  purge: boolean;
  /** End as soon as everything is loaded (`-i`, `-P`). */
  once: boolean;
  /** First seconds of a new listener: the folder of a Univention listener that this one takes over from. */
  adopt?: { dump: string; states: string } | undefined;
}

/** What it says when it is ready. */
export interface ListenerReady {
  servers: string[];
  cache: string;
  handlers: string[];
  socket: string;
}
