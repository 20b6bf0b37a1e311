/** What an event of each kind carries: plain data. */
import type { UpOptions, Which } from "../../console/interfaces/control.ts";
import type { Applied } from "../apply/take-back.ts";
import type { LeaseEvent } from "../dhcp/lease.ts";
import type { Planned } from "../plan/planned.ts";
import type { DynamicMethod, WantedDns } from "../plan/wanted.ts";
import type { ScriptRun } from "../scripts.ts";
import type { EventKind, Outcome } from "./event.ts";

export interface Parameters extends Record<EventKind, unknown> {
  CTLSOCK_IFUP: UpRequest;
  CTLSOCK_IFDOWN: DownRequest;
  CTLSOCK_RELOAD: Record<string, never>;
  CTLSOCK_APPLY: { names?: readonly string[]; timeout?: number; dryRun?: boolean };
  CTLSOCK_CONFIRM: { id?: number };
  ROLLBACK: { id?: number; why: string; applied?: Applied };
  LINK: { to: "up" | "down" | "changed"; steps: readonly Planned[] };
  IFCFG: { steps: readonly Planned[] };
  ROUTE: { steps: readonly Planned[] };
  DNS: { dns: WantedDns };
  DHCP: { what: "start" | "release" | "stop" | "renew"; method: DynamicMethod };
  LEASE: LeaseEvent;
  CARRIER: { carrier: boolean };
  HOTPLUG: { action: "add" | "remove" };
  SCRIPTS: ScriptRun | HookRun;
  TIMER: { what: "confirm" | "retry" };
  POLICY: { method: string; outcome: Outcome; reason: string; next: string };
}

/** Hooks of dhclient's script. */
export interface HookRun {
  phase: "hooks";
  shell: string;
  env: Readonly<Record<string, string>>;
}

/** `iface` of the event is "": all that `which` names, a child for each. */
/** How scripts are treated. */
export type How = Pick<UpOptions, "force" | "scripts" | "folders" | "ignoreErrors" | "manualStays" | "verbose">;

export interface UpRequest extends How, Pick<UpOptions, "mappings"> {
  which?: Which & { exclude?: string[] };
  /** As which it comes up; absent: by mapping, else the physical name. */
  logical?: string;
  /** `auto`, `hotplug` …: for scripts. */
  class: string;
  /** False: something else needs it, nobody asked for it by name. */
  asked: boolean;
  /** What needs it. */
  user?: string;
  /** It goes on with what was deferred. */
  resumes?: boolean;
}

export interface DownRequest extends How {
  which?: Which & { exclude?: string[] };
  /** As which it came up, where there is no record of it. */
  logical?: string;
  /** Those that need it go down first; else it is refused while there are any. */
  along?: boolean;
  /** It goes because nothing needs it any more: it is left as it was found. */
  unused?: boolean;
  /** Part of an `up` that failed: takes back what that has done, and leaves what it has found. */
  undo?: boolean;
}
