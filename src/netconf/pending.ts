/**
 * An applied configuration that nobody has confirmed yet: `pending.json` in the state folder, which outlives daemon and
 * power. Written before the apply counts as done, so that an apply is either undone at the next start or waited for.
 */
import { renameSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem } from "../problem.ts";
import { makeFolder, readJson, replaceFile, syncFolder } from "../system/file.ts";
import { type Boot, sameBoot } from "./boot.ts";
import type { Configuration } from "./interfaces/configuration.ts";
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

const version = 1;

/** It is on disk when this returns. @throws Problem `io`, `permission`: then there is none, and the apply must be undone */
export function writePending(folder: string, pending: Pending): void {
  makeFolder(folder, 0o755);
  const { configuration } = pending;
  const plain = { version, ...pending, configuration: { ...configuration, classes: [...configuration.classes] } };
  replaceFile(pathOf(folder), `${JSON.stringify(plain)}\n`);
}

/**
 * Undefined: none is pending.
 * @param warn is told of a file that cannot be understood; it is renamed, and the configuration that is there is in force
 * @throws Problem `io` when it is there and cannot be read
 */
export function readPending(folder: string, warn: (text: string) => void): Pending | undefined {
  const path = pathOf(folder);
  const value = readJson(path);
  const pending = understood(value);
  if (pending) return pending;
  const aside = `${path}.damaged`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Problem("io", `cannot rename ${path}: ${(cause as Error).message}`, { cause });
  }
  warn(`${path} could not be understood and was renamed to ${aside}: an apply that waited for its confirm stays`);
  return undefined;
}

/** Confirmed, or taken back. @throws Problem `io`: it is still there */
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

function understood(value: unknown): Pending | undefined {
  if (typeof value !== "object" || value === null || (value as { version?: unknown }).version !== version)
    return undefined;
  const { version: _, ...pending } = value as Pending & { version: number };
  const { id, since, deadline, ends, boot, namespace, by, changes, inverse, former, configuration } = pending;
  const numbers = [id, since, deadline, ends].every((number) => typeof number === "number");
  const texts = [boot, namespace, by].every((text) => typeof text === "string");
  const lists = Array.isArray(changes) && Array.isArray(inverse) && Array.isArray(configuration?.stanzas);
  if (!numbers || !texts || !lists || !Array.isArray(configuration.classes)) return undefined;
  const classes = new Map(configuration.classes as unknown as [string, { word: string; at: never }[]][]);
  const records = { former: readRecords(former), found: readFound(pending.found) };
  return { ...pending, ...records, configuration: { ...configuration, classes } };
}
