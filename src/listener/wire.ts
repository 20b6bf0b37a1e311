/**
 * What the listener and a handler's process say to each other, whatever language the handler is in. Each message is one
 * JSON value; executables see one a line (docs/listener-handlers.md).
 */
import type { Declaration, LifeFunction } from "./declaration.ts";

/** UTF-8 text, or bytes that are none. */
export type WireValue = string | { base64: string };
export type WireEntry = Record<string, WireValue[]>;

/** The model's letters: initial, add, modify, delete, and the first half of a move (`r`, followed by `a`). */
export type Letter = "n" | "a" | "m" | "d" | "r";

export interface Call {
  /** EPOCH.SEQUENCE.STEP: the same for every repetition of the same call. */
  id: string;
  command: Letter;
  dn: string;
  /** An absent side is `{}`. */
  new: WireEntry;
  old: WireEntry;
  /** Present in a move's calls: where it was. */
  oldDn?: string;
  /** entryUUID as text; empty for the schema. */
  uuid: string;
  /** entryCSN of the new side, else of the old. */
  csn: string;
  /** When it was observed, milliseconds since 1970. */
  at: number;
}

export type ToHandler =
  /** First of all: load, and say `ready`. */
  | {
      type: "start";
      name: string;
      file: string;
      folder: string;
      /** `listener.settings` of this handler: each a list of words. */
      settings: Record<string, string[]>;
      /** Python modules only: what the model gives to `setdata`, and the file that stands in for its registry. */
      directory?: { basedn: string; binddn: string; ldapserver: string; registry: string };
    }
  /** Answers the bridge's `password`. */
  | { type: "password"; bindpw: string }
  /** In order. It stops at the first that fails and forgets the rest of this message. */
  | { type: "calls"; calls: Call[] }
  | { type: "life"; id: string; function: LifeFunction };

export type FromHandler =
  | { type: "ready"; declaration: Declaration; warnings: string[] }
  | { type: "refused"; reason: string }
  /** Python modules only: one that is to be told (`setdata`), or connects to the directory itself. */
  | { type: "password" }
  | { type: "done"; id: string }
  /** `unavailable`: nothing is wrong with the object, what the handler writes to is out of reach; all must wait. */
  | { type: "failed"; id: string; error: string; unavailable?: boolean }
  | { type: "log"; level: "DEBUG" | "INFO" | "WARNING" | "ERROR"; message: string };
