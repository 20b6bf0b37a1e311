/** Where changes come from. Besides LDAP's content synchronisation there may be others one day. */
import type { Directory } from "../ldap/connect.ts";

/** One server, connected. What the follower needs of a `Directory`. */
export type Provider = Pick<Directory, "uri" | "encrypted" | "rootDse" | "sync" | "search" | "schema" | "close">;

export type SourceState =
  | { state: "idle" }
  | { state: "connecting"; uri: string }
  | { state: "connected"; uri: string; encrypted: boolean; since: number }
  /** `until`: milliseconds since 1970 when the next is tried. */
  | { state: "waiting"; until: number; error: string };

export interface Source {
  readonly state: SourceState;
  /**
   * Connects to the provider whose turn it is, or the next one, and so on; waits in between, longer and longer.
   * @throws the signal's reason, and nothing else
   */
  open(signal: AbortSignal): Promise<Provider>;
  /** Another connection to the same provider. @throws Problem */
  another(provider: Provider, signal: AbortSignal): Promise<Provider>;
  /** The provider opened last has given us all it had: that it is lost some day is no reason to go to another first. */
  healthy(): void;
  /** The provider opened last is done with; `error` says why, undefined: because we wanted so. */
  ended(error: unknown): void;
}
