/** snmprec, the format of snmpsim: `OID|TAG|VALUE`, one row a line (https://docs.lextudio.com/snmpsim/). */
import { Buffer } from "node:buffer";
import { tag, type Value, type VarBind } from "../value.ts";
import { lines, longestLine, Parsed, parseOid } from "./parsed.ts";

/** Does the line look like a row of this format? */
export const snmprecLine = /^\.?\d+(?:\.\d+)*\|\d+[xe]?(?::[\w-]+)?\|/;

/** The remark with which our writer ends a recording whose walk was cut off. */
export const cutOffRemark = "# cut off: ";

/**
 * Lines that begin with `#` are remarks. A row made by one of snmpsim's variation modules (`65:numeric`) is not a value
 * that a device gave: it counts as broken. Only `writecache`, which makes a recorded value writable, has one.
 */
export function parseSnmprec(text: string): Parsed {
  const parsed = new Parsed();
  for (const [line, number] of lines(text)) {
    if (line.startsWith(cutOffRemark)) parsed.cutOff = line.slice(cutOffRemark.length);
    if (line === "" || line.startsWith("#")) continue;
    if (line.length > longestLine) {
      parsed.break(number, `longer than ${longestLine} characters`, parseOid(line.slice(0, line.indexOf("|"))));
      continue;
    }
    const first = line.indexOf("|");
    const second = line.indexOf("|", first + 1);
    const oid = parseOid(line.slice(0, Math.max(first, 0)));
    if (oid === undefined || second < 0) {
      parsed.break(number, "not OID|TAG|VALUE", oid);
      continue;
    }
    const row = parseRow(line.slice(first + 1, second), line.slice(second + 1));
    if (typeof row === "string") parsed.break(number, row, oid);
    else if (row.type < tag.noSuchObject) parsed.add({ oid, ...row });
  }
  return parsed;
}

type Row = Omit<VarBind, "oid">;

const tagPattern = /^(\d{1,3})([xe]?)(?::([\w-]{1,64}))?$/;

function parseRow(tagText: string, text: string): Row | string {
  const [, type = "", form, variation] = tagPattern.exec(tagText) ?? [];
  if (variation !== undefined) {
    const [, hex, initial] = (variation === "writecache" && /^(hex)?value=([^,]*)$/.exec(text)) || [];
    if (initial !== undefined) return parseRow(hex ? `${type}x` : type, initial);
    return `made by snmpsim's variation module ${variation}, no recorded value`;
  }
  const bytes = form === "x" ? parseHex(text) : form === "e" ? parseEscaped(text) : undefined;
  if (form && bytes === undefined) return "the value is not what its tag says";
  const value = readers[Number(type)]?.(text, bytes);
  if (value === undefined)
    return type in readers ? "the value is not of its type" : `unknown tag ${tagText.slice(0, 20)}`;
  return { type: Number(type), value };
}

function parseHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[\da-fA-F]*$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, "hex"));
}

const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", "0": "\0", "\\": "\\", "'": "'", '"': '"' };

function parseEscaped(text: string): Uint8Array | undefined {
  const plain = text.replace(/\\(x[\da-fA-F]{2}|.)/g, (all, code: string) =>
    code.startsWith("x") ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? all),
  );
  return new Uint8Array(Buffer.from(plain, "latin1"));
}

type Reader = (text: string, bytes: Uint8Array | undefined) => Value | null | undefined;

const octets: Reader = (text, bytes) => bytes ?? new Uint8Array(Buffer.from(text, "latin1"));

/** Devices send unsigned numbers as INTEGER, too: what they said is kept. */
const integer: Reader = (text, bytes) => (bytes ? undefined : parseInteger(text, -0x8000_0000, 0xffff_ffff));
const unsigned: Reader = (text, bytes) => (bytes ? undefined : parseInteger(text, 0, 0xffff_ffff));
const exception: Reader = () => null;

const readers: Record<number, Reader> = {
  [tag.integer]: integer,
  [tag.octetString]: octets,
  [tag.null]: () => null,
  [tag.oid]: (text) => parseOid(text) ?? (text === "" ? "0.0" : undefined),
  [tag.ipAddress]: (text, bytes) => (bytes ? bytesToIp(bytes) : parseIp(text)),
  [tag.counter32]: unsigned,
  [tag.gauge32]: unsigned,
  [tag.timeTicks]: unsigned,
  [tag.opaque]: octets,
  [tag.counter64]: (text, bytes) => (bytes ? undefined : parseCounter64(text)),
  [tag.noSuchObject]: exception,
  [tag.noSuchInstance]: exception,
  [tag.endOfMibView]: exception,
};

export function parseInteger(text: string, least: number, most: number): number | undefined {
  if (!/^-?\d{1,12}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= least && number <= most ? number : undefined;
}

export function parseCounter64(text: string): bigint | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const number = BigInt(text);
  return number < 1n << 64n ? number : undefined;
}

export function parseIp(text: string): string | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) ? parts.join(".") : undefined;
}

const bytesToIp = (bytes: Uint8Array) => (bytes.length === 4 ? bytes.join(".") : undefined);
