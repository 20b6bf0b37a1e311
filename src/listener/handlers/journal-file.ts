/** Appends every change to a file, as LDIF or as JSON lines. It may be rotated by renaming. */
import { closeSync, constants, fdatasyncSync, fstatSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { Problem } from "../../problem.ts";
import { type Configuration, type Entry, Handler, Unavailable } from "../handler-api.ts";
import { changeText, ldifText, type Operation } from "./change-text.ts";
import { configured, type ShippedStart } from "./shipped.ts";

class JournalFile extends Handler {
  readonly configuration: Configuration;
  readonly file: string;
  readonly json: boolean;
  #descriptor: number | undefined;

  constructor(start: ShippedStart) {
    super();
    const { settings } = start;
    const [file = ""] = settings.file ?? [];
    const [format = "ldif"] = settings.format ?? [];
    if (!file.startsWith("/")) throw new Problem("config", `file: expected an absolute path, not ${file}`);
    if (format !== "ldif" && format !== "json") throw new Problem("config", `format: ldif or json, not ${format}`);
    this.file = file;
    this.json = format === "json";
    this.configuration = { description: `appends changes to ${file}`, ...configured(start, "(objectClass=*)") };
  }

  override create(_dn: string, now: Entry) {
    this.#append("create", {}, now);
  }

  override modify(_dn: string, old: Entry, now: Entry) {
    this.#append("modify", old, now);
  }

  override remove(_dn: string, old: Entry) {
    this.#append("remove", old, {});
  }

  /** On disk before it is acknowledged; a full disk makes everything wait. */
  #append(operation: Operation, old: Entry, now: Entry): void {
    const { change } = this;
    if (!change) return;
    const text = this.json
      ? `${JSON.stringify(changeText(change, operation, old, now))}\n`
      : ldifText(change, operation, old, now);
    if (text === "") return;
    try {
      append(this.#open(), Buffer.from(text));
    } catch (error) {
      throw new Unavailable(`${this.file} cannot be written: ${(error as Error).message}`);
    }
  }

  /** The file of that name, also when the one before was renamed. */
  #open(): number {
    if (this.#descriptor !== undefined) {
      const there = statSync(this.file, { throwIfNoEntry: false });
      const open = fstatSync(this.#descriptor);
      if (there?.ino === open.ino && there.dev === open.dev) return this.#descriptor;
      closeSync(this.#descriptor);
    }
    this.#descriptor = undefined;
    const descriptor = openSync(this.file, flags, 0o640);
    if (!fstatSync(descriptor).isFile()) {
      closeSync(descriptor);
      throw new Error("it is no regular file");
    }
    this.#descriptor = descriptor;
    return descriptor;
  }
}

// A link may lead anywhere, and a pipe without a reader would be waited for.
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** All of it or nothing: readers find whole records. */
function append(descriptor: number, bytes: Uint8Array): void {
  const before = fstatSync(descriptor).size;
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
    fdatasyncSync(descriptor);
  } catch (error) {
    ftruncateSync(descriptor, before);
    throw error;
  }
}

export const journalFile = (start: ShippedStart): Handler => new JournalFile(start);
