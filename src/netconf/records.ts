/** Records as they stand in a file, of whichever version of Reeve: what is absent there has its default. Pure. */
import type { LinkSettings } from "./kernel/step.ts";
import type { Found } from "./plan/found.ts";
import { nothingOwned } from "./plan/owned.ts";
import { nothing, type Owned, type Wanted } from "./plan/wanted.ts";
import type { InterfaceRecord } from "./record.ts";

/** Records by name; null: there is none (any more). */
export type Records = Readonly<Record<string, InterfaceRecord | null>>;

export function freshRecord(name: string, now: number): InterfaceRecord {
  return {
    name,
    logical: name,
    stanzas: [],
    setup: "configuring",
    owned: nothingOwned(name),
    clients: [],
    leases: [],
    ran: [],
    users: [],
    asked: false,
    class: "",
    error: "",
    event: 0,
    since: now,
  };
}

/** Undefined: it is no record. A field of the wrong type counts as absent. */
export function readRecord(value: unknown): InterfaceRecord | undefined {
  if (!isObject(value) || typeof value.name !== "string" || value.name === "") return undefined;
  const { name } = value;
  const found = isObject(value.found) ? { found: readWanted(nothing(name), value.found) } : {};
  const stood = Array.isArray(value.stood) ? { stood: value.stood.filter((key) => typeof key === "string") } : {};
  return { ...filled(freshRecord(name, 0), value), owned: readOwned(name, value.owned), ...found, ...stood };
}

export function readRecords(value: unknown): Records {
  if (!isObject(value)) return {};
  const read = Object.entries(value).map(([name, record]) => [name, readRecord(record) ?? null]);
  return Object.fromEntries(read);
}

export function readFound(value: unknown): Found {
  if (!isObject(value)) return {};
  const read = Object.entries(value).map(([name, found]) => [
    name,
    readWanted(nothing(name), isObject(found) ? found : {}),
  ]);
  return Object.fromEntries(read);
}

function readOwned(name: string, value: unknown): Owned {
  const fresh = nothingOwned(name);
  if (!isObject(value)) return fresh;
  const owned = filled(fresh, value);
  const former = isObject(value.former) ? filled(fresh.former, value.former) : fresh.former;
  const wanted = isObject(value.wanted) ? readWanted(fresh.wanted, value.wanted) : fresh.wanted;
  return { ...owned, wanted, former };
}

function readWanted(fresh: Wanted, value: Readonly<Record<string, unknown>>): Wanted {
  const wanted: Wanted = filled(fresh, value);
  // These have no default to tell the type by.
  for (const name of ["link", "port"] as const) {
    const because = value[name];
    if (isObject(because) && isObject(because.is)) Object.assign(wanted, { [name]: because });
  }
  if (!isObject(wanted.settings.is)) wanted.settings = fresh.settings;
  wanted.ports = wanted.ports.map((port) => ({ ...port, is: { ...newPort, ...port.is } }));
  return wanted;
}

const newPort = { own: false, joins: false, settings: {} as LinkSettings, data: {}, vlans: [], vlansOnly: false };

/** The fields of `fresh`, with the values of `value` where they are of the same type. */
function filled<Thing extends object>(fresh: Thing, value: Readonly<Record<string, unknown>>): Thing {
  const entries = Object.entries(fresh).map(([name, standard]) => {
    const given = value[name];
    return [name, sameType(given, standard) ? given : standard];
  });
  return Object.fromEntries(entries) as Thing;
}

function sameType(given: unknown, standard: unknown): boolean {
  if (Array.isArray(standard)) return Array.isArray(given);
  return isObject(standard) ? isObject(given) : typeof given === typeof standard;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
