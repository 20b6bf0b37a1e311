/** LDIF (RFC 2849): lines and content records written, content records read. */
import { Buffer } from "node:buffer";
import { Problem } from "../problem.ts";
import type { Attributes } from "./attributes.ts";

export interface ContentRecord {
  dn: string;
  attributes: Attributes;
}

const width = 76;

/** SAFE-STRING, no space at the end, and nothing that would steer a terminal. */
function isSafe(octets: Uint8Array): boolean {
  const [first] = octets;
  // Space, : and <.
  if (first === 0x20 || first === 0x3a || first === 0x3c || octets.at(-1) === 0x20) return false;
  return octets.every((octet) => octet >= 0x20 && octet < 0x7f);
}

/** `name: value`, folded, with its line end; in base64 where the value would not survive otherwise. */
export function ldifLine(name: string, value: string | Uint8Array): string {
  const octets = Buffer.from(value);
  const whole = isSafe(octets) ? `${name}: ${octets.toString("latin1")}` : `${name}:: ${octets.toString("base64")}`;
  if (whole.length <= width) return `${whole}\n`;
  const lines = [whole.slice(0, width)];
  for (let at = width; at < whole.length; at += width - 1) lines.push(whole.slice(at, at + width - 1));
  return `${lines.join("\n ")}\n`;
}

/** An entry, with the empty line behind it. */
export function contentRecord(dn: string, attributes: Attributes): string {
  const lines = Object.entries(attributes).flatMap(([name, values]) => values.map((value) => ldifLine(name, value)));
  return `${ldifLine("dn", dn)}${lines.join("")}\n`;
}

const largestDefault = 64 * 1024 * 1024;

/**
 * Entries one by one, as slapcat, ldapsearch and univention-directory-listener-dump write them: also with characters
 * beyond ASCII as they are, and lines of any length.
 * @param largest octets that an entry may have
 * @throws Problem `bad-request` with the line's number: malformed, a change record or a value by URL; `too-large`
 */
export async function* readContent(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  largest = largestDefault,
): AsyncGenerator<ContentRecord> {
  const reader = new RecordReader();
  let number = 0;
  for await (const line of lines(source, largest)) {
    number++;
    const record = reader.take(line, number);
    if (record) yield record;
    if (reader.size > largest) throw tooLarge(number, largest);
  }
  const last = reader.take("", number + 1);
  if (last) yield last;
}

const wrong = (line: number, what: string): Problem => new Problem("bad-request", `LDIF, line ${line}: ${what}`);
const tooLarge = (line: number, largest: number): Problem =>
  new Problem("too-large", `LDIF, line ${line}: an entry of more than ${largest} octets`);

/** One character per octet, without the line's end. */
async function* lines(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  largest: number,
): AsyncGenerator<string> {
  let begun: string[] = [];
  let length = 0;
  let count = 1;
  for await (const chunk of source) {
    const [head = "", ...more] = Buffer.prototype.latin1Slice.call(chunk, 0, chunk.length).split("\n");
    begun.push(head);
    length += head.length;
    if (length > largest) throw tooLarge(count, largest);
    const tail = more.pop();
    if (tail === undefined) continue;
    for (const line of [begun.join(""), ...more]) {
      count++;
      yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
    begun = [tail];
    length = tail.length;
  }
  if (length > 0) yield begun.join("");
}

class RecordReader {
  /** Octets of the record so far. */
  size = 0;
  /** The pieces of a folded line. */
  private pieces: string[] = [];
  private begun = 0;
  private record: ContentRecord | undefined;

  /** A record that ended with this line. */
  take(line: string, number: number): ContentRecord | undefined {
    this.size += line.length + 1;
    if (line.startsWith(" ")) {
      if (this.pieces.length === 0) throw wrong(number, "it goes on, but nothing has begun");
      this.pieces.push(line.slice(1));
      return undefined;
    }
    if (this.pieces.length > 0) this.logical(this.pieces.join(""), this.begun);
    this.pieces = line === "" ? [] : [line];
    this.begun = number;
    if (line !== "") return undefined;
    const record = this.record;
    this.record = undefined;
    this.size = 0;
    return record;
  }

  private logical(line: string, number: number): void {
    if (line.startsWith("#")) return;
    const match = /^([\w.;-]+):([:<]?) *(.*)$/s.exec(line);
    const [, name = "", mark, rest = ""] = match ?? [];
    if (!match) throw wrong(number, "neither a name and a value nor a comment");
    if (mark === "<") throw wrong(number, "a value that stands elsewhere is not read");
    if (mark === ":" && !/^[A-Za-z\d+/]*={0,2}$/.test(rest)) throw wrong(number, "not base64");
    const value = Buffer.from(rest, mark === ":" ? "base64" : "latin1");
    const { record } = this;
    if (!record) this.begin(name, value, number);
    else if (/^(dn|changetype|control)$/i.test(name)) throw wrong(number, `${name} within an entry`);
    else if (record.attributes[name]) record.attributes[name].push(value);
    else record.attributes[name] = [value];
  }

  private begin(name: string, value: Buffer, number: number): void {
    if (name === "version" && value.toString() === "1") return;
    if (name.toLowerCase() !== "dn") throw wrong(number, "an entry begins with dn");
    this.record = { dn: value.toString(), attributes: Object.create(null) };
  }
}
