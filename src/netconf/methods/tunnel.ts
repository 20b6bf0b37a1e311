/** What stands on ifupdown's tunnels; `links/tunnel` makes them. */
import { allOptions, option, type Stanza } from "../interfaces/configuration.ts";
import { protocols } from "../kernel/state.ts";
import { addAddresses, addGateways, classic, defaultRoute, metricOf, seconds } from "./addresses.ts";
import type { Draft } from "./draft.ts";
import { address, Unfit } from "./value.ts";

/** `tunnel`: GRE, IPIP and their like, with `dstaddr` at the other end. */
export function tunnel(stanza: Stanza, draft: Draft): void {
  const family = stanza.family === "inet6" ? 6 : 4;
  draft.up(stanza.at);
  addAddresses(stanza, draft, { ...classic(family), broadcast: false });
  addGateways(stanza, draft, { family, metric: 0, onlink: true, table: 254 });
}

/** `v4tunnel`: IPv6 in IPv4 (RFC 4213). The gateway gets a route of its own first. */
export function v4tunnel(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  addAddresses(stanza, draft, classic(6));
  for (const given of allOptions(stanza, "gateway")) {
    const gateway = draft.read(given, address(6));
    if (!gateway) continue;
    const { hops, ...route } = defaultRoute(gateway, draft.device);
    const direct = hops.map((hop) => ({ ...hop, gateway: "" }));
    draft.route({ ...route, destination: gateway, prefix: 128, hops: direct }, given.at);
  }
  addGateways(stanza, draft, { family: 6, metric: 0, onlink: true, table: 254 });
}

/** 6to4 (RFC 3056): the address and the network come from `local`; the relay is RFC 3068's. */
export function sixToFour(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  const given = option(stanza, "local");
  if (!given) draft.error(stanza.at, `${draft.name} has no local address: write local 192.0.2.1`);
  const local = draft.read(given, globalAddress);
  const metric = draft.read(option(stanza, "metric"), metricOf);
  const preferred = draft.read(option(stanza, "preferred-lifetime"), seconds) ?? null;
  if (!given || !local) return;
  const [a = 0, b = 0, c = 0, d = 0] = local.split(".").map(Number);
  const hex = [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(":");
  const main = { family: 6, address: address(6)(`2002:${hex}::1`), prefix: 16 } as const;
  draft.address({ ...main, peer: "", broadcast: "", scope: "global", valid: null, preferred, flags: [] }, given.at);
  const relay = address(6)("::192.88.99.1");
  const route = defaultRoute(relay, draft.device, { metric });
  draft.route({ ...route, destination: "2000::", prefix: 3, protocol: protocols.static }, given.at);
}

function globalAddress(text: string): string {
  const ip = address(4)(text);
  if (/^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(ip)) {
    throw new Unfit("is a private address: 6to4 needs a global one (RFC 3056 §2)");
  }
  return ip;
}
