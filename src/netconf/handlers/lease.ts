/**
 * LEASE: what a client's script was called for. A lease goes to kernel and resolver as the difference to what was; when one
 * ends, only what it brought goes.
 */
import type { Lease, LeaseEvent, LeaseReason } from "../dhcp/lease.ts";
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import { Ends, type Task } from "../events/task.ts";
import { takeName } from "../host-name.ts";
import { behindLinkLocal, isLinkLocal } from "../link-local.ts";
import { wantedOf } from "../methods/wanted-of.ts";
import type { Wanted } from "../plan/wanted.ts";
import type { InterfaceRecord } from "../record.ts";
import { settled } from "../settled.ts";
import { tellDns } from "../tell-dns.ts";
import { type HeldLease, withLeases } from "../with-leases.ts";

type LeaseTask = Task<"LEASE">;

const gives: ReadonlySet<LeaseReason> = new Set(["bound", "renew", "rebind", "reboot", "timeout", "depref", "ipv4ll"]);
const takes: ReadonlySet<LeaseReason> = new Set(["expire", "stop", "release", "fail", "nbi", "nak"]);

export async function lease(task: LeaseTask, engine: Engine): Promise<Ending> {
  const { iface, parent } = task.event;
  const event = task.parameters;
  if (event.family === 6) task.about = " 6";
  engine.say(task as Task, words(event));
  // Part of an operation on the interface, or one of its own.
  const entry = parent === 0 ? await engine.operations.enter(task as Task, iface, "lease") : undefined;
  try {
    return await told(task, engine, event);
  } finally {
    if (entry && "leave" in entry) entry.leave();
  }
}

async function told(task: LeaseTask, engine: Engine, event: LeaseEvent): Promise<Ending> {
  const { iface } = task.event;
  const { family, reason } = event;
  recordOf(engine, iface);
  const waiting = engine.clients.waiting(iface, family);
  if (reason === "preinit") {
    await raise(task, engine, family);
    return "done";
  }
  if (takes.has(reason)) {
    await take(task, engine, event);
    if (reason === "fail" || reason === "nbi")
      waiting?.settle({ outcome: "failed", reason: "no server answered" }, true);
    if (!waiting) defer(engine, iface, event);
    if (!waiting && reason === "fail" && behindLinkLocal(engine, iface)) engine.resume(iface, task.event.by);
    return "done";
  }
  if (!gives.has(reason)) return "done";
  try {
    const brought = await give(task, engine, event);
    waiting?.settle({ outcome: "done", reason: brought });
    if (!waiting) engine.resume(iface, task.event.by);
    return "done";
  } catch (error) {
    // After a conflict the client declines the lease, and asks for another one.
    if (error instanceof Ends && error.outcome !== "conflict") {
      waiting?.settle({ outcome: error.outcome, reason: error.message });
    }
    throw error;
  }
}

/** What the interface shall be like with these leases. */
function wantedWith(engine: Engine, iface: string, leases: readonly HeldLease[]): { base: Wanted; wanted: Wanted } {
  const record = recordOf(engine, iface);
  const base = engine.bases.get(iface) ?? baseOf(engine, record);
  return { base, wanted: withLeases(base, record.stanzas, leases, engine.now) };
}

/** What was done of its stanzas; before anything was, all that they want. */
function baseOf(engine: Engine, { name, stanzas, owned }: InterfaceRecord): Wanted {
  return owned.wanted.dynamic.length > 0 ? owned.wanted : wantedOf(name, stanzas, engine.context).wanted;
}

async function raise(task: LeaseTask, engine: Engine, family: 4 | 6): Promise<void> {
  const { iface } = task.event;
  const before = task.children.length;
  await engine.plans.carryOut(task as Task, {
    what: "lease",
    iface,
    wanted: () => wantedWith(engine, iface, recordOf(engine, iface).leases).wanted,
    record: (owned) => ({ ...recordOf(engine, iface), owned }),
    options: { parts: ["link"] },
    to: "up",
  });
  if (task.children.length === before) await engine.child(task as Task, "LINK", iface, { to: "up", steps: [] });
  if (family === 4) return;
  // DHCPv6 speaks from the link-local address, which must have been found to be nobody else's.
  await engine.changes.within(task as Task, linkLocalWait, ({ addresses }) => {
    const own = addresses.filter(({ device, scope, family: of }) => device === iface && of === 6 && scope === "link");
    return own.some(({ flags }) => !flags.includes("tentative")) || undefined;
  });
}

/** Milliseconds for duplicate address detection. */
const linkLocalWait = 3000;

/** @returns the address @throws Ends `conflict`, `refused`, `failed` */
async function give(task: LeaseTask, engine: Engine, event: LeaseEvent): Promise<string> {
  const { iface } = task.event;
  const { family, lease: given, old } = event;
  if (!given) throw new Ends("refused", event.unusable || "there is no lease in it");
  const fresh = await check(task, engine, event, given);
  const { leases } = recordOf(engine, iface);
  const former = (old ? { lease: old } : leases.find((one) => one.family === family))?.lease;
  const wanted = await change(task, engine, (held) => [
    ...held.filter((one) => one.family !== family),
    { family, lease: given },
  ]);
  takeName(engine, task as Task, given, former);
  if (family === 4 && !isLinkLocal(given)) {
    engine.claims.get(iface)?.release();
    engine.claims.delete(iface);
  }
  // dhcpcd has asked and listened by itself before it says BOUND, and declines by itself, too.
  if (fresh && engine.clients.get(iface, family)?.record.supplier !== "dhcpcd") {
    engine.watches.begin(engine, iface, given);
  }
  await settled(engine, task as Task, iface, wanted);
  return `${given.address}/${given.prefix}`;
}

/**
 * Does somebody else have it (RFC 2131 §2.2), and is the network there that a stored lease is of?
 * @returns whether it is an address that we had not, and a client that can decline it
 * @throws Ends `conflict`
 */
async function check(task: LeaseTask, engine: Engine, { reason, family }: LeaseEvent, given: Lease): Promise<boolean> {
  const { iface } = task.event;
  if (family === 6 || given.address === "" || reason === "ipv4ll") return false;
  const { dhcpProbe, dhcpTimeout } = engine.world.settings;
  const answers = (address: string, time: number) => engine.world.neighbours.answers(iface, address, time, task.signal);
  if (reason === "timeout") {
    const [router] = given.routers;
    if (router && (await answers(router, Math.min(routerWait, dhcpTimeout / 4)))) return false;
    throw new Ends("conflict", "the router of the stored lease does not answer");
  }
  const ours = engine.state.addresses.some(({ device, address }) => device === iface && address === given.address);
  if (!ours && dhcpProbe > 0 && (await answers(given.address, dhcpProbe))) {
    throw new Ends("conflict", `another host has ${given.address}`);
  }
  return !ours;
}

/** Milliseconds in which the router of a stored lease must answer: servers have had their time before. */
const routerWait = 1000;

/** Takes away what the lease brought, and nothing else. An old one that we do not have was replaced already. */
async function take(task: LeaseTask, engine: Engine, { family, old }: LeaseEvent): Promise<void> {
  const gone = (one: HeldLease) =>
    one.family === family && (old ? old.address === one.lease.address : !isLinkLocal(one.lease));
  const { iface } = task.event;
  if (!recordOf(engine, iface).leases.some(gone)) return;
  if (family === 4) engine.watches.end(iface);
  await change(task, engine, (held) => held.filter((one) => !gone(one)));
}

/** Other leases than before, in kernel and resolver. @returns what is wanted with them */
async function change(
  task: LeaseTask,
  engine: Engine,
  next: (held: readonly HeldLease[]) => HeldLease[],
): Promise<Wanted> {
  const { iface, id } = task.event;
  const before = recordOf(engine, iface).leases;
  const leases = next(before);
  const { base, wanted } = wantedWith(engine, iface, leases);
  await engine.plans.carryOut(task as Task, {
    what: "lease",
    iface,
    wanted: () => wanted,
    record: (owned) => engine.changed(recordOf(engine, iface), { leases, owned, event: id }),
    options: { renew: true },
    to: "changed",
  });
  await tellDns(engine, task as Task, base, before, leases);
  return wanted;
}

/** @throws Ends: it went down meanwhile */
function recordOf(engine: Engine, iface: string): InterfaceRecord {
  const record = engine.records.get(iface);
  if (!record) throw new Ends("superseded", `${iface} is not up any more`);
  return record;
}

/** It is up, and what it needs is not there (any more): its client goes on asking. */
function defer(engine: Engine, iface: string, { reason, said, old }: LeaseEvent): void {
  const { setup } = recordOf(engine, iface);
  if (setup !== "configured" && setup !== "deferred") return;
  const conflict = said === "CONFLICT" && `another host has ${old?.address}`;
  const error = conflict || (reason === "expire" ? "the lease has expired" : "no server answered");
  engine.update(iface, ({ leases }) => (leases.length > 0 ? {} : { setup: "deferred", error }));
  engine.retries.later(engine, iface);
}

/** `BOUND 10.77.0.52/24 by 10.77.0.1 for 3600 s`. */
function words({ said, lease: given, old, unusable }: LeaseEvent): string {
  const of = given ?? old;
  const address = of?.address ? ` ${of.address}/${of.prefix}` : "";
  const server = given?.server ? ` by ${given.server}` : "";
  const time = given && given.lifetime !== null ? ` for ${given.lifetime} s` : "";
  return `${said}${address}${server}${time}${unusable ? `: ${unusable}` : ""}`;
}
