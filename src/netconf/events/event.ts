/** What happens in netconf, and the tree it makes: an event is queued, dispatched to its kind's handler, and completes. */
import type { Position } from "../interfaces/configuration.ts";
import type { StepResult, Undoable } from "../kernel/step.ts";
import type { Stream } from "../world.ts";

export const eventKinds = [
  "CTLSOCK_IFUP",
  "CTLSOCK_IFDOWN",
  "CTLSOCK_RELOAD",
  "CTLSOCK_APPLY",
  "CTLSOCK_CONFIRM",
  "ROLLBACK",
  "LINK",
  "IFCFG",
  "ROUTE",
  "DNS",
  "DHCP",
  "LEASE",
  "CARRIER",
  "HOTPLUG",
  "SCRIPTS",
  "TIMER",
  "POLICY",
] as const;
export type EventKind = (typeof eventKinds)[number];

/**
 * How an event ended. `done`; `deferred`: not yet, still trying, nobody need wait; the others are failures. Policy chains
 * know them in capitals (`FAIL,TIMEOUT LinkLocal`), `fail` stands for `failed` there.
 */
export const outcomes = [
  "done",
  "deferred",
  "failed",
  "timeout",
  "notfound",
  "superseded",
  "cancelled",
  "conflict",
  "refused",
] as const;
export type Outcome = (typeof outcomes)[number];

/** A step that was tried. */
export interface Performed extends Undoable {
  result: StepResult;
  at?: Position;
}

/** A line that whoever asked is shown. */
export interface StatusLine {
  at: number;
  /** Counts all lines of the engine: many come in one millisecond, and clocks are set. */
  order: number;
  /** Number of the event that said it. */
  event: number;
  text: string;
  /** It is what a command or script of the configuration printed, and this is it as it was printed. */
  printed?: { text: string; on: Stream };
}

export interface Event {
  id: number;
  kind: EventKind;
  /** Physical name; "" for what is about none in particular. */
  iface: string;
  /** What the handler needs; plain data, it is recorded. */
  parameters: Readonly<Record<string, unknown>>;
  /** Number of the event that waits for it; 0: none. */
  parent: number;
  /** `uid 1000 (alice)`, `kernel`, `dhclient 4711`, `timer`, `boot`. */
  by: string;
  /** Epoch milliseconds; 0: not yet. */
  queued: number;
  begun: number;
  ended: number;
  /** Epoch milliseconds by which it must have ended; never later than its parent's. */
  deadline: number;
  outcome?: Outcome;
  /** One sentence for a person: why it did not end as `done`. */
  reason: string;
  /** Line of the configuration that it carries out. */
  line?: Position;
  lines: StatusLine[];
  /** What it did to the kernel. */
  performed: Performed[];
  /** What programs it ran: argv or the shell text, exit status. */
  ran: { what: string; status: number | null; at?: Position }[];
}
