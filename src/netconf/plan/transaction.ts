/**
 * One plan over several interfaces: what goes is taken away first, from the top down; what comes or changes is made from
 * the bottom up, new addresses and routes before the old ones go; then what went along by accident is put back.
 */
import { undoable } from "../kernel/inverse.ts";
import { dropAddresses, makeAddresses, remakesAny } from "./address-part.ts";
import { putBack } from "./collateral.ts";
import { fateOf, takeAlong } from "./fate.ts";
import { graphOf, orderOf } from "./graph.ts";
import { deleteLink, leaveLink, makeLink, noAddress, setOwnVlans } from "./link-part.ts";
import { nothingOwned } from "./owned.ts";
import type { Ground, Plan, Planned, PlanOptions } from "./planned.ts";
import { Everybody, type Job, Planner } from "./planner.ts";
import { releasePorts } from "./port-part.ts";
import { dropRoutes, makeRoutes } from "./route-part.ts";
import { slicesOf } from "./slices.ts";
import { isNothing, type Owned, type Part, type Wanted } from "./wanted.ts";

const allParts: ReadonlySet<Part> = new Set(["link", "address", "route"]);

/**
 * Interfaces that must be made anew along with these are planned for, too, and in `owned`.
 * @param wanted each interface once; `nothing(name)` for what goes
 * @throws Problem `conflict`: a link of that name is there that Reeve did not make, or something foreign would go along;
 *   `not-found`: a device is not there
 */
export function transaction(wanted: Iterable<Wanted>, ground: Ground, options: PlanOptions = {}): Plan {
  const given = [...wanted];
  const jobs = new Map(given.map((one) => [one.name, jobOf(one, ground, options)]));
  for (const job of jobs.values()) job.fate = fateOf(job, ground);
  takeAlong(jobs, ground, (owned) => {
    const job = jobOf(owned.wanted, ground, {});
    job.fate = fateOf(job, ground);
    jobs.set(job.name, job);
    return job;
  });
  const sorted = inOrder(jobs);
  const everybody = new Everybody(
    [
      ...Array.from(jobs.values(), (job) => job.wanted),
      ...[...ground.owned].filter(([name]) => !jobs.has(name)).map(([, owned]) => owned.wanted),
    ].filter((one) => !isNothing(one)),
  );
  const planners = slicesOf(sorted, ground.state).map(({ jobs: some, state }) => {
    const planner = new Planner({ ...ground, state }, jobs, everybody);
    plan(planner, some);
    return planner;
  });
  const steps = planners.flatMap((planner) => planner.steps.map((step): Planned => ({ ...step, inverse: [] })));
  return {
    steps: options.inverses === false ? steps : withInverses(steps, ground),
    owned: new Map(sorted.map((job) => [job.name, ownedBy(job)])),
    notices: planners.flatMap(({ notices }) => notices),
  };
}

/** @param sorted from the bottom up */
function plan(planner: Planner, sorted: readonly Job[]): void {
  for (const job of sorted.toReversed()) takeAway(planner, job);
  const staying = sorted.filter(({ going }) => !going);
  for (const job of staying) make(planner, job);
  for (const job of staying) dropOld(planner, job);
  putBack(planner);
}

/** @param ground as it is before the first step */
export function withInverses(steps: readonly Planned[], ground: Pick<Ground, "state" | "sysctl">): Planned[] {
  const inverses = undoable(
    steps.map(({ step }) => step),
    ground.state,
    (key) => ground.sysctl(key),
  );
  return steps.map((step, at) => ({ ...step, inverse: inverses[at]?.inverse ?? [] }));
}

function jobOf(given: Wanted, ground: Ground, { parts: some, renew = false }: PlanOptions): Job {
  const { name } = given;
  const before = ground.owned.get(name) ?? nothingOwned(name);
  const parts = some ? new Set(some) : allParts;
  const wanted = some ? partly(before.wanted, given, parts) : given;
  return {
    ...{ name, wanted, before, renew, fate: "none", made: before.made },
    parts,
    going: isNothing(wanted),
    former: {
      settings: { ...before.former.settings },
      sysctls: { ...before.former.sysctls },
      ports: { ...before.former.ports },
    },
    madePorts: new Set(before.madePorts),
    shadowed: new Set(),
  };
}

/** Of the parts that are planned what is wanted now, of the others what was wanted before. */
function partly(before: Wanted, now: Wanted, parts: ReadonlySet<Part>): Wanted {
  const { addresses, routes, rules } = now;
  const base = parts.has("link") ? now : linkOf(before, now);
  return {
    ...base,
    ...(parts.has("address") ? { addresses } : { addresses: before.addresses }),
    ...(parts.has("route") ? { routes, rules } : { routes: before.routes, rules: before.rules }),
  };
}

function linkOf(before: Wanted, now: Wanted): Wanted {
  const { dynamic, dns, requires, requiresAt, waits } = now;
  return { ...before, dynamic, dns, requires, requiresAt, waits };
}

/** What others need comes first; what needs each other in a circle comes last. */
function inOrder(jobs: ReadonlyMap<string, Job>): Job[] {
  const graph = graphOf(Array.from(jobs.values(), ({ going, before, wanted }) => (going ? before.wanted : wanted)));
  const names = orderOf(graph).layers.flat();
  const sorted = names.flatMap((name) => jobs.get(name) ?? []);
  return [...new Set([...sorted, ...jobs.values()])];
}

function takeAway(planner: Planner, job: Job): void {
  const { fate, going, parts } = job;
  if (going && parts.has("route")) dropRoutes(planner, job);
  if (going && parts.has("address")) dropAddresses(planner, job);
  if (fate === "delete" || fate === "remake") deleteLink(planner, job);
  else if (going && parts.has("link")) leaveLink(planner, job);
  else if (parts.has("link")) {
    // A bridge whose last port went has no hardware address, and takes no VLAN any more: where it went with its own
    // interface, they wait for the next one.
    const link = planner.link(job.name);
    if (fate === "keep" && link?.kind === "bridge" && link.address !== noAddress) setOwnVlans(planner, job);
    releasePorts(planner, job);
  }
}

function make(planner: Planner, job: Job): void {
  const { parts } = job;
  if (parts.has("link")) makeLink(planner, job);
  // A route to a gateway that is out of reach for a moment could not be put back.
  if (parts.has("address") && parts.has("route") && remakesAny(planner, job)) dropRoutes(planner, job);
  if (parts.has("address")) makeAddresses(planner, job);
  if (parts.has("route")) makeRoutes(planner, job);
}

/** What goes along with an address that is deleted, and shall not, is made once more. */
function dropOld(planner: Planner, job: Job): void {
  const { parts } = job;
  if (parts.has("route")) dropRoutes(planner, job);
  const before = planner.steps.length;
  if (parts.has("address")) dropAddresses(planner, job);
  if (planner.steps.length === before) return;
  makeAddresses(planner, job);
  if (parts.has("route")) makeRoutes(planner, job);
}

function ownedBy({ name, wanted, going, parts, former, made, madePorts, shadowed }: Job): Owned {
  const gone = going && parts.has("link");
  return {
    wanted: shadowed.size === 0 ? wanted : { ...wanted, routes: wanted.routes.filter(({ is }) => !shadowed.has(is)) },
    former: gone ? nothingOwned(name).former : former,
    made: made && wanted.link !== undefined,
    madePorts: [...madePorts],
  };
}
