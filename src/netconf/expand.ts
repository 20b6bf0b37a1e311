/** Which interfaces a request is about: names, classes, all, by name or by pattern. */
import type { Which } from "../console/interfaces/control.ts";
import { Problem } from "../problem.ts";
import type { Engine } from "./engine.ts";
import { matches } from "./interfaces/glob.ts";
import { type Device, devicesOf, isDevicePattern, type Named } from "./interfaces/pattern.ts";

export type Chosen = Which & { exclude?: string[] };

/** Each interface once, in order. @throws Problem `bad-options` */
export function chosenUp(engine: Engine, which: Chosen, configuration = engine.configuration): Named[] {
  const name = which.class ?? (which.all ? "auto" : undefined);
  const inClass = name === undefined ? [] : (configuration.classes.get(name) ?? []).map(({ word }) => word);
  const members = inClass.flatMap((word) => expand(engine, word));
  const named = (which.names ?? []).flatMap((word) => expand(engine, word));
  const chosen = which.names === undefined ? members : name === undefined ? named : inBoth(named, members);
  return without(chosen, which.exclude);
}

/** Of what is up; all of it but what shall stay (`no-auto-down`). */
export function chosenDown(engine: Engine, which: Chosen): Named[] {
  const { configuration, records } = engine;
  const kept = (name: string) => configuration.noAutoDown.some((pattern) => matches(pattern, name));
  const recorded = (name: string): Named => ({ physical: name, logical: records.get(name)?.logical });
  const up = [...records.keys()].toReversed().map(recorded);
  const others = engine.world.journal.lasting ? listed(engine, which) : unrecorded(engine, which);
  const members =
    which.class !== undefined
      ? [...up.filter(({ physical }) => records.get(physical)?.class === which.class), ...others]
      : which.all
        ? [...up, ...others].filter(({ physical }) => !kept(physical))
        : [];
  const named = (which.names ?? []).flatMap((word) => expand(engine, word));
  const narrowed = which.class !== undefined || which.all === true;
  const chosen = which.names === undefined ? members : narrowed ? inBoth(named, members) : named;
  return without(chosen, which.exclude);
}

/** What another ifup has brought up: in no class that we know of. */
function listed({ records, world }: Engine, which: Chosen): Named[] {
  if (!which.all || which.class !== undefined) return [];
  const all = world.files.listed().filter(({ physical }) => !records.has(physical));
  return all.toReversed().map(({ physical }) => ({ physical, logical: undefined }));
}

/** What may be up although no record could be kept of it: the class, or `auto`, as far as it is there; lo is up anyway. */
function unrecorded(engine: Engine, { class: name = "auto" }: Chosen): Named[] {
  const type = (iface: string) => engine.link(iface)?.type ?? "loopback";
  const all = chosenUp(engine, { class: name }).filter(({ physical }) => type(physical) !== "loopback");
  return all.filter(({ physical }) => !engine.records.has(physical)).toReversed();
}

function inBoth(named: readonly Named[], members: readonly Named[]): Named[] {
  return named.flatMap(({ physical, logical }) => {
    const member = members.find((other) => other.physical === physical);
    return member ? [{ physical, logical: logical ?? member.logical }] : [];
  });
}

function without(chosen: readonly Named[], exclude: readonly string[] = []): Named[] {
  const seen = new Set<string>();
  return chosen.filter(({ physical, logical }) => {
    const out = exclude.some((pattern) => matches(pattern, physical) || matches(pattern, logical ?? physical));
    if (out || seen.has(physical)) return false;
    seen.add(physical);
    return true;
  });
}

function expand(engine: Engine, word: string): Named[] {
  if (word === "" || word.length > 256)
    throw new Problem("bad-options", "an interface has a name of 1 to 15 characters");
  return devicesOf(word, isDevicePattern(word) ? devices(engine) : []);
}

export function devices({ state, world }: Engine): Device[] {
  return [...state.links.values()]
    .toSorted((a, b) => a.index - b.index)
    .map(({ name, address }) => ({
      name,
      address,
      attribute: (file) => world.files.attribute(name, file),
    }));
}

/** The first of these classes that a device is in; undefined: none. */
export function classOf(
  engine: Engine,
  iface: string,
  classes: readonly string[],
): { class: string; logical: string | undefined } | undefined {
  for (const name of classes) {
    const words = engine.configuration.classes.get(name) ?? [];
    const found = words.flatMap(({ word }) => expand(engine, word)).find(({ physical }) => physical === iface);
    if (found) return { class: name, logical: found.logical };
  }
  return undefined;
}
