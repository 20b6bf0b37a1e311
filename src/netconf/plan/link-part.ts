/** The link of an interface, from nothing to up, and back to what it was. */
import { dataDifference, settingsDifference } from "../kernel/compare.ts";
import { newKinds } from "../kernel/simulation/kinds.ts";
import type { Forwarding, Link, LinkData } from "../kernel/state.ts";
import type { LinkSettings } from "../kernel/step.ts";
import { isHardware, needsDown, needsNoPorts, splitByPorts } from "./kind-change.ts";
import { type About, conflict, type Job, type Planner } from "./planner.ts";
import * as ports from "./port-part.ts";
import type { Because, WantedLink } from "./wanted.ts";

/**
 * In this order: the link itself; what is changed while it is down; its own master; its ports; VLANs; settings of
 * /proc/sys before it is up; up; what needs it up or its ports there.
 */
export function makeLink(planner: Planner, job: Job): void {
  const { wanted, name } = job;
  const was = job.fate === "keep" ? planner.link(name) : undefined;
  if (wanted.link && !planner.link(name)) add(planner, job, wanted.link);
  else if (wanted.link) job.made = !isHardware(wanted.link.is.kind);
  if (!planner.link(name)) {
    if (!needsLink(job)) return;
    planner.need(name, name, wanted.settings.at);
  }
  rememberSettings(planner, job, was);
  if (wanted.link) setData(planner, job, wanted.link, "early");
  setSettings(planner, job);
  setMaster(planner, job);
  ports.makePorts(planner, job, planner.link(name)?.kind ?? "");
  // A bridge that had the wanted MTU by itself has lost it to that of a port.
  if (wanted.ports.length > 0) setSettings(planner, job);
  withAddress(planner, job);
  setOwnVlans(planner, job);
  setSysctls(planner, job, false);
  setEthtool(planner, job, true);
  setUp(planner, job);
  setEthtool(planner, job, false);
  setSysctls(planner, job, true);
  if (wanted.link) setData(planner, job, wanted.link, "late");
  setForwarding(planner, job);
}

export const noAddress = "00:00:00:00:00:00";

/** Of an interface that goes and whose device stays. */
export function leaveLink(planner: Planner, job: Job): void {
  setForwarding(planner, job);
  setOwnVlans(planner, job);
  ports.releasePorts(planner, job);
  setMaster(planner, job);
  setSettings(planner, job);
  setSysctls(planner, job, true);
  setSysctls(planner, job, false);
}

/** The kernel frees its ports, which then are as they were before. */
export function deleteLink(planner: Planner, job: Job): void {
  const { name, fate, wanted, before } = job;
  const at = (wanted.link ?? before.wanted.link)?.at;
  const kind = fate === "delete" ? "extra" : "different";
  const about: About = { iface: name, kind, what: `${before.wanted.link?.is.kind} ${name}`, ...(at ? { at } : {}) };
  // It may have gone with the one below, or with the other end of a veth.
  if (planner.link(name)) planner.do({ do: "link-delete", name }, about);
  if (fate === "remake") return;
  ports.releasePorts(planner, job);
  setSysctls(planner, job, false);
}

/** An alias (`eth0:1`) and what has only routes have no link of their own. */
function needsLink({ name, wanted }: Job): boolean {
  const { settings, port, vlans, ports: all, ethtool, forwarding } = wanted;
  const asked = Object.keys(settings.is).length > 0 || port !== undefined;
  return !name.includes(":") && (asked || vlans.length + all.length + ethtool.length + forwarding.length > 0);
}

function add(planner: Planner, job: Job, { is, at }: Because<WantedLink>): void {
  const { kind, lower, peer, data } = is;
  const { name } = job;
  if (isHardware(kind)) planner.need(name, name, at);
  if (lower) planner.need(lower, name, at);
  const { mtu, address, alias, txQueueLength } = job.wanted.settings.is;
  // A bridge made with an MTU takes that of its ports all the same: it has to be told once it is there.
  const early = { address, alias, txQueueLength, ...(kind !== "bridge" && { mtu }) };
  const settings = Object.fromEntries(Object.entries(early).filter(([, value]) => value !== undefined));
  const about: About = { iface: name, kind: "missing", what: `${kind} ${name}`, ...(at ? { at } : {}) };
  const named = { ...(lower && { lower }), ...(peer && { peer }) };
  const first = { data: splitByPorts(kind, data).early, ...(Object.keys(settings).length > 0 && { settings }) };
  const refusal = planner.doJudged({ do: "link-add", name, kind, ...named, ...first }, about);
  if (refusal) throw conflict(name, `${name} cannot be made: ${refusal}`, at);
  planner.fresh.add(name);
  if (peer) planner.fresh.add(peer);
  job.made = true;
}

/** What the link was like before we set anything; of one that we make, what it is like by itself. */
function rememberSettings(planner: Planner, job: Job, was: Link | undefined): void {
  const { settings } = job.former;
  for (const name of Object.keys(job.wanted.settings.is) as (keyof LinkSettings)[]) {
    if (name in settings || name === "name") continue;
    const value = name === "up" ? false : was ? was[name as keyof Link] : ofNew(planner, job, name);
    if (value !== undefined) Object.assign(settings, { [name]: value });
  }
}

function ofNew(planner: Planner, job: Job, name: keyof LinkSettings): unknown {
  const link = planner.link(job.name);
  if (!link || name === "address") return undefined;
  const kind = newKinds[link.kind];
  if (name === "mtu") return (kind?.needsLower && planner.link(link.lower)?.mtu) || kind?.mtu;
  if (name === "txQueueLength") return kind?.txQueueLength;
  if (name === "master" || name === "alias") return "";
  return name === "arp" || name === "multicast" ? kind?.[name] : { addressGeneration: "eui64" }[name as string];
}

function setData(planner: Planner, job: Job, wanted: Because<WantedLink>, when: "early" | "late"): void {
  const { name } = job;
  const { kind, data } = wanted.is;
  const link = planner.link(name);
  if (!link) return;
  const former = job.before.wanted.link?.is.kind === kind ? job.before.wanted.link.is.data : {};
  const asked = splitByPorts(kind, ports.withStandards(kind, data, former, "data"))[when];
  // What the kernel does not tell is as it was set, unless it was made anew.
  const told = job.fate === "keep" ? { ...former, ...link.data } : link.data;
  const change = dataDifference(asked, told);
  const names = Object.keys(change);
  if (names.length === 0) return;
  const what = `${kind} ${name}: ${ports.differences(change, told)}`;
  const about: About = { iface: name, kind: "different", what, ...ports.lineOf(wanted, change) };
  const other = needsNoPorts(kind, names);
  if (other) ports.freeAll(planner, name, about);
  if (needsDown(kind, names)) down(planner, name, about);
  // With its mode a bond changes more by itself.
  planner.do({ do: "link-data", name, kind, data: other ? asked : change }, about);
}

function down(planner: Planner, name: string, about: About): void {
  if (planner.link(name)?.up) planner.do({ do: "link-set", name, settings: { up: false } }, about);
}

/** All but up and master; what is asked for no longer is as it was. */
function setSettings(planner: Planner, job: Job): void {
  const { name, former } = job;
  const link = planner.link(name);
  if (!link) return;
  const { up: _up, master: _master, name: _name, ...wanted } = job.wanted.settings.is;
  const back: Record<string, unknown> = {};
  for (const key of Object.keys(job.before.wanted.settings.is) as (keyof LinkSettings)[]) {
    if (key in job.wanted.settings.is || key === "master") continue;
    if (former.settings[key] !== undefined) back[key] = former.settings[key];
    delete former.settings[key];
  }
  const about = (text: string): About => ({
    ...{ iface: name, kind: "different", what: text },
    ...ports.lineOf(job.wanted.settings, wanted),
  });
  if (back.up === false) {
    planner.meant.add(`up ${name}`);
    down(planner, name, { ...about("down"), kind: "extra" });
  }
  delete back.up;
  const asked = { ...wanted, ...back };
  if (Object.keys(asked).length === 0) return;
  const change = settingsDifference(asked, planner.link(name) ?? link);
  // A network card may refuse another address while it is up.
  if (change.address !== undefined && link.kind === "") down(planner, name, about(`address ${change.address}`));
  ports.set(planner, name, change, about);
  if (change.mtu !== undefined) raiseUpon(planner, name, link.mtu, change.mtu, about);
}

/**
 * What lies upon a link and is told no MTU has that of the link: the kernel lowers it along, but does not raise it again,
 * and a new one would have the new MTU.
 */
function raiseUpon(planner: Planner, name: string, from: number, to: number, about: (text: string) => About): void {
  if (to <= from) return;
  for (const { name: upper, lower, kind, mtu } of [...planner.space.links.values()]) {
    if (lower !== name || mtu !== from || !newKinds[kind]?.needsLower) continue;
    const wanted = planner.jobs.get(upper)?.wanted ?? planner.ground.owned.get(upper)?.wanted;
    if (!wanted?.link || wanted.settings.is.mtu !== undefined) continue;
    ports.set(planner, upper, { mtu: to }, (what) => about(`${upper}: ${what}`));
    raiseUpon(planner, upper, from, to, about);
  }
}

function setMaster(planner: Planner, job: Job): void {
  const { name, wanted, before, former } = job;
  const { master } = wanted.settings.is;
  const about: About = {
    iface: name,
    kind: "different",
    what: `master ${master}`,
    ...ports.lineOf(wanted.settings, { master }),
  };
  if (master) ports.enslave(planner, name, master, about);
  else {
    const had = before.wanted.settings.is.master;
    const back = former.settings.master ?? "";
    if (master === undefined) delete former.settings.master;
    if (had === undefined && master === undefined) return;
    const link = planner.link(name);
    const to = master === undefined && planner.link(back) ? back : "";
    planner.meant.add(`master ${name}`);
    if (!link || link.master === to || (had !== undefined && link.master !== had)) return;
    planner.do(
      { do: "link-set", name, settings: { master: to } },
      { ...about, kind: "extra", what: `port of ${link.master}` },
    );
    return;
  }
  const { port } = wanted;
  const asked = before.wanted.port?.is.data ?? {};
  const of = (text: string): About => ({ ...about, what: `as port: ${text}`, ...ports.lineOf(port, {}) });
  if (port) ports.setPortData(planner, name, port.is.kind, port.is.data, asked, of);
}

/**
 * A bridge whose last port went is left with no hardware address, and neither takes a VLAN nor lets one upon it come up: it
 * gets one of its own, as a new bridge has.
 */
function withAddress(planner: Planner, { name, wanted }: Job): void {
  const link = planner.link(name);
  if (link?.kind !== "bridge" || link.address !== noAddress || wanted.settings.is.address) return;
  let hash = 0x811c9dc5; // FNV-1a
  for (const char of `${name} ${link.index}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  const digits = hash.toString(16).padStart(8, "0").match(/../g) ?? [];
  const address = `02:00:${digits.join(":")}`;
  ports.set(planner, name, { address }, (what) => ({ iface: name, kind: "different", what }));
}

export function setOwnVlans(planner: Planner, job: Job): void {
  const list = ({ vlans, vlansOnly }: Job["wanted"]) => ({ vlans: vlans.map(({ is }) => is), vlansOnly });
  const self = planner.link(job.name)?.kind === "bridge";
  const line = job.wanted.vlans[0]?.at;
  ports.setVlans(planner, job.name, self, list(job.wanted), list(job.before.wanted), (what, kind) => ({
    ...{ iface: job.name, kind, what },
    ...(line ? { at: line } : {}),
  }));
}

function setUp(planner: Planner, job: Job): void {
  const { name, wanted } = job;
  const { up } = wanted.settings.is;
  const link = planner.link(name);
  if (up === undefined || !link || link.up === up) return;
  if (!up) planner.meant.add(`up ${name}`);
  const what = up ? "up" : "down";
  const line = ports.lineOf(wanted.settings, { up });
  planner.do(
    { do: "link-set", name, settings: { up } },
    { iface: name, kind: up ? "missing" : "different", what, ...line },
  );
}

/** The kernel sets an IPv6 MTU anew whenever a link comes up; all others are to hold from the first moment on. */
function setSysctls(planner: Planner, job: Job, after: boolean): void {
  const { name, wanted, before, former } = job;
  const late = (key: readonly string[]) => key.at(-1) === "mtu";
  const asked = new Set(wanted.sysctls.map(({ is }) => is.key.join("/")));
  for (const {
    is: { key, value },
    at,
  } of wanted.sysctls) {
    if (late(key) !== after) continue;
    const there = planner.sysctl(key);
    if (there === undefined) planner.notice(name, `there is no /proc/sys/net/${key.join("/")}`, at);
    if (there === undefined || there === value) continue;
    former.sysctls[key.join("/")] ??= there;
    const what = `${key.join(".")} ${value} instead of ${there}`;
    planner.do({ do: "sysctl", key, value }, { iface: name, kind: "different", what, ...(at ? { at } : {}) });
  }
  for (const {
    is: { key },
    at,
  } of before.wanted.sysctls) {
    const path = key.join("/");
    const value = former.sysctls[path];
    if (late(key) !== after || asked.has(path)) continue;
    delete former.sysctls[path];
    const there = planner.sysctl(key);
    const moot = value === undefined || there === undefined || there === value || !isThere(planner, key);
    if (moot || keptByOthers(planner, name, path)) continue;
    const what = `${key.join(".")} ${value} instead of ${there}`;
    planner.do({ do: "sysctl", key, value }, { iface: name, kind: "extra", what, ...(at ? { at } : {}) });
  }
}

/** `ipv4/conf/eth0/forwarding` goes with eth0. */
function isThere(planner: Planner, [, , device = "", ...rest]: readonly string[]): boolean {
  return rest.length === 0 || device === "all" || device === "default" || planner.link(device) !== undefined;
}

function keptByOthers(planner: Planner, name: string, path: string): boolean {
  return planner.wantedByOthers(name).some(({ sysctls }) => sysctls.some(({ is }) => is.key.join("/") === path));
}

/** Nobody can read these back: they are set when they were not yet, or the link is a new one. */
function setEthtool(planner: Planner, job: Job, change: boolean): void {
  const done = planner.fresh.has(job.name) ? [] : job.before.wanted.ethtool.map(({ is }) => JSON.stringify(is));
  for (const { is, at } of job.wanted.ethtool) {
    if ((is.section === "change") !== change || done.includes(JSON.stringify(is))) continue;
    const what = `ethtool ${is.section} ${is.words.join(" ")}`;
    planner.do(
      { do: "ethtool", name: job.name, ...is },
      { iface: job.name, kind: "different", what, ...(at ? { at } : {}) },
    );
  }
}

function setForwarding(planner: Planner, job: Job): void {
  if (job.wanted.forwarding.length + job.before.wanted.forwarding.length === 0) return;
  const key = forwardingKey;
  const there = new Set(planner.space.forwarding.map(key));
  const about = (kind: About["kind"], { is, at }: Because<Forwarding>): About => ({
    ...{ iface: job.name, kind, what: `forwarding ${is.address} to ${is.destination}` },
    ...(at ? { at } : {}),
  });
  const wanted = new Set(job.wanted.forwarding.map(({ is }) => key(is)));
  for (const entry of job.wanted.forwarding) {
    if (!there.has(key(entry.is))) planner.do({ do: "forwarding-add", entry: entry.is }, about("missing", entry));
  }
  for (const entry of job.before.wanted.forwarding) {
    if (wanted.has(key(entry.is))) continue;
    planner.meant.add(`forwarding ${key(entry.is)}`);
    if (!there.has(key(entry.is))) continue;
    planner.do({ do: "forwarding-delete", entry: entry.is }, about("extra", entry));
  }
}

export function forwardingKey({ device, address, destination, vlan }: Forwarding): string {
  return `${device} ${address} ${destination} ${vlan}`;
}

export function dataOf({ before }: Job, link: Link): LinkData {
  const former = before.wanted.link?.is;
  return former?.kind === link.kind ? { ...former.data, ...link.data } : link.data;
}
