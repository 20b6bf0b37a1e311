/** The order in which interfaces of a plan are made: what another needs comes before it. */
import type { Job } from "./planner.ts";

/** Among those that do not need each other, the order given. Where they need each other in a circle, it is cut somewhere. */
export function order(jobs: readonly Job[]): Job[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const [begun, sorted] = [new Set<Job>(), new Set<Job>()];
  const visit = (job: Job) => {
    if (begun.has(job)) return;
    begun.add(job);
    for (const name of needs(job)) {
      const other = byName.get(name);
      if (other) visit(other);
    }
    sorted.add(job);
  };
  for (const job of jobs) visit(job);
  return [...sorted];
}

function needs({ name, wanted, before, going, fate }: Job): string[] {
  const sources = going || fate === "remake" ? [wanted, before.wanted] : [wanted];
  const device = name.includes(":") ? [name.replace(/:.*/s, "")] : [];
  return sources.flatMap(({ link, settings, ports, requires, routes }) => [
    ...device,
    ...(link ? [link.is.lower] : []),
    ...requires,
    ...(settings.is.master ? [settings.is.master] : []),
    ...ports.filter(({ is }) => !is.joins).flatMap(({ is }) => [is.name, is.link?.lower ?? ""]),
    ...routes.flatMap(({ is }) => is.hops.map((hop) => hop.device)),
  ]);
}
