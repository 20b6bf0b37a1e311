/** What a configuration defines for ifup, ifdown and ifquery: the loopback is always there, a pattern is what it matches. */
import type { Configuration, Stanza } from "../interfaces/configuration.ts";
import { stanzasOf } from "../interfaces/configuration.ts";
import { matches } from "../interfaces/glob.ts";
import { type Device, devicesOf, isDevicePattern, type Named } from "../interfaces/pattern.ts";
import type { Invocation } from "./invocation.ts";

/** Taken for granted where no stanza has the method loopback. */
export const loopback: Stanza = {
  name: "lo",
  family: "inet",
  method: "loopback",
  options: [],
  at: { file: "", line: 0, column: 0 },
  inherits: [],
};

export function withLoopback(configuration: Configuration): Configuration {
  const classes = new Map(configuration.classes);
  const auto = classes.get("auto") ?? [];
  const { at } = loopback;
  classes.set("auto", [{ word: "lo", at }, ...auto.filter(({ word }) => word !== "lo")]);
  const known = configuration.stanzas.some(({ method }) => method === "loopback");
  return { ...configuration, classes, stanzas: known ? configuration.stanzas : [loopback, ...configuration.stanzas] };
}

export interface Rename {
  from: string;
  to: string;
}

/** Which of the devices there are shall have another name. */
export function renamesOf({ renames }: Configuration, devices: readonly Device[]): Rename[] {
  return renames.flatMap(({ from, to }) => {
    const found = isDevicePattern(from)
      ? devicesOf(from, devices).map(({ physical }) => physical)
      : devices.some(({ name }) => name === from)
        ? [from]
        : [];
    return found.map((name) => ({ from: name, to }));
  });
}

/** Whether anything is known of a logical name: a stanza, or a mapping that matches it. */
export function isKnown(configuration: Configuration, name: string): boolean {
  return (
    stanzasOf(configuration, name).length > 0 ||
    configuration.mappings.some(({ patterns }) => patterns.some((pattern) => matches(pattern, name)))
  );
}

/** Device below a VLAN by its name (`eth0.5`, also `eth0.5:1`), and the number; undefined: it is none. */
export function vlanOf(name: string): { lower: string; device: string; id: string } | undefined {
  const [, device, lower, id] = /^(([^.:]+)\.([^.:]+)[^:]*)/.exec(name) ?? [];
  if (device === undefined || lower === undefined || id === undefined) return undefined;
  const number = Number.parseInt(id, 10);
  return { lower, device, id: Number.isNaN(number) ? id : String(number) };
}

export class Selection {
  private readonly configuration: Configuration;
  private readonly devices: readonly Device[];
  private readonly renames: readonly Rename[];
  private readonly invocation: Invocation;
  private allowed: ReadonlySet<string> | undefined;

  constructor(configuration: Configuration, devices: readonly Device[], renames: readonly Rename[], asked: Invocation) {
    this.configuration = configuration;
    this.devices = devices;
    this.renames = renames;
    this.invocation = asked;
  }

  /** Those that the invocation is about, in order. @param up as ifstate lists them, for what is asked of all that is up */
  named(up: readonly Named[]): Named[] {
    const { face, all, allow, words } = this.invocation;
    const isList = face === "ifquery" && words.length === 0;
    let named: Named[];
    if (face === "ifdown" && all) {
      named = up
        .toReversed()
        .filter(({ physical }) => !this.configuration.noAutoDown.some((pattern) => matches(pattern, physical)));
    } else named = all || isList ? this.class(allow ?? "auto") : this.expand(words);
    // With a class, the VLANs of a device come with it, were it in the class itself or not.
    if (face === "ifup" && allow !== undefined) {
      const lower = named.filter(({ logical }) => logical === undefined).map(({ physical }) => physical);
      const above = this.class(allow).filter(({ physical }) => lower.some((name) => physical.startsWith(`${name}.`)));
      named = [...named, ...above];
    }
    const seen = new Set<string>();
    return named.filter(({ physical, logical }) => {
      const key = logical === undefined ? physical : `${physical}=${logical}`;
      const doubled = seen.has(key);
      seen.add(key);
      return !doubled && this.permits(physical);
    });
  }

  /** In the class, and not excluded. Those that come or go along with others are asked for here as well. */
  permits(name: string): boolean {
    const { allow, exclude } = this.invocation;
    if (exclude.some((pattern) => matches(pattern, name))) return false;
    if (allow === undefined) return true;
    this.allowed ??= new Set(this.class(allow).map(({ physical }) => physical));
    return this.allowed.has(name);
  }

  private class(name: string): Named[] {
    return this.expand((this.configuration.classes.get(name) ?? []).map(({ word }) => word));
  }

  private expand(words: readonly string[]): Named[] {
    return words.flatMap((word) => {
      return devicesOf(word, this.devices).map(({ physical, logical }) => ({
        physical: this.renames.find(({ from }) => from === physical)?.to ?? physical,
        logical,
      }));
    });
  }
}
