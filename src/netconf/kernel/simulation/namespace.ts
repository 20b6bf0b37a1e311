/**
 * A network namespace in memory: what it holds, and the book of what has changed. Objects are replaced, never changed in
 * place; what each step does to them stands in the files beside this one.
 */
import type { Address, Forwarding, KernelChange, KernelState, Link, Route, Rule } from "../state.ts";
import { Shelf } from "./shelf.ts";
import { type ReadSysctl, SysctlTree } from "./sysctls.ts";

/** What the kernel answers when it refuses. */
export class Refusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** RFC 8200 §5: links with less have no IPv6 at all. */
export const leastInet6Mtu = 1280;

export class Namespace {
  readonly links = new Map<string, Link>();
  #addresses = new Shelf<Address>(({ device }) => [device]);
  /** Those without a hop are of "". */
  #routes = new Shelf<Route>(devicesOf);
  rules: readonly Rule[] = [];
  forwarding: readonly Forwarding[] = [];
  readonly sysctls: SysctlTree;
  /** Cables: what the world says of links whose carrier nothing in this namespace decides. */
  readonly cables = new Map<string, boolean>();
  /** Links whose IPv6 has what a ready link has: its link-local address, its multicast route. */
  readonly ready = new Set<string>();
  /** `NAME address`, `NAME mtu`: set by somebody, not the kernel's choice. */
  readonly given = new Set<string>();
  /** Links that have the hardware address of the one below. */
  readonly inheriting = new Set<string>();
  /** Bridges whose carrier has been decided; a new one has it. */
  readonly judged = new Set<string>();
  /** What ethtool was told, by `NAME SECTION WORD`. */
  readonly ethtool = new Map<string, string>();
  /** Devices may be renamed while they are up (Linux 6.2). */
  readonly liveRename: boolean;
  /** Links that something was done to since carriers were settled. */
  readonly touched = new Set<string>();
  /** Grows with each change. */
  version = 0;
  #nextIndex = 1;
  #nextMac = 1;
  readonly #listeners = new Set<(change: KernelChange) => void>();

  constructor(liveRename: boolean, sysctls?: SysctlTree | ReadSysctl) {
    this.liveRename = liveRename;
    const exists = (name: string, family: string) =>
      family === "ipv4" ? this.links.has(name) : (this.links.get(name)?.mtu ?? 0) >= leastInet6Mtu;
    this.sysctls = sysctls instanceof SysctlTree ? sysctls.copy(exists) : new SysctlTree(exists, sysctls);
  }

  copy(): Namespace {
    const copy = new Namespace(this.liveRename, this.sysctls);
    for (const name of ["links", "cables", "ethtool"] as const) {
      for (const [key, value] of this[name]) (copy[name] as Map<string, unknown>).set(key, value);
    }
    for (const name of ["ready", "given", "inheriting", "judged"] as const)
      for (const one of this[name]) copy[name].add(one);
    copy.#addresses = this.#addresses.copy();
    copy.#routes = this.#routes.copy();
    copy.#nextIndex = this.#nextIndex;
    copy.#nextMac = this.#nextMac;
    const { rules, forwarding } = this;
    return Object.assign(copy, { rules, forwarding });
  }

  /** Before anything is done to it. */
  fill({ addresses, routes, rules, forwarding }: KernelState): void {
    this.#addresses.fill(addresses);
    this.#routes.fill(routes);
    this.rules = rules;
    this.forwarding = forwarding;
  }

  get addresses(): readonly Address[] {
    return this.#addresses.all;
  }

  get routes(): readonly Route[] {
    return this.#routes.all;
  }

  /** With a hop there; "": without any. The same array as long as nothing of it has changed. */
  routesAt(device: string): readonly Route[] {
    return this.#routes.at(device);
  }

  addressesAt(device: string): readonly Address[] {
    return this.#addresses.at(device);
  }

  snapshot(): KernelState {
    const { addresses, routes, rules, forwarding } = this;
    return { links: new Map(this.links), addresses, routes, rules, forwarding };
  }

  listen(listener: (change: KernelChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: KernelChange): void {
    this.version++;
    for (const listener of this.#listeners) listener(change);
  }

  /** Numbers are not given twice. */
  index(taken = 0): number {
    const index = Math.max(this.#nextIndex, taken);
    this.#nextIndex = index + 1;
    return index;
  }

  /** Locally administered addresses, one after the other. @param taken one that is there already */
  mac(taken = ""): string {
    if (taken.startsWith("02:52:65:")) {
      this.#nextMac = Math.max(this.#nextMac, Number.parseInt(taken.slice(9).replaceAll(":", ""), 16) + 1);
    }
    const number = this.#nextMac++;
    return `02:52:65:${[16, 8, 0].map((bits) => ((number >> bits) & 255).toString(16).padStart(2, "0")).join(":")}`;
  }

  /** @throws Refusal `ENODEV` */
  link(name: string): Link {
    const link = this.links.get(name) ?? [...this.links.values()].find((one) => one.alternativeNames.includes(name));
    if (!link) throw new Refusal("ENODEV", "No such device");
    return link;
  }

  putLink(after: Link): void {
    const before = this.links.get(after.name);
    this.links.set(after.name, after);
    this.touched.add(after.name);
    if (before && before.master !== after.master) this.touched.add(before.master);
    this.tell({ what: "link", ...(before ? { before } : {}), after });
  }

  dropLink(before: Link): void {
    this.links.delete(before.name);
    this.touched.add(before.name).add(before.master).add(before.lower);
    this.tell({ what: "link", before });
  }

  /** The link itself, and what is kept about it; addresses, routes and links above are others' work. */
  forgetLink(link: Link): void {
    this.dropLink(link);
    this.sysctls.deviceWent(link.name);
    this.cables.delete(link.name);
    this.ready.delete(link.name);
    this.inheriting.delete(link.name);
    this.judged.delete(link.name);
    for (const key of [...this.given]) if (key.startsWith(`${link.name} `)) this.given.delete(key);
    for (const key of [...this.ethtool.keys()]) if (key.startsWith(`${link.name} `)) this.ethtool.delete(key);
  }

  /** Addresses and routes follow without a word, as they do in the kernel, which knows them by number. */
  renameLink(before: Link, name: string): void {
    const from = before.name;
    const after = { ...before, name };
    const others = [...this.links.values()].filter((link) => link !== before);
    this.links.clear();
    for (const link of [...others, after].sort((a, b) => a.index - b.index)) {
      this.links.set(link.name, withName(link, from, name));
    }
    // inetdev_changename: the first one has no label of its own, all others have.
    const inet = this.addressesOf(from, 4);
    inet.sort((a, b) => Number(a.flags.includes("secondary")) - Number(b.flags.includes("secondary")));
    for (const one of this.addressesAt(from)) {
      const at = inet.indexOf(one);
      const label = at > 0 ? name + (/:.*/.exec(one.label)?.[0] ?? `:${at + 1}`) : "";
      this.#addresses.put({ ...one, device: name, label }, one);
    }
    for (const route of this.routesAt(from)) {
      const hops = route.hops.map((hop) => (hop.device === from ? { ...hop, device: name } : hop));
      this.#routes.put({ ...route, hops }, route);
    }
    this.forwarding = this.forwarding.map((one) => (one.device === from ? { ...one, device: name } : one));
    this.sysctls.deviceRenamed(from, name);
    for (const set of [this.ready, this.inheriting, this.judged]) if (set.delete(from)) set.add(name);
    const cable = this.cables.get(from);
    if (cable !== undefined) this.cables.set(name, cable);
    this.cables.delete(from);
    for (const key of [...this.given]) {
      if (!key.startsWith(`${from} `)) continue;
      this.given.delete(key);
      this.given.add(name + key.slice(from.length));
    }
    this.touched.add(name);
    this.tell({ what: "link", before, after });
  }

  putAddress(after: Address, before?: Address): void {
    this.#addresses.put(after, before);
    this.tell({ what: "address", ...(before ? { before } : {}), after });
  }

  dropAddress(before: Address): void {
    this.#addresses.drop([before]);
    this.tell({ what: "address", before });
  }

  putRoute(after: Route, before?: Route): void {
    this.#routes.put(after, before);
    this.tell({ what: "route", ...(before ? { before } : {}), after });
  }

  /** These, in this order, in the places that they have among all. Nobody is told: nothing came or went. */
  reorderRoutes(routes: readonly Route[]): void {
    this.#routes.reorder(routes);
  }

  dropRoutes(gone: readonly Route[]): void {
    this.#routes.drop(gone);
    for (const before of gone) this.tell({ what: "route", before });
  }

  putRule(after: Rule): void {
    this.rules = [...this.rules, after];
    this.tell({ what: "rule", after });
  }

  dropRule(before: Rule): void {
    this.rules = this.rules.filter((one) => one !== before);
    this.tell({ what: "rule", before });
  }

  addressesOf(device: string, family?: 4 | 6): Address[] {
    return this.addressesAt(device).filter((one) => family === undefined || one.family === family);
  }

  ports(master: string): Link[] {
    return this.#linksWith("master", master);
  }

  uppers(lower: string): Link[] {
    return this.#linksWith("lower", lower).filter(({ kind }) => kind !== "veth");
  }

  #linksWith(relation: "master" | "lower", name: string): Link[] {
    const found: Link[] = [];
    for (const link of this.links.values()) if (link[relation] === name) found.push(link);
    return found;
  }

  /** Links whose carrier may depend on this one's. */
  near(name: string): string[] {
    const { kind, master, lower } = this.links.get(name) ?? {};
    const above = this.#linksWith("lower", name).map((link) => link.name);
    return [name, ...(master ? [master] : []), ...(kind === "veth" && lower ? [lower] : []), ...above];
  }

  /** The table of the vrf that the link is a port of (or is itself). */
  vrfTable(link: Link): number | undefined {
    const vrf = link.kind === "vrf" ? link : this.links.get(link.master);
    return vrf?.kind === "vrf" ? Number(vrf.data.table) : undefined;
  }
}

/** Each once. */
function devicesOf({ hops }: Route): string[] {
  const [first, ...more] = hops;
  if (more.length === 0) return [first?.device ?? ""];
  return [...new Set(hops.map(({ device }) => device))];
}

/** What names another link goes by its new name, data of its kind, too. */
function withName(link: Link, from: string, to: string): Link {
  const renamed = (one: string) => (one === from ? to : one);
  const inData = ["link", "primary", "active_slave"].filter((key) => link.data[key] === from);
  if (link.master !== from && link.lower !== from && inData.length === 0) return link;
  const data = Object.fromEntries(
    Object.entries(link.data).map(([key, value]) => [key, inData.includes(key) ? to : value]),
  );
  return { ...link, master: renamed(link.master), lower: renamed(link.lower), data };
}
