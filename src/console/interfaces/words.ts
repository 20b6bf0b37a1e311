/** What the daemon says, in words. */
import type { Words } from "../parts/text.tsx";
import type { Difference, InterfaceState, Operational, Setup } from "./control.ts";

export const operationals: Record<Operational, Words> = {
  missing: ["missing", "bad"],
  off: ["off", "neutral"],
  "no-carrier": ["no carrier", "warning"],
  dormant: ["dormant", "warning"],
  carrier: ["carrier", "neutral"],
  degraded: ["degraded", "warning"],
  enslaved: ["enslaved", "neutral"],
  routable: ["routable", "good"],
};

export const setups: Record<Setup, Words> = {
  unmanaged: ["unmanaged", "neutral"],
  pending: ["pending", "neutral"],
  configuring: ["configuring", "accent"],
  configured: ["configured", "good"],
  deferred: ["deferred", "warning"],
  failed: ["failed", "bad"],
  down: ["down", "neutral"],
};

/** How events end; those that are not here are failures. */
const outcomes: Record<string, Words> = {
  done: ["done", "good"],
  deferred: ["deferred", "warning"],
  superseded: ["superseded", "neutral"],
  cancelled: ["cancelled", "neutral"],
  notfound: ["not found", "bad"],
  timeout: ["timed out", "bad"],
};

export function outcomeOf(outcome: string | null): Words {
  return outcome === null ? ["under way", "accent"] : (outcomes[outcome] ?? [outcome, "bad"]);
}

export function failed(outcome: string | null): boolean {
  return outcomeOf(outcome)[1] === "bad";
}

/** What the kinds of events are about. */
export const kinds: Readonly<Record<string, string>> = {
  CTLSOCK_IFUP: "bring up",
  CTLSOCK_IFDOWN: "take down",
  CTLSOCK_RELOAD: "read the configuration",
  CTLSOCK_APPLY: "apply the configuration",
  CTLSOCK_CONFIRM: "confirm",
  ROLLBACK: "take back",
  LINK: "link",
  IFCFG: "addresses",
  ROUTE: "routes",
  DNS: "name servers",
  DHCP: "DHCP client",
  LEASE: "lease",
  CARRIER: "carrier",
  HOTPLUG: "device came or went",
  SCRIPTS: "scripts",
  TIMER: "time to try again",
  POLICY: "policy",
};

export const differences: Record<Difference["kind"], Words> = {
  missing: ["missing", "bad"],
  different: ["different", "warning"],
  extra: ["no longer wanted", "warning"],
  foreign: ["foreign", "neutral"],
};

/** Where an address comes from. */
const origins: Readonly<Record<string, string>> = {
  configuration: "configured",
  lease: "by DHCP",
  "router-advertisement": "by router advertisement",
  ipv4ll: "link-local",
  kernel: "by the kernel",
  foreign: "put there by somebody else",
};

export function originOf(from: string): string {
  return origins[from] ?? from;
}

const makers: Readonly<Record<string, string>> = {
  ...{ kernel: "the kernel", boot: "hand or script", static: "the configuration", dhcp: "a lease" },
  ra: "router advertisement",
};

/** Who made a route; a number is another program's (rt_protos). */
export function routeMaker(protocol: string): string {
  return makers[protocol] ?? `protocol ${protocol}`;
}

/** `bridge`, `ether`: what makes it different from others. */
export function kindOf({ kind, type }: Pick<InterfaceState, "kind" | "type">): string {
  return kind || type;
}

/** What takes how long: `34 ms`, `1.2 s`, `3 min`. */
export function took(begun: number, ended: number): string {
  const milliseconds = Math.max(0, ended - begun);
  if (milliseconds < 1000) return `${milliseconds} ms`;
  return milliseconds < 120_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${Math.round(milliseconds / 60_000)} min`;
}
