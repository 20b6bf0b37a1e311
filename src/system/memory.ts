/** What this process holds of memory: the garbage collector's (border file), and the program itself. */
import { readFileSync } from "node:fs";
import { libc } from "./libc.ts";

/**
 * Collects all garbage, some 10 ms. Once after a process has loaded what it needs, it does more than that: the collector
 * goes by what it found last, and a backend's worker holds some 5 MiB less in its first jobs (docs/measurements.md).
 */
export function collectGarbage(): void {
  Bun.gc(true);
}

const MADV_DONTNEED = 4;

function open() {
  return libc({ madvise: { args: ["u64", "u64", "i32"], returns: "i32" } });
}
let functions: ReturnType<typeof open> | undefined;

/**
 * Lets go of the pages of the program and its libraries that this process has touched: a start runs through some 40 MiB
 * that nothing needs afterwards. They stay in the page cache, and what is run again is mapped again, without a read from
 * disk. Only of mappings that nobody may write to and nobody has written to (madvise(2), proc_pid_smaps(5)).
 * @returns KiB that were resident
 */
export function releaseProgram(): number {
  functions ??= open();
  let released = 0;
  for (const { from, to, resident } of programMappings(readFileSync("/proc/self/smaps", "utf8"))) {
    if (functions.madvise(from, to - from, MADV_DONTNEED) === 0) released += resident;
  }
  return released;
}

export interface ProgramMapping {
  from: bigint;
  to: bigint;
  /** KiB. */
  resident: number;
}

/** Those of files that are unchanged in memory, and stay so. @param smaps text of `/proc/PID/smaps` */
export function programMappings(smaps: string): ProgramMapping[] {
  const mappings = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings.flatMap((text) => {
    const [, from, to, path] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p .*? (\/.*)$/m.exec(text) ?? [];
    const size = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1] ?? Number.NaN);
    const clean = size("Private_Dirty") === 0 && size("Shared_Dirty") === 0 && size("Anonymous") === 0;
    if (!from || !to || !path || !clean || !(size("Rss") > 0)) return [];
    return [{ from: BigInt(`0x${from}`), to: BigInt(`0x${to}`), resident: size("Rss") }];
  });
}
