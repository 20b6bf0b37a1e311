/**
 * CSV as RFC 4180 has it (CRLF, quotes doubled), with the byte-order mark without which spreadsheet programs take UTF-8
 * for Latin-1. Texts that such a program would run as a formula get an apostrophe in front (OWASP "CSV injection"):
 * inventory values come from machines that nobody has to trust.
 */

export type CsvValue = string | number | boolean | null | undefined;

const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;
const plainNumber = /^[+-]?\d+([.,]\d+)?$/;

function field(value: CsvValue): string {
  if (value === null || value === undefined) return "";
  let text = String(value);
  if (typeof value === "string" && formula.test(text) && !plainNumber.test(text)) text = `'${text}`;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One record with its line end. */
export function csvRecord(values: readonly CsvValue[]): string {
  return `${values.map(field).join(",")}\r\n`;
}

export function csv(titles: readonly string[], records: Iterable<readonly CsvValue[]>): string {
  let text = `\ufeff${csvRecord(titles)}`;
  for (const record of records) text += csvRecord(record);
  return text;
}

/** A file name made of any text: letters, digits, dots and dashes. */
export function csvFileName(...parts: string[]): string {
  const name = parts
    .join("-")
    .replace(/[^\p{L}\p{N}.]+/gu, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 100);
  return `${name || "table"}.csv`;
}
