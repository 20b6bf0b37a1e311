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
  /** With what it was started. */
  argv: readonly string[];
  /** Paths of its own files; "": it has none, or a place of its own for it. */
  leaseFile: string;
  pidFile: string;
  /** What it prints. */
  logFile: string;
}

export const supplierNames = ["dhclient", "dhcpcd"] as const;
export type SupplierName = (typeof supplierNames)[number];

export function isSupplierName(value: unknown): value is SupplierName {
  return supplierNames.includes(value as SupplierName);
}

export interface ClientOptions {
  iface: string;
  family: Family;
  /**
   * Options of the stanza by `optionKey`. Those that matter to a client: `hostname`, `client` (identifier), `vendor`
   * (class), `leasetime` (seconds), `leasehours`, `request` (further options by the client's own names); DHCPv6:
   * `request-prefix` and `stateless` (`1`: yes).
   */
  options: Readonly<Record<string, string>>;
  /** Folder for its lease and pid files, made when absent (`clientFolder` says which). */
  folder: string;
  /** Program it runs for every change (`script`). */
  script: string;
  /** Path of the socket on which the hook finds us. */
  socket: string;
  /** Seconds after which a try has failed (dhclient says FAIL then, and tries anew later; dhcpcd never does). */
  timeout: number;
  /** Seconds that the hook waits for our answer: less than what we give ourselves for it. Default: three quarters of `timeout`, 30 at most. */
  hookTimeout?: number;
  /** Seconds between DHCPDECLINE and the next try; absent: 10, as RFC 2131 §3.1.5 has it. */
  declineWait?: number;
}

/** A running client. */
export interface Client {
  /** Another one after `renew`: keep it anew. */
  readonly record: ClientRecord;
  /** Resolves when it has gone for good: exit status, or null after a signal or when it was adopted. */
  readonly exited: Promise<{ status: number | null }>;
  /**
   * Gives the lease back (DHCPRELEASE, which wants the address still there), then ends it. Meanwhile the hook is called
   * with RELEASE (dhcpcd: STOP), and who answers it must not wait for this to end.
   * @param deadline milliseconds, after which it is ended without
   */
  release(deadline: number): Promise<void>;
  /** Ends it and what it started, without giving the lease back. dhcpcd calls the hook with STOP meanwhile. */
  stop(): Promise<void>;
  /** Asks it to renew now, or starts the discovery anew. dhclient is started again for it, and says REBOOT. */
  renew(): Promise<void>;
  /** The last line it printed, for a reason; "": none. A server's words may be in it: it is plain text. */
  lastWord(): string;
}

export interface Supplier {
  name: SupplierName;
  /** Absolute path of the program; undefined: not installed. */
  program(): string | undefined;
  /**
   * In a session of its own: it outlives us. One that ifupdown has left on the interface is taken over: ended without
   * giving its lease back, which ours then asks for.
   * @throws Problem `missing`, `io`, `config` (an option of the stanza), `conflict` (somebody else's client serves it)
   */
  start(options: ClientOptions): Promise<Client>;
  /** Finds it again by pid, start time and argv; undefined: it has gone, or is another process. */
  adopt(record: ClientRecord): Client | undefined;
  /** What its script was called with. @throws Problem `bad-request` for an environment that is none of this client's */
  parse(environment: Readonly<Record<string, string | undefined>>, now: number): LeaseEvent;
}
