/**
 * An interface of which no record could be kept, or that another ifup has brought up, goes down by what the configuration
 * says, as far as that is there.
 */
import type { Engine } from "./engine.ts";
import { Ends, type Task } from "./events/task.ts";
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
  return {
    ...freshRecord(iface, engine.now),
    setup: "configured",
    logical,
    stanzas,
    owned: ownedOf(there, wanted),
    ran: allRan(stanzas),
    // What else is on it, its own commands have put there.
    ...(engine.world.journal.lasting && !dhcp ? { stood: [] } : {}),
  };
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
