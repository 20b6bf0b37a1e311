/**
 * What is wanted, was there already and had been put there by somebody else. It becomes ours by that; where an operation is
 * taken back, it stays as it was found: an interface that was up before Reeve knew it is up afterwards. Pure.
 */
import { canonicalRoute } from "../kernel/compare.ts";
import { asNew } from "../kernel/simple-inverse.ts";
import {
  type Address,
  addressKey,
  type Forwarding,
  type KernelState,
  type Link,
  type LinkData,
  type Route,
  ruleKey,
} from "../kernel/state.ts";
import type { NewAddress } from "../kernel/step.ts";
import { both, vlanKey, without } from "./because.ts";
import { forwardingKey } from "./link-part.ts";
import type { Ground } from "./planned.ts";
import { routePlace } from "./planner.ts";
import { serves } from "./route-part.ts";
import { type Because, isNothing, nothing, type Owned, type Wanted, type WantedPort } from "./wanted.ts";

/**
 * By interface, where anything was: its link, that it is up, its ports, addresses, routes … as they were found, also where
 * something else takes their place.
 */
export type Found = Readonly<Record<string, Wanted>>;

/** @param owned what is ours when all is done @param ground before the first step */
export function foundOf(owned: ReadonlyMap<string, Owned>, { state, owned: before }: Omit<Ground, "sysctl">): Found {
  const places = placesOf(state);
  const all = once(() => oursAmong(before));
  const found = Array.from(owned, ([name, now]) => {
    const left = disowned(now, before.get(name)?.wanted);
    return [name, notOurs(there(left.wanted, state, places), all)] as const;
  });
  return Object.fromEntries(found.filter(([, one]) => !isNothing(one)));
}

/** What some interface of ours has already, by the keys of its parts: a rule that two want is nobody else's for that. */
function oursAmong(before: ReadonlyMap<string, Owned>) {
  const all = [...before.values()].map(({ wanted }) => wanted);
  const keys = <Thing>(part: (wanted: Wanted) => readonly Because<Thing>[], key: (thing: Thing) => string) =>
    new Set(all.flatMap((wanted) => part(wanted).map(({ is }) => key(is))));
  return {
    addresses: keys(({ addresses }) => addresses, addressPlace),
    routes: keys(({ routes }) => routes, placeOf),
    rules: keys(({ rules }) => rules, ruleKey),
    forwarding: keys<Forwarding>(({ forwarding }) => forwarding, forwardingKey),
  };
}

function notOurs(found: Wanted, all: () => ReturnType<typeof oursAmong>): Wanted {
  const { addresses, routes, rules, forwarding } = found;
  if (addresses.length + routes.length + rules.length + forwarding.length === 0) return found;
  const ours = all();
  return {
    ...found,
    addresses: addresses.filter(({ is }) => !ours.addresses.has(addressPlace(is))),
    routes: routes.filter(({ is }) => !ours.routes.has(placeOf(is))),
    rules: rules.filter(({ is }) => !ours.rules.has(ruleKey(is))),
    forwarding: forwarding.filter(({ is }) => !ours.forwarding.has(forwardingKey(is))),
  };
}

/** What of it is ours still: what the interface shall be like when all that was done to it is taken back. */
export function asFound(found: Wanted | undefined, { wanted: ours }: Owned): Wanted {
  if (!found) return nothing(ours.name);
  const { link, port, settings, ...rest } = found;
  const { master, ...others } = settings.is;
  const enslaved = master !== undefined && master === ours.settings.is.master;
  return {
    ...rest,
    ...(link && ours.link ? { link } : {}),
    ...(port && enslaved ? { port } : {}),
    settings: { ...settings, is: { ...others, ...(enslaved ? { master } : {}) } },
    vlans: both(found.vlans, ours.vlans, vlanKey),
    addresses: both(found.addresses, ours.addresses, addressPlace),
    routes: both(found.routes, ours.routes, placeOf),
    rules: both(found.rules, ours.rules, ruleKey),
    forwarding: both<Forwarding>(found.forwarding, ours.forwarding, forwardingKey),
    ports: both(found.ports, ours.ports, ({ name }) => name),
  };
}

/** What of it is there. */
export function thereOf(wanted: Wanted, state: KernelState): Wanted {
  const places = placesOf(state);
  const all = there(wanted, state, places);
  // Another route in its place is none of ours.
  return { ...all, routes: all.routes.filter(({ is }) => wanted.routes.some((one) => isServed(one.is, is))) };
}

/** Where things are looked up, of which each is made when it is asked for first: many interfaces come up in one plan. */
function placesOf({ addresses, routes, rules, forwarding }: KernelState) {
  return {
    address: once(() => new Map(addresses.map((one) => [addressPlace(one), one]))),
    routes: once(() => Map.groupBy(routes, routePlace)),
    rules: once(() => new Set(rules.map(ruleKey))),
    forwarding: once(() => new Set(forwarding.map(forwardingKey))),
  };
}

function once<T>(make: () => T): () => T {
  let made: { it: T } | undefined;
  return () => {
    made ??= { it: make() };
    return made.it;
  };
}

function there(wanted: Wanted, state: KernelState, places: ReturnType<typeof placesOf>): Wanted {
  const { name, link: made, port, settings } = wanted;
  const link = state.links.get(name);
  const master = settings.is.master !== undefined && settings.is.master === link?.master;
  const vlans = vlansThere(wanted.vlans, link?.vlans ?? []);
  return {
    ...nothing(name),
    ...(link && made ? { link: { ...made, is: { ...made.is, data: asThere(made.is.data, link.data) } } } : {}),
    ...(master && port ? { port: { ...port, is: { ...port.is, data: asThere(port.is.data, link.port) } } } : {}),
    settings: {
      ...settings,
      is: { ...(settings.is.up && link?.up ? { up: true } : {}), ...(master ? { master: link.master } : {}) },
    },
    vlans,
    vlansOnly: wanted.vlansOnly && vlans.length > 0 && vlans.length === link?.vlans.length,
    addresses: wanted.addresses.flatMap(({ is, ...why }) => {
      const one = places.address().get(addressPlace(is));
      return one ? [{ ...why, is: asNew(one) }] : [];
    }),
    routes: wanted.routes.flatMap(({ is, ...why }) => {
      const route = canonicalRoute(is);
      const rivals = places.routes().get(routePlace(route)) ?? [];
      const one = rivals.find((rival) => serves(rival, route)) ?? rivals[0];
      return one ? [{ ...why, is: one }] : [];
    }),
    rules: wanted.rules.filter(({ is }) => places.rules().has(ruleKey(is))),
    forwarding: wanted.forwarding.filter(({ is }) => places.forwarding().has(forwardingKey(is))),
    ports: wanted.ports.flatMap(({ is, ...why }) => {
      const one = state.links.get(is.name);
      return one?.master === name ? [{ ...why, is: portThere(is, one) }] : [];
    }),
  };
}

function portThere(port: WantedPort, link: Link): WantedPort {
  // A bond gives its MTU to its ports.
  const names = [...(port.own ? [] : ["mtu"]), ...Object.keys(port.settings)] as (keyof Link)[];
  const asked = port.vlans.map((is) => ({ is }));
  const vlans = vlansThere(asked, link.vlans).map(({ is }) => is);
  return {
    ...port,
    settings: Object.fromEntries(names.map((name) => [name, link[name]])),
    data: asThere(port.data, link.port),
    vlans,
    vlansOnly: port.vlansOnly && vlans.length > 0 && vlans.length === link.vlans.length,
  };
}

/** Where there is one only: of IPv6 a link has an address once, whatever its prefix. */
function addressPlace(address: Address | NewAddress): string {
  return address.family === 6 ? `${address.device} ${address.address}` : addressKey(address);
}

/** What is asked for, with the values that are there; what the kernel does not tell is as asked for. */
function asThere(asked: LinkData, data: LinkData): LinkData {
  return Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, data[name] ?? value]));
}

function vlansThere<One extends { is: { vlan: number } }>(
  asked: readonly One[],
  all: readonly { vlan: number }[],
): One[] {
  return asked.flatMap((one) => {
    const found = all.find(({ vlan }) => vlan === one.is.vlan);
    return found ? [{ ...one, is: { ...one.is, ...found } }] : [];
  });
}

/** Without what was found. */
export function disowned(owned: Owned, found: Wanted | undefined): Owned {
  if (!found) return owned;
  const { link, settings, ...wanted } = owned.wanted;
  const { up, master, ...rest } = settings.is;
  const left = {
    ...(up !== undefined && found.settings.is.up === undefined ? { up } : {}),
    ...(master !== undefined && found.settings.is.master === undefined ? { master } : {}),
  };
  const ports = new Set(found.ports.map(({ is }) => is.name));
  return {
    ...owned,
    made: owned.made && !found.link,
    madePorts: owned.madePorts.filter((name) => !ports.has(name)),
    wanted: {
      ...wanted,
      ...(link && !found.link ? { link } : {}),
      settings: { ...settings, is: { ...rest, ...left } },
      vlans: without(wanted.vlans, found.vlans, vlanKey),
      addresses: without(wanted.addresses, found.addresses, addressKey),
      routes: wanted.routes.filter(({ is }) => !found.routes.some((one) => isServed(is, one.is))),
      rules: without(wanted.rules, found.rules, ruleKey),
      forwarding: without<Forwarding>(wanted.forwarding, found.forwarding, forwardingKey),
      ports: wanted.ports.filter(({ is }) => !ports.has(is.name)),
    },
  };
}

function placeOf(route: Route): string {
  return routePlace(canonicalRoute(route));
}

/** What is wanted is what `there` does. */
function isServed(wanted: Route, there: Route): boolean {
  const [one, other] = [canonicalRoute(wanted), canonicalRoute(there)];
  return routePlace(one) === routePlace(other) && serves(other, one);
}
