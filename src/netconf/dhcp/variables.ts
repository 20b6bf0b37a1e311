/**
 * The variables of one lease in a client's environment, read one by one: what is malformed is left out, and named with a
 * reason, so that one bad field does not cost the rest.
 */
import { hostName, plainText } from "./checks.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Words of one list: name servers, search domains. */
const mostWords = 16;
/** Options that have no field of their own. */
const mostOthers = 64;

export class Variables {
  /** Names and why. */
  readonly refused: Record<string, string> = {};
  readonly #values = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** @param prefix `new_`, `old_`, `cur_` */
  constructor(environment: Environment, prefix: string) {
    for (const [name, value] of Object.entries(environment)) {
      if (value !== undefined && name.startsWith(prefix)) this.#values.set(name.slice(prefix.length), value.trim());
    }
  }

  get size(): number {
    return this.#values.size;
  }

  /** As it came; undefined where it is absent or empty. It counts as read: `others` leaves it out. */
  raw(name: string): string | undefined {
    this.#taken.add(name);
    return this.#values.get(name) || undefined;
  }

  refuse(name: string, why: string): void {
    this.refused[name] = why;
  }

  /** `check` gives the value, or undefined for what it does not take. */
  one<Value>(name: string, expected: string, check: (text: string) => Value | undefined): Value | undefined {
    const text = this.raw(name);
    if (text === undefined) return undefined;
    const value = check(text);
    if (value === undefined) this.refuse(name, `not ${expected}: ${shown(text)}`);
    return value;
  }

  /** Words that pass, without doubles; those that do not are refused together. */
  list(name: string, expected: string, check: (text: string) => string | undefined): string[] {
    const text = this.raw(name);
    if (text === undefined) return [];
    const words = text.split(/ +/);
    const good = new Set<string>();
    const bad: string[] = [];
    for (const word of words.slice(0, mostWords * 4)) {
      const value = check(word);
      if (value === undefined) bad.push(word);
      else good.add(value);
    }
    const late = words.length > mostWords * 4 || good.size > mostWords;
    if (bad.length > 0) this.refuse(name, `not ${expected}: ${shown(bad.join(" "))}`);
    else if (late) this.refuse(name, `more than ${mostWords}`);
    return [...good].slice(0, mostWords);
  }

  host(name: string): string {
    return this.one(name, "a host name", hostName) ?? "";
  }

  /** What nobody asked for by name. */
  others(): Record<string, string> {
    const others: Record<string, string> = {};
    let count = 0;
    for (const [name, value] of [...this.#values].sort(([one], [other]) => (one < other ? -1 : 1))) {
      // dhclient's next_server of a server that has none.
      if (this.#taken.has(name) || value === "0.0.0.0") continue;
      if (!/^[a-z][a-z0-9_]{0,63}$/.test(name)) this.refuse(shown(name), "not an option's name");
      else if (plainText(value) === undefined) this.refuse(name, `not plain text: ${shown(value)}`);
      else if (++count > mostOthers) this.refuse(name, `more than ${mostOthers} options`);
      else others[name] = value;
      // What a hostile server sends is not kept without end for being refused.
      if (Object.keys(this.refused).length > mostOthers) break;
    }
    return others;
  }
}

/** A part of what was refused, fit for a terminal and a log. */
export function shown(text: string): string {
  const part = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return JSON.stringify(part).replace(/[\u007f-\u009f\u200e-\u202e\u2066-\u2069]/g, "?");
}
