/** What the kernel changes of a link that lives, by its kind (the drivers' changelink of Linux 6.1); all else is made anew. */
import { sameValue } from "../kernel/compare.ts";
import { attributesOf } from "../kernel/kinds.ts";
import { newKinds } from "../kernel/simulation/kinds.ts";
import type { Link, LinkData, LinkValue } from "../kernel/state.ts";
import type { WantedLink } from "./wanted.ts";

interface KindChange {
  /** Data that can be changed; default: none. */
  live: "all" | readonly string[];
  /** Of these, what can be changed only while the link is down. */
  down?: "all" | readonly string[];
  /** … while it has no ports, too. */
  portless?: readonly string[];
  /** What names a port, and is set when it has become one. */
  ofPorts?: readonly string[];
  /** A device, which is neither made nor deleted: only its data are set. */
  hardware?: true;
}

const bondDown = `mode fail_over_mac ad_lacp_active ad_lacp_rate ad_select tlb_dynamic_lb ad_actor_sys_prio
  ad_actor_system ad_user_port_key`.split(/\s+/);

const macvlan: KindChange = { live: ["mode", "nopromisc", "nodst", "bcqueuelen"] };

const kindChanges: Readonly<Record<string, KindChange>> = {
  bridge: { live: "all" },
  bond: { live: "all", down: bondDown, portless: ["mode", "fail_over_mac"], ofPorts: ["active_slave", "primary"] },
  vlan: { live: ["flags", "ingress_qos", "egress_qos"] },
  vxlan: { live: "remote remote6 group group6 ttl tos label learning ageing".split(" ") },
  macvlan,
  macvtap: macvlan,
  ipvlan: { live: ["mode", "private", "vepa"] },
  can: { live: "all", down: "all", hardware: true },
};

function changeOf(kind: string): KindChange {
  return kindChanges[kind] ?? { live: [] };
}

export function isHardware(kind: string): boolean {
  return changeOf(kind).hardware ?? false;
}

/**
 * Why the link that is there cannot become the wanted one by changes: `bridge instead of vlan`, `id 5 instead of 7`;
 * undefined: it can.
 * @param told data as the kernel tells them, and as they were set where it does not
 */
export function whyAnew(wanted: WantedLink, there: Link, told: LinkData): string | undefined {
  if (wanted.kind !== there.kind) return `${wanted.kind} instead of ${there.kind || "a device"}`;
  const pair = wanted.kind === "veth";
  // Of a tunnel it is among the data (`link`), and the kernel tells it here as well.
  const besides = "link" in attributesOf(wanted.kind, "data");
  const lower = pair ? wanted.peer || there.lower : wanted.lower || (besides ? there.lower : "");
  // The other end may be in another namespace, where nobody sees it.
  if (lower !== there.lower && !(pair && there.lower === "")) {
    return `on ${lower || "no link"} instead of ${there.lower || "no link"}`;
  }
  for (const [name, value] of Object.entries(wanted.data)) {
    if (sameValue(value, told[name]) || isLive(wanted.kind, name, value, told[name])) continue;
    return `${name} ${shown(value)} instead of ${shown(told[name])}`;
  }
  return undefined;
}

/**
 * The kernel keeps a VXLAN's one far end as a forwarding entry as well: between one and several, entries would be taken for
 * what they are not.
 */
export function whyOtherFarEnd({ kind, data }: WantedLink, there: Link): string | undefined {
  if (kind !== "vxlan") return undefined;
  const name = ["remote", "remote6", "group", "group6"].find((end) => end in data !== end in there.data);
  return name && `${name} ${shown(data[name])} instead of ${shown(there.data[name])}`;
}

function isLive(kind: string, name: string, ...values: (LinkValue | undefined)[]): boolean {
  const { live } = changeOf(kind);
  if (live === "all") return true;
  // A macvlan that has its lower link for itself keeps it so.
  return live.includes(name) && !(name === "mode" && values.includes("passthru"));
}

export function needsDown(kind: string, names: readonly string[]): boolean {
  const { down = [] } = changeOf(kind);
  return down === "all" ? names.length > 0 : names.some((name) => down.includes(name));
}

export function needsNoPorts(kind: string, names: readonly string[]): boolean {
  return names.some((name) => changeOf(kind).portless?.includes(name));
}

/** The data for now, and those to be set when all ports are there. */
export function splitByPorts(kind: string, data: LinkData): { early: LinkData; late: LinkData } {
  const { ofPorts = [] } = changeOf(kind);
  const entries = Object.entries(data);
  return {
    early: Object.fromEntries(entries.filter(([name]) => !ofPorts.includes(name))),
    late: Object.fromEntries(entries.filter(([name]) => ofPorts.includes(name))),
  };
}

/** What is set where nobody asks for anything: of the link itself, or of a port of such a master. */
export function standardValue(kind: string, name: string, of: "data" | "port" = "data"): LinkValue | undefined {
  // A port's follows from its speed.
  return name === "cost" ? undefined : newKinds[kind]?.[of]?.[name];
}

export function shown(value: LinkValue | undefined): string {
  if (value === undefined || value === "") return "none";
  return typeof value === "object" ? value.join(" ") || "none" : String(value);
}
