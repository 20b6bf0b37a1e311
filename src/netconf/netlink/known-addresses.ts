/** Addresses that the kernel has told of, with what is left of their lives. */
import type { Address, KernelChange } from "../kernel/state.ts";
import type { ReadAddress } from "./address.ts";

interface Known {
  address: Address;
  /** When it was read, in seconds. */
  read: number;
}

/** Seconds that a lifetime may be read wrong by, for it is told in whole ones. */
const tolerance = 2;

export class KnownAddresses {
  readonly #now: () => number;
  readonly #changed: (change: KernelChange) => void;
  /** By number of the link, then by key. */
  readonly #addresses = new Map<number, Map<string, Known>>();
  #list: readonly Address[] | undefined;
  /** When a list with lifetimes in it was made; undefined: there are none. */
  #counting: number | undefined;

  constructor(now: () => number, changed: (change: KernelChange) => void) {
    this.#now = now;
    this.#changed = changed;
  }

  /** Lifetimes in it are those of now. */
  list(): readonly Address[] {
    const now = this.#now();
    if (this.#list && (this.#counting === undefined || now - this.#counting < 1)) return this.#list;
    const known = Array.from(this.#addresses.values(), (of) => [...of.values()]).flat();
    const mortal = known.some(({ address }) => address.valid !== null || address.preferred !== null);
    this.#counting = mortal ? now : undefined;
    this.#list = known.map((each) => aged(each, now));
    return this.#list;
  }

  set({ index, key, address }: ReadAddress): void {
    const of = this.#addresses.get(index) ?? new Map<string, Known>();
    this.#addresses.set(index, of);
    const former = of.get(key);
    const now = this.#now();
    of.set(key, { address, read: now });
    this.#list = undefined;
    const before = former && aged(former, now);
    if (!before || !sameAddress(before, address)) {
      this.#changed({ what: "address", ...(before && { before }), after: address });
    }
  }

  delete(index: number, key: string): void {
    const of = this.#addresses.get(index);
    const former = of?.get(key);
    if (!of || !former) return;
    of.delete(key);
    if (of.size === 0) this.#addresses.delete(index);
    this.#list = undefined;
    this.#changed({ what: "address", before: aged(former, this.#now()) });
  }

  /** Of that link, or of all; those that are not among them go. */
  keep(seen: ReadonlySet<string>, link?: number): void {
    for (const [index, of] of this.#addresses) {
      if (link !== undefined && link !== index) continue;
      for (const key of of.keys()) if (!seen.has(`${index} ${key}`)) this.delete(index, key);
    }
  }
}

function aged({ address, read }: Known, now: number): Address {
  const { valid, preferred } = address;
  if (valid === null && preferred === null) return address;
  const left = (seconds: number | null) => seconds && Math.max(0, seconds - Math.floor(now - read));
  return { ...address, valid: left(valid), preferred: left(preferred) };
}

function sameAddress(one: Address, other: Address): boolean {
  const near = (a: number | null, b: number | null) =>
    a === null || b === null ? a === b : Math.abs(a - b) <= tolerance;
  if (!near(one.valid, other.valid) || !near(one.preferred, other.preferred)) return false;
  const { valid, preferred } = one;
  return JSON.stringify(one) === JSON.stringify({ ...other, valid, preferred });
}
