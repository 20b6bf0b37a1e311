/**
 * What a collector is: it reads raw material through a `Reader`, then parses it. Reading decides nothing, parsing touches
 * nothing but its argument, so that every parser can be fed with what other machines printed.
 */
import type { Incomplete, Row, SectionName } from "../../inventory/document.ts";
import { Problem } from "../../problem.ts";

export interface RunOutput {
  /** Exit status; null where a signal ended it. */
  status: number | null;
  stdout: string;
  stderr: string;
}

/** This machine as collectors see it. */
export interface Reader {
  /** Whether everything may be read: effective uid 0. */
  readonly root: boolean;
  /** As `uname -m` says. */
  readonly machine: string;
  /**
   * A file's text; undefined when there is no such file or, as sysfs files do, it has no value just now.
   * @throws Problem `permission`
   */
  file(path: string): Promise<string | undefined>;
  /** A file's last bytes, at most `most` of them; for the rest as `file`. */
  bytes(path: string, most: number): Promise<Uint8Array | undefined>;
  /** Names in a folder, sorted; none when it is absent or closed to us. */
  list(folder: string): Promise<string[]>;
  /** Where a symbolic link points, as written; undefined when it is none. */
  link(path: string): Promise<string | undefined>;
  /** Epoch milliseconds of the last change of the content; undefined when there is no such file. */
  modified(path: string): Promise<number | undefined>;
  /** Bytes of the file system mounted there; undefined when it cannot be asked. */
  space(path: string): Promise<{ total: number; free: number } | undefined>;
  /** Addresses of the interfaces that are up and have a carrier, as getifaddrs(3) tells them. */
  addresses(): { device: string; address: string; prefix: number }[];
  /**
   * Runs a program under LC_ALL=C; undefined when it is not installed. A status other than 0 is no error.
   * @throws Problem `timeout` and the like
   */
  run(command: readonly string[], options?: { timeout?: number }): Promise<RunOutput | undefined>;
}

/** What one collector found: rows by section; HARDWARE and BIOS may come in parts from several collectors. */
export interface Collected {
  sections: Partial<Record<SectionName, Row[]>>;
  incomplete?: Incomplete[];
}

export interface Collector<Raw = unknown> {
  /** The sections it gives rows or fields to; a failure makes them incomplete. */
  readonly sections: readonly [SectionName, ...SectionName[]];
  /** Milliseconds after which it counts as hanging; 15 000 unless told. */
  readonly deadline?: number;
  read(reader: Reader): Promise<Raw>;
  parse(raw: Raw): Collected;
}

/** A row without the fields that have no value. */
export function row(fields: Record<string, string | number | undefined>): Row {
  const filled: Row = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== "" && !Number.isNaN(value)) filled[name] = value;
  return filled;
}

/** A file's text without the blanks around it; undefined also when we may not read it. */
export async function attribute(reader: Reader, path: string): Promise<string | undefined> {
  try {
    const text = (await reader.file(path))?.trim();
    return text === "" ? undefined : text;
  } catch (error) {
    if (error instanceof Problem && error.code === "permission") return undefined;
    throw error;
  }
}

/** OCS's form of a moment, in local time: `YYYY/MM/DD hh:mm:ss`. */
export function ocsTime(milliseconds: number): string {
  const at = new Date(milliseconds);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}/${two(at.getMonth() + 1)}/${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
