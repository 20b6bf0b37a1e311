/** How the following of the directory stands, for those who ask. */
import type { SourceState } from "./source.ts";
import type { VerifyReport } from "./verify.ts";

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
  /** Entries told of in the load or refresh under way. */
  progress: number;
  /** Why following stopped last; empty when it has been live since. */
  error: string;
  errorAt: number;
  /** When a provider said something last; 0: never. */
  heard: number;
  /** DNs of entries that are left out because their DN or attributes cannot be read: the first thousand. */
  unreadable: string[];
  /** Attribute types that a handler needs and that are being read anew. */
  missing: string[];
  verifying: boolean;
  /** The last one that came to its end, by whichever process. */
  verified: VerifyReport | undefined;
}
