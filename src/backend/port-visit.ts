/**
 * Visits that want nothing of the interfaces but their names. While the device says that none has come or gone since
 * discover read them whole, they are taken from the store.
 */
import type { Oid } from "../snmp/value.ts";
import { portNamesOf } from "../store/device-port.ts";
import type { JobContext, Outcome } from "./action.ts";
import { bridgePorts } from "./device/bridge-ports.ts";
import { completenessOf } from "./device/completeness.ts";
import { closedGates, gateObjects, gateTimes, keptGates } from "./device/gates.ts";
import { portNames, portNamesObjects } from "./device/port-names.ts";
import type { PortNames } from "./device/reader.ts";
import { connectVisit, newVisit, type Visit } from "./visit.ts";

export interface PortVisit extends Visit {
  /** ifIndex → name as the store has it; undefined: it has to be read. */
  kept?: ReadonlyMap<number, string> | undefined;
}

export const newPortVisit: () => PortVisit = newVisit;

/**
 * `connectVisit`, and whether the names that are kept still hold. With `force` they do not. Where another kind of device
 * has come to stand at the address, what it sees is not to be stored as the old one's.
 */
export async function connectPortVisit(context: JobContext, visit: PortVisit): Promise<Outcome | undefined> {
  await connectVisit(context, visit, gateObjects);
  const { known, tables, now, about } = visit;
  if (known && about.objectId !== "" && known.object_id !== "" && known.object_id !== about.objectId) {
    const was = known.name || known.ip;
    return {
      status: "error",
      message: `another device answers where ${was} was (${about.objectId}): discover it first`,
    };
  }
  if (!known || context.request.force) return undefined;
  if (!closedGates(keptGates(known.gates), gateTimes(tables, now)).has("interfaces")) return undefined;
  const kept = await portNamesOf(context.store, known.id);
  if (kept.size > 0) visit.kept = kept;
  return undefined;
}

/** What is to be read for the names. */
export function namesObjects({ kept }: PortVisit): readonly Oid[] {
  return kept ? [] : portNamesObjects;
}

export interface Naming {
  names: PortNames;
  /** False: names may be missing. */
  complete: boolean;
  reason?: string;
}

export function naming({ tables, about, kept }: PortVisit): Naming {
  const byIndex = kept ?? portNames(tables, about);
  const byBridgePort = bridgePorts(tables, about);
  const names: PortNames = {
    name: (ifIndex) => byIndex.get(ifIndex) ?? "",
    ofBridgePort: (port) => byBridgePort.get(port),
  };
  return { names, ...completenessOf(tables, namesObjects({ kept } as PortVisit)) };
}
