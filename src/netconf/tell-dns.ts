/** The resolver is told when what an interface brings to it is another than before. */
import type { Engine } from "./engine.ts";
import type { Task } from "./events/task.ts";
import type { Wanted } from "./plan/wanted.ts";
import { dnsOf, type HeldLease } from "./with-leases.ts";

/** @param base what the stanzas want, whatever leases were merged into it */
export async function tellDns(
  engine: Engine,
  task: Task,
  base: Wanted,
  before: readonly HeldLease[],
  after: readonly HeldLease[],
): Promise<void> {
  const dns = dnsOf(base, after, engine.now);
  if (JSON.stringify(dns) === JSON.stringify(dnsOf(base, before, engine.now))) return;
  await engine.child(task, "DNS", base.name, { dns });
}
