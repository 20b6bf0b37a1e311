/** What a bridge's options, or those of the port itself, say of a port. */
import { allOptions, type Option, optionKey } from "../interfaces/configuration.ts";
import type { LinkData, LinkValue } from "../kernel/state.ts";
import type { Draft } from "../methods/draft.ts";
import { device, flag, integer, type Reader, Unfit, words } from "../methods/value.ts";
import type { Options } from "./data.ts";

/** Option → name as in `ip -json -details link` (info_slave_data). */
export const portTable: readonly (readonly [option: string, name: string, read: Reader<LinkValue>])[] = [
  ["bridge-pathcost", "cost", integer(1, 65_535)],
  ["bridge-pathcosts", "cost", integer(1, 65_535)],
  ["bridge-portprio", "priority", integer(0, 63)],
  ["bridge-portprios", "priority", integer(0, 63)],
  ["bridge-portmcrouter", "multicast_router", integer(0, 2)],
  ["bridge-portmcfl", "fastleave", flag],
  ["bridge-hairpin", "hairpin", flag],
  ["bridge-bpdu-guard", "guard", flag],
  ["bridge-root-block", "root_block", flag],
  ["bridge-learning", "learning", flag],
  ["bridge-unicast-flood", "flood", flag],
  ["bridge-multicast-flood", "mcast_flood", flag],
  ["bridge-broadcast-flood", "bcast_flood", flag],
  ["bridge-multicast-to-unicast", "mcast_to_unicast", flag],
  ["bridge-arp-nd-suppress", "neigh_suppress", flag],
  ["bridge-vlan-tunnel", "vlan_tunnel", flag],
  ["bridge-isolated", "isolated", flag],
];

/** By port. The port's own stanzas count more than the bridge's. */
export function portData(options: Options, ports: readonly { name: string }[], draft: Draft): Map<string, LinkData> {
  const data = new Map<string, Record<string, LinkValue>>(ports.map(({ name }) => [name, {}]));
  for (const [key, name, read] of portTable) {
    for (const given of allOptions(options, key)) {
      for (const [port, value] of pairs(given, draft)) {
        const is = draft.part(given, value, read);
        const of = data.get(port);
        if (!of) draft.warning(given.at, `${given.name}: ${port} is no port of ${draft.device}`);
        else if (is !== undefined) of[name] = is;
      }
    }
    for (const [port, of] of data) {
      for (const { options: own } of draft.context.stanzas.get(port) ?? []) {
        const given = own.findLast((each) => optionKey(each.name) === key);
        const is = given && words(given.value).length === 1 ? draft.part(given, given.value.trim(), read) : undefined;
        if (is !== undefined) of[name] = is;
      }
    }
  }
  return data;
}

/** `eth0 100` (bridge-utils) or `eth0=100 eth1=200` (ifupdown2). */
function pairs(given: Option, draft: Draft): [string, string][] {
  const parts = words(given.value).flatMap((word) => word.split("="));
  const found = draft.part(given, given.value, () => {
    if (parts.length === 0 || parts.length % 2 !== 0) throw new Unfit("must be pairs of port and value, like eth0 100");
    return parts.flatMap((part, at): [string, string][] => (at % 2 === 0 ? [[device(part), parts[at + 1]!]] : []));
  });
  return found ?? [];
}
