/** What a server tells a consumer of content synchronisation (RFC 4533), read into types. Bytes are copies of their own. */

/** Bytes that mean something to the server alone; several providers have several. */
export type Cookie = Uint8Array;

/** Sync State Control, §2.2. In a refresh, `add` says "here it is", not "it is new": what we know decides. */
export type SyncState = "present" | "add" | "modify" | "delete";

export interface SyncEntry {
  kind: "entry";
  state: SyncState;
  /** entryUUID, 16 bytes. */
  uuid: Uint8Array;
  /** As the server spells it. Of a deleted entry it may be a newer one than we know. */
  dn: string;
  /** The DN is no UTF-8 and stands here only to be shown. */
  illegalDn?: true;
  /**
   * PartialAttributeList (RFC 4511 §4.5.2), tag and length included, as it came; read it with attributes.ts. Empty for
   * `delete` and `present`. A view into what was received: who keeps it for long keeps a copy.
   */
  attributes: Uint8Array;
  cookie?: Cookie;
}

/** Sync Info Message (§2.5) or the end of a search. */
export type SyncInfo =
  | { kind: "cookie"; cookie: Cookie }
  /** End of a phase: after `delete`, what was not named has not changed; after `present`, what was not named is gone. */
  | { kind: "phase"; phase: "delete" | "present"; done: boolean; cookie?: Cookie }
  /** Present, or (`deleted`) gone; may name entries we never knew. */
  | { kind: "set"; deleted: boolean; uuids: Uint8Array[]; cookie?: Cookie }
  /** SearchResultDone of a refreshOnly search that succeeded. */
  | { kind: "done"; refreshDeletes: boolean; cookie?: Cookie };

export type SyncMessage = SyncEntry | SyncInfo;

export interface SyncRequest {
  base: string;
  /** RFC 4515; default `(objectClass=*)`. */
  filter?: string;
  /** Default: all user and all operational attributes. */
  attributes?: readonly string[];
  /** `persist`: refreshAndPersist, it never ends by itself. */
  mode: "refresh" | "persist";
  cookie?: Cookie;
}

/** Results that end a synchronisation and say what to do next (listener: `Source`). */
export const syncResults = {
  sizeLimitExceeded: 4,
  /** The consumer's state is newer than the provider's: a restored backup. */
  unwillingToPerform: 53,
  /** e-syncRefreshRequired: the cookie is stale. */
  syncRefreshRequired: 4096,
} as const;
