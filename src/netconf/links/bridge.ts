/** Bridges: options of bridge-utils, ifupdown-ng and ifupdown2, VLAN-aware ones included. */
import { allOptions, type Option, option } from "../interfaces/configuration.ts";
import type { LinkSettings } from "../kernel/step.ts";
import type { Data, Draft } from "../methods/draft.ts";
import { decimal, flag, flagNumber, hundredths, integer, mac, oneOf, words } from "../methods/value.ts";
import { portData, portTable } from "./bridge-port.ts";
import { ownVlans, vlansOf } from "./bridge-vlans.ts";
import { type DataTable, type Options, readData } from "./data.ts";
import { portNames } from "./ports.ts";
import { addPorts } from "./wanted-ports.ts";

/** Longer than any of these times is sensible. */
const interval = hundredths(0, 1_000_000);
const count = integer(0, 0x7fff_ffff);

const table: DataTable = {
  "bridge-ageing": ["ageing_time", interval],
  "bridge-fd": ["forward_delay", hundredths(0, 30)],
  "bridge-hello": ["hello_time", hundredths(1, 10)],
  "bridge-maxage": ["max_age", hundredths(6, 40)],
  "bridge-bridgeprio": ["priority", integer(0, 65_535)],
  "bridge-stp": ["stp_state", flag],
  "bridge-vlan-aware": ["vlan_filtering", flag],
  "bridge-vlan-protocol": ["vlan_protocol", oneOf(["802.1Q", "802.1ad"])],
  "bridge-vlan-stats": ["vlan_stats_enabled", flag],
  "bridge-group-fwd-mask": ["group_fwd_mask", integer(0, 65_535)],
  "bridge-mcsnoop": ["mcast_snooping", flag],
  "bridge-mcquerier": ["mcast_querier", flag],
  "bridge-mcrouter": ["mcast_router", router],
  "bridge-mcqifaddr": ["mcast_query_use_ifaddr", flag],
  "bridge-mcstats": ["mcast_stats_enabled", flag],
  "bridge-hashmax": ["mcast_hash_max", integer(1, 0x7fff_ffff)],
  "bridge-mclmc": ["mcast_last_member_cnt", count],
  "bridge-mcsqc": ["mcast_startup_query_cnt", count],
  "bridge-mclmi": ["mcast_last_member_intvl", interval],
  "bridge-mcmi": ["mcast_membership_intvl", interval],
  "bridge-mcqpi": ["mcast_querier_intvl", interval],
  "bridge-mcqi": ["mcast_query_intvl", interval],
  "bridge-mcqri": ["mcast_query_response_intvl", interval],
  "bridge-mcsqi": ["mcast_startup_query_intvl", interval],
};

/** Today's kernel has nothing to set by them. */
const idle = ["bridge-gcint", "bridge-hashel"];

export const bridgeOptions = [
  ...Object.keys(table),
  ...portTable.map(([name]) => name),
  ...idle,
  ...["bridge-ports", "bridge-hw", "bridge-waitport", "bridge-maxwait"],
  ...["bridge-access", "bridge-pvid", "bridge-vids", "bridge-allow-untagged"],
];

export function isBridge(options: Options): boolean {
  return option(options, "bridge-ports", "bridge-vlan-aware") !== undefined;
}

/** @param familyless written for ifupdown-ng: `all` is every link, ports may stand in `requires` */
export function addBridge(options: Options, at: Options["at"], familyless: boolean, draft: Draft): void {
  const given = allOptions(options, "bridge-ports");
  const ports = given.length > 0 ? given : familyless ? allOptions(options, "requires") : [];
  const names = portNames(ports, familyless ? undefined : /^(eth|em|en|p\d).*/, draft);
  const data = withDelay(readData(options, table, draft), draft);
  draft.link("bridge", given.at(-1)?.at ?? at, { data });

  for (const hardware of allOptions(options, "bridge-hw")) {
    const address = draft.context.links.get(hardware.value.trim())?.address;
    draft.set("address", address || draft.read(hardware, mac), hardware.at);
  }
  addVlansOf(options, draft);
  addPorts("bridge", names, portData(options, names, draft), draft, portSettings(draft), (name) =>
    vlansOf(name, options, draft),
  );
  addWaits(options, draft);
  for (const { name, at } of idle.flatMap((each) => allOptions(options, each))) {
    draft.warning(at, `${name} has no effect: the kernel has no such value any more`);
  }
}

/** 0 no, 1 as it learns, 2 always (ifupdown2 has yes and no for 1 and 0). */
function router(text: string): number {
  return /^[12]$/.test(text) ? Number(text) : flagNumber(text);
}

/** With spanning tree the kernel has two seconds at least (802.1D), and would set them itself. */
function withDelay(data: Data, draft: Draft): Data {
  const { forward_delay: delay, stp_state: stp } = data;
  if (!delay || !stp?.is || Number(delay.is) >= 200) return data;
  draft.warning(delay.at, "bridge-fd below 2 seconds is for bridges without spanning tree: 2 it is");
  return { ...data, forward_delay: { ...delay, is: 200 } };
}

/** bridge-utils gives ports the bridge's MTU, and no address of IPv6 of their own. */
function portSettings({ wanted }: Draft): LinkSettings {
  const { mtu } = wanted.settings.is;
  return { addressGeneration: "none", ...(mtu !== undefined && { mtu }) };
}

function addVlansOf(options: Options, draft: Draft): void {
  const { vlans, vlansOnly } = ownVlans(options, draft);
  draft.wanted.vlansOnly = vlansOnly;
  for (const { at, ...vlan } of vlans)
    draft.wanted.vlans.push({ is: { ...vlan, self: true }, at, from: "configuration" });
}

function addWaits(options: Options, draft: Draft): void {
  const port: Option | undefined = option(options, "bridge-waitport");
  const [first = ""] = port ? words(port.value) : [];
  const ports = port && draft.part(port, first, decimal(0, 3600));
  const carrier = draft.read(option(options, "bridge-maxwait"), decimal(0, 3600));
  const { waits } = draft.wanted;
  draft.wanted.waits = { ...waits, ports: ports ?? waits.ports, carrier: carrier ?? waits.carrier };
}
