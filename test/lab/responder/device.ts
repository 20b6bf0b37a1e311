/** The objects of one simulated device, encoded and in order. */
import { type Oid, tag, type VarBind } from "../../../src/snmp/value.ts";
import { encodeVarBind, oidKey } from "./ber.ts";

/** Rows that several devices may share until one of them changes. */
export interface Rows {
  keys: string[];
  encoded: Uint8Array[];
  types: Uint8Array;
  places: Map<string, number>;
}

export function encodeRows(bindings: Iterable<VarBind>): Rows {
  const all = [...bindings].map((binding) => ({
    key: oidKey(binding.oid),
    bytes: encodeVarBind(binding),
    type: binding.type,
  }));
  all.sort((a, b) => (a.key < b.key ? -1 : 1));
  return index(
    all.map(({ key }) => key),
    all.map(({ bytes }) => bytes),
    Uint8Array.from(all, ({ type }) => type),
  );
}

function index(keys: string[], encoded: Uint8Array[], types: Uint8Array): Rows {
  return { keys, encoded, types, places: new Map(keys.map((key, at) => [key, at])) };
}

/** What community `NAME:rw` may SET: sysContact, sysName, sysLocation; ifAdminStatus, ifAlias. */
const writable: Record<string, number> = {
  "1.3.6.1.2.1.1.4": tag.octetString,
  "1.3.6.1.2.1.1.5": tag.octetString,
  "1.3.6.1.2.1.1.6": tag.octetString,
  "1.3.6.1.2.1.2.2.1.7": tag.integer,
  "1.3.6.1.2.1.31.1.1.1.18": tag.octetString,
};
const writableKeys = new Map(Object.entries(writable).map(([oid, type]) => [oidKey(oid), type]));
/** Numbers of an index below these: one, each two units of a key. */
const indexUnits = 2;

export class Device {
  rows: Rows;
  /** Milliseconds before each answer. */
  latency: number;
  requests = 0;

  constructor(rows: Rows, latency: number) {
    this.rows = rows;
    this.latency = latency;
  }

  /** Place of the object; -1 when there is none. */
  at(key: string): number {
    return this.rows.places.get(key) ?? -1;
  }

  /** Place of the first object after `key`; past the end when there is none. */
  after(key: string): number {
    const place = this.rows.places.get(key);
    if (place !== undefined) return place + 1;
    const { keys } = this.rows;
    let [low, high] = [0, keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** error-status of a SET of this object (RFC 3416 §4.2.5): 0 when it may be done. */
  refusal(key: string, type: number): number {
    const wanted = writableKeys.get(key.slice(0, -indexUnits));
    if (wanted === undefined) return 17; // notWritable
    if (this.at(key) < 0) return 18; // inconsistentName
    return wanted === type ? 0 : 7; // wrongType
  }

  put(key: string, type: number, bytes: Uint8Array): void {
    const { keys, encoded, types } = this.rows;
    const place = this.at(key);
    const newTypes = types.slice();
    const newEncoded = encoded.slice();
    newTypes[place] = type;
    newEncoded[place] = bytes;
    this.rows = { keys, encoded: newEncoded, types: newTypes, places: this.rows.places };
  }

  /** Takes objects away (each with all below it), then sets others. */
  change(remove: readonly Oid[], set: readonly VarBind[]): void {
    const gone = remove.map(oidKey);
    const added = encodeRows(set);
    const { keys, encoded, types } = this.rows;
    const all: [key: string, bytes: Uint8Array, type: number][] = [];
    for (const [at, key] of keys.entries()) {
      if (added.places.has(key) || gone.some((top) => key.startsWith(top))) continue;
      all.push([key, encoded[at]!, types[at]!]);
    }
    for (const [at, key] of added.keys.entries()) all.push([key, added.encoded[at]!, added.types[at]!]);
    all.sort((a, b) => (a[0] < b[0] ? -1 : 1));
    this.rows = index(
      all.map(([key]) => key),
      all.map(([, bytes]) => bytes),
      Uint8Array.from(all, ([, , type]) => type),
    );
  }
}
