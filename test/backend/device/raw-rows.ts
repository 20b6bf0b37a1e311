/** Rows of a recording counted by its lines alone, without any of the code under test. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const folder = join(import.meta.dirname, "../../../../shared/corpus/snmp");

const oids = new Map<string, string[]>();

function read(recording: string): string[] {
  const text = gunzipSync(readFileSync(join(folder, `${recording}.snmprec.gz`))).toString("latin1");
  return text.split("\n").map((line) => line.slice(0, line.indexOf("|")).replace(/^\./, ""));
}

/** Different indexes below a column. */
export function rawIndexes(recording: string, column: string): string[] {
  const known = oids.get(recording) ?? read(recording);
  oids.set(recording, known);
  const below = known.filter((oid) => oid.startsWith(`${column}.`));
  return [...new Set(below.map((oid) => oid.slice(column.length + 1)))];
}

export const recordings = [
  "arista-dcs-7150s-52-cl",
  "arista_eos_1",
  "awplus",
  "brocade-icx6430-24",
  "cisco-c3560",
  "cisco-n5000-uk9",
  "comware",
  "dlink-des3200",
  "gaia",
  "hpe-procurve-516733-b21",
  "huawei-s5720",
  "juniper-mx960-12-3r6-6",
  "juniper-mx960-13-3r9-13",
  "routeros",
] as const;

export type RecordingName = (typeof recordings)[number];
