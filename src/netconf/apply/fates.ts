/** What becomes of each interface when another configuration is applied. */
import type { ApplyResult } from "../../console/interfaces/control.ts";
import type { Engine } from "../engine.ts";
import type { Task } from "../events/task.ts";
import { chosenUp } from "../expand.ts";
import { inForce } from "../in-force.ts";
import {
  type Configuration,
  optionKey,
  type Position,
  place,
  refusal,
  type Stanza,
} from "../interfaces/configuration.ts";
import { type Context, contextOf } from "../methods/context.ts";
import { wantedOf } from "../methods/wanted-of.ts";
import { nothing, type Wanted } from "../plan/wanted.ts";
import { firstWay, prerequisitesOf } from "../policy/policy.ts";
import { commandsOf } from "../scripts.ts";
import { scriptPhases } from "../world.ts";

/**
 * `comes`: it is not up, and shall be. `goes`: nothing says any more that it shall be up. `changes`: it stays up; scripts do
 * not run. `restarts`: what its scripts are has changed. `refused`: its stanzas are wrong; it stays as it is.
 */
export type What = "comes" | "goes" | "changes" | "restarts" | "refused";

export interface Fate {
  name: string;
  what: What;
  logical: string;
  stanzas: readonly Stanza[];
  /** `nothing` when it goes, or is refused. */
  wanted: Wanted;
  class: string;
  asked: boolean;
  /** Why it is refused. */
  reason: string;
  /** Where the configuration is wrong. */
  at?: Position;
}

/** @param names only these; absent: all that is up, and all of `auto` */
export function fatesOf(engine: Engine, configuration: Configuration, names?: readonly string[]): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  const context = contextFor(engine, configuration);
  const auto = new Map(chosenUp(engine, { all: true }, configuration).map((one) => [one.physical, one.logical]));
  // Whoever is asked for by name is so as well where something else needs it, and is met there first.
  const asked = new Set(names ?? auto.keys());
  const add = (name: string) => {
    if (fates.has(name)) return;
    const fate = fateOf(engine, configuration, context, name, auto, asked);
    if (fate === undefined) return;
    fates.set(name, fate);
    if (fate.what === "goes" || fate.what === "refused") return;
    for (const need of needsOf(engine, fate.wanted)) if (!engine.records.has(need)) add(need);
  };
  for (const name of names ?? [...engine.records.keys(), ...auto.keys()]) add(name);
  leaveOut(engine, fates);
  if (names === undefined) dropUnused(engine, fates);
  return fates;
}

/** What stands on a device that is not there waits for it, and keeps nothing else from being applied. */
function leaveOut(engine: Engine, fates: Map<string, Fate>): void {
  const comes = (name: string) => fates.get(name)?.wanted.link !== undefined;
  for (let again = true; again; ) {
    again = false;
    for (const fate of fates.values()) {
      const missing = fate.wanted.requires.find((need) => !engine.link(need) && !comes(need));
      if (missing === undefined) continue;
      const { name } = fate;
      const reason = `it needs ${missing}, which is not there`;
      if (engine.records.has(name)) fates.set(name, { ...fate, what: "refused", wanted: nothing(name), reason });
      else fates.delete(name);
      again = true;
    }
  }
}

/** Those that stay as they are, for their stanzas are wrong, or somebody else has them, or they are not there. */
export function refusedOf(fates: ReadonlyMap<string, Fate>): ApplyResult["refused"] {
  return [...fates.values()]
    .filter(({ what }) => what === "refused")
    .map(({ name, reason, at }) => ({ name, reason, at: at && at.line > 0 ? place(at) : "" }));
}

export function sayRefused(engine: Engine, task: Task, fates: ReadonlyMap<string, Fate>): void {
  for (const { name, reason, at } of refusedOf(fates)) {
    engine.say(task, `${name} stays as it is: ${reason}${at && ` (${at})`}`);
  }
}

/** What it needs to be up: links below, its own ports, what the policy says. */
export function needsOf(engine: Engine, wanted: Wanted): string[] {
  const ports = wanted.ports.filter(({ is }) => is.own && !is.joins).map(({ is }) => is.name);
  const before = prerequisitesOf(engine.policy, wanted.name).map(({ name }) => name);
  return [...new Set([...wanted.requires, ...ports, ...before])];
}

function contextFor(engine: Engine, configuration: Configuration): Context {
  const { files } = engine.world;
  const mapped = new Map<string, string>();
  for (const { name, logical } of engine.records.values()) if (logical !== name) mapped.set(name, logical);
  const links = engine.state.links;
  return contextOf(configuration, { tables: files.tables(), seed: files.seed, links }, mapped);
}

function fateOf(
  engine: Engine,
  configuration: Configuration,
  context: Context,
  name: string,
  auto: ReadonlyMap<string, string | undefined>,
  asked: ReadonlySet<string>,
): Fate | undefined {
  const record = engine.records.get(name);
  const logical = record?.logical ?? auto.get(name) ?? name;
  const stanzas = inForce(engine, configuration, name, logical);
  const base = { name, logical, stanzas, wanted: nothing(name), reason: "" };
  const about = {
    ...base,
    class: record?.class ?? (auto.has(name) ? "auto" : ""),
    asked: record?.asked === true || asked.has(name),
  };
  const wrong = refusal(configuration, logical);
  if (wrong) return { ...about, what: "refused", reason: wrong.message, at: wrong.at };
  // What the policy brought up, or what was only needed by something else, has no stanza that could have gone.
  const foreign = record?.stanzas.length
    ? record.stanzas.every(({ at, insteadOf }) => !configurationHas(engine, (insteadOf?.at ?? at).file))
    : firstWay(engine.policy, name);
  if (stanzas.length === 0 && (foreign || !record)) return undefined;
  if (stanzas.length === 0) return { ...about, what: "goes" };
  const manager = engine.managerOf(name);
  if (manager !== "") return { ...about, what: "refused", reason: `${manager} takes care of it` };
  const { wanted, diagnostics } = wantedOf(name, stanzas, context);
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error) return { ...about, what: "refused", reason: error.message, at: error.at };
  if (!wanted.link && !engine.link(name)) {
    return record ? { ...about, what: "refused", reason: "there is no such device" } : undefined;
  }
  const what =
    !record || record.setup === "failed" ? "comes" : sameCommands(record.stanzas, stanzas) ? "changes" : "restarts";
  return { ...about, what, wanted };
}

function configurationHas(engine: Engine, file: string): boolean {
  return file !== "" && engine.configuration.files.includes(file);
}

/** What nothing needs any more, and nobody asked for, goes. */
function dropUnused(engine: Engine, fates: Map<string, Fate>): void {
  const stays = (user: string) => {
    const fate = fates.get(user);
    return fate ? fate.what !== "goes" : engine.records.has(user);
  };
  for (let again = true; again; ) {
    again = false;
    for (const fate of fates.values()) {
      const record = engine.records.get(fate.name);
      if (fate.what === "goes" || fate.asked) continue;
      const users = [...fates.values()].filter(
        ({ what, wanted }) => what !== "goes" && needsOf(engine, wanted).includes(fate.name),
      );
      const refused = record?.users.filter((user) => fates.get(user)?.what === "refused" && stays(user)) ?? [];
      if (users.length + refused.length > 0) continue;
      if (record) fates.set(fate.name, { ...fate, what: "goes", wanted: nothing(fate.name) });
      else fates.delete(fate.name);
      again = true;
    }
  }
}

/** The same commands for a shell, phase by phase. */
export function sameCommands(one: readonly Stanza[], other: readonly Stanza[]): boolean {
  return JSON.stringify(one.map(commands)) === JSON.stringify(other.map(commands));
}

function commands(stanza: Stanza): string[][] {
  return scriptPhases.map((phase) => commandsOf(stanza, phase).map(({ name, value }) => `${optionKey(name)} ${value}`));
}
