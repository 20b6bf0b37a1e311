/**
 * An interface of which no record could be kept, or that another ifup has brought up, goes down by what the configuration
 * says, as far as that is there.
 */
import { needsOf } from "./apply/fates.ts";
import type { Engine } from "./engine.ts";
import { Ends, type Task } from "./events/task.ts";
import type { Stanza } from "./interfaces/configuration.ts";
import { logicalName } from "./logical.ts";
import { wantedOf } from "./methods/wanted-of.ts";
import { thereOf } from "./plan/found.ts";
import { isHardware } from "./plan/kind-change.ts";
import { nothingOwned } from "./plan/owned.ts";
import { isNothing, type Owned, type Wanted } from "./plan/wanted.ts";
import type { InterfaceRecord } from "./record.ts";
import { freshRecord } from "./records.ts";
import { allRan } from "./script-runs.ts";

/**
 * A record as it would have been made; undefined: records are kept, and neither they nor ifstate have it up, or nothing of
 * it is there.
 * @param said as which it came up
 * @throws Ends `refused`, `failed` by a mapping's script
 */
export async function unrecorded(
  engine: Engine,
  task: Task,
  iface: string,
  said: { logical?: string },
): Promise<InterfaceRecord | undefined> {
  if (!engine.link(iface)) return undefined;
  const listed = listedAs(engine, iface);
  if (engine.world.journal.lasting && listed === undefined) return undefined;
  const asBefore = listed !== undefined && said.logical === undefined ? { logical: listed, mappings: false } : said;
  const logical = await logicalName(engine, task, iface, asBefore);
  const stanzas = engine.stanzasOf(logical);
  const { wanted, diagnostics } = wantedOf(iface, stanzas, engine.context);
  const there = thereOf(wanted, engine.state);
  if (stanzas.length === 0 || isNothing(there)) return undefined;
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong) throw new Ends("refused", wrong.message);
  engine.say(task, "there is no record of it: it goes down by what the configuration says");
  const dhcp = wanted.dynamic.some(({ method }) => method === "dhcp");
  if (dhcp) {
    engine.say(
      task,
      "a DHCP client that runs for it is not known without a record: it goes on, and what it gave stays",
    );
  }
  // What else is on it, its own commands have put there.
  const stood = engine.world.journal.lasting && !dhcp ? { stood: [] } : {};
  return { ...recordOf(engine, iface, logical, stanzas, ownedOf(there, wanted)), ...stood };
}

function recordOf(
  { now }: Engine,
  iface: string,
  logical: string,
  stanzas: readonly Stanza[],
  owned: Owned,
): InterfaceRecord {
  return { ...freshRecord(iface, now), setup: "configured", logical, stanzas, owned, ran: allRan(stanzas) };
}

/**
 * Records of what another ifup has brought up, as ifstate says, and is up: with them it is taken over as it is. Those that
 * a DHCP client serves are left out: it is not ours to hear of.
 */
export function takenOver(engine: Engine): InterfaceRecord[] {
  const found = new Map<string, InterfaceRecord>();
  const needs = new Map<string, readonly string[]>();
  for (const { physical: name, logical } of engine.world.files.listed()) {
    const stanzas = engine.stanzasOf(logical);
    if (engine.records.has(name) || stanzas.length === 0 || !engine.link(name)?.up || engine.managerOf(name)) continue;
    const { wanted, diagnostics } = wantedOf(name, stanzas, engine.context);
    const wrong = diagnostics.some(({ severity }) => severity === "error");
    if (wrong || wanted.dynamic.some(({ method }) => method !== "auto")) continue;
    const owned = ownedOf(thereOf(wanted, engine.state), wanted);
    found.set(name, { ...recordOf(engine, name, logical, stanzas, owned), asked: true, stood: [] });
    needs.set(name, needsOf(engine, wanted));
  }
  return Array.from(found.values(), (record) => ({
    ...record,
    users: [...found.keys()].filter((user) => needs.get(user)?.includes(record.name)),
  }));
}

/** As which logical interface ifstate has it up, whoever has brought it up; undefined: it does not. */
export function listedAs({ world }: Engine, iface: string): string | undefined {
  return world.files.listed().find(({ physical }) => physical === iface)?.logical;
}

function ownedOf(there: Wanted, { dns }: Wanted): Owned {
  const { former } = nothingOwned(there.name);
  const ports = there.ports.map(({ is }) => [is.name, { master: "", ...(is.own ? {} : { up: false }) }] as const);
  return {
    wanted: { ...there, dns },
    former: { ...former, settings: { up: false }, ports: Object.fromEntries(ports) },
    made: there.link !== undefined && !isHardware(there.link.is.kind),
    madePorts: there.ports.filter(({ is }) => is.link).map(({ is }) => is.name),
  };
}
