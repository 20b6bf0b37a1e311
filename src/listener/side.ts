/** One side of an event, decoded at most once for all handlers. */
import { Buffer } from "node:buffer";
import { type Attributes, baseType, decodeAttributes } from "../ldap/attributes.ts";
import { treeKey } from "../ldap/dn.ts";
import type { Matcher } from "../ldap/match.ts";
import { stored } from "./damage.ts";
import type { WireEntry, WireValue } from "./wire.ts";

/** Lower-case attribute types without options that a handler must not see. Handlers with equal ones share the object. */
export type Hidden = ReadonlySet<string>;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 text without NUL as a string, anything else as base64. */
export function wireValue(value: Uint8Array): WireValue {
  try {
    const text = decoder.decode(value);
    if (!text.includes("\0")) return text;
  } catch {
    // Not UTF-8.
  }
  return { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
}

/** What a handler may see of a side. */
class View {
  readonly attributes: Attributes;
  #wire: WireEntry | undefined;
  readonly #answers = new Map<Matcher, boolean>();

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  get wire(): WireEntry {
    if (this.#wire === undefined) {
      const wire: WireEntry = Object.create(null);
      for (const type in this.attributes) wire[type] = this.attributes[type]!.map(wireValue);
      this.#wire = wire;
    }
    return this.#wire;
  }

  matches(matcher: Matcher, dn: string): boolean {
    let answer = this.#answers.get(matcher);
    if (answer === undefined) {
      answer = matcher(this.attributes, dn);
      this.#answers.set(matcher, answer);
    }
    return answer;
  }
}

export class Side {
  readonly dn: string;
  readonly #raw: Uint8Array;
  #key: string | undefined;
  #full: View | undefined;
  readonly #views = new Map<Hidden, View>();

  constructor(dn: string, raw: Uint8Array) {
    this.dn = dn;
    this.#raw = raw;
  }

  /** Bytes it takes at least. */
  get size(): number {
    return this.#raw.length;
  }

  /** Its place in the tree. */
  get key(): string {
    this.#key ??= stored(() => treeKey(this.dn));
    return this.#key;
  }

  view(hidden: Hidden): View {
    let view = this.#views.get(hidden);
    if (view === undefined) {
      this.#full ??= new View(stored(() => decodeAttributes(this.#raw)));
      view = without(this.#full, hidden);
      this.#views.set(hidden, view);
    }
    return view;
  }
}

function without(full: View, hidden: Hidden): View {
  const types = Object.keys(full.attributes);
  const seen = types.filter((type) => !hidden.has(baseType(type)));
  if (seen.length === types.length) return full;
  const attributes: Attributes = Object.create(null);
  for (const type of seen) attributes[type] = full.attributes[type]!;
  return new View(attributes);
}
