/** Masters and ports: who joins whom, what they are like there, and who is let go. */

import type { Position } from "../interfaces/configuration.ts";
import { dataDifference, settingsDifference } from "../kernel/compare.ts";
import type { BridgeVlan, Link, LinkData } from "../kernel/state.ts";
import type { LinkSettings } from "../kernel/step.ts";
import { shown, standardValue } from "./kind-change.ts";
import { type About, conflict, type Job, type Planner } from "./planner.ts";
import type { Wanted, WantedPort } from "./wanted.ts";

/** Makes the link a port, unless it is. It is taken from no master that Reeve did not give it. @throws Problem `conflict` */
export function enslave(planner: Planner, name: string, masterName: string, about: About): void {
  const link = planner.needed(name, about.iface, about.at);
  if (link.master === masterName) return;
  const master = planner.needed(masterName, about.iface, about.at);
  if (link.master && !givenByUs(planner, link)) {
    throw conflict(about.iface, `${name} is a port of ${link.master}, and that was not done by Reeve`, about.at);
  }
  if (master.kind === "bond" && link.up) {
    planner.do({ do: "link-set", name, settings: { up: false } }, about);
  }
  planner.do({ do: "link-set", name, settings: { master: masterName } }, about);
  planner.joined.add(name);
}

function givenByUs(planner: Planner, { name, master }: Link): boolean {
  const { ground, jobs } = planner;
  const owned = [...ground.owned.values(), ...Array.from(jobs.values(), ({ before }) => before)];
  return owned.some(
    ({ wanted }) =>
      (wanted.name === master && wanted.ports.some(({ is }) => is.name === name)) ||
      (wanted.name === name && wanted.settings.is.master === master),
  );
}

/** The ports of a master: those that are there. */
export function makePorts(planner: Planner, job: Job, kind: string): void {
  for (const { is: port, at } of job.wanted.ports) {
    const { name } = port;
    const about = (what: string, how: About["kind"] = "different"): About => ({
      ...{ iface: job.name, kind: how, what },
      ...(at ? { at } : {}),
    });
    if (!planner.link(name) && port.link) makeOwnLink(planner, job, port, about(`port ${name}`, "missing"));
    const there = planner.link(name);
    if (!there) {
      if (!planner.jobs.has(name)) planner.notice(job.name, `port ${name} is not there`, at);
      continue;
    }
    remember(planner, job, port, there);
    const { up, ...settings } = port.settings;
    set(planner, name, settingsDifference(settings, there), (text) => about(`port ${name}: ${text}`));
    enslave(planner, name, job.name, about(`port ${name}`, "missing"));
    setPortData(planner, name, kind, port.data, formerPort(job, name)?.data ?? {}, (text) =>
      about(`port ${name}: ${text}`),
    );
    setVlans(planner, name, false, port, formerPort(job, name), (text, how) => about(`port ${name}: ${text}`, how));
    if (up !== undefined && planner.link(name)?.up !== up) {
      if (!up) planner.meant.add(`up ${name}`);
      planner.do({ do: "link-set", name, settings: { up } }, about(`port ${name}: ${up ? "up" : "down"}`));
    }
  }
}

function makeOwnLink(planner: Planner, job: Job, { name, link }: WantedPort, about: About): void {
  if (!link) return;
  const { kind, lower, peer, data } = link;
  if (lower) planner.need(lower, job.name, about.at);
  planner.do({ do: "link-add", name, kind, data, ...(lower && { lower }), ...(peer && { peer }) }, about);
  planner.fresh.add(name);
  job.madePorts.add(name);
}

function formerPort(job: Job, name: string): WantedPort | undefined {
  return job.before.wanted.ports.find(({ is }) => is.name === name)?.is;
}

/** What a port was like before it became ours, whichever master of ours had it first; what is known already stays. */
function remember(planner: Planner, job: Job, port: WantedPort, there: Link): void {
  if (job.madePorts.has(port.name)) return;
  const others = [...planner.ground.owned.values()].filter(({ wanted }) => wanted.name !== job.name);
  const { master: _, ...before } = others.find(({ former }) => former.ports[port.name])?.former.ports[port.name] ?? {};
  // A bond gives its MTU to its ports. What has stanzas of its own is as they say, and by itself what it was before them.
  const changed = port.own ? [] : ["mtu", ...Object.keys(port.settings)];
  const names = ["master", ...changed] as (keyof Link & keyof LinkSettings)[];
  const now = Object.fromEntries(names.map((name) => [name, there[name]]));
  job.former.ports[port.name] = { ...now, ...before, ...job.former.ports[port.name] };
}

/**
 * Ports that are wanted no longer are as they were before. Of one with stanzas, those say what it is like; of one that
 * another master takes, that one knows from now on what it was like.
 */
export function releasePorts(planner: Planner, job: Job): void {
  const wanted = new Map(job.wanted.ports.map(({ is }) => [is.name, is]));
  for (const { is: port, at } of job.before.wanted.ports) {
    const now = wanted.get(port.name);
    if (!now) release(planner, job, port, at);
    else if (now.own && !port.own) adoptStanzas(planner, job, port.name, at);
  }
}

function release(planner: Planner, job: Job, { name, own }: WantedPort, at: Position | undefined): void {
  const about: About = { iface: job.name, kind: "extra", what: `port ${name}`, ...(at ? { at } : {}) };
  const { master = "", ...settings } = job.former.ports[name] ?? {};
  delete job.former.ports[name];
  const ours = job.madePorts.delete(name);
  const there = planner.link(name);
  if (!there) return;
  planner.meant.add(`master ${name}`);
  const others = planner.wantedByOthers(job.name);
  const has = ({ ports }: Wanted) => ports.some(({ is }) => is.name === name);
  const heir = [...planner.jobs.values()].find((other) => other !== job && has(other.wanted));
  const itsOwn = heir?.wanted.ports.some(({ is }) => is.name === name && is.own);
  const taken = others.some(has);
  if (ours && !taken) {
    planner.do({ do: "link-delete", name }, about);
    return;
  }
  const back = !heir && master !== job.name && planner.link(master) ? master : "";
  const freed = there.master === "" && planner.ground.state.links.get(name)?.master === job.name;
  if (there.master === job.name || (freed && back)) {
    planner.do({ do: "link-set", name, settings: { master: back } }, about);
  }
  if (ours) heir?.madePorts.add(name);
  else if (heir) heir.former.ports[name] = { master: "", ...(itsOwn ? {} : settings), ...heir.former.ports[name] };
  const since = planner.link(name);
  const elsewhere = there.master !== "" && there.master !== job.name;
  if (own || elsewhere || !since || (taken && !heir)) return;
  putBack(planner, job, name, settings, about, heir !== undefined);
}

/** A port that stays has stanzas of its own from now on. */
function adoptStanzas(planner: Planner, job: Job, name: string, at: Position | undefined): void {
  const { master, ...settings } = job.former.ports[name] ?? {};
  job.former.ports[name] = master === undefined ? {} : { master };
  if (!planner.link(name)) return;
  putBack(planner, job, name, settings, {
    iface: job.name,
    kind: "extra",
    what: `port ${name}`,
    ...(at ? { at } : {}),
  });
}

/** A port's settings are as they were before, or as its own stanzas say. @param taken by another master */
function putBack(planner: Planner, job: Job, name: string, settings: LinkSettings, about: About, taken = false): void {
  const since = planner.link(name);
  if (!since) return;
  const itself = planner.wantedByOthers(job.name).find((one) => one.name === name)?.settings.is ?? {};
  const part = (wants: boolean): LinkSettings =>
    Object.fromEntries(Object.entries(settings).filter(([key]) => key in itself === wants));
  const [its, rest] = [part(true), part(false)];
  const self = planner.jobs.get(name);
  delete its.up;
  if (self) self.former.settings = { ...its, ...self.former.settings };
  // A bond that takes it has it up anyway.
  if (taken) delete rest.up;
  if (rest.up === false) planner.meant.add(`up ${name}`);
  // A bond gives back the MTU that it found, whenever that was.
  const bond = job.before.wanted.link?.is.kind === "bond" && rest.mtu !== undefined ? { mtu: rest.mtu } : {};
  set(planner, name, { ...bond, ...settingsDifference(rest, since) }, () => about);
}

/** Before a master is deleted, or changed in what it may not have ports for. */
export function freeAll(planner: Planner, master: string, about: About): void {
  for (const { name } of planner.space.ports(master)) {
    planner.do({ do: "link-set", name, settings: { master: "" } }, about);
  }
}

/** @param former what was asked for before: what is not asked for any more gets its standard value */
export function setPortData(
  planner: Planner,
  name: string,
  kind: string,
  wanted: LinkData,
  former: LinkData,
  about: (text: string) => About,
): void {
  // What a new port is like depends on its speed and more: all that is wanted is said.
  const joined = planner.joined.has(name);
  const there = joined ? {} : (planner.link(name)?.port ?? {});
  const data = dataDifference(joined ? wanted : withStandards(kind, wanted, former, "port"), there);
  if (Object.keys(data).length === 0) return;
  planner.do({ do: "port-data", name, kind, data }, about(differences(data, there)));
}

export function withStandards(kind: string, wanted: LinkData, former: LinkData, of: "data" | "port"): LinkData {
  const gone = Object.keys(former).filter((name) => !(name in wanted));
  const standards = gone.flatMap((name) => {
    const value = standardValue(kind, name, of);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...wanted, ...Object.fromEntries(standards) };
}

interface Vlans {
  vlans: readonly BridgeVlan[];
  vlansOnly: boolean;
}

/** VLANs that a port carries, or (`self`) a bridge: those, and no others where only those are wanted. */
export function setVlans(
  planner: Planner,
  name: string,
  self: boolean,
  wanted: Vlans,
  former: Vlans | undefined,
  about: (text: string, kind: About["kind"]) => About,
): void {
  const link = planner.link(name);
  if (!link || (wanted.vlans.length === 0 && !wanted.vlansOnly && !former?.vlans.length && !former?.vlansOnly)) return;
  const bridge = self ? link : planner.link(link.master);
  const usual = Number(bridge?.data.vlan_default_pvid ?? 0);
  const list = [...wanted.vlans];
  // What the kernel gives by itself and we took away.
  const back = former?.vlansOnly && !wanted.vlansOnly && usual > 0 && !list.some(({ vlan }) => vlan === usual);
  if (back) list.push({ vlan: usual, pvid: !list.some(({ pvid }) => pvid), untagged: true });
  for (const vlan of list.toSorted((a, b) => Number(a.pvid) - Number(b.pvid))) {
    const { pvid, untagged } = vlan;
    const there = planner.link(name)?.vlans.find((one) => one.vlan === vlan.vlan);
    if (there && there.pvid === pvid && there.untagged === untagged) continue;
    const text = `VLAN ${vlan.vlan}${pvid ? " as PVID" : ""}${untagged ? " untagged" : ""}`;
    const step = { do: "vlan-add", name, self, vlan: { vlan: vlan.vlan, pvid, untagged } } as const;
    planner.do(step, about(text, there ? "different" : "missing"));
  }
  for (const { vlan } of planner.link(name)?.vlans ?? []) {
    const ours = wanted.vlansOnly || former?.vlans.some((one) => one.vlan === vlan);
    if (!ours || list.some((one) => one.vlan === vlan)) continue;
    planner.do({ do: "vlan-delete", name, self, vlan }, about(`VLAN ${vlan}`, "extra"));
  }
}

export function set(planner: Planner, name: string, settings: LinkSettings, about: (text: string) => About): void {
  const link = planner.link(name);
  if (!link || Object.keys(settings).length === 0) return;
  const former = Object.fromEntries(Object.keys(settings).map((key) => [key, link[key as keyof Link] as string]));
  planner.do({ do: "link-set", name, settings }, about(differences(settings as LinkData, former)));
}

/** `mtu 1400 instead of 1500, alias "up link"`. */
export function differences(wanted: LinkData, there: LinkData): string {
  const each = Object.entries(wanted).map(
    ([name, value]) => `${name} ${shown(value)} instead of ${shown(there[name])}`,
  );
  return each.join(", ");
}

/** The line of the first field that has one of its own. */
export function lineOf(
  because: { at?: Position; lines?: Readonly<Record<string, Position>> } | undefined,
  fields: object,
): { at?: Position } {
  const own = Object.keys(fields).find((name) => because?.lines?.[name]);
  const at = (own && because?.lines?.[own]) || because?.at;
  return at ? { at } : {};
}
