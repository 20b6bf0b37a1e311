/** Bonds: options of ifenslave, ifupdown-ng and ifupdown2 (names and bounds as in the kernel's bonding documentation). */
import { allOptions, type Option, option } from "../interfaces/configuration.ts";
import type { LinkData } from "../kernel/state.ts";
import type { Data, Draft } from "../methods/draft.ts";
import { relationsOf } from "../methods/relations.ts";
import { address, device, flag, integer, mac, oneOf, Unfit, words } from "../methods/value.ts";
import { type DataTable, type Options, readData } from "./data.ts";
import { portNames } from "./ports.ts";
import { addPorts } from "./wanted-ports.ts";

const modes = [
  "balance-rr",
  "active-backup",
  "balance-xor",
  "broadcast",
  "802.3ad",
  "balance-tlb",
  "balance-alb",
] as const;
type Mode = (typeof modes)[number];

const milliseconds = integer(0, 0x7fff_ffff);
const count = integer(0, 255);

const table: DataTable = {
  "bond-mode": ["mode", oneOf(modes, true)],
  "bond-miimon": ["miimon", milliseconds],
  "bond-updelay": ["updelay", milliseconds],
  "bond-downdelay": ["downdelay", milliseconds],
  "bond-peer-notif-delay": ["peer_notify_delay", milliseconds],
  "bond-use-carrier": ["use_carrier", flag],
  "bond-arp-interval": ["arp_interval", milliseconds],
  "bond-arp-ip-target": ["arp_ip_target", targets],
  "bond-arp-validate": [
    "arp_validate",
    oneOf(["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"], true),
  ],
  "bond-arp-all-targets": ["arp_all_targets", oneOf(["any", "all"], true)],
  "bond-primary-reselect": ["primary_reselect", oneOf(["always", "better", "failure"], true)],
  "bond-fail-over-mac": ["fail_over_mac", oneOf(["none", "active", "follow"], true)],
  "bond-xmit-hash-policy": [
    "xmit_hash_policy",
    oneOf(["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"], true),
  ],
  "bond-resend-igmp": ["resend_igmp", count],
  "bond-num-grat-arp": ["num_peer_notif", count],
  "bond-num-unsol-na": ["num_peer_notif", count],
  "bond-num-peer-notif": ["num_peer_notif", count],
  "bond-all-slaves-active": ["all_slaves_active", flag],
  "bond-min-links": ["min_links", integer(0, 0x7fff_ffff)],
  "bond-lp-interval": ["lp_interval", integer(1, 0x7fff_ffff)],
  "bond-packets-per-slave": ["packets_per_slave", integer(0, 65_535)],
  "bond-lacp-active": ["ad_lacp_active", oneOf(["off", "on"], true)],
  "bond-lacp-rate": ["ad_lacp_rate", oneOf(["slow", "fast"], true)],
  "bond-ad-select": ["ad_select", oneOf(["stable", "bandwidth", "count"], true)],
  "bond-ad-actor-sys-prio": ["ad_actor_sys_prio", integer(1, 65_535)],
  "bond-ad-sys-priority": ["ad_actor_sys_prio", integer(1, 65_535)],
  "bond-ad-user-port-key": ["ad_user_port_key", integer(0, 1023)],
  "bond-ad-actor-system": ["ad_actor_system", mac],
  "bond-ad-sys-mac-addr": ["ad_actor_system", mac],
  "bond-tlb-dynamic-lb": ["tlb_dynamic_lb", flag],
};

/** Modes that a value is for: in others the kernel refuses it (bond_options.c, unsuppmodes). */
const only: Readonly<Record<string, readonly Mode[]>> = {
  primary: ["active-backup", "balance-tlb", "balance-alb"],
  arp_interval: ["balance-rr", "active-backup", "balance-xor", "broadcast"],
  arp_ip_target: ["balance-rr", "active-backup", "balance-xor", "broadcast"],
  arp_validate: ["balance-rr", "active-backup", "balance-xor", "broadcast"],
  packets_per_slave: ["balance-rr"],
  tlb_dynamic_lb: ["balance-tlb", "balance-alb"],
  ad_lacp_active: ["802.3ad"],
  ad_lacp_rate: ["802.3ad"],
  ad_actor_sys_prio: ["802.3ad"],
  ad_user_port_key: ["802.3ad"],
  ad_actor_system: ["802.3ad"],
};

const members = ["bond-slaves", "bond-members", "slaves"] as const;
/** Of other tools, or of the moment when ifenslave ran: they say nothing of how the bond shall be. */
const idle = [
  "bond-give-a-chance",
  "bond-active-slave",
  "bond-lacp-bypass-allow",
  "bond-lacp-bypass-period",
  "bond-lacp-bypass-priority",
];

export const bondOptions = [...Object.keys(table), ...members, ...idle, "bond-primary", "bond-queue-id", "bond-master"];

/** ifenslave makes a bond of whatever has members or a mode; a port names its master. */
export function isBond(options: Options): boolean {
  if (option(options, "bond-master")) return false;
  return option(options, ...members, "bond-mode") !== undefined;
}

export function addBond(options: Options, at: Options["at"], draft: Draft): void {
  const names = portNames(memberOptions(options), /^eth[^:]*$/, draft);
  const read = { ...readData(options, table, draft), ...primary(options, names, draft) };
  const mode = (read.mode?.is ?? "balance-rr") as Mode;
  draft.link("bond", at, { data: fitting(read, mode, draft) });
  addPorts("bond", names, queues(options, draft), draft);
  for (const given of allOptions(options, "bond-active-slave")) {
    draft.warning(
      given.at,
      `${given.name} has no effect: write bond-primary to say which port is active when it can be`,
    );
  }
}

/** ifupdown-ng's manual has a bond of its `requires` where no members are named. */
function memberOptions(options: Options): Option[] {
  const given = allOptions(options, ...members);
  return given.length > 0 ? given : allOptions(options, "requires");
}

/** The first that is a port; a port's stanza may name itself (ifenslave). */
function primary(options: Options, ports: readonly { name: string }[], draft: Draft): Data {
  const given = option(options, "bond-primary");
  const { device: bond, context } = draft;
  const joining = relationsOf(context).joining.get(bond) ?? [];
  const all = new Set([...ports.map(({ name }) => name), ...joining]);
  const stanzas = joining.flatMap((name) => context.stanzas.get(name) ?? []);
  const said = [given, ...stanzas.map((each) => option(each, "bond-primary"))];
  for (const each of said) {
    const found = each && words(each.value).find((name) => all.has(name));
    if (found) return { primary: { is: found, at: each.at } };
  }
  if (given) draft.warning(given.at, `${given.name} ${given.value}: none of them is a port of ${bond}`);
  return {};
}

/** Without what the kernel would refuse the whole bond for, and as it would keep it. */
function fitting(data: Data, mode: Mode, draft: Draft): Data {
  const fit = { ...data };
  const drop = (name: string, why: string) => {
    const { at } = fit[name]!;
    delete fit[name];
    const said = Object.keys(table).find((key) => table[key]![0] === name) ?? `bond-${name}`;
    draft.warning(at, `${said} has no effect: ${why}`);
  };
  for (const [name, allowed] of Object.entries(only)) {
    if (fit[name] && !allowed.includes(mode)) drop(name, `it is for mode ${allowed.join(", ")}, and this is ${mode}`);
  }
  for (const name of ["arp_interval", "arp_validate"]) {
    if (fit.miimon?.is && fit[name]?.is && fit[name].is !== "none") drop(name, "bond-miimon watches the links already");
  }
  // Modes without ARP monitoring look at the links every 100 ms where nothing else is said.
  const usual = only.arp_interval!.includes(mode) ? 0 : 100;
  const interval = Number(fit.miimon?.is || usual);
  for (const name of ["updelay", "downdelay", "peer_notify_delay"]) {
    const delay = Number(fit[name]?.is ?? 0);
    if (delay && !interval) drop(name, "it needs bond-miimon");
    else if (delay % (interval || 1)) fit[name] = { is: delay - (delay % interval), at: fit[name]!.at };
  }
  return fit;
}

function targets(text: string): string[] {
  const list = words(text.replaceAll(",", " ")).map(address(4));
  if (list.length === 0 || list.length > 16) throw new Unfit("must be 1 to 16 IPv4 addresses");
  return list;
}

/** `bond-queue-id eth0:1 eth1:2`. */
function queues(options: Options, draft: Draft): Map<string, LinkData> {
  const given = option(options, "bond-queue-id");
  const pairs = given ? words(given.value).map((word) => draft.part(given, word, queue)) : [];
  return new Map(pairs.filter((pair) => pair !== undefined).map(({ port, id }) => [port, { queue_id: id }]));
}

function queue(text: string): { port: string; id: number } {
  const [port = "", id = ""] = text.split(":");
  return { port: device(port), id: integer(0, 65_535)(id) };
}
