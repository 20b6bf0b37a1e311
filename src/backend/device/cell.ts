/** Cells of tables as the words and numbers that facts carry. */
import { parseMac } from "../../address.ts";
import type { Value } from "../../snmp/value.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const latin1 = new TextDecoder("latin1");

/** Text of a cell: UTF-8, else Latin-1; lines end in LF; no NUL padding, no control characters, no blanks at its ends. */
export function text(value: Value | undefined): string {
  if (value === undefined) return "";
  if (!(value instanceof Uint8Array)) return String(value);
  let decoded: string;
  try {
    decoded = utf8.decode(value);
  } catch {
    decoded = latin1.decode(value);
  }
  return decoded
    .replace(/\r+\n/g, "\n")
    .replace(/(?![\n\t])\p{Cc}/gu, "")
    .trim();
}

/** A whole number; undefined for everything else. */
export function number(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "bigint" && value <= Number.MAX_SAFE_INTEGER ? Number(value) : undefined;
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A MAC address in six bytes, or spelled out as some agents do; undefined for the all-zero one. */
export function mac(value: Value | undefined): string | undefined {
  if (!(value instanceof Uint8Array)) return typeof value === "string" ? parseMac(value) : undefined;
  return parseMac(value.length === 6 ? hex(value) : text(value));
}
