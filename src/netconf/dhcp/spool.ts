/**
 * What DHCP clients told while no Reeve ran, a line each, for the next one: it shows what became of leases in between. A
 * file of the run folder; it goes with the power, as the leases' addresses do.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { HookRequest } from "./hook.ts";

/** Bytes: more is not kept; the newest lease is what counts, and clients keep it themselves. */
const longest = 1024 * 1024;

export interface Spooled extends HookRequest {
  /** Epoch milliseconds. */
  at: number;
}

/** @throws what the system says (no room, no permission) */
export function spool(path: string, call: Spooled): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < longest) appendFileSync(path, `${JSON.stringify(call)}\n`, { mode: 0o600 });
}

/** All of it, in order, and it is empty then. */
export function takeSpool(path: string): Spooled[] {
  const taken = `${path}.taken`;
  try {
    renameSync(path, taken);
  } catch {
    return []; // nothing was told
  }
  const lines = readFileSync(taken, "utf8").split("\n");
  rmSync(taken, { force: true });
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Spooled];
    } catch {
      return []; // the end of a full disk
    }
  });
}
