/** A file in an agent's place: what snmpsim, `snapshot` or snmpwalk wrote down. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Problem } from "../../problem.ts";
import type { ReadOptions, Source } from "../source.ts";
import { Tables } from "../tables.ts";
import type { Oid, VarBind } from "../value.ts";
import { type Content, readContent } from "./content.ts";
import { type Broken, lines, type Parsed } from "./parsed.ts";
import { Rows } from "./rows.ts";
import { parseSnmprec, snmprecLine } from "./snmprec.ts";
import { isWalkLine, parseWalk } from "./walk.ts";

/** What a recording is, for people. */
export interface RecordingSummary {
  format: "snmprec" | "snmpwalk";
  rows: number;
  duplicates: number;
  outOfOrder: number;
  /** Lines that gave no row; their columns are incomplete. */
  broken: readonly Broken[];
  /** Rows of a walk with names of MIBs that Reeve has no use for: left out. */
  unnamed: number;
  /** Set when the file or the walk ended before the device's last object: what follows is incomplete. */
  cutOff?: string | undefined;
}

/** A source that reads one file. Its columns are complete but for those that a cut-off file or a broken line touches. */
export class Recording implements Source {
  readonly name: string;
  readonly summary: RecordingSummary;
  readonly #file: string;
  readonly #rows: Rows;

  constructor(file: string, content: Content) {
    this.#file = file;
    this.name = stem(file).name;
    const { format, parsed } = parse(this.name, content);
    this.#rows = new Rows(parsed);
    const { duplicates, outOfOrder, size: rows } = this.#rows;
    const { broken, cutOff, unnamed } = parsed;
    this.summary = { format, rows, duplicates, outOfOrder, broken, unnamed, cutOff };
  }

  async read(objects: readonly Oid[], options: ReadOptions = {}): Promise<Tables> {
    refuseCancelled(options);
    const tables = new Tables();
    for (const oid of objects) tables.set(oid, this.#rows.column(oid));
    return tables;
  }

  async walk(
    root: Oid,
    each: (binding: VarBind) => void | Promise<void>,
    options: ReadOptions = {},
  ): Promise<{ complete: boolean; reason?: string | undefined }> {
    const end = options.deadline === undefined ? Number.POSITIVE_INFINITY : Date.now() + options.deadline;
    for (const binding of this.#rows.below(root)) {
      refuseCancelled(options);
      if (Date.now() > end) return { complete: false, reason: "the deadline passed" };
      await each(binding);
    }
    const reason = this.#rows.missing(root);
    return { complete: reason === undefined, reason };
  }

  async set(): Promise<void> {
    throw new Problem("usage", `${this.name} is a recording: it cannot be changed`);
  }

  context(_kind: "vlan" | "vrf", name: string): Source {
    return new RecordingContext(this.#file, name);
  }

  close(): void {}
}

/** A sibling `NAME@CONTEXT`, opened when it is first read. Without one it is a context that does not answer. */
class RecordingContext implements Source {
  readonly name: string;
  readonly #file: string | undefined;
  #recording: Promise<Recording> | undefined;

  constructor(file: string, context: string) {
    this.name = `${stem(file).name}@${context}`;
    this.#file = sibling(file, context);
  }

  async read(objects: readonly Oid[], options: ReadOptions = {}): Promise<Tables> {
    refuseCancelled(options);
    if (this.#file !== undefined) return (await this.#open(this.#file)).read(objects, options);
    const tables = new Tables();
    for (const oid of objects) tables.set(oid, { rows: new Map(), complete: false, reason: this.#absent });
    return tables;
  }

  async walk(root: Oid, each: (binding: VarBind) => void | Promise<void>, options: ReadOptions = {}) {
    refuseCancelled(options);
    if (this.#file === undefined) return { complete: false, reason: this.#absent };
    return (await this.#open(this.#file)).walk(root, each, options);
  }

  async set(): Promise<void> {
    throw new Problem("usage", `${this.name} is a recording: it cannot be changed`);
  }

  context(kind: "vlan" | "vrf", name: string): Source {
    throw new Problem("usage", `${this.name} is a context; it has no ${kind} ${name}`);
  }

  close(): void {}

  get #absent(): string {
    return `there is no recording ${this.name}`;
  }

  #open(file: string): Promise<Recording> {
    this.#recording ??= openRecording(file);
    return this.#recording;
  }
}

/**
 * Opens `.snmprec` or the output of snmpwalk, packed with gzip or not; what it is, its content says. A plain file must
 * end with a line's end: otherwise its last line counts as half and what would follow as incomplete.
 * @throws Problem `not-found`, `permission`, `io`; `too-large`; `bad-request` when it is no recording
 */
export async function openRecording(file: string): Promise<Recording> {
  return new Recording(file, await readContent(file));
}

function parse(name: string, content: Content): { format: RecordingSummary["format"]; parsed: Parsed } {
  const format = detect(name, content.text);
  const parsed = format === "snmprec" ? parseSnmprec(content.text) : parseWalk(content.text);
  if (content.text === "") parsed.cutOff = "the recording is empty";
  if (content.cutOff !== undefined) parsed.cutOff = content.cutOff;
  return { format, parsed };
}

function detect(name: string, text: string): RecordingSummary["format"] {
  if (text === "") return "snmprec";
  let looked = 0;
  let unknown = "";
  for (const [line, number] of lines(text)) {
    if (snmprecLine.test(line)) return "snmprec";
    if (isWalkLine(line)) return "snmpwalk";
    if (line.trim() === "" || line.startsWith("#")) continue;
    unknown ||= `line ${number} is "${line.slice(0, 60).replace(/[^ -~]/g, "?")}"`;
    if (++looked >= 50) break;
  }
  throw new Problem("bad-request", `${name} is neither snmprec nor output of snmpwalk: ${unknown || "only remarks"}`);
}

const suffixes = /^(.+?)(\.(?:snmprec|snmpwalk|walk|txt))?(\.gz)?$/;

function stem(file: string): { name: string; suffix: string } {
  const [, name = "", suffix = ""] = suffixes.exec(basename(file)) ?? [];
  return { name, suffix };
}

function sibling(file: string, context: string): string | undefined {
  if (!/^[^/\0]{1,64}$/.test(context)) return undefined;
  const { name, suffix } = stem(file);
  const beside = join(dirname(file), `${name}@${context}${suffix}`);
  return [beside, `${beside}.gz`].find((path) => existsSync(path));
}

function refuseCancelled({ signal }: ReadOptions): void {
  if (signal?.aborted) throw new Problem("cancelled", "cancelled", { cause: signal.reason });
}
