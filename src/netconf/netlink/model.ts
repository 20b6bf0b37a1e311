/**
 * The kernel's state as its messages tell it, whether they answer a dump or come by themselves: both come in one order, that
 * of what happened, so that the last word on a thing counts. What the kernel does not tell of is marked as stale.
 */
import type { Address, BridgeVlan, Forwarding, KernelChange, KernelState, Link, Route, Rule } from "../kernel/state.ts";
import { ruleKey } from "../kernel/state.ts";
import { readAddress } from "./address.ts";
import { readForwarding } from "./forwarding.ts";
import { readBridgePort, readLink, readLinkHeader, readVlans } from "./link.ts";
import type { Names } from "./link-data.ts";
import { AF, type Message, NLM_F, RTM } from "./message.ts";
import { readRoute } from "./route.ts";
import { readRule } from "./rule.ts";

/** What is read by one dump. */
export const tables = ["links", "vlans", "addresses", "routes4", "routes6", "rules4", "rules6", "forwarding"] as const;
export type Table = (typeof tables)[number];

interface KnownLink {
  payload: Uint8Array;
  link: Link;
  /** Numbers of other devices that it names. */
  references: ReadonlySet<number>;
}
interface KnownAddress {
  address: Address;
  /** When it was read, in seconds. */
  read: number;
}

/** Seconds that a lifetime may be read wrong by, for it is told in whole ones. */
const tolerance = 2;

export class Model implements Names {
  /** To be dumped anew. */
  readonly stale = new Set<Table>();
  readonly #now: () => number;
  readonly #links = new Map<number, KnownLink>();
  readonly #indexes = new Map<string, number>();
  readonly #vlans = new Map<number, readonly BridgeVlan[]>();
  /** By number of the link. */
  readonly #addresses = new Map<number, Map<string, KnownAddress>>();
  /** By place (see readRoute). */
  readonly #routes = { 4: new Map<string, Map<string, Route>>(), 6: new Map<string, Map<string, Route>>() };
  readonly #rules = { 4: new Map<string, Rule>(), 6: new Map<string, Rule>() };
  readonly #forwarding = new Map<string, Forwarding>();
  /** What a dump under way has shown, or messages since it began. */
  readonly #seen = new Map<Table, Set<string>>();
  #changes: KernelChange[] = [];
  #state: Partial<KernelState> = {};
  /** When a part of the state with lifetimes in it was made; undefined: there are none. */
  #counting: number | undefined;

  /** @param now seconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now() / 1000) {
    this.#now = now;
  }

  nameOf = (index: number): string => this.#links.get(index)?.link.name ?? "";
  indexOf = (name: string): number | undefined => this.#indexes.get(name);

  /** Lifetimes in it are those of now. */
  get state(): KernelState {
    const state = this.#state;
    state.links ??= new Map(Array.from(this.#links.values(), ({ link }) => [link.name, link]));
    const now = this.#now();
    if (this.#counting !== undefined && now - this.#counting >= 1) delete state.addresses;
    if (!state.addresses) {
      const known = Array.from(this.#addresses.values(), (of) => [...of.values()]).flat();
      this.#counting = known.some(({ address }) => address.valid !== null || address.preferred !== null)
        ? now
        : undefined;
      state.addresses = known.map((each) => aged(each, now));
    }
    state.routes ??= [...this.#routes[4].values(), ...this.#routes[6].values()].flatMap((of) => [...of.values()]);
    state.rules ??= [...this.#rules[4].values(), ...this.#rules[6].values()].sort((a, b) => a.priority - b.priority);
    state.forwarding ??= [...this.#forwarding.values()];
    return { ...(state as KernelState) };
  }

  /** What was different since this was asked last, in order. */
  takeChanges(): KernelChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** A dump of it is asked for: what it does not show is gone when it has ended. */
  begin(table: Table): void {
    this.#seen.set(table, new Set());
  }

  /** It has ended. */
  finish(table: Table): void {
    const seen = this.#seen.get(table);
    this.#seen.delete(table);
    this.stale.delete(table);
    if (seen) this.#sweep(table, seen);
  }

  apply({ type, flags, payload }: Message): void {
    if (type === RTM.NEWLINK || type === RTM.DELLINK) this.#applyLink(payload, type === RTM.NEWLINK);
    if (type === RTM.NEWADDR || type === RTM.DELADDR) this.#applyAddress(payload, type === RTM.NEWADDR);
    if (type === RTM.NEWROUTE || type === RTM.DELROUTE) this.#applyRoute(payload, type === RTM.NEWROUTE, flags);
    if (type === RTM.NEWRULE || type === RTM.DELRULE) this.#applyRule(readRule(payload), type === RTM.NEWRULE);
    if (type === RTM.NEWNEIGH || type === RTM.DELNEIGH) this.#applyForwarding(payload, type === RTM.NEWNEIGH);
  }

  #see(table: Table, key: string | number): void {
    this.#seen.get(table)?.add(String(key));
  }

  #sweep(table: Table, seen: ReadonlySet<string>): void {
    const lost = (keys: Iterable<string | number>) => [...keys].filter((key) => !seen.has(String(key)));
    if (table === "links") for (const index of lost(this.#links.keys())) this.#dropLink(Number(index));
    if (table === "vlans") for (const index of lost(this.#vlans.keys())) this.#setVlans(Number(index), []);
    if (table === "addresses") {
      for (const [index, of] of this.#addresses) {
        for (const key of of.keys()) if (!seen.has(`${index} ${key}`)) this.#dropAddress(index, key);
      }
    }
    if (table === "rules4" || table === "rules6") {
      const rules = this.#rules[table === "rules4" ? 4 : 6];
      for (const key of lost(rules.keys())) this.#applyRule(rules.get(String(key)), false);
    }
    if (table === "routes4" || table === "routes6") {
      for (const [place, of] of this.#routes[table === "routes4" ? 4 : 6]) {
        for (const [key, route] of of) if (!seen.has(`${place} ${key}`)) this.#dropRoute(place, key, route);
      }
    }
    if (table === "forwarding") {
      for (const key of lost(this.#forwarding.keys())) this.#forwarding.delete(String(key));
      delete this.#state.forwarding;
    }
  }

  #applyLink(payload: Uint8Array, present: boolean): void {
    const header = readLinkHeader(payload);
    if (!header) return;
    const { family, index } = header;
    if (family === AF.BRIDGE) {
      this.#see("vlans", index);
      this.#setVlans(index, present ? readVlans(payload) : []);
      const port = present ? readBridgePort(payload, this) : undefined;
      // States of a port, as its spanning tree goes on, are told of here only.
      if (port) this.#updateLink(index, { port });
    } else if (family === AF.UNSPEC) {
      if (present) {
        this.#see("links", index);
        this.#setLink(index, payload);
      } else this.#dropLink(index);
    }
  }

  #setLink(index: number, payload: Uint8Array): void {
    const before = this.#links.get(index)?.link;
    const references = new Set<number>();
    const nameOf = (other: number) => {
      references.add(other);
      return this.nameOf(other);
    };
    const read = readLink(payload, { nameOf, indexOf: this.indexOf });
    const link: Link = { ...read, vlans: this.#vlans.get(index) ?? [] };
    // The bytes may be part of something larger.
    this.#links.set(index, { payload: payload.slice(), link, references });
    this.#changeLink(before, link);
    // A bridge begins with it, and gives it to its ports, without a word.
    if (before?.data.vlan_default_pvid !== link.data.vlan_default_pvid) this.stale.add("vlans");
    // The first end of a pair was told of before it had another.
    if (!before && link.kind === "veth" && link.lower && !this.#linkOf(link.lower)?.lower) this.stale.add("links");
    if (before?.name === link.name) {
      if (before.up && !link.up) this.#markRoutes();
      return;
    }
    if (before) {
      if (this.#indexes.get(before.name) === index) this.#indexes.delete(before.name);
      // These say a name.
      for (const table of ["addresses", "routes4", "routes6", "forwarding"] as const) this.stale.add(table);
    }
    this.#indexes.set(link.name, index);
    this.#renew(index);
  }

  #linkOf(name: string): Link | undefined {
    return this.#links.get(this.#indexes.get(name) ?? 0)?.link;
  }

  /** Links that name this one, whose name is another now. */
  #renew(index: number): void {
    for (const [other, { payload, references, link }] of this.#links) {
      if (other === index || !references.has(index)) continue;
      this.#setLink(other, payload);
      // Later than what was read again.
      if (link.master) this.#updateLink(other, { port: link.port });
    }
  }

  #dropLink(index: number): void {
    const before = this.#links.get(index)?.link;
    if (!before) return;
    for (const key of this.#addresses.get(index)?.keys() ?? []) this.#dropAddress(index, key);
    this.#links.delete(index);
    this.#vlans.delete(index);
    if (this.#indexes.get(before.name) === index) this.#indexes.delete(before.name);
    this.#changeLink(before, undefined);
    for (const [key, { device }] of this.#forwarding) if (device === before.name) this.#forwarding.delete(key);
    delete this.#state.forwarding;
    this.#markRoutes();
    this.#renew(index);
  }

  /** Routes of IPv4 go without a word when their link goes down, and so may those of IPv6 (skip_notify_on_dev_down). */
  #markRoutes(): void {
    this.stale.add("routes4").add("routes6");
  }

  #setVlans(index: number, vlans: readonly BridgeVlan[]): void {
    if (vlans.length > 0) this.#vlans.set(index, vlans);
    else this.#vlans.delete(index);
    this.#updateLink(index, { vlans });
  }

  #updateLink(index: number, fields: Partial<Link>): void {
    const known = this.#links.get(index);
    if (!known) return;
    const before = known.link;
    known.link = { ...before, ...fields };
    this.#changeLink(before, known.link);
  }

  #changeLink(before: Link | undefined, after: Link | undefined): void {
    if (before && after && same(before, after)) return;
    delete this.#state.links;
    this.#changes.push({ what: "link", ...(before && { before }), ...(after && { after }) });
  }

  #applyAddress(payload: Uint8Array, present: boolean): void {
    const read = readAddress(payload, this);
    if (!read) return;
    const { index, key, address } = read;
    if (!present) {
      this.#dropAddress(index, key);
      // Routes that preferred it as their source go without a word.
      if (address.family === 4) this.stale.add("routes4");
      return;
    }
    this.#see("addresses", `${index} ${key}`);
    if (!address.device) this.stale.add("links").add("addresses");
    const of = this.#addresses.get(index) ?? new Map<string, KnownAddress>();
    this.#addresses.set(index, of);
    const before = of.get(key);
    const now = this.#now();
    of.set(key, { address, read: now });
    delete this.#state.addresses;
    const former = before && aged(before, now);
    if (!former || !sameAddress(former, address)) {
      this.#changes.push({ what: "address", ...(former && { before: former }), after: address });
    }
  }

  #dropAddress(index: number, key: string): void {
    const of = this.#addresses.get(index);
    const before = of?.get(key);
    if (!of || !before) return;
    of.delete(key);
    if (of.size === 0) this.#addresses.delete(index);
    delete this.#state.addresses;
    this.#changes.push({ what: "address", before: aged(before, this.#now()) });
  }

  #applyRoute(payload: Uint8Array, present: boolean, flags: number): void {
    const read = readRoute(payload, this);
    if (!read) return;
    const { place, key, route } = read;
    const { family } = route;
    const table = family === 4 ? "routes4" : "routes6";
    const of = this.#routes[family].get(place) ?? new Map<string, Route>();
    const before = of.get(key);
    if (!present) {
      if (before) this.#dropRoute(place, key, before);
      // One hop of several, or nobody we know.
      else this.stale.add(table);
      return;
    }
    this.#see(table, `${place} ${key}`);
    const multi = flags & NLM_F.MULTI;
    if (!multi && flags & NLM_F.REPLACE && !before) {
      // Which of several it has replaced is not said.
      if (of.size === 1) for (const [old, former] of of) this.#dropRoute(place, old, former);
      else if (of.size > 1) this.stale.add(table);
    }
    // A hop was added to what is there: that one is now another.
    if (!multi && !before && family === 6 && of.size > 0 && route.hops.length > 1) this.stale.add(table);
    of.set(key, route);
    this.#routes[family].set(place, of);
    delete this.#state.routes;
    if (!before || !same(before, route)) {
      this.#changes.push({ what: "route", ...(before && { before }), after: route });
    }
  }

  #dropRoute(place: string, key: string, before: Route): void {
    const of = this.#routes[before.family].get(place);
    if (!of?.delete(key)) return;
    if (of.size === 0) this.#routes[before.family].delete(place);
    delete this.#state.routes;
    this.#changes.push({ what: "route", before });
  }

  #applyForwarding(payload: Uint8Array, present: boolean): void {
    const told = readForwarding(payload, this);
    if (!told) return;
    const { key, place, entry } = told;
    delete this.#state.forwarding;
    if (present) {
      this.#see("forwarding", key);
      // It has moved there.
      const others = place === "" ? [] : [...this.#forwarding.keys()].filter((other) => other.startsWith(place));
      for (const other of others) this.#forwarding.delete(other);
      this.#forwarding.set(key, entry);
    } else this.#forwarding.delete(key);
  }

  #applyRule(rule: Rule | undefined, present: boolean): void {
    if (!rule) return;
    const [rules, key] = [this.#rules[rule.family], ruleKey(rule)];
    const before = rules.get(key);
    if (present) {
      this.#see(rule.family === 4 ? "rules4" : "rules6", key);
      rules.set(key, rule);
      if (before && same(before, rule)) return;
      this.#changes.push({ what: "rule", ...(before && { before }), after: rule });
    } else if (rules.delete(key)) this.#changes.push({ what: "rule", before: rule });
    delete this.#state.rules;
  }
}

function aged({ address, read }: KnownAddress, now: number): Address {
  const { valid, preferred } = address;
  if (valid === null && preferred === null) return address;
  const left = (seconds: number | null) => seconds && Math.max(0, seconds - Math.floor(now - read));
  return { ...address, valid: left(valid), preferred: left(preferred) };
}

function sameAddress(one: Address, other: Address): boolean {
  const near = (a: number | null, b: number | null) =>
    a === null || b === null ? a === b : Math.abs(a - b) <= tolerance;
  if (!near(one.valid, other.valid) || !near(one.preferred, other.preferred)) return false;
  const { valid, preferred } = one;
  return same(one, { ...other, valid, preferred });
}

/** Of values that are read by the same function: their parts stand in the same order. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
