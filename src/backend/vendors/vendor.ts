/** What Reeve knows of one maker's devices, on top of the generic reading. */
import type { ModuleFact, SystemFact } from "../../network/facts.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import type { About } from "../device/reader.ts";

/** What a vendor's file may say better than the generic reading; what it leaves out, or leaves "", stays as it was. */
export type Told = Partial<
  Pick<
    SystemFact,
    | "vendor"
    | "model"
    | "os"
    | "os_ver"
    | "serial"
    | "ps1_type"
    | "ps1_status"
    | "ps2_type"
    | "ps2_status"
    | "fan"
    | "slots"
  >
>;

export interface Vendor {
  /** SystemFact.snmp_class. */
  name: string;
  matches(about: About): boolean;
  objects?: readonly Oid[];
  system?(tables: Tables, about: About): Told;
  /** For devices without ENTITY-MIB. */
  moduleObjects?: readonly Oid[];
  modules?(tables: Tables): ModuleFact[];
}

export const scalars = (...oids: Oid[]): Oid[] => oids.map((oid) => `${oid}.0`);

/** The first group of the pattern in sysDescr, "" where it does not match. */
export function within(about: About, pattern: RegExp): string {
  return pattern.exec(about.description)?.[1]?.trim() ?? "";
}

/** A module of which only these are known. */
export function moduleOf(known: Partial<ModuleFact> & Pick<ModuleFact, "index">): ModuleFact {
  const unknown = { description: "", type: "", parent: null, name: "", class: "", pos: null };
  return { ...unknown, hw_ver: "", fw_ver: "", sw_ver: "", serial: "", model: "", fru: null, ...known };
}

/** First two rows of a column of power supplies, in words. */
export function supplies(states: Iterable<string>): Told {
  const [ps1_status = "", ps2_status = ""] = states;
  return { ps1_status, ps2_status };
}

/** One word for all fans: the common one, else those that differ. */
export function fans(states: Iterable<string>): string {
  return [...new Set(states)].join(", ");
}
