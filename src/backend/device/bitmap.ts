/** Sets of ports and VLANs as agents write them into an OCTET STRING. */
import type { Value } from "../../snmp/value.ts";
import { text } from "./cells.ts";

/** Positions of the bits that are set, the first bit (0x80 of the first byte) being `first`. */
export function setBits(value: Value | undefined, first: number): number[] {
  if (!(value instanceof Uint8Array)) return [];
  const bytes = unspoiled(value);
  const found: number[] = [];
  for (const [at, byte] of bytes.entries()) {
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) found.push(first + at * 8 + bit);
  }
  return found;
}

/**
 * Recordings that were made from snmpwalk's text keep the first line of a long value as bytes, and the lines after it as
 * the text they were: a line feed after a multiple of 16 bytes, then nothing but hex digits, blanks and line feeds up to
 * the end. A port list of a device does not look like that (it would need dozens of bytes that all are ASCII digits).
 */
function unspoiled(bytes: Uint8Array): Uint8Array {
  const at = bytes.indexOf(0x0a);
  if (at < 16 || at % 16 !== 0 || bytes.length < at + 7) return bytes;
  const rest = new TextDecoder("latin1").decode(bytes.subarray(at + 1));
  if (!/^(?:[0-9A-Fa-f]{2}\s+)*[0-9A-Fa-f]{0,2}\s*$/.test(rest)) return bytes;
  const more = (rest.match(/[0-9A-Fa-f]{2}/g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return Uint8Array.from([...bytes.subarray(0, at), ...more]);
}

/** JUNOS writes numbers of bridge ports as text, `59,71`; undefined for what is no such list. */
export function listedPorts(value: Value | undefined): number[] | undefined {
  const list = text(value);
  if (list === "") return [];
  return /^\d{1,4}(?:,\d{1,4})*$/.test(list) ? list.split(",").map(Number) : undefined;
}
