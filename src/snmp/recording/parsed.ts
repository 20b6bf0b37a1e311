/** What a parser of recordings finds, format aside. */
import { Problem } from "../../problem.ts";
import type { Oid, VarBind } from "../value.ts";

/** Characters of a line: an OCTET STRING of 64 KiB in hex with blanks, and its OID. */
export const longestLine = 256 * 1024;
/** Rows of a recording; a core router has 10^5. */
const mostRows = 5_000_000;
/** Lines that make no sense. More of them, and the file is something else. */
const mostBroken = 10_000;

export interface Broken {
  line: number;
  reason: string;
}

/** Rows as they stand in the file, and what was wrong with it. */
export class Parsed {
  readonly bindings: VarBind[] = [];
  /** Lines that gave no row, in order. */
  readonly broken: Broken[] = [];
  /** OIDs where a row is or may be missing because of a broken line: their columns are not all there. */
  readonly damaged = new Set<Oid>();
  /** Set when the recording stopped before its end. */
  cutOff: string | undefined;
  /** Set when only this subtree was walked. */
  scope: Oid | undefined;
  /** Rows of objects whose name Reeve does not know, so that nothing can ask for them. */
  unnamed = 0;
  #unplaced = false;

  add(binding: VarBind): void {
    if (this.bindings.length >= mostRows) throw new Problem("too-large", `more than ${mostRows} rows`);
    this.bindings.push(binding);
    if (!this.#unplaced) return;
    this.damaged.add(binding.oid);
    this.#unplaced = false;
  }

  /** @param oid of the row that the line would have been; unknown: it stands between its neighbours in the file */
  break(line: number, reason: string, oid?: Oid): void {
    if (this.broken.length >= mostBroken) {
      throw new Problem("bad-request", `no recording: ${mostBroken} lines make no sense, the last: ${line}: ${reason}`);
    }
    this.broken.push({ line, reason });
    if (oid !== undefined) {
      this.damaged.add(oid);
      return;
    }
    const before = this.bindings.at(-1);
    if (before) this.damaged.add(before.oid);
    this.#unplaced = true;
  }
}

/** Each line with its number from 1, without its end: CRLF where the first line ends so, else LF. */
export function* lines(text: string): Generator<[line: string, number: number]> {
  const crlf = text.charCodeAt(text.indexOf("\n") - 1) === 13;
  let number = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    yield [text.slice(start, crlf && end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end), ++number];
    start = end + 1;
  }
}

const oidPattern = /^\.?(\d{1,10}(?:\.\d{1,10}){0,127})$/;

/** The OID in our form; undefined when it is none (RFC 2578 §3.5: up to 128 numbers of 32 bits). */
export function parseOid(text: string): Oid | undefined {
  const oid = oidPattern.exec(text)?.[1];
  if (oid === undefined) return undefined;
  if (!/\d{10}|(?:^|\.)0\d/.test(oid)) return oid;
  const arcs = oid.split(".").map(Number);
  return arcs.some((arc) => arc > 0xffff_ffff) ? undefined : arcs.join(".");
}
