/** What the kernel knows about processes: memory, processor time, descendants. */
import { readdirSync, readFileSync } from "node:fs";

export interface Memory {
  /** Resident, MiB: pages shared with other processes count whole. */
  rss: number;
  /** Proportional, MiB: a page that n processes share counts a n-th. */
  pss: number;
  /** MiB that nobody else has. */
  own: number;
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) / 1024;
}

/** Undefined for a process that is gone, or a zombie. */
export function memoryOf(pid: number): Memory | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    if (text === "") return undefined;
    const own = field(text, "Private_Clean") + field(text, "Private_Dirty");
    return { rss: field(text, "Rss"), pss: field(text, "Pss"), own };
  } catch {
    return undefined;
  }
}

/** Largest resident size so far, MiB. */
export function peakOf(pid: number): number {
  try {
    return field(readFileSync(`/proc/${pid}/status`, "utf8"), "VmHWM");
  } catch {
    return 0;
  }
}

const ticksPerSecond = 100;

/** Processor time so far, seconds, in steps of 10 ms. */
export function processorTime(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Processor time so far of a process and of all that descended from it, also of those that have ended; seconds. */
export function processorTimeOfAll(pid: number): number {
  return family(pid).reduce((sum, one) => {
    try {
      const text = readFileSync(`/proc/${one}/stat`, "utf8");
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
      return sum + [11, 12, 13, 14].reduce((ticks, at) => ticks + Number(fields[at]), 0) / ticksPerSecond;
    } catch {
      return sum;
    }
  }, 0);
}

/** A process and all that descend from it. */
export function family(pid: number): number[] {
  const found = [pid];
  for (const parent of found) {
    try {
      for (const task of readdirSync(`/proc/${parent}/task`)) {
        const children = readFileSync(`/proc/${parent}/task/${task}/children`, "utf8");
        found.push(...children.split(" ").filter(Boolean).map(Number));
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

export interface FamilyPeak {
  /** Most resident memory that one process had, MiB. */
  largest: number;
  /** Most proportional memory that all had together, MiB. */
  together: number;
  /** Most processes at a time. */
  processes: number;
}

/** Looks at a process and its descendants every few milliseconds until it has ended. What lives shorter is not seen. */
export async function watchFamily(pid: number, ended: Promise<unknown>, every = 4): Promise<FamilyPeak> {
  const peak: FamilyPeak = { largest: 0, together: 0, processes: 0 };
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  while (!over) {
    const all = family(pid);
    const memory = all.map(memoryOf).filter((one) => one !== undefined);
    peak.largest = Math.max(peak.largest, ...all.map(peakOf));
    peak.together = Math.max(
      peak.together,
      memory.reduce((sum, { pss }) => sum + pss, 0),
    );
    peak.processes = Math.max(peak.processes, memory.length);
    await Bun.sleep(every);
  }
  return peak;
}
