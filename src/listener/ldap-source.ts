/** LDAP servers as a source: one at a time, in the order given, each connection bound anew. */
import { type Directory, type DirectoryOptions, type Identity, openDirectory } from "../ldap/connect.ts";
import { logger } from "../log.ts";
import { pause } from "../process/wait.ts";
import type { Provider, Source, SourceState } from "./source.ts";

const log = logger("listener");

/** A connection that lasted as long (milliseconds) was none that failed. */
const steady = 10_000;

export interface LdapSourceOptions {
  /** Tried in this order. */
  uris: readonly string[];
  /** Everything of a connection but where, who and until when. */
  connection: Omit<DirectoryOptions, "uri" | "identity" | "signal">;
  /** Read at each connection, so that a changed password needs no restart. Undefined: anonymous. */
  identity: () => Identity | undefined;
  /** Milliseconds before the second round, doubled for each further one. */
  firstDelay?: number;
  longestDelay?: number;
}

export function ldapSource(options: LdapSourceOptions): Source {
  return new LdapSource(options);
}

class LdapSource implements Source {
  state: SourceState = { state: "idle" };
  readonly #options: LdapSourceOptions;
  readonly #firstDelay: number;
  readonly #longestDelay: number;
  /** Whose turn it is. */
  #turn = 0;
  /** Attempts in a row that led to nothing that lasted. */
  #failures = 0;
  #healthy = false;
  #error = "";

  constructor(options: LdapSourceOptions) {
    if (options.uris.length === 0) throw new Error("a source wants at least one URI");
    this.#options = options;
    this.#firstDelay = options.firstDelay ?? 1000;
    this.#longestDelay = options.longestDelay ?? 60_000;
  }

  async open(signal: AbortSignal): Promise<Provider> {
    for (;;) {
      await this.#wait(signal);
      signal.throwIfAborted();
      const uri = this.#uri;
      this.state = { state: "connecting", uri };
      try {
        const directory = await this.#connect(uri, signal);
        this.state = { state: "connected", uri, encrypted: directory.encrypted, since: Date.now() };
        log.info("connected to the directory", { uri, encrypted: directory.encrypted });
        return directory;
      } catch (error) {
        signal.throwIfAborted();
        this.ended(error);
      }
    }
  }

  another(provider: Provider, signal: AbortSignal): Promise<Provider> {
    return this.#connect(provider.uri, signal);
  }

  healthy(): void {
    this.#healthy = true;
  }

  ended(error: unknown): void {
    const uri = this.#uri;
    const lasted = this.state.state === "connected" ? Date.now() - this.state.since : 0;
    this.state = { state: "idle" };
    if (error === undefined) return;
    this.#error = error instanceof Error ? error.message : String(error);
    // One that worked is tried again first: its cookie is the newest, and most often it was only restarted.
    if (!this.#healthy) this.#turn++;
    this.#failures = this.#healthy && lasted > steady ? 0 : this.#failures + 1;
    this.#healthy = false;
    log.warning("the directory is not followed", { uri, error });
  }

  get #uri(): string {
    const { uris } = this.#options;
    return uris[this.#turn % uris.length]!;
  }

  #connect(uri: string, signal: AbortSignal): Promise<Directory> {
    const { connection, identity } = this.#options;
    const who = identity();
    return openDirectory({ ...connection, uri, signal, ...(who && { identity: who }) });
  }

  /** Nothing before the first round; all listeners of a site must not come back in the same moment. */
  async #wait(signal: AbortSignal): Promise<void> {
    const rounds = Math.floor(this.#failures / this.#options.uris.length);
    if (rounds === 0) return;
    const longest = Math.min(this.#longestDelay, this.#firstDelay * 2 ** Math.min(rounds - 1, 20));
    const delay = longest * (0.5 + Math.random() / 2);
    this.state = { state: "waiting", until: Date.now() + delay, error: this.#error };
    await pause(delay, signal);
  }
}
