/** Which options are known. Others are allowed, for hooks of any package read them; a slip of the pen is not meant so. */
import { optionKey, type Stanza } from "../interfaces/configuration.ts";
import { bondOptions } from "../links/bond.ts";
import { bridgeOptions } from "../links/bridge.ts";
import { stackedOptions } from "../links/stacked.ts";
import { tunnelOptions } from "../links/tunnel.ts";
import { vethOptions } from "../links/veth.ts";
import { vlanOptions } from "../links/vlan.ts";
import { vrfOptions } from "../links/vrf.ts";
import { vxlanOptions } from "../links/vxlan.ts";
import { canOptions } from "./can.ts";
import { switchNames } from "./device.ts";
import { dhcpOptions } from "./dhcp.ts";
import { dnsOptions } from "./dns.ts";
import type { Draft } from "./draft.ts";
import { ethtoolOptions, isEthtoolFamily } from "./ethtool.ts";

export const knownOptions: ReadonlySet<string> = new Set([
  ...["pre-up", "up", "post-up", "pre-down", "down", "post-down", "inherit", "inherits", "use", "requires"],
  ...["address", "netmask", "network", "broadcast", "gateway", "metric", "pointopoint", "point-to-point", "dstaddr"],
  ...["scope", "media", "preferred-lifetime", "dad-attempts", "dad-interval", "ll-attempts", "ll-interval"],
  ...["mtu", "hwaddress", "hwaddr", "hw-mac-address", "alias", "description", "link-type", "link-down", "ipv6-addrgen"],
  ...["accept-ra", "autoconf", "privext", "forward-ipv4-mc", "forward-ipv6-mc", "route", "rule"],
  // Of methods and tools that Reeve does not do; near enough to ours to be taken for slips.
  ...[
    "provider",
    "unit",
    "options",
    "frame",
    "netnum",
    "address-virtual",
    "address-purge",
    "link-fec",
    "ethtool-link-fec",
  ],
  ...bondOptions,
  ...bridgeOptions,
  ...canOptions,
  ...dhcpOptions,
  ...dnsOptions,
  ...ethtoolOptions,
  ...stackedOptions,
  ...switchNames,
  ...tunnelOptions,
  ...vethOptions,
  ...vlanOptions,
  ...vrfOptions,
  ...vxlanOptions,
]);

export function addNearMisses(stanza: Stanza, draft: Draft): void {
  for (const { name, at } of stanza.options) {
    const near = nearest(optionKey(name));
    if (near) draft.warning(at, `${name} is no option that Reeve knows: did you mean ${near}?`);
  }
}

/** What was found for words that are not known: the same stand in every stanza. */
const found = new Map<string, string | undefined>();
const most = 1000;

/** The known option that a word is a slip of; undefined: it is known, or near none. */
export function nearest(key: string): string | undefined {
  if (knownOptions.has(key) || isEthtoolFamily(key)) return undefined;
  if (found.size > most) found.clear();
  if (!found.has(key)) found.set(key, search(key));
  return found.get(key);
}

function search(key: string): string | undefined {
  const allowed = key.length < 4 ? 0 : key.length < 8 ? 1 : 2;
  let best: string | undefined;
  let least = allowed + 1;
  for (const word of knownOptions) {
    if (Math.abs(word.length - key.length) >= least) continue;
    const slips = distance(key, word, least);
    if (slips < least) [best, least] = [word, slips];
  }
  return best;
}

/** Letters missing, too many, wrong, or swapped with the next (optimal string alignment); `limit` for that many and more. */
function distance(from: string, to: string, limit: number): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      let best = Math.min(last[column]! + 1, line[column - 1]! + 1, last[column - 1]! + same);
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        best = Math.min(best, before[column - 2]! + 1);
      }
      line.push(best);
    }
    if (Math.min(...line) >= limit) return limit;
    [before, last] = [last, line];
  }
  return last[to.length]!;
}
