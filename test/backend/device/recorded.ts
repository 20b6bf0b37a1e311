/** Recordings of real devices and what the real Netdisco made of them. They lie beside the checkout, or are missing. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { about, aboutObjects } from "../../../src/backend/device/about.ts";
import type { About } from "../../../src/backend/device/reader.ts";
import { openRecording } from "../../../src/snmp/recording/recording.ts";
import { Tables } from "../../../src/snmp/tables.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpus");
export const present = existsSync(join(corpus, "snmp"));

export async function readRecording(name: string, objects: (about: About) => Oid[]) {
  const recording = await openRecording(join(corpus, "snmp", `${name}.snmprec.gz`));
  const found = about(await recording.read(aboutObjects));
  return { about: found, tables: await recording.read([...new Set(objects(found))]) };
}

/** Where the device that plays the recording was in Netdisco's lab. */
export function addressOf(recording: string): string {
  const lines = readFileSync(join(corpus, "netdisco/devices.tsv"), "utf8").replaceAll("\r", "").split("\n");
  const ip = lines.find((line) => line.endsWith(`\t${recording}`))?.split("\t")[0];
  if (ip === undefined) throw new Error(`no device plays ${recording}`);
  return ip;
}

/** Rows of one of Netdisco's tables for the device that plays the recording. */
export function netdisco(table: string, recording: string): Record<string, string>[] {
  const ip = addressOf(recording);
  const [header = [], ...rows] = parseCsv(
    readFileSync(join(corpus, `netdisco/db/${table}.csv`), "utf8").replaceAll("\r", ""),
  );
  const records = rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ""])));
  return records.filter((record) => (record.ip ?? record.switch) === ip);
}

function parseCsv(content: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = "", end] of content
    .replaceAll("\r", "")
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ",") continue;
    if (row.length > 1) rows.push(row);
    row = [];
  }
  return rows;
}

/** Tables of a test's own: column → index → value; texts become bytes, as an agent sends them. */
export function tablesOf(columns: Record<Oid, Record<string, Value>>, incomplete: readonly Oid[] = []): Tables {
  const tables = new Tables();
  for (const [oid, rows] of Object.entries(columns)) {
    const complete = !incomplete.includes(oid);
    const read = new Map(Object.entries(rows));
    tables.set(oid, complete ? { rows: read, complete } : { rows: read, complete, reason: "cut off" });
  }
  return tables;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const hexBytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(":", ""), "hex"));
