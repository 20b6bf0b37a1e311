/** What a test and its responder say to each other (Bun's channel with structured clones). */
import type { Oid, VarBind } from "../../../src/snmp/value.ts";

export interface DeviceSpec {
  /** A recording: `.snmprec[.gz]` or output of snmpwalk. Contexts are its siblings `NAME@CONTEXT`. */
  file?: string | undefined;
  /** Rows instead of a file, or beside it: they replace those of the file. */
  rows?: readonly VarBind[] | undefined;
  /** OIDs that this device lacks, each with all below it. */
  without?: readonly Oid[] | undefined;
  /** An address of its own (`127.0.3.17`), where it answers to `community`, too. */
  host?: string | undefined;
  /** On `host`; 0 or absent: the common port. */
  port?: number | undefined;
  /** On its own address. Default `public`. */
  community?: string | undefined;
  /** Milliseconds before an answer; default that of the responder. */
  latency?: number | undefined;
}

export interface ResponderOptions {
  /** By community. `NAME:rw` may SET a few objects, `NAME@CONTEXT` is a context. */
  devices: ReadonlyMap<string, string | DeviceSpec>;
  /** Milliseconds before each answer. Default 0. */
  latency?: number | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default: a free one. */
  port?: number | undefined;
  /** Most bytes of an answer. Default 1472: one Ethernet frame. */
  size?: number | undefined;
  /** Part of the requests (0 to 1) that are dropped, always the same ones of a sequence. Default 0. */
  loss?: number | undefined;
  /** What a context without recording does: no answer (default), or that of the device. */
  contexts?: "silent" | "same" | undefined;
}

export interface Change {
  device: string;
  context?: string | undefined;
  remove?: readonly Oid[] | undefined;
  set?: readonly VarBind[] | undefined;
  /** New latency of the device. */
  latency?: number | undefined;
  /** A device that is dead answers nothing. */
  silent?: boolean | undefined;
}

export interface Stats {
  requests: number;
  answers: number;
  /** By loss. */
  dropped: number;
  /** No such community, malformed, another version, or silent. */
  ignored: number;
  gets: number;
  nexts: number;
  bulks: number;
  sets: number;
  /** Bytes of requests and answers. */
  received: number;
  sent: number;
  /** Microseconds of processor time of the responder's process. */
  cpu: number;
  /** Requests by device; those of contexts count for themselves (`NAME@CONTEXT`). */
  devices: Record<string, number>;
}

export type Order =
  | { id: number; do: "start"; options: ResponderOptions }
  | { id: number; do: "change"; changes: readonly Change[] }
  | { id: number; do: "tune"; latency?: number | undefined; loss?: number | undefined }
  | { id: number; do: "stats"; reset: boolean };

export type Report = { id: number; error: string } | { id: number; port: number } | { id: number; stats: Stats };
