/** Output of snmpwalk and snmpbulkwalk (net-snmp): numeric (`-On`, `-ObentU`) and with names of MIBs. */
import { nameOf, oidOf } from "../mib/names.ts";
import { nodes } from "../mib/nodes.ts";
import type { Oid } from "../value.ts";
import { lines, longestLine, Parsed } from "./parsed.ts";
import { parseWalkOid } from "./walk-oid.ts";
import { parseWalkValue, type Style } from "./walk-value.ts";

/** Does the line look like a row of such a walk? */
export function isWalkLine(line: string): boolean {
  return splitRow(line, false) !== undefined || splitRow(line, true) !== undefined;
}

const head = /^(?:\.?\d+(?:\.\d+)+$|\.?iso\.|[A-Za-z][\w-]*::[A-Za-z]|[a-z][\w-]*(?=[.[]|Instance$))/;

/**
 * Object and value of a row; undefined when it is none.
 * @param quick a blank stands between them (-Oq), not ` = `
 */
function splitRow(line: string, quick: boolean): [object: string, value: string] | undefined {
  const end = objectEnd(line);
  const object = line.slice(0, end);
  const [start = "", bare] = head.exec(object)?.[0] ? [object, /^[a-z][\w-]*/.exec(object)?.[0]] : [];
  if (start === "") return undefined;
  if (line.startsWith(" =", end)) {
    if (quick || (line.length > end + 2 && line[end + 2] !== " ")) return undefined;
    return [object, line.slice(end + 3)];
  }
  if (!quick || line[end] !== " " || (bare !== undefined && bare !== "iso" && !oidOf(bare) && !object.includes("::"))) {
    return undefined;
  }
  return [object, line.slice(end + 1)];
}

/** The first blank outside quotes; -1 where a quote does not close. */
function objectEnd(line: string): number {
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (character === " ") return at;
    if ((character === '"' || character === "'") && /[.[ ]/.test(line[at - 1] ?? "")) {
      at = quoteEnd(line, at);
      if (at < 0) return -1;
    } else if (character === "[" && line.startsWith("STRING: ", at + 1)) at += "STRING: ".length;
  }
  return line.length;
}

/** A quote closes where the index goes on or ends. What stands between quotes is printed as it is, quotes included. */
function quoteEnd(line: string, start: number): number {
  for (let at = line.indexOf(line[start]!, start + 1); at > 0; at = line.indexOf(line[start]!, at + 1)) {
    if (/^(?:$|[\] ]|[.[][\w"'])/.test(line.slice(at + 1, at + 3))) return at;
  }
  return -1;
}

/** What the program says when the walk does not come to its end. */
const failure =
  /^(?:Timeout: |Error in packet|Reason: |Failed object: |Error: OID not increasing|snmp(?:bulk)?walk: |.*: Timeout(?: |$))/;
const remark = /^(?:End of MIB|Total time|Variables found|MIB search path|Cannot find module|Created directory)/;

/** A row whose name is printed in a way that we do not understand; certainly no second line of a value. */
const rowLike = /^(?:[A-Za-z][\w-]*::|\.?(?:iso|\d+)\.\d|[a-z]\w*[.[])\S.* = (?:[A-Z][\w-]+: |"")/;

interface Row {
  object: string;
  value: string;
  line: number;
}

/**
 * Values may have several lines. Objects whose names Reeve does not know are counted and left out; an index or a value
 * that is printed so that it cannot be read back makes its column incomplete.
 */
export function parseWalk(text: string): Parsed {
  const parsed = new Parsed();
  const { quick, typed, quoted } = outputOf(text);
  const rows = collect(text, quick, quoted, parsed);
  // Texts of a column are all printed by its MIB's DISPLAY-HINT, without quotes, or none of them is.
  const unquoted = quoted
    ? undefined
    : new Set(rows.filter(({ value }) => /^STRING: [^"\s]/.test(value)).map(columnOf));
  for (const row of rows) {
    add(parsed, row, { typed, unquoted: row.value.startsWith('STRING: "') && unquoted?.has(columnOf(row)) === true });
  }
  parsed.scope = scopeOf(parsed.bindings.map(({ oid }) => oid));
  return parsed;
}

function columnOf({ object }: Row): string {
  if (!/^\.?(?:\d|iso\.)/.test(object)) return object.replace(/[.[].*$/s, "");
  const read = parseWalkOid(object);
  const name = "oid" in read ? nameOf(read.oid).replace(/\..*$/, "") : "";
  return name === "" || name in nodes ? object : name;
}

function collect(text: string, quick: boolean, quoted: boolean, parsed: Parsed): Row[] {
  const rows: Row[] = [];
  let row: Row | undefined;
  for (const [line, number] of lines(text)) {
    const open = row !== undefined && isOpen(row.value);
    // Where not all texts are in quotes, one may begin with a quote of its own and have no end.
    const match = open && quoted ? undefined : splitRow(line, quick);
    if (match) {
      row = { object: match[0], value: match[1], line: number };
      rows.push(row);
    } else if (!open && failure.test(line)) {
      parsed.cutOff = line.slice(0, 200);
      break;
    } else if (!open && rowLike.test(line)) {
      parsed.break(number, "a name that cannot be read");
      row = undefined;
    } else if (row && !(remark.test(line) && !open)) {
      if (row.value.length + line.length > longestLine) {
        parsed.break(number, `a value longer than ${longestLine} characters`);
        rows.pop();
        row = undefined;
      } else row.value += `\n${line}`;
    }
  }
  if (row) row.value = row.value.replace(/\n+$/, "");
  if (row && quoted && isOpen(row.value)) {
    parsed.cutOff ??= "the last value has no end";
    rows.pop();
  }
  return rows;
}

/** A quoted text whose closing quote has not come. */
function isOpen(value: string): boolean {
  const start = /^(?:Wrong Type [^:]*: )?(?:STRING: )?"/.exec(value)?.[0].length;
  return start !== undefined && !/^(?:\\.|[^"\\])*"\s*$/s.test(value.slice(start));
}

function add(parsed: Parsed, { object, value, line }: Row, style: Style): void {
  if (object.length > 4096) {
    parsed.break(line, "a name longer than 4096 characters");
    return;
  }
  const read = parseWalkOid(object);
  if ("unnamed" in read) {
    parsed.unnamed++;
    return;
  }
  if ("lost" in read) {
    if (!/^No (?:Such|more)/.test(value)) parsed.break(line, read.lost, read.column);
    return;
  }
  const found = parseWalkValue(read.oid, value, style);
  if (found === "none") return;
  if ("reason" in found) parsed.break(line, found.reason, read.oid);
  else parsed.add({ oid: read.oid, ...found });
}

interface Output {
  /** A blank is all that stands before a value (-Oq). */
  quick: boolean;
  /** Types are named (not with -Oq and -OQ). */
  typed: boolean;
  /** All texts are in quotes: no MIB is loaded that has other ideas. */
  quoted: boolean;
}

function outputOf(text: string): Output {
  let quick = true;
  let typed = false;
  for (const [line] of lines(text)) {
    const row = splitRow(line, false);
    if (!row) continue;
    quick = false;
    typed ||= /^(?:INTEGER|STRING|Hex-STRING|OID|Timeticks|Counter32|Gauge32|IpAddress): /.test(row[1]);
    if (/^STRING: (?!")/.test(row[1])) return { quick, typed: true, quoted: false };
  }
  return { quick, typed, quoted: true };
}

/** Where snmpwalk begins when it is not told where. */
const defaultRoot = "1.3.6.1.2.1";

/** The subtree that holds all rows, where that is so small that the walk had asked for no more. */
function scopeOf(oids: Oid[]): Oid | undefined {
  let scope = oids[0] ?? "";
  for (const oid of oids) {
    while (scope !== "" && oid !== scope && !(oid.startsWith(scope) && oid[scope.length] === ".")) {
      scope = scope.slice(0, Math.max(scope.lastIndexOf("."), 0));
    }
  }
  return scope === defaultRoot || scope.startsWith(`${defaultRoot}.`) ? scope : undefined;
}
