/** Routes: struct rtmsg, struct rtnexthop and RTA_… (linux/rtnetlink.h). */
import { type Family, type Hop, protocols, type Route, type RouteType } from "../kernel/state.ts";
import { scopeNumber, scopeOf } from "./address.ts";
import { ipBytes, ipText } from "./ip.ts";
import type { Names } from "./link-data.ts";
import { needIndex } from "./link-request.ts";
import { AF, attribute, joined, message, NLM_F, nested, RTM, readAttributes } from "./message.ts";
import { readNumber, u8, u16, u32 } from "./number.ts";

const RTA = {
  DST: 1,
  SRC: 2,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  TABLE: 15,
  VIA: 18,
};
const RTAX = { MTU: 2, ADVMSS: 8 };
const RTNH_F_ONLINK = 4;
const RTM_F_CLONED = 0x200;
/** struct rtmsg, struct rtnexthop */
const [routeHeader, hopHeader] = [12, 8];

export const RTN_UNICAST = 1;
export const RTPROT_KERNEL = protocols.kernel;
/** RTN_…, from 1. */
const types: readonly RouteType[] = [
  ...(["unicast", "local", "broadcast", "anycast", "multicast"] as const),
  ...(["blackhole", "unreachable", "prohibit", "throw"] as const),
];
/** The kernel gives those of IPv6 the loopback. */
const withoutHops: readonly RouteType[] = ["blackhole", "unreachable", "prohibit", "throw"];

export interface ReadRoute {
  /** Routes that differ in nothing of it stand in each other's place: one may have replaced another. */
  place: string;
  /** All that the kernel tells them apart by. */
  key: string;
  route: Route;
}

/**
 * Undefined for what is malformed, for what nothing of ours makes and `Route` cannot say (routes for one type of service or
 * source only, what the kernel has only remembered), and for what the kernel makes by itself for its own addresses and groups.
 */
export function readRoute(payload: Uint8Array, names: Names): ReadRoute | undefined {
  if (payload.length < routeHeader) return undefined;
  const family = payload[0] === AF.INET ? 4 : payload[0] === AF.INET6 ? 6 : undefined;
  const type = types[payload[7]! - 1];
  const [prefix, sourcePrefix, tos] = [payload[1]!, payload[2]!, payload[3]!];
  const flags = readNumber(payload, "u32", 8)!;
  if (!family || !type || prefix > (family === 4 ? 32 : 128)) return undefined;
  if (sourcePrefix > 0 || tos > 0 || flags & RTM_F_CLONED) return undefined;
  if (payload[5] === RTPROT_KERNEL && type !== "unicast") return undefined;
  const told = readAttributes(payload, routeHeader);
  const number = (attribute: number) => readNumber(told.get(attribute), "u32") ?? 0;
  const metrics = readAttributes(told.get(RTA.METRICS));
  const many = told.get(RTA.MULTIPATH);
  const index = number(RTA.OIF);
  const one = { gateway: gatewayOf(told), index, onlink: (flags & RTNH_F_ONLINK) !== 0, weight: 1 };
  const several = many ? readHops(many) : index || one.gateway ? [one] : [];
  // IPv6 begins with any of them.
  if (family === 6 && several.length > 1) several.sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
  const hops = withoutHops.includes(type) ? [] : several;
  const destination = ipText(told.get(RTA.DST)) || (family === 4 ? "0.0.0.0" : "::");
  const table = told.has(RTA.TABLE) ? number(RTA.TABLE) : payload[4]!;
  const [protocol, metric, source] = [payload[5]!, number(RTA.PRIORITY), ipText(told.get(RTA.PREFSRC))];
  const place = `${table} ${destination}/${prefix} ${metric}`;
  return {
    place,
    key: `${type} ${protocol} ${payload[6]} ${source} ${hops.map(pathOf).join(",")}`,
    route: {
      family,
      type,
      destination,
      prefix,
      table,
      protocol,
      scope: scopeOf(payload[6]!),
      metric,
      source,
      hops: hops.map(({ gateway, index, onlink, weight }) => ({
        gateway,
        device: names.nameOf(index),
        onlink,
        weight,
      })),
      mtu: readNumber(metrics.get(RTAX.MTU), "u32") ?? 0,
      advmss: readNumber(metrics.get(RTAX.ADVMSS), "u32") ?? 0,
    },
  };
}

type IndexedHop = Omit<Hop, "device"> & { index: number };

function pathOf({ gateway, index, onlink, weight }: IndexedHop): string {
  return `${gateway} ${index} ${onlink} ${weight}`;
}

function readHops(bytes: Uint8Array): IndexedHop[] {
  const hops: IndexedHop[] = [];
  for (let at = 0; at + hopHeader <= bytes.length; ) {
    const length = readNumber(bytes, "u16", at)!;
    if (length < hopHeader || at + length > bytes.length) break;
    hops.push({
      gateway: gatewayOf(readAttributes(bytes.subarray(0, at + length), at + hopHeader)),
      index: readNumber(bytes, "s32", at + 4)!,
      onlink: (bytes[at + 2]! & RTNH_F_ONLINK) !== 0,
      weight: bytes[at + 3]! + 1,
    });
    at += (length + 3) & ~3;
  }
  return hops;
}

function gatewayOf(told: ReadonlyMap<number, Uint8Array>): string {
  // RTA_VIA: of the other family, which it begins with.
  return ipText(told.get(RTA.GATEWAY)) || ipText(told.get(RTA.VIA)?.subarray(2));
}

/** @param how NLM_F_… beside NLM_F_CREATE */
export function routeAdd(route: Route, how: number, names: Names): Uint8Array {
  const { family, metric, source, mtu, advmss } = route;
  const metrics = [
    ...(mtu > 0 ? [attribute(RTAX.MTU, u32(mtu))] : []),
    ...(advmss > 0 ? [attribute(RTAX.ADVMSS, u32(advmss))] : []),
  ];
  return message(
    RTM.NEWROUTE,
    NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | how,
    ...start(route, { scope: scopeNumber(route.scope), protocol: route.protocol }),
    ...(metric > 0 ? [attribute(RTA.PRIORITY, u32(metric))] : []),
    ...(source ? [attribute(RTA.PREFSRC, ipBytes(source, family))] : []),
    ...(metrics.length > 0 ? [nested(RTA.METRICS, ...metrics)] : []),
    ...hopAttributes(route, names),
  );
}

/** Whoever made it (any protocol, scope, preferred source); by its hops, for another may have taken its place. */
export function routeDelete(route: Route, names: Names): Uint8Array {
  return message(
    RTM.DELROUTE,
    NLM_F.REQUEST | NLM_F.ACK,
    ...start(route, { scope: scopeNumber("nowhere"), protocol: 0 }),
    ...(route.metric > 0 ? [attribute(RTA.PRIORITY, u32(route.metric))] : []),
    ...hopAttributes(route, names),
    // IPv6 asks for no type: without its device, any route to there would do.
    ...(rejects6(route) ? [attribute(RTA.OIF, u32(needIndex(names, "lo")))] : []),
  );
}

function rejects6({ family, type }: Route): boolean {
  return family === 6 && withoutHops.includes(type);
}

function start(route: Route, { scope, protocol }: { scope: number; protocol: number }): Uint8Array[] {
  const { family, destination, prefix, table, type, hops } = route;
  const [only] = hops;
  return [
    u8(family === 4 ? AF.INET : AF.INET6),
    u8(prefix),
    u16(0),
    u8(table < 256 ? table : 0),
    u8(protocol),
    u8(family === 4 ? scope : 0),
    u8(types.indexOf(type) + 1),
    u32(hops.length === 1 && only?.onlink ? RTNH_F_ONLINK : 0),
    attribute(RTA.TABLE, u32(table)),
    ...(prefix > 0 ? [attribute(RTA.DST, ipBytes(destination, family))] : []),
  ];
}

function hopAttributes({ family, hops }: Route, names: Names): Uint8Array[] {
  const [only] = hops;
  if (!only) return [];
  if (hops.length === 1) {
    return [...gateway(only, family), ...(only.device ? [attribute(RTA.OIF, u32(needIndex(names, only.device)))] : [])];
  }
  const written = hops.map((hop) => {
    const via = joined(gateway(hop, family));
    const index = hop.device ? needIndex(names, hop.device) : 0;
    const start = [u16(hopHeader + via.length), u8(hop.onlink ? RTNH_F_ONLINK : 0), u8(hop.weight - 1), u32(index)];
    return joined([...start, via]);
  });
  return [attribute(RTA.MULTIPATH, joined(written))];
}

function gateway({ gateway }: Hop, family: Family): Uint8Array[] {
  if (!gateway) return [];
  const bytes = ipBytes(gateway);
  if (bytes.length === (family === 4 ? 4 : 16)) return [attribute(RTA.GATEWAY, bytes)];
  return [attribute(RTA.VIA, joined([u16(bytes.length === 4 ? AF.INET : AF.INET6), bytes]))];
}

export function routesDump(family: Family): Uint8Array {
  const header = new Uint8Array(routeHeader);
  header[0] = family === 4 ? AF.INET : AF.INET6;
  return message(RTM.GETROUTE, NLM_F.REQUEST | NLM_F.DUMP, header);
}
