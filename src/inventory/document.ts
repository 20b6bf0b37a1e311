/**
 * The inventory of one machine as agent and server exchange it inside Reeve: what a collector task prints, what is kept
 * until a server has acknowledged it, what the OCS encoding carries, what the store takes apart.
 */
import { Problem } from "../problem.ts";
import { isSectionName, type SectionName, sections } from "./sections.ts";

export type { SectionName } from "./sections.ts";

/** Field name → value. Integer fields hold numbers, all others text; a field without a value is absent. */
export type Row = Record<string, string | number>;

export interface Incomplete {
  /** A section's name; free text is allowed, since a newer agent may know sections an older server does not. */
  section: string;
  /** What is missing and why, for an administrator's eyes. */
  reason: string;
}

export interface InventoryDocument {
  /** OCS device id: `host-YYYY-MM-DD-hh-mm-ss`. */
  deviceId: string;
  /** The id this machine reported under before. */
  oldDeviceId?: string;
  /** OCS account tag; a server takes it from the first inventory only. */
  tag?: string;
  /** Program and version that collected it, as its User-Agent says. */
  agent: string;
  /** Epoch milliseconds. */
  collected: number;
  sections: Partial<Record<SectionName, Row[]>>;
  /** Sections that could not be read wholly; an empty list says that what is here is all there is. */
  incomplete: Incomplete[];
}

/** What normalising had to leave out; all zero and empty for a document of our own making. */
export interface Dropped {
  /** Names of sections outside the vocabulary, at most 64 of them. */
  sections: string[];
  /** Values of unknown fields, or of the wrong type. */
  fields: number;
  /** Rows beyond the limit or that are no objects. */
  rows: number;
  /** Values cut at the limit. */
  truncated: number;
}

export const limits = {
  deviceId: 255,
  rowsPerSection: 20_000,
  /** UTF-16 units of one value. */
  fieldLength: 4096,
  incomplete: 256,
} as const;

const deviceIdShape = /^.+-\d{4}(?:-\d{2}){5}$/;
// Controls but TAB and LF; the two noncharacters XML forbids.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g;

/** OCS's rule for device ids (`Server/Communication.pm`), with a length and without control characters. */
export function isDeviceId(text: string): boolean {
  return text.length <= limits.deviceId && deviceIdShape.test(text) && clean(text) === text;
}

/** Well-formed Unicode without control characters and outer blanks; LF and TAB stay. */
export function clean(text: string): string {
  return text.toWellFormed().replace(unprintable, "").trim();
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  // A high surrogate at the end would have lost its partner.
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}

function integer(value: unknown): number | undefined {
  const number = typeof value === "string" && /^[+-]?\d{1,16}(\.\d*)?$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
  const whole = Math.trunc(number);
  return Number.isSafeInteger(whole) ? whole + 0 : undefined;
}

function normaliseRow(name: SectionName, input: object, dropped: Dropped): Row | undefined {
  const row: Row = {};
  let filled = false;
  const { fields } = sections[name];
  for (const [field, value] of Object.entries(input)) {
    const type = fields.get(field);
    const isValue = typeof value === "string" || typeof value === "number";
    if (type === undefined || !isValue) {
      if (value !== undefined && value !== null && value !== "") dropped.fields++;
      continue;
    }
    const text = clean(String(value));
    if (text === "") continue;
    if (type === "integer") {
      const number = integer(text);
      if (number === undefined) {
        dropped.fields++;
        continue;
      }
      row[field] = number;
    } else {
      if (text.length > limits.fieldLength) dropped.truncated++;
      row[field] = cut(text, limits.fieldLength);
    }
    filled = true;
  }
  return filled ? row : undefined;
}

function normaliseSection(name: SectionName, input: unknown, dropped: Dropped): Row[] {
  const list: unknown[] = Array.isArray(input) ? input : [input];
  const most = sections[name].single ? 1 : limits.rowsPerSection;
  const rows: Row[] = [];
  for (const item of list) {
    if (rows.length === most || typeof item !== "object" || item === null || Array.isArray(item)) {
      dropped.rows++;
      continue;
    }
    const row = normaliseRow(name, item, dropped);
    if (row) rows.push(row);
  }
  return rows;
}

function optionalText(value: unknown, length: number): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = cut(clean(String(value)), length);
  return text === "" ? undefined : text;
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Problem("bad-request", `${what} is not an object`);
  return value as Record<string, unknown>;
}

/**
 * A document from untrusted input (JSON of a task, the content of an OCS message): unknown sections and fields dropped,
 * values cleaned, cut and typed, limits held; nothing of the input is shared with the result.
 * @throws Problem `bad-request` when it cannot be an inventory at all: no object, a bad device id, no collection time.
 */
export function normalise(input: unknown): { document: InventoryDocument; dropped: Dropped } {
  const dropped: Dropped = { sections: [], fields: 0, rows: 0, truncated: 0 };
  const given = object(input, "the inventory");
  const { deviceId, collected } = given;
  if (typeof deviceId !== "string" || !isDeviceId(deviceId))
    throw new Problem("bad-request", "the device id is not of the form NAME-YYYY-MM-DD-hh-mm-ss");
  if (typeof collected !== "number" || !(collected >= 0 && collected <= 8.64e15))
    throw new Problem("bad-request", "the collection time is not in epoch milliseconds");

  const document: InventoryDocument = {
    deviceId,
    agent: optionalText(given.agent, 255) ?? "unknown",
    collected: Math.trunc(collected),
    sections: {},
    incomplete: [],
  };
  const oldDeviceId = optionalText(given.oldDeviceId, limits.deviceId);
  if (oldDeviceId !== undefined && oldDeviceId !== deviceId) document.oldDeviceId = oldDeviceId;
  const tag = optionalText(given.tag, 255);
  if (tag !== undefined) document.tag = tag;

  for (const [name, rows] of Object.entries(object(given.sections ?? {}, "the list of sections"))) {
    if (isSectionName(name)) document.sections[name] = normaliseSection(name, rows, dropped);
    else if (dropped.sections.length < 64) dropped.sections.push(cut(clean(name), 64));
  }
  const incomplete = Array.isArray(given.incomplete) ? given.incomplete.slice(0, limits.incomplete) : [];
  for (const item of incomplete) {
    const section = optionalText(item?.section, 64);
    const reason = optionalText(item?.reason, 1024);
    if (section !== undefined) document.incomplete.push({ section, reason: reason ?? "" });
  }
  return { document, dropped };
}
