/** A DHCP client program, as Reeve uses it: it asks the servers, Reeve does everything else. */
import type { Family } from "../kernel/state.ts";
import type { LeaseEvent } from "./lease.ts";

/** A client that runs, or did: enough to find it again after a restart of ours. Kept as JSON. */
export interface ClientRecord {
  supplier: SupplierName;
  iface: string;
  family: Family;
  pid: number;
  /** Field 22 of /proc/PID/stat: tells one process from a later one with the same number. */
  startTime: number;
  /** Paths of its own files. */
  leaseFile: string;
  pidFile: string;
}

export type SupplierName = "dhclient" | "dhcpcd";

export interface ClientOptions {
  iface: string;
  family: Family;
  /** Options of the stanza by `optionKey`: hostname, client, vendor, metric, leasetime, leasehours, request … */
  options: Readonly<Record<string, string>>;
  /** Folder for its lease and pid files, made when absent. */
  folder: string;
  /** Program it runs for every change: Reeve as `dhcp-hook`. */
  script: string;
  /** Path of the socket on which the hook finds us. */
  socket: string;
  /** Seconds until it shall give up. */
  timeout: number;
}

/** A running client. */
export interface Client {
  record: ClientRecord;
  /** Resolves when the process has gone: exit status, or null after a signal or when it was adopted. */
  exited: Promise<{ status: number | null }>;
  /** Gives the lease back (DHCPRELEASE), then ends it. The hook is called with RELEASE meanwhile. */
  release(deadline: number): Promise<void>;
  /** Ends it and what it started, without giving the lease back. */
  stop(): Promise<void>;
  /** Asks it to renew now (or starts the discovery anew). */
  renew(): Promise<void>;
}

export interface Supplier {
  name: SupplierName;
  /** Absolute path of the program; undefined: not installed. */
  program(): string | undefined;
  /** In a session of its own: it outlives us. @throws Problem `missing`, `io` */
  start(options: ClientOptions): Promise<Client>;
  /** Finds it again by pid, start time and argv; undefined: it has gone, or is another process. */
  adopt(record: ClientRecord): Client | undefined;
  /** What its script was called with. @throws Problem `bad-request` for an environment that is none of this client's */
  parse(environment: Readonly<Record<string, string | undefined>>, now: number): LeaseEvent;
}
