/**
 * What stands on disk of an apply: `pending.json` in the state folder, which outlives daemon and power. One file, replaced
 * or removed whole, so that there is no moment between two of its states:
 *
 * | what                         | the file holds                     | in force at the next start                      |
 * |------------------------------|------------------------------------|-------------------------------------------------|
 * | –                            | nothing                            | what the files say                              |
 * | the apply begins             | `Former`                           | the former configuration: the journal undoes it |
 * | its steps are done           | `Pending`                          | what was applied; see `verdict`                 |
 * | it is done, to be kept       | `Former`                           | what was applied: the journal has its end       |
 * | it is confirmed, or reloaded | nothing                            | what the files say                              |
 * | it is taken back, or failed  | `Former`                           | the former configuration                        |
 */
import { existsSync, renameSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RolledBack } from "../console/interfaces/control.ts";
import { Problem } from "../problem.ts";
import { makeFolder, readJson, replaceFile, syncFolder } from "../system/file.ts";
import { type Boot, sameBoot } from "./boot.ts";
import type { Configuration } from "./interfaces/configuration.ts";
import type { Journal } from "./journal.ts";
import type { Step } from "./kernel/step.ts";
import type { Found } from "./plan/found.ts";
import { type Records, readFound, readRecords } from "./records.ts";

export interface Pending extends Boot {
  /** Number of the apply in the journal. */
  id: number;
  /** Epoch milliseconds, for people. */
  since: number;
  deadline: number;
  /** Uptime of the host in seconds at which it is taken back: clocks are set, this one is not. */
  ends: number;
  by: string;
  /** What was changed, a line each. */
  changes: readonly string[];
  /** What takes it back, in order. */
  inverse: readonly Step[];
  /** Records before. */
  former: Records;
  /** What was there before it, and stays when it is taken back. */
  found: Found;
  /** Configuration before, which is in force again when this one is taken back. */
  configuration: Configuration;
}

/** An apply was taken back: what was in force before it is so again, whatever the files say, until the next reload or apply. */
export interface Former extends RolledBack {
  configuration: Configuration;
  /** Written before an apply, which the journal of this boot gives this number or a later one: it is void while that is done. */
  before?: Boot & { apply: number };
}

/** What the journal knows of applies. */
export type Ended = Pick<Journal, "applied" | "rolledBack">;

export type Kept = Pending | Former;

/**
 * What is to be done about it at a start:
 *
 * | boot and namespace | uptime        | verdict                                                                     |
 * |--------------------|---------------|-----------------------------------------------------------------------------|
 * | these              | before `ends` | `wait`                                                                      |
 * | these              | from `ends`   | `roll-back`                                                                 |
 * | others             | any           | `forget`: the kernel's state is gone; the former configuration is in force  |
 */
export function verdict(pending: Pending, here: Boot, uptime: number): "wait" | "roll-back" | "forget" {
  if (!sameBoot(pending, here)) return "forget";
  return uptime < pending.ends ? "wait" : "roll-back";
}

/**
 * The configuration that is in force at a start in place of the files. Undefined: that of the files, as far as this goes.
 */
export function formerOf(kept: Kept, here: Boot, { applied, rolledBack }: Ended, now: number): Former | undefined {
  if ("why" in kept) {
    const { before } = kept;
    const isDone = before && sameBoot(before, here) && applied >= before.apply && !rolledBack.has(applied);
    return isDone ? undefined : kept;
  }
  const { id, configuration, ends } = kept;
  if (verdict(kept, here, ends) !== "forget" && !rolledBack.has(id)) return undefined;
  return { id, at: now, why: "it was not confirmed before this host or the daemon ended", configuration };
}

/** False: it is that of another file, or the files say the same by now. @param read what the files say */
export function differs({ configuration }: Former, read: Configuration): boolean {
  return meaning(configuration) !== meaning(read);
}

/** Whether it is of the same interfaces(5) and not of another that was given in its place. */
export function isOf({ configuration }: Former, path: string): boolean {
  return configuration.files[0] === path;
}

/** A configuration but for where its words stand. */
function meaning(configuration: Configuration): string {
  return JSON.stringify(plain(configuration), (key, value) => (key === "at" || key === "files" ? undefined : value));
}

function plain(configuration: Configuration) {
  return { ...configuration, classes: [...configuration.classes] };
}

const version = 1;

/** It is on disk when this returns. @throws Problem `io`, `permission`: then there is what was there before */
export function writePending(folder: string, kept: Kept): void {
  makeFolder(folder, 0o755);
  const all = { version, ...kept, configuration: plain(kept.configuration) };
  replaceFile(pathOf(folder), `${JSON.stringify(all)}\n`);
}

/** The same without putting anything aside. @throws Problem `io` */
export function peekPending(folder: string): Kept | undefined {
  return understood(readJson(pathOf(folder)));
}

/**
 * Undefined: there is nothing.
 * @param warn is told of a file that cannot be understood; it is renamed, and the configuration that is there is in force
 * @throws Problem `io` when it is there and cannot be read
 */
export function readPending(folder: string, warn: (text: string) => void): Kept | undefined {
  const path = pathOf(folder);
  const kept = peekPending(folder);
  if (kept) return kept;
  const aside = `${path}.damaged`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    // Where nothing can be written the kernel does not look whether it is there.
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" || !existsSync(path)) return undefined;
    throw new Problem("io", `cannot rename ${path}: ${(cause as Error).message}`, { cause });
  }
  warn(
    `${path} could not be understood and was renamed to ${aside}: an apply that waited for its confirm stays, and the files are in force`,
  );
  return undefined;
}

/** Confirmed, or reloaded. @throws Problem `io`: it is still there */
export function removePending(folder: string): void {
  const path = pathOf(folder);
  try {
    unlinkSync(path);
    syncFolder(dirname(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw new Problem("io", `cannot remove ${path}: ${(cause as Error).message}`, { cause });
  }
}

function pathOf(folder: string): string {
  return join(folder, "pending.json");
}

function understood(value: unknown): Kept | undefined {
  if (typeof value !== "object" || value === null || (value as { version?: unknown }).version !== version)
    return undefined;
  const { version: _, ...pending } = value as Pending & { version: number };
  const configuration = readConfiguration(pending.configuration);
  if (!configuration) return undefined;
  if ("why" in pending) {
    const { id, at, why, before } = pending as unknown as Former;
    const isWhole = typeof id === "number" && typeof at === "number" && typeof why === "string";
    return isWhole ? { id, at, why, configuration, ...(before ? { before } : {}) } : undefined;
  }
  const { id, since, deadline, ends, boot, namespace, by, changes, inverse, former } = pending;
  const numbers = [id, since, deadline, ends].every((number) => typeof number === "number");
  const texts = [boot, namespace, by].every((text) => typeof text === "string");
  if (!numbers || !texts || !Array.isArray(changes) || !Array.isArray(inverse)) return undefined;
  return { ...pending, former: readRecords(former), found: readFound(pending.found), configuration };
}

/** Undefined: it is none. */
function readConfiguration(value: unknown): Configuration | undefined {
  const { classes, ...rest } = (value ?? {}) as Configuration;
  const { stanzas, templates, noAutoDown, noScripts, renames, mappings, diagnostics, files } = rest;
  const lists = [stanzas, templates, noAutoDown, noScripts, renames, mappings, diagnostics, files, classes];
  if (!lists.every(Array.isArray)) return undefined;
  return { ...rest, classes: new Map(classes as unknown as [string, { word: string; at: never }[]][]) };
}
