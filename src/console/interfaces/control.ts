/**
 * What is asked of a running `reeve netconf daemon`, and what it answers: the contract between its control sockets on one
 * side, the console's module `interfaces` and `reeve netconf …` on the other. It is UMCP in the run folder: `COMMAND VERB`
 * with the body `{options, by}`, the answer as `result`.
 *
 * `netconf.sock` admits root, the service's user and the group `netconf.group`; the policy's `allow` says who may do what.
 * `netconf-status.sock` admits every local user, for the verbs that change nothing and show no secret. The hook of DHCP
 * clients has a socket of its own, `netconf-hook.sock`, for root alone.
 *
 * Times are epoch milliseconds. Status lines stream as partial results (`Progress`) while a verb works.
 *
 * Problems: `bad-options`; `forbidden` (policy); `not-found` for an interface that neither kernel nor configuration has;
 * `config` for one whose stanza is wrong; `conflict` for what cannot be done as things stand; `not-done` when some of it
 * failed (detail: `UpResult`).
 */

export const controlName = "netconf.sock";
export const statusName = "netconf-status.sock";
export const hookName = "netconf-hook.sock";
/** Beside them: whoever works on the interfaces holds it, the daemon for as long as it lives. */
export const lockName = "netconf.lock";

/** Verbs, and whether they change anything (the status socket has those that do not). */
export const verbs = {
  status: { changes: false },
  check: { changes: false },
  why: { changes: false },
  query: { changes: false },
  leases: { changes: false },
  events: { changes: false },
  event: { changes: false },
  attach: { changes: false },
  monitor: { changes: false },
  "wait-online": { changes: false },
  up: { changes: true },
  down: { changes: true },
  reload: { changes: true },
  apply: { changes: true },
  confirm: { changes: true },
  rollback: { changes: true },
  hotplug: { changes: true },
  renew: { changes: true },
} as const;
export type Verb = keyof typeof verbs;

export interface Asked<V extends Verb = Verb> {
  options: Options[V];
  /** Who asks by way of the console, for the log; absent: whom the kernel says. */
  by?: string;
  /** Number of the event whose script asks (REEVE_EVENT in its environment): so that nobody waits for himself. */
  within?: number;
}

/** Which interfaces: by name (`eth0`, `eth0=home`), a class of `allow-CLASS`, or all of `auto`. */
export interface Which {
  names?: string[];
  class?: string;
  all?: boolean;
}

export interface UpOptions extends Which {
  /** Leave these out (globs). */
  exclude?: string[];
  /** Go on when a script fails; configure what is configured already. */
  force?: boolean;
  /** Go on when a script fails, as with `force`, but leave what is configured already as it is. */
  ignoreErrors?: boolean;
  /** Of `down`: those that need it go down first, in place of a refusal. */
  along?: boolean;
  /** Of `down`: a device whose stanzas are all `inet manual` stays up: what hangs on it may be the root file system. */
  manualStays?: boolean;
  /** False: no mapping scripts; names are taken as they are. */
  mappings?: boolean;
  /** Which lines stream: those that say what is done, or only what commands and scripts print. */
  lines?: "status" | "printed";
  /** VERBOSITY of scripts is 1. */
  verbose?: boolean;
  /** False: no scripts of if-*.d and no commands of the stanzas. */
  scripts?: boolean;
  /** False: no scripts of if-*.d; commands of the stanzas run. */
  folders?: boolean;
  /** Seconds for all of it. */
  timeout?: number;
  /** The work ends when the asker goes; else it goes on and `attach` finds it. */
  cancelOnDisconnect?: boolean;
  /** Nothing is done; the answer has the steps. */
  dryRun?: boolean;
}

export interface Options {
  status: { names?: string[] };
  check: { names?: string[] };
  why: { name: string };
  /** What the configuration says, inherited and mapped. */
  query: Which;
  leases: { names?: string[] };
  /** Newest first: those before this number. */
  events: { before?: number; limit: number; name?: string; kind?: string };
  /** With all that it made. */
  event: { id: number };
  /** The status lines of an event that is under way, from the first one, until it ends. */
  attach: { id: number };
  /**
   * Until cancelled: partial results are `MonitorLine`. `after`: each carries a mark, and who was cut off gives the last
   * one, so as to be told what he missed; whatever is no mark (`now`) means from now on.
   */
  monitor: { name?: string; kernel?: boolean; after?: string };
  "wait-online": { names?: string[]; any?: boolean; state?: "carrier" | "degraded" | "routable"; timeout?: number };
  up: UpOptions;
  down: UpOptions;
  /** Reads the configuration anew; changes no interface. */
  reload: Record<string, never>;
  /** `dryRun`: the difference only. `timeout`: seconds for the confirm; 0: none is waited for. */
  apply: { names?: string[]; timeout?: number; dryRun?: boolean };
  confirm: { id?: number };
  rollback: { id?: number };
  /** A device came or went (udev). */
  hotplug: { name: string; action: "add" | "remove" };
  renew: { name: string };
}

export interface Results {
  status: NetconfStatus;
  check: CheckResult;
  why: WhyResult;
  query: { interfaces: QueriedInterface[]; diagnostics: DiagnosticLine[] };
  leases: { leases: LeaseState[] };
  events: { events: EventSummary[]; before: number | null };
  event: EventTree;
  attach: EventSummary;
  monitor: null;
  "wait-online": { online: boolean; interfaces: { name: string; operational: Operational; waitsFor: string }[] };
  up: UpResult;
  down: UpResult;
  reload: { interfaces: number; diagnostics: DiagnosticLine[] };
  apply: ApplyResult;
  confirm: { id: number };
  rollback: { id: number };
  hotplug: UpResult;
  renew: { renewed: string[] };
}

/** systemd-networkd's words for what the link can do. */
export const operationals = [
  "missing",
  "off",
  "no-carrier",
  "dormant",
  "carrier",
  "degraded",
  "enslaved",
  "routable",
] as const;
export type Operational = (typeof operationals)[number];
/** … and for how far its configuration is; `deferred`: not yet, still trying; `unmanaged`: none of ours. */
export const setups = ["unmanaged", "pending", "configuring", "configured", "deferred", "failed", "down"] as const;
export type Setup = (typeof setups)[number];

export interface NetconfStatus {
  pid: number;
  version: string;
  started: number;
  configuration: { files: string[]; read: number; diagnostics: DiagnosticLine[] };
  /** By index, then those that are configured but missing. */
  interfaces: InterfaceState[];
  /** Of the whole host: the best of its interfaces but loopback. */
  operational: Operational;
  /** Applied, not confirmed yet. */
  pending: PendingConfirm | null;
  /** Null: what was read or applied last is in force. */
  rolledBack: RolledBack | null;
  dns: { by: string; servers: string[]; search: string[] };
  /** What went wrong with the daemon itself: no run folder, disk full, notifications lost. */
  warnings: string[];
}

export interface PendingConfirm {
  id: number;
  since: number;
  /** Rolled back at this time. */
  deadline: number;
  by: string;
  changes: string[];
}

/** An apply was taken back; what was in force before it is so until the next reload or apply, whatever the files say. */
export interface RolledBack {
  /** 0: it had not come so far as to have a number. */
  id: number;
  at: number;
  /** `nobody has confirmed it in time`, `alice wants it`. */
  why: string;
}

/** What somebody has to know who wonders why the files do not count. */
export function formerInForce({ id, why }: Pick<RolledBack, "id" | "why">): string {
  const apply = id === 0 ? "an apply" : `apply ${id}`;
  return `${apply} was taken back: ${why}; what was configured before it is in force, whatever the files say, until \`reeve netconf reload\` or \`reeve netconf apply\``;
}

export interface DiagnosticLine {
  severity: "error" | "warning";
  /** `file:line:column`. */
  at: string;
  message: string;
  refuses: string[];
}

export interface InterfaceState {
  name: string;
  /** Null: there is no such link. */
  index: number | null;
  kind: string;
  type: string;
  /** Hardware address. */
  address: string;
  mtu: number;
  master: string;
  lower: string;
  up: boolean;
  carrier: boolean;
  operational: Operational;
  setup: Setup;
  /** Logical name it was brought up as; "": it was not. */
  logical: string;
  /** Who takes care of it: `reeve`, `NetworkManager`, `systemd-networkd`, "" nobody. */
  manager: string;
  addresses: AddressState[];
  /** Gateways of default routes through it. */
  gateways: string[];
  /** Routes through it, 200 at most; empty unless it was asked for by name. */
  routes: RouteState[];
  methods: string[];
  /** What an operation under way waits for; why it failed; "" otherwise. */
  waitsFor: string;
  error: string;
  /** Event under way or the last one. */
  event: number | null;
  since: number | null;
  /** Names of interfaces that need it. */
  users: string[];
  at: string;
}

export interface AddressState {
  /** `192.0.2.1/24`. */
  address: string;
  family: 4 | 6;
  scope: string;
  flags: string[];
  /** When it ends; null: never. */
  validUntil: number | null;
  /** `configuration`, `lease`, `router-advertisement`, `kernel`, `foreign`. */
  from: string;
}

export interface RouteState {
  /** `198.51.100.0/24`, `default`. */
  destination: string;
  family: 4 | 6;
  /** "": the destination is on the link itself. */
  gateway: string;
  /** 254 is main. */
  table: number;
  metric: number;
  /** Who made it: `kernel`, `boot`, `static`, `ra`, `dhcp`, or rt_protos' number. */
  protocol: string;
}

export interface LeaseState {
  name: string;
  family: 4 | 6;
  client: string;
  pid: number;
  /** `requesting`, `bound`, `expired`, `failed`. */
  state: string;
  address: string;
  server: string;
  routers: string[];
  dns: string[];
  domain: string;
  search: string[];
  ntp: string[];
  mtu: number;
  since: number;
  renewAt: number | null;
  expires: number | null;
  other: Record<string, string>;
}

export interface CheckResult {
  /** True: nothing differs. */
  same: boolean;
  interfaces: { name: string; configured: boolean; differences: Difference[] }[];
  diagnostics: DiagnosticLine[];
}

export interface Difference {
  /** `missing`: wanted and not there; `different`; `extra`: ours, and wanted no longer; `foreign`: there, and not ours. */
  kind: "missing" | "different" | "extra" | "foreign";
  /** `address 192.0.2.1/24`, `mtu 1400 instead of 1500`. */
  what: string;
  /** Line that wants it; "". */
  at: string;
  /** The `ip` lines that mend it; none for foreign ones. */
  mend: string[];
}

export interface EventSummary {
  id: number;
  kind: string;
  name: string;
  parent: number;
  by: string;
  queued: number;
  ended: number | null;
  outcome: string | null;
  reason: string;
  at: string;
}

/** An event with its steps and what it waited for, as a tree. */
export interface EventTree extends EventSummary {
  /** `order` counts all lines of the daemon: many come in one millisecond. */
  lines: { at: number; order: number; text: string }[];
  /** `ip` line, and errno's name with the kernel's words when it failed. */
  steps: { line: string; error: string; at: string }[];
  ran: { what: string; status: number | null; at: string }[];
  children: EventTree[];
}

export interface WhyResult {
  name: string;
  operational: Operational;
  setup: Setup;
  /** One sentence. */
  sentence: string;
  /** The newest operation on it, whole; null: there was none. */
  event: EventTree | null;
  diagnostics: DiagnosticLine[];
}

export interface QueriedInterface {
  name: string;
  logical: string;
  stanzas: { family: string; method: string; at: string; options: [name: string, value: string][] }[];
  classes: string[];
}

export type MonitorLine = (
  | { what: "event"; event: EventSummary }
  | { what: "line"; id: number; name: string; text: string; at: number }
  | { what: "kernel"; text: string; at: number }
  /** The first one where `after` was given: what cannot be told any more; "": nothing is missing. */
  | { what: "mark"; text: string; at: number }
) & { mark?: string };

/** A partial result of every verb that works for a while. */
export interface Progress {
  /** What was said at a time: one line, or several with line feeds between them. */
  line: string;
  /** Number of the event that said the first of them; 0: none. */
  event: number;
  /** With `lines` as `printed`: where they were printed. */
  on?: "stdout" | "stderr";
}

export interface UpResult {
  event: number;
  interfaces: { name: string; logical: string; outcome: string; reason: string }[];
  /** Of a dry run: `ip` lines, and lines with `#` for what no line can say: leases, scripts. */
  steps?: string[];
}

export interface ApplyResult {
  /** 0: nothing was to be done, or it was a dry run. */
  id: number;
  differences: { name: string; differences: Difference[] }[];
  /** Interfaces that stay as they are, why, and where their stanzas are wrong, if they are. */
  refused: { name: string; reason: string; at: string }[];
  /** What was or would be done, as `ip` lines. */
  steps: string[];
  /** Commands of the stanzas and scripts of the folders that run, `eth0: up ip route add …`; of what stays up none does. */
  scripts: string[];
  /** When it is rolled back without a confirm; null: it holds already. */
  deadline: number | null;
}
