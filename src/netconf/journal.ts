/**
 * What is about to be done to the kernel is written down before it is begun, with what takes it back; and what Reeve has
 * brought up is kept here. Two files in a folder of the run folder: `interfaces.json`, all records at one moment, and
 * `journal`, a line of JSON for each thing since:
 *
 *     {boot, namespace}                                 the first line: of which kernel
 *     {begin: 7, what, of, records, former, plan}       a plan, whole, before its first step
 *     {of: 7, done: 12}                                 so many of its steps are done; only after a link's deletion
 *     {end: 7, what, of, outcome, records}              how it ended; records where they are not those of the plan
 *     {record} {gone: "eth0"}                           a record that changed without a plan
 *
 * Lines are absolute: reading some of them again, over a snapshot that has them, changes nothing. Nothing is synced: the
 * folder dies with the power, as the kernel's state does. What is of another boot or namespace is not read. When a write
 * fails, all goes on in memory, `warnings` says so, and the next write tries to put everything in order.
 *
 * Whoever opens it for writing has the lock `netconf.lock`: there is one writer.
 */

import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LineCutter } from "../process/lines.ts";
import { makeFolder, replaceFile } from "../system/file.ts";
import { type Boot, sameBoot, thisBoot } from "./boot.ts";
import type { InterfaceRecord } from "./record.ts";
import type { Records } from "./records.ts";
import { type Intent, type IntentOutcome, type Line, type OpenIntent, Replay, readLine } from "./replay.ts";

/** Bytes of the journal after which it is cut as soon as a plan has ended. */
const enough = 8 << 20;
/** Bytes of a line, above which it is none of ours. */
const longest = 64 << 20;

export interface Journal {
  /** By name. While a plan is carried out, a record owns all that is there before or after it. */
  readonly records: ReadonlyMap<string, InterfaceRecord>;
  /** Number of the next plan. */
  readonly next: number;
  /** Plans that were begun and not ended: after a start, those of a process that died. */
  readonly open: readonly OpenIntent[];
  /** The last apply that is done; 0: none. */
  readonly applied: number;
  /** Applies that were rolled back to the end, or undone at once. */
  readonly rolledBack: ReadonlySet<number>;
  /** False: it could not be written to from the start, and knows nothing of former processes' work. */
  readonly lasting: boolean;
  /** What is wrong with the files; empty: nothing. */
  readonly warnings: readonly string[];
  /** To be called before the first step. @returns its number */
  begin(intent: Intent): number;
  /** So many steps are done. */
  done(id: number, steps: number): void;
  /**
   * @param records if something else changed them meanwhile; default: what the intent said when it is `done`, those before when it is `undone`, and when it `failed`
   *   those that own whatever there may be
   */
  end(id: number, outcome: IntentOutcome, records?: Records): void;
  /** A record changed, with nothing done to the kernel. */
  put(record: InterfaceRecord): void;
  drop(name: string): void;
  /** Writes the snapshot and cuts the journal: to be called when nothing is to do, and at the end. */
  settle(): void;
  close(): void;
}

/** Never throws: a folder that cannot be used is told in `warnings`. A file that cannot be read is kept beside. */
export function openJournal(folder: string, here: Boot = thisBoot()): Journal {
  const { replay, damage } = readJournal(folder, here);
  const warnings = damage.map(({ path, why }) => {
    try {
      renameSync(path, `${path}.damaged`);
      return `${path}: ${why}; it was renamed to ${path}.damaged`;
    } catch {
      return `${path}: ${why}`;
    }
  });
  return new FileJournal(folder, here, replay, warnings);
}

/** For a replay of what was recorded, and for tests: nothing is written. */
export function memoryJournal(replay = new Replay()): Journal {
  return new FileJournal(undefined, { boot: "", namespace: "" }, replay, []);
}

class FileJournal implements Journal {
  /** Undefined: it shall be in memory. */
  readonly #folder: string | undefined;
  readonly #here: Boot;
  readonly #replay: Replay;
  readonly #damage: readonly string[];
  readonly lasting: boolean;
  /** Why nothing can be written; "": it can. */
  #failure = "";
  /** Of the journal; undefined: all is in memory. */
  #file: { fd: number; size: number } | undefined;

  constructor(folder: string | undefined, here: Boot, replay: Replay, damage: readonly string[]) {
    this.#folder = folder;
    this.#here = here;
    this.#replay = replay;
    this.#damage = damage;
    this.settle();
    this.lasting = this.#failure === "" || replay.records.size > 0;
  }

  get records(): ReadonlyMap<string, InterfaceRecord> {
    return this.#replay.records;
  }

  get next(): number {
    return this.#replay.next;
  }

  get open(): readonly OpenIntent[] {
    return [...this.#replay.open.values()];
  }

  get applied(): number {
    return this.#replay.applied;
  }

  get rolledBack(): ReadonlySet<number> {
    return this.#replay.rolledBack;
  }

  get warnings(): readonly string[] {
    const failure = `records are kept in memory only, and lost when this process ends: ${this.#failure}`;
    return this.#failure ? [...this.#damage, failure] : this.#damage;
  }

  begin(intent: Intent): number {
    const begin = this.#replay.next;
    const names = Object.keys(intent.records);
    const former = Object.fromEntries(names.map((name) => [name, this.records.get(name) ?? null]));
    this.#write({ begin, ...intent, former });
    return begin;
  }

  done(id: number, steps: number): void {
    this.#write({ of: id, done: steps });
  }

  end(id: number, outcome: IntentOutcome, records?: Records): void {
    const intent = this.#replay.open.get(id);
    if (!intent) return;
    const { what, of } = intent;
    this.#write({ end: id, what, ...(of === undefined ? {} : { of }), outcome, ...(records && { records }) });
    if (this.#file && this.#file.size > enough) this.settle();
  }

  put(record: InterfaceRecord): void {
    this.#write({ record });
  }

  drop(name: string): void {
    this.#write({ gone: name });
  }

  settle(): void {
    if (this.#folder === undefined) return;
    this.close();
    try {
      makeFolder(this.#folder, 0o700);
      const snapshot = { version: 1, ...this.#here, ...this.#replay.snapshot };
      replaceFile(join(this.#folder, "interfaces.json"), `${JSON.stringify(snapshot)}\n`);
      const lines = [this.#here, ...this.open.flatMap(linesOf)];
      const path = join(this.#folder, "journal");
      replaceFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
      this.#file = { fd, size: fstatSync(fd).size };
      this.#failure = "";
    } catch (error) {
      this.#failure = (error as Error).message;
    }
  }

  close(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }

  #write(line: Line): void {
    this.#replay.apply(line);
    if (this.#file) this.#append(this.#file, Buffer.from(`${JSON.stringify(line)}\n`));
    else this.settle();
  }

  #append(file: { fd: number; size: number }, bytes: Buffer): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(file.fd, bytes, done);
      file.size += bytes.length;
    } catch (error) {
      this.#failure = (error as Error).message;
      try {
        ftruncateSync(file.fd, file.size); // half a line
      } catch {
        // who reads it skips what is no line
      }
      this.close();
    }
  }
}

function linesOf({ id, done, ...intent }: OpenIntent): Line[] {
  const begin: Line = { begin: id, ...intent };
  return done > 0 ? [begin, { of: id, done }] : [begin];
}

/** What the files say, for who only looks: nothing is written, and no lock needed. */
export function readJournal(folder: string, here: Boot = thisBoot()): { replay: Replay; damage: Damage[] } {
  const replay = new Replay();
  const snapshot = join(folder, "interfaces.json");
  const journal = join(folder, "journal");
  let known = false;
  const broken = readLines(snapshot, (value, number) => {
    if (number > 1 || !isObject(value)) return false;
    known = isBoot(value) && sameBoot(value, here);
    if (known) replay.restore(value);
    return isBoot(value);
  });
  const strange = readLines(journal, (value, number, whole) => {
    if (number === 1 && isBoot(value)) {
      known = sameBoot(value, here);
      return true;
    }
    const line = readLine(value);
    // Where the first line cannot be read, the snapshot tells of which boot these are.
    if (line && known) replay.apply(line);
    return line !== undefined || !whole;
  });
  const both = [
    { path: snapshot, why: broken },
    { path: journal, why: strange },
  ];
  return { replay, damage: both.filter(({ why }) => why) };
}

interface Damage {
  path: string;
  why: string;
}

/**
 * Calls for each line.
 * @param take false: that is no line of ours; whole: it has its line end, which the death of its writer may have cut off
 * @returns what was wrong; "": nothing, or there is no such file
 */
function readLines(path: string, take: (value: unknown, number: number, whole: boolean) => boolean): string {
  let [number, strange, ended] = [0, 0, false];
  const cutter = new LineCutter(longest, (line) => {
    number++;
    if (!take(parsed(line), number, !ended)) strange++;
  });
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const status = fstatSync(fd);
      // Whoever writes it has root act.
      if (status.uid !== process.getuid?.() || (status.mode & 0o022) !== 0) return "others may write it";
      const piece = new Uint8Array(1 << 20);
      for (let size = 1; size > 0; ) {
        size = readSync(fd, piece);
        cutter.push(piece.subarray(0, size));
      }
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    return /^(ENOENT|ENOTDIR)$/.test(code) ? "" : message;
  }
  ended = true;
  cutter.end();
  return strange > 0 ? `${strange} of its lines could not be read` : "";
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isBoot(value: unknown): value is Boot {
  return isObject(value) && typeof value.boot === "string" && typeof value.namespace === "string";
}
