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

/** Whether anything is known of a name: a stanza, or a mapping that matches it. */
export function isKnown(configuration: Configuration, { physical, logical = physical }: Named): boolean {
  return (
    stanzasOf(configuration, logical).length > 0 ||
    stanzasOf(configuration, physical).length > 0 ||
    configuration.mappings.some(({ patterns }) => patterns.some((pattern) => matches(pattern, logical)))
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

  constructor(configuration: Configuration, devices: readonly Device[], renames: readonly Rename[], asked: Invocation) {
    this.configuration = configuration;
    this.devices = devices;
    this.renames = renames;
    this.invocation = asked;
  }

  /** Those that the invocation is about, in order. @param up names of `ifstate`, for what is asked of all that is up */
  named(up: readonly string[]): Named[] {
    const { face, all, allow, words } = this.invocation;
    const isList = face === "ifquery" && words.length === 0;
    let named: Named[];
    if (face === "ifdown" && all) {
      named = up
        .toReversed()
        .filter((name) => !this.configuration.noAutoDown.some((pattern) => matches(pattern, name)))
        .map((physical) => ({ physical, logical: undefined }));
    } else named = all || isList ? this.class(allow ?? "auto") : this.expand(words);
    if (allow !== undefined) {
      const allowed = this.class(allow);
      const names = new Set(allowed.map(({ physical }) => physical));
      named = named.filter(({ physical }) => names.has(physical));
      if (face === "ifup") named = named.flatMap((one) => [one, ...allowed.filter((other) => isVlanOf(other, one))]);
    }
    const { exclude } = this.invocation;
    const seen = new Set<string>();
    return named.filter(({ physical, logical }) => {
      const key = logical === undefined ? physical : `${physical}=${logical}`;
      const doubled = seen.has(key);
      seen.add(key);
      return !doubled && !exclude.some((pattern) => matches(pattern, physical));
    });
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

function isVlanOf({ physical }: Named, { physical: lower }: Named): boolean {
  return physical.startsWith(`${lower}.`);
}
