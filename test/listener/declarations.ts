/** Declarations, entries and events for tests. */
import { encodeAttributes } from "../../src/ldap/attributes.ts";
import { type Declaration, defaults } from "../../src/listener/declaration.ts";
import type { EventKind, JournalEvent } from "../../src/listener/event.ts";

export function declare(name: string, part: Partial<Declaration> = {}): Declaration {
  return {
    name,
    description: "of a test",
    filter: "(objectClass=person)",
    semantics: "rfc4515",
    attributes: [],
    modrdn: true,
    handleEveryDelete: false,
    style: "calls",
    transitions: "events",
    needs: [],
    functions: [],
    user: "",
    ...defaults,
    ...part,
  };
}

export type Plain = Record<string, string | string[]>;

export function raw(entry: Plain): Uint8Array {
  const encoder = new TextEncoder();
  const attributes = Object.create(null);
  for (const [type, value] of Object.entries(entry))
    attributes[type] = [value].flat().map((text) => encoder.encode(text));
  return encodeAttributes(attributes);
}

export function uuidOf(number: number): Uint8Array {
  const uuid = new Uint8Array(16);
  new DataView(uuid.buffer).setUint32(12, number);
  return uuid;
}

type Side = [dn: string, entry: Plain] | null;

export function event(kind: EventKind, old: Side, now: Side, seq = 7): JournalEvent {
  return {
    seq,
    at: 1000,
    kind,
    origin: "live",
    uuid: kind === "schema" ? new Uint8Array() : uuidOf(1),
    csn: "20261122000000.000000Z#000000#000#000000",
    oldDn: old?.[0] ?? null,
    newDn: now?.[0] ?? null,
    old: old && raw(old[1]),
    new: now && raw(now[1]),
  };
}
