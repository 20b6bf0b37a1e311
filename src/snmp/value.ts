/** Values as SNMP carries them (RFC 2578 §7.1, RFC 3416 §3). */

/** Object identifier in dotted form without a leading dot: `1.3.6.1.2.1.1.1.0`. */
export type Oid = string;

/**
 * INTEGER, Counter32, Gauge32 and TimeTicks are numbers, Counter64 a bigint, OBJECT IDENTIFIER and IpAddress texts
 * (`1.3.6…`, `192.0.2.1`), OCTET STRING and Opaque bytes.
 */
export type Value = number | bigint | string | Uint8Array;

/** ASN.1 tags of values and of the exceptions that stand in a value's place. */
export const tag = {
  integer: 0x02,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  ipAddress: 0x40,
  counter32: 0x41,
  gauge32: 0x42,
  timeTicks: 0x43,
  opaque: 0x44,
  counter64: 0x46,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
} as const;

export interface VarBind {
  oid: Oid;
  /** One of `tag`. */
  type: number;
  /** null for NULL and for the exceptions. */
  value: Value | null;
}

/** Order of OIDs: by their numbers, a shorter one before those that it begins (RFC 3416 §4.2.2). */
export function compareOids(a: Oid, b: Oid): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  while (at > 0 && a.charCodeAt(at - 1) !== dot) at--;
  return arc(a, at) - arc(b, at) || a.length - b.length;
}

const dot = 46;

/** The number that begins at `at`. */
function arc(oid: Oid, at: number): number {
  let number = 0;
  for (let code = oid.charCodeAt(at); code >= 48 && code <= 57; code = oid.charCodeAt(++at)) {
    number = number * 10 + code - 48;
  }
  return number;
}
