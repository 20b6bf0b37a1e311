/** `route 10.0.0.0/8 via 192.0.2.1 metric 100 table 10` and `rule from 192.0.2.0/24 lookup 10`: words of ip-route(8), ip-rule(8). */
import { allOptions, type Stanza } from "../interfaces/configuration.ts";
import { networkOf } from "../kernel/prefix.ts";
import { type Family, type Hop, protocols, type Route, type RouteType, type Scope } from "../kernel/state.ts";
import { metricOf } from "./addresses.ts";
import type { Draft } from "./draft.ts";
import { tableNumber, tableOf } from "./table.ts";
import {
  address,
  device,
  familyOf,
  integer,
  type Network,
  network,
  oneOf,
  type Reader,
  Unfit,
  words,
} from "./value.ts";

const types: readonly RouteType[] = [
  ...([
    "unicast",
    "local",
    "broadcast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "multicast",
    "anycast",
  ] as const),
];
const scopes: readonly Scope[] = ["global", "site", "link", "host", "nowhere"];

/** A route in the making. */
interface Words {
  family?: Family;
  type: RouteType;
  to?: Network;
  hops: Hop[];
  table: number;
  protocol: number;
  scope?: Scope;
  metric: number;
  source: string;
  mtu: number;
  advmss: number;
}

export function addRoutes(stanza: Stanza, draft: Draft): void {
  for (const given of allOptions(stanza, "route")) {
    const route = draft.read(given, (text) => routeOf(words(text), stanza, draft));
    if (!route) continue;
    draft.route(route, given.at);
    draft.requires(given.at, ...route.hops.map((hop) => hop.device));
  }
}

function routeOf(said: string[], stanza: Stanza, draft: Draft): Route {
  const left = [...said];
  const type = types.find((each) => each === left[0]);
  if (type) left.shift();
  const usual: Family | undefined = stanza.family === "inet" ? 4 : stanza.family === "inet6" ? 6 : undefined;
  const route: Words = {
    type: type ?? "unicast",
    hops: [],
    table: tableOf(stanza, draft),
    protocol: protocols.static,
    metric: 0,
    source: "",
    mtu: 0,
    advmss: 0,
  };
  const destination = left.shift();
  if (destination === undefined) throw new Unfit("must be like 10.0.0.0/8 via 192.0.2.1, or default via 192.0.2.1");
  if (destination !== "default") route.to = pureNetwork(destination);
  const first = hopOf(left, draft, (word, value) => routeWord(route, word, value, draft));
  const more: Hop[] = [];
  while (left[0] === "nexthop") {
    left.shift();
    more.push(hopOf(left, draft, (word) => unknown(word)));
  }
  route.hops = more.length > 0 ? more : [first];
  const family = route.to?.family ?? familyIn(route) ?? usual ?? 4;
  checkFamily(family, route);
  return finish(route, family, draft);
}

/** Takes the words of one hop, up to the next; what is not of a hop goes to `other`. */
function hopOf(left: string[], draft: Draft, other: (word: string, value: () => string) => void): Hop {
  const hop: Hop = { gateway: "", device: draft.device, onlink: false, weight: 1 };
  while (left.length > 0 && left[0] !== "nexthop") {
    const word = left.shift()!;
    const value = () => left.shift() ?? missing(word);
    if (word === "via") {
      const next = value();
      hop.gateway = address()(next === "inet" || next === "inet6" ? value() : next);
    } else if (word === "dev") hop.device = device(value());
    else if (word === "onlink") hop.onlink = true;
    else if (word === "weight") hop.weight = integer(1, 256)(value());
    else other(word, value);
  }
  return hop;
}

function routeWord(route: Words, word: string, value: () => string, draft: Draft): void {
  if (word === "metric" || word === "preference" || word === "priority") route.metric = metricOf(value());
  else if (word === "table") route.table = tableNumber(draft.context)(value());
  else if (word === "vrf") route.table = tableNumber(draft.context)(value());
  else if (word === "src") route.source = address()(value());
  else if (word === "scope") route.scope = oneOf(scopes)(value());
  else if (word === "proto" || word === "protocol") route.protocol = protocolOf(value());
  else if (word === "advmss") route.advmss = integer(1, 65_535)(value());
  else if (word === "mtu") {
    const next = value();
    if (next === "lock") unknown("mtu lock");
    route.mtu = integer(68, 65_535)(next);
  } else unknown(word);
}

function unknown(word: string): never {
  throw new Unfit(`"${word}" is no word that Reeve knows here: as "up ip route add …" it can stand all the same`);
}

function missing(word: string): never {
  throw new Unfit(`there is nothing after "${word}"`);
}

const protocolOf: Reader<number> = (text) => {
  return Object.hasOwn(protocols, text) ? protocols[text as keyof typeof protocols] : integer(1, 255)(text);
};

/** Without host bits, which the kernel refuses. */
function pureNetwork(text: string): Network {
  const read = network()(text);
  const base = networkOf(read.address, read.prefix, read.family);
  if (base !== read.address) throw new Unfit(`${text} has bits behind the prefix: write ${base}/${read.prefix}`);
  return read;
}

function familyIn({ hops, source }: Words): Family | undefined {
  const said = [...hops.map(({ gateway }) => gateway), source].find(Boolean);
  return said ? familyOf(said) : undefined;
}

function checkFamily(family: Family, { hops, source }: Words): void {
  const others = [...hops.map(({ gateway }) => gateway), source].filter((each) => each && familyOf(each) !== family);
  if (others[0]) throw new Unfit(`${others[0]} is no IPv${family} address, as its destination is`);
}

/** What ip(8) says where nothing is said. */
function finish(route: Words, family: Family, draft: Draft): Route {
  const { type, to, table, protocol, metric, source, mtu, advmss } = route;
  const nowhere = type === "blackhole" || type === "unreachable" || type === "prohibit" || type === "throw";
  const device = draft.device;
  if (nowhere && route.hops.some((hop) => hop.gateway || hop.device !== device)) {
    throw new Unfit(`goes nowhere, so that it has neither via nor dev`);
  }
  const onLink = type === "unicast" && route.hops.every(({ gateway }) => !gateway);
  const natural: Scope =
    type === "local" ? "host" : onLink || type === "broadcast" || type === "anycast" ? "link" : "global";
  return {
    family,
    type,
    destination: to?.address ?? (family === 4 ? "0.0.0.0" : "::"),
    prefix: to?.prefix ?? 0,
    table: type === "local" && table === 254 ? 255 : table,
    protocol,
    scope: family === 6 ? "global" : (route.scope ?? natural),
    metric: metric || (family === 6 ? 1024 : 0),
    source,
    hops: nowhere ? [] : route.hops,
    mtu,
    advmss,
  };
}
