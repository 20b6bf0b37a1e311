/** One observed change, as it stands in the journal. */

/**
 * `out` and `in` are the two halves of a move that stands in a circle with others (two entries that swapped their names
 * while nobody looked): one goes out first, with what is below it, and comes in last. `in` tells where it was and what it had before it went out.
 */
export type EventKind = "create" | "modify" | "move" | "delete" | "out" | "in" | "schema";

/** How it was observed: as it happened, after an absence, by comparing everything, or because an ancestor moved. */
export type Origin = "live" | "refresh" | "verify" | "ancestor";

export interface JournalEvent {
  /** Increases; with the journal's epoch it is the event's name for ever. */
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  kind: EventKind;
  origin: Origin;
  /** 16 bytes; empty for the schema. */
  uuid: Uint8Array;
  /** entryCSN of the new side, else of the old; empty where the server tells none. */
  csn: string;
  /** Null: there was no old side. */
  oldDn: string | null;
  /** Null: there is no new side. */
  newDn: string | null;
  /** PartialAttributeList (RFC 4511 §4.5.2) without withheld attributes; read it with ldap/attributes.ts. */
  old: Uint8Array | null;
  new: Uint8Array | null;
}

export type NewEvent = Omit<JournalEvent, "seq">;
