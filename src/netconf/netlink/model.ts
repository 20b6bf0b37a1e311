/**
 * The kernel's state as its messages tell it, whether they answer a dump or come by themselves: both come in one order, that
 * of what happened, so that the last word on a thing counts. What the kernel does not tell of is marked as stale.
 */
import type { BridgeVlan, Forwarding, KernelChange, KernelState, Link, Rule } from "../kernel/state.ts";
import { ruleKey } from "../kernel/state.ts";
import { readAddress } from "./address.ts";
import { readForwarding } from "./forwarding.ts";
import { KnownAddresses } from "./known-addresses.ts";
import { KnownRoutes } from "./known-routes.ts";
import { readBridgePort, readLink, readLinkHeader, readVlans } from "./link.ts";
import type { Names } from "./link-data.ts";
import { AF, type Message, NLM_F, RTM } from "./message.ts";
import { readRoute } from "./route.ts";
import { readRule } from "./rule.ts";

/** What is read by one dump. */
export const tables = ["links", "vlans", "addresses", "routes4", "routes6", "rules4", "rules6", "forwarding"] as const;
export type Table = (typeof tables)[number];

const shelves = ["links", "addresses", "routes", "rules", "forwarding"] as const;

interface KnownLink {
  payload: Uint8Array;
  link: Link;
}

/** RFC 8200 §5: links below have no IPv6. */
const ipv6Mtu = 1280;
export class Model implements Names {
  /** To be dumped anew. */
  readonly stale = new Set<Table>();
  readonly #addresses: KnownAddresses;
  readonly #routes: { 4: KnownRoutes; 6: KnownRoutes };
  readonly #links = new Map<number, KnownLink>();
  readonly #indexes = new Map<string, number>();
  /** By number: links that have named that one, whether they still do or not. */
  readonly #referrers = new Map<number, Set<number>>();
  readonly #vlans = new Map<number, readonly BridgeVlan[]>();
  readonly #rules = { 4: new Map<string, Rule>(), 6: new Map<string, Rule>() };
  readonly #forwarding = new Map<string, Forwarding>();
  /** What a dump under way has shown, or messages since it began. */
  readonly #seen = new Map<Table, Set<string>>();
  #changes: KernelChange[] = [];
  /** Parts of the state that nothing has happened to since they were asked for. */
  #state: Partial<KernelState> = {};
  #parts: readonly unknown[] = [];
  #whole: KernelState | undefined;

  /** @param now seconds of a clock that only goes forward */
  constructor(now: () => number = () => performance.now() / 1000) {
    const changed = (change: KernelChange) => void this.#changes.push(change);
    this.#addresses = new KnownAddresses(now, changed);
    this.#routes = { 4: new KnownRoutes(changed), 6: new KnownRoutes(changed) };
  }

  nameOf = (index: number): string => this.#links.get(index)?.link.name ?? "";
  indexOf = (name: string): number | undefined => this.#indexes.get(name);

  /** Lifetimes in it are those of now. */
  get state(): KernelState {
    const state = this.#state;
    state.links ??= new Map(Array.from(this.#links.values(), ({ link }) => [link.name, link]));
    const [routes4, routes6, addresses] = [this.#routes[4].list(), this.#routes[6].list(), this.#addresses.list()];
    if (this.#parts[0] !== routes4 || this.#parts[1] !== routes6) state.routes = [...routes4, ...routes6];
    this.#parts = [routes4, routes6];
    state.rules ??= [...this.#rules[4].values(), ...this.#rules[6].values()].sort((a, b) => a.priority - b.priority);
    state.forwarding ??= [...this.#forwarding.values()];
    const whole = { ...(state as KernelState), addresses };
    const before = this.#whole;
    if (!before || shelves.some((each) => before[each] !== whole[each])) this.#whole = whole;
    return this.#whole ?? whole;
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
    if (seen) this.#sweep(table, seen);
  }

  apply({ type, flags, payload }: Message): void {
    if (type === RTM.NEWLINK || type === RTM.DELLINK) this.#applyLink(payload, type === RTM.NEWLINK);
    if (type === RTM.NEWADDR || type === RTM.DELADDR) this.#applyAddress(payload, type === RTM.NEWADDR, flags);
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
    if (table === "addresses") this.#addresses.keep(seen);
    if (table === "routes4" || table === "routes6") this.#routes[table === "routes4" ? 4 : 6].keep(seen);
    if (table === "rules4" || table === "rules6") {
      const rules = this.#rules[table === "rules4" ? 4 : 6];
      for (const key of lost(rules.keys())) this.#applyRule(rules.get(String(key)), false);
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
    const nameOf = (other: number) => {
      const by = this.#referrers.get(other) ?? new Set<number>();
      if (other !== 0) this.#referrers.set(other, by.add(index));
      return this.nameOf(other);
    };
    const read = readLink(payload, { nameOf, indexOf: this.indexOf });
    const link: Link = { ...read, vlans: this.#vlans.get(index) ?? [] };
    // The bytes may be part of something larger.
    this.#links.set(index, { payload: payload.slice(), link });
    this.#changeLink(before, link);
    // A bridge begins with it, and gives it to its ports, without a word.
    if (before?.data.vlan_default_pvid !== link.data.vlan_default_pvid) this.stale.add("vlans");
    // IPv6 leaves, or comes, after the link was told of.
    const comes = before && !before.up && link.up && link.addressGeneration === "";
    if (comes || (before && before.mtu < ipv6Mtu !== link.mtu < ipv6Mtu)) this.stale.add("links");
    // The first end of a pair was told of before it had another.
    if (!before && link.kind === "veth" && link.lower && !this.#linkOf(link.lower)?.lower) this.stale.add("links");
    if (before?.name === link.name) {
      if (before.up && !link.up) this.#markRoutes(link.name);
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
    const by = this.#referrers.get(index) ?? [];
    this.#referrers.delete(index);
    for (const other of by) {
      const known = this.#links.get(other);
      if (!known || other === index) continue;
      this.#setLink(other, known.payload);
      // Later than what was read again.
      if (known.link.master) this.#updateLink(other, { port: known.link.port });
    }
  }

  #dropLink(index: number): void {
    const before = this.#links.get(index)?.link;
    if (!before) return;
    this.#addresses.keep(new Set(), index);
    this.#links.delete(index);
    this.#vlans.delete(index);
    if (this.#indexes.get(before.name) === index) this.#indexes.delete(before.name);
    this.#changeLink(before, undefined);
    for (const [key, { device }] of this.#forwarding) if (device === before.name) this.#forwarding.delete(key);
    delete this.#state.forwarding;
    this.#markRoutes(before.name);
    for (const by of this.#referrers.values()) by.delete(index);
    this.#renew(index);
  }

  /** Routes of IPv4 go without a word when their link goes down, and so may those of IPv6 (skip_notify_on_dev_down). */
  #markRoutes(device: string): void {
    if (this.#routes[4].uses(device)) this.stale.add("routes4");
    if (this.#routes[6].uses(device)) this.stale.add("routes6");
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

  #applyAddress(payload: Uint8Array, present: boolean, flags: number): void {
    const read = readAddress(payload, this);
    if (!read) return;
    const { index, key, address } = read;
    const { family } = address;
    if (present) {
      this.#see("addresses", `${index} ${key}`);
      this.#addresses.set(read);
      // The link has not been told of, or IPv6 has come to it just now.
      const link = this.#links.get(index)?.link;
      const odd = !link || (family === 6 && link.addressGeneration === "");
      if (odd && !(flags & NLM_F.MULTI)) this.stale.add("links").add("addresses");
      return;
    }
    this.#addresses.delete(index, key);
    // They go without a word.
    if (family === 4 && this.#routes[4].prefers(address.address)) this.stale.add("routes4");
  }

  #applyRoute(payload: Uint8Array, present: boolean, flags: number): void {
    const read = readRoute(payload, this);
    if (!read) return;
    const { place, key, route } = read;
    const table = route.family === 4 ? "routes4" : "routes6";
    const known = this.#routes[route.family];
    if (present) this.#see(table, `${place} ${key}`);
    if (!(present ? known.set(read, flags) : known.delete(place, key))) this.stale.add(table);
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

/** Of values that are read by the same function: their parts stand in the same order. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
