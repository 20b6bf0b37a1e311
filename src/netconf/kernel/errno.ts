/** Error numbers of Linux, by name and by number. */
import { constants } from "node:os";
import type { Step, StepResult } from "./step.ts";

const numbers = constants.errno as Readonly<Record<string, number>>;
const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));

/** 0 for what is no name. */
export function errnoOf(code: string): number {
  return numbers[code] ?? 0;
}

/** `E17`-like for a number without a name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `E${errno}`;
}

/** ENXIO: of an IPv6 address, on a link that has no IPv6 any more. */
const absent = ["ENOENT", "EADDRNOTAVAIL", "ESRCH", "ENODEV", "ENXIO"];

/**
 * Whether this answer means that what was asked for is so already: it is there, or it is gone. (Of a link that is there
 * only its name is told: whether it is of the kind that was wanted is to be looked at.)
 */
export function countsAsDone(step: Step, code: string): boolean {
  return step.do.endsWith("-delete") ? absent.includes(code) : step.do.endsWith("-add") && code === "EEXIST";
}

export function failure(code: string, message: string): StepResult {
  return { ok: false, errno: errnoOf(code), code, message };
}
