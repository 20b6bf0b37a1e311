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
  const [left, right] = [a.split("."), b.split(".")];
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const difference = Number(left[at]) - Number(right[at]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
