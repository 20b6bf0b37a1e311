/** Runs collectors: a few at a time, each under its own deadline, so that one that fails or hangs costs its section only. */
import type { Incomplete, InventoryDocument, Row, SectionName } from "../../inventory/document.ts";
import { sectionNames, sections as sectionTable } from "../../inventory/sections.ts";
import { Problem } from "../../problem.ts";
import type { Collected, Collector, Reader, RunOutput } from "./collector.ts";
import { collectors as allCollectors } from "./collectors.ts";

export interface CollectOptions {
  /** Sections wanted; all unless told. */
  only?: readonly SectionName[];
  /** Ends the collection; `collect` then rejects with Problem `cancelled`. */
  signal?: AbortSignal;
  /** Called as each collector ends. */
  onProgress?: (progress: { collector: string; done: number; of: number }) => void;
  collectors?: Readonly<Record<string, Collector>>;
  /** Collectors at work at one time; 4 unless told. */
  concurrency?: number;
}

const usualDeadline = 15_000;

/** The same program and the same file are read once, whoever asks: dmidecode serves five collectors. */
function sharing(reader: Reader): Reader {
  const runs = new Map<string, Promise<RunOutput | undefined>>();
  const files = new Map<string, Promise<string | undefined>>();
  const once = <T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> => {
    const value = known.get(key) ?? read();
    known.set(key, value);
    return value;
  };
  return {
    ...reader,
    run: (command, options) => once(runs, JSON.stringify(command), () => reader.run(command, options)),
    file: (path) => once(files, path, () => reader.file(path)),
  };
}

/** @throws Problem `timeout`, `cancelled`, or what the collector throws. */
async function runCollector(collector: Collector, reader: Reader, signal: AbortSignal | undefined): Promise<Collected> {
  const deadline = collector.deadline ?? usualDeadline;
  let stop: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem("timeout", `no answer within ${deadline / 1000} s`)), deadline);
    stop = () => reject(new Problem("cancelled", "the inventory was cancelled"));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
  try {
    const work = Promise.resolve(collector.read(reader)).then((raw) => collector.parse(raw));
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
    if (stop) signal?.removeEventListener("abort", stop);
  }
}

function merge(
  into: Partial<Record<SectionName, Row[]>>,
  found: Collected["sections"],
  wanted: ReadonlySet<SectionName>,
) {
  for (const name of sectionNames) {
    const rows = found[name];
    if (rows === undefined || !wanted.has(name)) continue;
    const filled = rows.filter((row) => Object.keys(row).length > 0);
    if (!sectionTable[name].single) into[name] = [...(into[name] ?? []), ...filled];
    else into[name] = filled.length === 0 ? (into[name] ?? []) : [Object.assign({}, ...(into[name] ?? []), ...filled)];
  }
}

/** @throws Problem `cancelled` when the signal says so; everything else ends in `incomplete`. */
export async function collect(
  reader: Reader,
  options: CollectOptions = {},
): Promise<Pick<InventoryDocument, "sections" | "incomplete">> {
  const wanted = new Set(options.only ?? sectionNames);
  const all = Object.entries(options.collectors ?? allCollectors);
  const chosen = all.filter(([, collector]) => collector.sections.some((name) => wanted.has(name)));
  const shared = sharing(reader);
  const results: (Collected | undefined)[] = Array(chosen.length).fill(undefined);
  const failures: Incomplete[][] = chosen.map(() => []);
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let index = next++; index < chosen.length; index = next++) {
      const [name, collector] = chosen[index] as [string, Collector];
      try {
        results[index] = await runCollector(collector, shared, options.signal);
      } catch (error) {
        if (options.signal?.aborted) throw error;
        const reason = `${name}: ${Problem.from(error, "internal", "the collector failed").message}`;
        failures[index] = collector.sections.filter((each) => wanted.has(each)).map((section) => ({ section, reason }));
      }
      options.onProgress?.({ collector: name, done: ++done, of: chosen.length });
    }
  };
  await Promise.all(Array.from({ length: options.concurrency ?? 4 }, work));

  const sections: Partial<Record<SectionName, Row[]>> = {};
  const incomplete: Incomplete[] = [];
  for (const [index, result] of results.entries()) {
    if (result) merge(sections, result.sections, wanted);
    const missing = [...(result?.incomplete ?? []), ...(failures[index] ?? [])];
    incomplete.push(...missing.filter(({ section }) => wanted.has(section as SectionName)));
  }
  return { sections, incomplete };
}
