/** What a DHCP server gave, whichever client asked it. */
import type { Family } from "../kernel/state.ts";

export type LeaseReason =
  | "preinit"
  | "bound"
  | "renew"
  | "rebind"
  | "reboot"
  | "timeout"
  | "expire"
  | "fail"
  | "stop"
  | "release"
  | "depref"
  | "nbi"
  /** dhcpcd: the other end went and came. */
  | "no-carrier"
  | "carrier"
  /** dhcpcd: the server refused. */
  | "nak"
  | "ipv4ll"
  | "other";

export interface LeaseRoute {
  destination: string;
  prefix: number;
  /** "": on the link itself (RFC 3442: 0.0.0.0). */
  gateway: string;
}

/** One lease. Every text has passed its check (RFC 1123 names, addresses); what did not pass is in `refused`. */
export interface Lease {
  family: Family;
  address: string;
  prefix: number;
  broadcast: string;
  /** Those to put into the kernel: RFC 3442's where given, else a default by each of `routers`. */
  routes: LeaseRoute[];
  routers: string[];
  mtu: number;
  hostName: string;
  domain: string;
  search: string[];
  dns: string[];
  ntp: string[];
  /** Identifier of the server: an address (v4) or DUID (v6). */
  server: string;
  /** Seconds the lease holds from `since`; null: for ever. */
  lifetime: number | null;
  renewal: number;
  rebinding: number;
  /** IPv6: seconds. */
  preferred: number | null;
  /** Epoch milliseconds when it was given. */
  since: number;
  /** Options that have no field here, by the client's names without `new_` (`wpad`, `v4_captive_portal`). */
  other: Record<string, string>;
  /** Fields that were malformed and were left out: name and why. */
  refused: Record<string, string>;
}

/** What a client's script was told. */
export interface LeaseEvent {
  reason: LeaseReason;
  /** The client's own word: `BOUND6`, `REBOOT` … */
  said: string;
  iface: string;
  family: Family;
  /** Process id of the client; 0: not told. */
  pid: number;
  /** Bound, renew, rebind, reboot, timeout: why what the server gave is no lease (no fit address, no lifetime); "": it is one. */
  unusable: string;
  /** The new lease (bound, renew, rebind, reboot, timeout, unless `unusable`), or the one that is deprecated (depref). */
  lease?: Lease;
  /** The lease until now. */
  old?: Lease;
}
