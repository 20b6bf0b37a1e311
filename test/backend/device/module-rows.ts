/**
 * Modules found in each recording, what Netdisco stored, and why they differ. `modules.corpus.test.ts` holds it against the
 * recordings; the documentation prints it.
 */
import type { ModuleFact } from "../../../src/network/facts.ts";

export interface ExpectedModules {
  rows: number;
  /** Rows that Netdisco stored. */
  netdisco: number;
  /** Fields in which rows differ from Netdisco's, and in how many rows; `missing`: rows that only Netdisco has. */
  differ: Partial<Record<keyof ModuleFact | "missing", number>>;
  why: string;
}

const noType = 'a vendor type of 0.0 is none; Netdisco prints ".0.0"';
const alone = "no table of parts in the recording; Netdisco makes up one row for the chassis";
const junos =
  "rows of jnxContainers and jnxContents as Netdisco has them, but with part numbers, places, serials without the " +
  "words S/N, the midplane as backplane, and what sits in the power slot as power supply";

export const expected: Readonly<Record<string, ExpectedModules>> = {
  "arista-dcs-7150s-52-cl": { rows: 280, netdisco: 280, differ: { type: 280 }, why: noType },
  arista_eos_1: { rows: 11, netdisco: 11, differ: { type: 11 }, why: noType },
  awplus: { rows: 8, netdisco: 1, differ: { missing: 1 }, why: `AT-SYSINFO-MIB's boards; ${alone}` },
  "brocade-icx6430-24": {
    rows: 2,
    netdisco: 2,
    differ: { type: 2, name: 2, model: 2 },
    why: "snAgentConfigModule: the model is its first word; Netdisco names types after another MIB, and all rows alike",
  },
  "cisco-c3560": { rows: 61, netdisco: 61, differ: {}, why: "" },
  "cisco-n5000-uk9": {
    rows: 52,
    netdisco: 52,
    differ: { parent: 1 },
    why: "slot 220 has no row; it is still the parent",
  },
  comware: { rows: 322, netdisco: 322, differ: { type: 17 }, why: "types that the MIB has no name for stay OIDs" },
  "dlink-des3200": { rows: 0, netdisco: 1, differ: { missing: 1 }, why: alone },
  gaia: { rows: 0, netdisco: 1, differ: { missing: 1 }, why: alone },
  "hpe-procurve-516733-b21": {
    rows: 27,
    netdisco: 27,
    differ: { type: 24, parent: 24 },
    why: `${noType}; parents that have no row of their own are still parents`,
  },
  "huawei-s5720": {
    rows: 63,
    netdisco: 63,
    differ: { type: 63 },
    why: `${noType}, and OIDs that it has no name for in halves`,
  },
  "juniper-mx960-12-3r6-6": {
    rows: 68,
    netdisco: 68,
    differ: { pos: 68, model: 59, serial: 40, parent: 1, class: 2 },
    why: junos,
  },
  "juniper-mx960-13-3r9-13": {
    rows: 61,
    netdisco: 61,
    differ: { pos: 61, model: 52, serial: 37, parent: 1, class: 2 },
    why: junos,
  },
  routeros: { rows: 3, netdisco: 3, differ: { type: 3 }, why: noType },
};
