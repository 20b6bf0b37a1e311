/** What is asked of an agent and what it answers (RFC 3416 §4), between the walker and whoever carries it. */
import type { Oid, VarBind } from "./value.ts";

export interface Pdu {
  kind: "get" | "getNext" | "getBulk" | "set";
  /** Empty for `set`. */
  oids: readonly Oid[];
  /** max-repetitions of a GETBULK; it has no non-repeaters. */
  repetitions?: number;
  /** What a SET writes. */
  bindings?: readonly VarBind[];
}

export interface Received extends VarBind {
  /** Its name was read but its value could not be: unknown type, or a length that does not fit it. `value` is null. */
  bad: boolean;
}

export interface Answer {
  /** error-status; 0 is success. */
  status: number;
  /** error-index: 1 is the first binding, 0 is none. */
  index: number;
  varbinds: Received[];
  /** max-repetitions of the attempt that was answered: repeated requests ask for less. */
  repetitions: number;
  /** From that attempt to its answer. */
  ms: number;
}

/** No answer that can be used. */
export interface Failure {
  /**
   * `silent`: nothing came, or nothing that could be read. `refused`: the agent says no (v3 reports). `given-up`: not
   * asked any more, because of what happened before. `stopped`: we ended it.
   */
  failure: "silent" | "refused" | "given-up" | "stopped";
  /** For people. */
  reason: string;
  /** Has the agent answered anything since this was sent? Then it lives, and only this request is too much for it. */
  alive: boolean;
}

export type Reply = Answer | Failure;

/** Names of error-status (RFC 3416 §3). */
export const errorNames = [
  "noError",
  "tooBig",
  "noSuchName",
  "badValue",
  "readOnly",
  "genErr",
  "noAccess",
  "wrongType",
  "wrongLength",
  "wrongEncoding",
  "wrongValue",
  "noCreation",
  "inconsistentValue",
  "resourceUnavailable",
  "commitFailed",
  "undoFailed",
  "authorizationError",
  "notWritable",
  "inconsistentName",
] as const;

export function errorName(status: number): string {
  return errorNames[status] ?? `error ${status}`;
}

export const tooBig = 1;
export const noSuchName = 2;
export const authorizationError = 16;

export function failed(reply: Reply): reply is Failure {
  return "failure" in reply;
}
