/** Routes and rules of an interface: each is replaced where it stands, those that others need come first. */
import { canonicalRoute } from "../kernel/compare.ts";
import { type Hop, protocols, type Route, ruleKey } from "../kernel/state.ts";
import { type About, type Job, type Planner, routePlace } from "./planner.ts";
import type { Because, Wanted } from "./wanted.ts";

/** What is missing or different; an occupied place of somebody else's on another link is left to them, with a notice. */
export function makeRoutes(planner: Planner, job: Job): void {
  for (const { is, at } of job.wanted.routes.toSorted(byNeed)) {
    for (const { device } of is.hops) if (device) planner.need(device, job.name, at);
    const wanted = canonicalRoute(is);
    const rivals = planner.space.routes.filter((one) => routePlace(one) === routePlace(wanted));
    if (rivals.some((one) => serves(one, wanted))) continue;
    const rival = rivals[0];
    if (rival && foreignElsewhere(planner, job, rival, wanted)) {
      job.shadowed.add(is);
      const { device = "" } = rival.hops[0] ?? {};
      planner.notice(
        job.name,
        `${shownRoute(wanted)} is left out: ${device || "another"} has it with the same metric`,
        at,
      );
      continue;
    }
    const what = shownRoute(wanted) + (rival ? ` instead of ${shownHops(rival)}` : "");
    if (rival) planner.meant.add(identity(rival));
    const about: About = { iface: job.name, kind: rival ? "different" : "missing", what, ...(at ? { at } : {}) };
    planner.do({ do: "route-add", route: wanted }, about);
  }
  if (job.wanted.rules.length === 0) return;
  const there = new Set(planner.space.rules.map(ruleKey));
  for (const { is, at } of job.wanted.rules) {
    if (there.has(ruleKey(is))) continue;
    const about: About = { iface: job.name, kind: "missing", what: `rule ${is.priority}`, ...(at ? { at } : {}) };
    planner.do({ do: "rule-add", rule: is }, about);
  }
}

/** What is ours and wanted no longer. A place that another interface of this plan wants is taken already. */
export function dropRoutes(planner: Planner, job: Job): void {
  const wantedRules = keys(job.wanted.rules);
  for (const { is, at } of job.before.wanted.rules) {
    const key = ruleKey(is);
    const there = planner.space.rules.some((rule) => ruleKey(rule) === key);
    if (wantedRules.has(key) || !there || elsewhere(planner, job, ({ rules }) => keys(rules).has(key))) continue;
    const about: About = { iface: job.name, kind: "extra", what: `rule ${is.priority}`, ...(at ? { at } : {}) };
    planner.do({ do: "rule-delete", rule: is }, about);
  }
  for (const { is, at } of job.before.wanted.routes.toSorted(byNeed).reverse()) {
    const mine = canonicalRoute(is);
    const wants = ({ routes }: Wanted) =>
      routes.some((one) => serves(mine, canonicalRoute(one.is)) && samePlace(one.is, is));
    if (wants(job.wanted)) continue;
    const isMine = (one: Route) => samePlace(one, mine) && serves(one, mine);
    const was = planner.ground.state.routes.find(isMine);
    if (was) planner.meant.add(identity(was));
    const there = planner.space.routes.find(isMine);
    if (!there || there.protocol === protocols.kernel || elsewhere(planner, job, wants)) continue;
    const about: About = { iface: job.name, kind: "extra", what: shownRoute(is), ...(at ? { at } : {}) };
    // Of several IPv6 routes that the kernel shows as one, ours alone.
    const hops = there.hops.length > mine.hops.length ? mine.hops : there.hops;
    planner.do({ do: "route-delete", route: { ...there, hops } }, about);
  }
}

function elsewhere(planner: Planner, job: Job, wants: (wanted: Wanted) => boolean): boolean {
  return planner.wantedByOthers(job.name).some(wants);
}

function keys(rules: Wanted["rules"]): Set<string> {
  return new Set(rules.map(({ is }) => ruleKey(is)));
}

function samePlace(one: Route, other: Route): boolean {
  return routePlace(canonicalRoute(one)) === routePlace(canonicalRoute(other));
}

/** Those on the link itself before those by a gateway, which they lead to; the default last. */
function byNeed(one: Because<Route>, other: Because<Route>): number {
  const needs = ({ is }: Because<Route>) => (is.hops.some(({ gateway }) => gateway) ? 1 : 0);
  return needs(one) - needs(other) || other.is.prefix - one.is.prefix;
}

/**
 * Whether the route that is there does what is wanted: who put it there (protocol) and what the kernel adds by itself
 * does not count. Several IPv6 routes of one place are one with several hops.
 */
export function serves(there: Route, wanted: Route): boolean {
  if (there.type !== wanted.type || there.mtu !== wanted.mtu || there.advmss !== wanted.advmss) return false;
  if (wanted.source && there.source !== wanted.source) return false;
  if (there.family === 4 && there.hops.length !== wanted.hops.length) return false;
  return wanted.hops.every((hop) => there.hops.some((other) => sameHop(hop, other)));
}

function sameHop(wanted: Hop, there: Hop): boolean {
  const { gateway, device, onlink, weight } = wanted;
  if (gateway !== there.gateway || (device && device !== there.device)) return false;
  return weight === there.weight && (!onlink || there.onlink);
}

/** It goes through other links, and is not one of ours that goes; what router advertisements bring comes back by itself. */
function foreignElsewhere(planner: Planner, job: Job, rival: Route, wanted: Route): boolean {
  if (rival.protocol === protocols.ra) return false;
  const devices = wanted.hops.map(({ device }) => device);
  if (rival.protocol !== protocols.kernel && rival.hops.every(({ device }) => devices.includes(device))) return false;
  const has = ({ routes }: Wanted) =>
    routes.some(({ is }) => samePlace(is, rival) && serves(rival, canonicalRoute(is)));
  return ![job, ...planner.jobs.values()].some((one) => has(one.before.wanted) && !has(one.wanted));
}

/** One route and no other. */
export function identity(route: Route): string {
  const { type, protocol, source, scope } = route;
  const hops = route.hops.map(({ gateway, device }) => `${gateway}@${device}`).sort();
  return `${routePlace(route)} ${type} ${protocol} ${source} ${scope} ${hops.join(" ")}`;
}

export function shownRoute(route: Route): string {
  const { destination, prefix, type, table, metric, family } = route;
  const to = prefix === 0 ? "default" : `${destination}/${prefix}`;
  const words = [`route ${type === "unicast" ? "" : `${type} `}${to}${prefix === 0 && family === 6 ? " (IPv6)" : ""}`];
  if (route.hops.length > 0) words.push(shownHops(route));
  if (table !== 254) words.push(`table ${table}`);
  if (metric !== 0 && !(family === 6 && metric === 1024)) words.push(`metric ${metric}`);
  return words.join(" ");
}

function shownHops({ hops, type }: Route): string {
  if (hops.length === 0) return type;
  return hops.map(({ gateway, device }) => (gateway ? `via ${gateway} dev ${device}` : `dev ${device}`)).join(" and ");
}
