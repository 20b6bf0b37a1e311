/** What becomes of each interface's link, and of what lies upon those that are deleted or made anew. */
import type { Link } from "../kernel/state.ts";
import { isHardware, whyAnew, whyOtherFarEnd } from "./kind-change.ts";
import { dataOf } from "./link-part.ts";
import type { Ground } from "./planned.ts";
import { conflict, type Fate, type Job } from "./planner.ts";
import type { Owned } from "./wanted.ts";

/** @throws Problem `conflict`: a link of this name is there that is not ours and not as wanted */
export function fateOf(job: Job, ground: Ground): Fate {
  const { name, wanted, before, parts } = job;
  const link = ground.state.links.get(name);
  if (!parts.has("link")) return link ? "keep" : "none";
  if (!link) return wanted.link && !isHardware(wanted.link.is.kind) ? "make" : "none";
  const ours = before.made && before.wanted.link?.is.kind === link.kind;
  if (!wanted.link) return ours ? "delete" : "keep";
  const why = whyAnew(wanted.link.is, link, ours ? dataOf(job, link) : link.data);
  if (ours) return why || whyOtherFarEnd(wanted.link.is, link) ? "remake" : "keep";
  if (!why) return "keep";
  throw conflict(name, `there is a ${name} that is not of Reeve: ${why}`, wanted.link.at);
}

/**
 * Links that go when these go. Those of this plan are made anew, and those that have records come into the plan for it.
 * @param add makes a job of an interface that shall become again as it was
 * @throws Problem `conflict`: something foreign would go, or something that is to stay could not
 */
export function takeAlong(jobs: ReadonlyMap<string, Job>, ground: Ground, add: (owned: Owned) => Job): void {
  const doomed = [...jobs.values()].filter(({ fate }) => fate === "remake" || fate === "delete");
  for (const below of doomed) {
    for (const link of ground.state.links.values()) {
      if (!liesUpon(link, below.name)) continue;
      const known = jobs.get(link.name);
      const owned = ground.owned.get(link.name);
      if (known?.fate === "delete" || known?.fate === "remake" || isPort(jobs, ground, link.name)) continue;
      const what = `${link.name} lies upon ${below.name}`;
      const verb = below.fate === "delete" ? "deleted" : "made anew";
      if (!(known?.before ?? owned)?.made) {
        throw conflict(below.name, `${what}, which would be ${verb}, and is not of Reeve: take it away first`);
      }
      if (!known && below.fate === "delete") throw conflict(below.name, `${what}: take it down first`);
      const job = known ?? (owned && add(owned));
      if (!job) continue;
      job.fate = "remake";
      doomed.push(job);
    }
    if (below.fate === "remake") addNeighbours(below.name, jobs, ground, add);
  }
}

function liesUpon(link: Link, name: string): boolean {
  return link.lower === name && link.kind !== "veth";
}

/** Made for a bridge of ours (`bridge_ports eth0.5`), which then makes it again, or deletes it. */
function isPort(jobs: ReadonlyMap<string, Job>, ground: Ground, name: string): boolean {
  const all = [...ground.owned.values(), ...Array.from(jobs.values(), ({ before }) => before)];
  return all.some(({ madePorts }) => madePorts.includes(name));
}

/** Interfaces that are tied to a link that is made anew: its master, its ports, the other end of a veth. */
function addNeighbours(name: string, jobs: ReadonlyMap<string, Job>, ground: Ground, add: (owned: Owned) => Job): void {
  const peer = ground.state.links.get(name)?.kind === "veth" ? ground.state.links.get(name)?.lower : undefined;
  for (const [other, owned] of ground.owned) {
    const { wanted } = owned;
    const tied =
      wanted.settings.is.master === name || wanted.ports.some(({ is }) => is.name === name || is.link?.lower === name);
    if ((tied || other === peer) && !jobs.has(other)) add(owned);
  }
}
