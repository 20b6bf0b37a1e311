/** Where SNMP objects are read from: a live agent (`session.ts`) or a recording (`recording/`). Readers know only this. */
import type { Tables } from "./tables.ts";
import type { Oid, VarBind } from "./value.ts";

export interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds for the whole read; what is missing then is incomplete. */
  deadline?: number | undefined;
}

export interface Source {
  /** For messages: `192.0.2.1`, `192.0.2.1:1161`, a file's name; with `@CONTEXT` for a context. */
  readonly name: string;
  /**
   * Reads scalars (OIDs that end in `.0`, by GET) and columns (all others, by GETBULK over several columns at a time).
   * Never throws because of the agent: an agent that says nothing, lies or breaks off gives incomplete columns with a
   * reason. An object that the agent does not have is complete and empty.
   * @throws Problem `cancelled` when `signal` fires
   */
  read(objects: readonly Oid[], options?: ReadOptions): Promise<Tables>;
  /** Everything below `root`, in order, for recordings. `each` may be slow: the walk waits for it. */
  walk(
    root: Oid,
    each: (binding: VarBind) => void | Promise<void>,
    options?: ReadOptions,
  ): Promise<{ complete: boolean; reason?: string | undefined }>;
  /**
   * Writes objects, all or none (RFC 3416 §4.2.5).
   * @throws Problem `forbidden` without write credentials or where the agent refuses, `unavailable` when nobody
   * answers, `usage` on a recording
   */
  set(bindings: readonly VarBind[]): Promise<void>;
  /**
   * The same agent seen in a VLAN or VRF: `community@NAME` for v1 and v2c, the context name for v3 (there with the
   * credential's context prefix, `vlan-` by default, before a VLAN). A context that never answers gives incomplete
   * tables within seconds.
   */
  context(kind: "vlan" | "vrf", name: string): Source;
  /** Ends what is in flight and frees what it holds; contexts end with their source. */
  close(): void;
}
