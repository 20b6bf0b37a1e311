/** What servers send (RFC 4511 §4), taken apart in place. */
import { Problem } from "../problem.ts";
import { Reader, universal } from "./ber.ts";
import type { LdapResult } from "./refusal.ts";

/** Tags of protocol operations. */
export const operation = {
  searchEntry: 0x64,
  searchDone: 0x65,
  searchReference: 0x73,
  extendedResponse: 0x78,
  intermediateResponse: 0x79,
} as const;

export interface Message {
  id: number;
  /** One of `operation`, or another. */
  tag: number;
  body: Reader;
  controls: Reader | undefined;
}

export function readMessage(bytes: Uint8Array, start: number, end: number): Message {
  const message = new Reader(bytes, start, end).sequence();
  const id = message.integer();
  const tag = message.tag();
  const body = message.sequence(tag);
  return { id, tag, body, controls: message.tag() === 0xa0 ? message.sequence(0xa0) : undefined };
}

/** Its four parts' first three; what follows stays in the reader. */
export function readResult(body: Reader): LdapResult {
  const result = { code: body.enumerated(), matchedDn: body.text(), diagnostic: body.text() };
  // Referrals: a server that has the entries is asked directly.
  if (body.tag() === 0xa3) body.skip();
  return result;
}

/** The value of the control, when it is there; an absent value is an empty one. */
export function controlValue(controls: Reader | undefined, oid: string): Reader | undefined {
  if (controls === undefined) return undefined;
  for (const all = new Reader(controls.bytes, controls.at, controls.end); all.more; ) {
    const control = all.sequence();
    const found = control.text() === oid;
    if (control.tag() === universal.boolean) control.skip();
    if (found) return content(control);
  }
  return undefined;
}

/** An intermediate response (§4.13) or the rest of an extended one (§4.12): its name, and its value. */
export function readNamed(body: Reader, nameTag: number, valueTag: number): { name: string; value: Reader } {
  const name = body.tag() === nameTag ? body.text(nameTag) : "";
  return { name, value: content(body, valueTag) };
}

function content(reader: Reader, tag: number = universal.octets): Reader {
  return reader.tag() === tag ? reader.sequence(tag) : new Reader(new Uint8Array(0));
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

/** A DN: it is UTF-8 (§4.1.3), or it cannot be told from another. Then it is only fit to be shown. */
export function readDn(body: Reader): { dn: string; illegalDn?: true } {
  const octets = body.octets();
  try {
    return { dn: strict.decode(octets) };
  } catch {
    return { dn: lenient.decode(octets), illegalDn: true };
  }
}

/** The entry's attributes, tag and length included, where they are. */
export function viewAttributes(body: Reader): Uint8Array {
  if (body.tag() !== universal.sequence) throw new Problem("protocol", "an entry without attributes");
  return body.raw();
}

/** A copy of them. */
export function readAttributes(body: Reader): Uint8Array {
  return copy(viewAttributes(body));
}

/** Octets of its own, whatever kind of view it was: Buffer's `slice` would share the memory. */
export function copy(octets: Uint8Array): Uint8Array {
  return new Uint8Array(octets);
}
