/**
 * The way down of one interface, by what was recorded when it came up, whatever became of the configuration. A script that
 * fails does not hold it up: what fails is said, and the rest is done all the same.
 */
import type { Engine } from "./engine.ts";
import type { How } from "./events/parameters.ts";
import { Ends, type Task } from "./events/task.ts";
import type { Stanza } from "./interfaces/configuration.ts";
import { asNew } from "./kernel/simple-inverse.ts";
import { addressKey, type Family } from "./kernel/state.ts";
import type { NewAddress } from "./kernel/step.ts";
import { asFound, disowned } from "./plan/found.ts";
import { nothingOwned } from "./plan/owned.ts";
import { type Because, type DynamicMethod, isNothing, nothing, type Wanted } from "./plan/wanted.ts";
import type { InterfaceRecord } from "./record.ts";
import { freshRecord } from "./records.ts";
import { runOf, runsAny } from "./script-runs.ts";
import { opposite } from "./scripts.ts";

/**
 * @param iface the record is gone afterwards
 * @param asItWas what was there before it came up stays
 * @returns what scripts failed; empty: none
 * @throws Ends `failed`: the kernel refuses; all that is left of it is recorded. Stopped
 */
export async function takeDown(
  engine: Engine,
  task: Task,
  iface: string,
  { how, asItWas }: { how: How; asItWas: boolean },
): Promise<string[]> {
  const failures: string[] = [];
  const scripts = how.scripts !== false;
  const record = () => engine.records.get(iface) ?? freshRecord(iface, engine.now);
  engine.retries.forget(iface);
  if (scripts) failures.push(...(await owed(engine, task, record(), "up", how)));
  const was = () =>
    asItWas ? asFound(record().found, record().owned) : how.manualStays ? left(record()) : nothing(iface);
  await stopClients(engine, task, record(), was());
  takeLeftovers(engine, record());
  const { owned, leases } = record();
  const { dns } = owned.wanted;
  if (dns.servers.length + dns.search.length + dns.options.length > 0 || leases.length > 0) {
    await engine.child(task, "DNS", iface, { dns: nothing(iface).dns });
  }
  // Until its last scripts have run there is something to be remembered.
  const late = scripts && dues(engine, record(), "pre-up").length > 0;
  const bare = { setup: "down", owned: nothingOwned(iface), leases: [], clients: [], error: "" } as const;
  const go = (wanted: () => Wanted) =>
    engine.plans.carryOut(task, {
      what: "down",
      iface,
      wanted,
      record: () => (late ? engine.changed(record(), { ...bare, leases: [], clients: [] }) : null),
      to: "down",
    });
  try {
    await go(was);
  } catch (error) {
    if (!(error instanceof Ends) || isNothing(was())) throw error;
    engine.say(task, "not all of it can be as it was found: that stays as it is");
    engine.update(iface, ({ owned: all, found }) => ({ owned: disowned(all, found) }));
    await go(() => nothing(iface));
  }
  if (!late) return failures;
  failures.push(...(await owed(engine, task, record(), "pre-up", how)));
  engine.world.journal.drop(iface);
  return failures;
}

/** As the model leaves a device whose method is manual when all goes down. */
function left({ name, asked, owned: { wanted }, stanzas }: InterfaceRecord): Wanted {
  const stays =
    asked && !wanted.link && stanzas.every(({ family, method }) => family === "inet" && method === "manual");
  const { master: _, ...settings } = wanted.settings.is;
  return stays && settings.up ? { ...nothing(name), settings: { ...wanted.settings, is: settings } } : nothing(name);
}

/**
 * IPv4 addresses that came after its first command had run go with it, as with ifupdown's `ip -4 addr flush`: where an `up`
 * command adds one and no `down` takes it away, it would be in the way when that runs again. With the link's going down the
 * kernel takes those of IPv6 by itself.
 */
export function takeLeftovers(engine: Engine, { name, owned, stood }: InterfaceRecord): void {
  if (stood === undefined || owned.made) return;
  const key = ({ is }: Because<NewAddress>) => addressKey(is);
  const known = new Set([...stood, ...owned.wanted.addresses.map(key)]);
  const came = engine.state.addresses.filter(
    (one) => one.device === name && one.family === 4 && !known.has(addressKey(one)),
  );
  if (came.length === 0) return;
  const ours = new Set([...engine.records.values()].flatMap((one) => one.owned.wanted.addresses.map(key)));
  const left = came.filter((one) => !ours.has(addressKey(one)));
  const addresses = left.map((one) => ({ is: asNew(one), from: "configuration" as const }));
  engine.update(name, (now) => {
    const { wanted } = now.owned;
    return { owned: { ...now.owned, wanted: { ...wanted, addresses: [...wanted.addresses, ...addresses] } } };
  });
}

/** Runs what the phases that have run owe, each once. @returns what failed */
export async function owed(
  engine: Engine,
  task: Task,
  record: InterfaceRecord,
  ran: "pre-up" | "up",
  how: How = {},
): Promise<string[]> {
  const failures: string[] = [];
  const { name: iface } = record;
  for (const { stanza, of } of dues(engine, record, ran)) {
    const run = runOf(engine, { ...record, iface }, of, opposite[ran], how);
    const { outcome, reason } = await engine.child(task, "SCRIPTS", iface, run);
    if (outcome !== "done") failures.push(`${opposite[ran]}: ${reason}`);
    if (outcome === "superseded" || outcome === "cancelled" || !engine.records.has(iface)) continue;
    engine.update(iface, (now) => ({ ran: now.ran.filter((one) => one.stanza !== stanza || one.phase !== ran) }));
  }
  return failures;
}

/** Stanzas for which there is something to run to take that phase back. */
export function dues(
  engine: Engine,
  { stanzas, ran: all }: InterfaceRecord,
  ran: "pre-up" | "up",
): { stanza: number; of: Stanza }[] {
  return all.flatMap(({ stanza, phase }) => {
    const its = phase === ran ? stanzas[stanza] : undefined;
    return its && runsAny(engine, its, opposite[ran]) ? [{ stanza, of: its }] : [];
  });
}

/** DHCP clients and IPv4LL addresses. @param stays a lease whose address stays is not given back to the server */
export async function stopClients(engine: Engine, task: Task, record: InterfaceRecord, stays?: Wanted): Promise<void> {
  const { name: iface } = record;
  const families = new Set<Family>([
    ...record.clients.map(({ family }) => family),
    ...engine.clients.of(iface).map((client) => client.record.family),
  ]);
  for (const family of families) {
    const kept = stays?.addresses.some(({ is, from }) => from === "lease" && is.family === family);
    const leased = !kept && record.leases.some((lease) => lease.family === family);
    const method: DynamicMethod = { family, method: "dhcp", options: {}, at: { file: "", line: 0, column: 0 } };
    await engine.child(task, "DHCP", iface, { what: leased ? "release" : "stop", method });
  }
  engine.claims.get(iface)?.release();
  engine.claims.delete(iface);
}
