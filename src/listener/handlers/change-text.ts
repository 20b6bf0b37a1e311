/** A change as text for others: one JSON value, or a change record of LDIF (RFC 2849). */
import { parentOf, rdnOf } from "../../ldap/dn.ts";
import { ldifLine } from "../../ldap/ldif.ts";
import { type Change, diff, type Entry } from "../handler-api.ts";
import { wireValue } from "../side.ts";
import type { WireEntry } from "../wire.ts";

export type Operation = "create" | "modify" | "remove";

/** What a webhook, a program and a journal of JSON lines are told. */
export interface ChangeText {
  /** The same at every repetition. */
  id: string;
  /** When it was observed, RFC 3339. */
  at: string;
  operation: Operation;
  /** True: it was there when the handler was first loaded. */
  initial: boolean;
  dn: string;
  /** Where it was, after a move. */
  oldDn: string | null;
  uuid: string;
  csn: string;
  old: WireEntry;
  new: WireEntry;
}

export function changeText(change: Change, operation: Operation, old: Entry, now: Entry): ChangeText {
  const { id, at, command, dn, oldDn = null, uuid, csn } = change;
  return {
    ...{ id, at: at.toISOString(), operation, initial: command === "n", dn },
    ...{ oldDn: operation === "modify" ? oldDn : null, uuid, csn, old: wire(old), new: wire(now) },
  };
}

function wire(entry: Entry): WireEntry {
  return Object.fromEntries(Object.entries(entry).map(([name, values]) => [name, values.map(wireValue)]));
}

/** One record, or two (a move, and what it changed beside); empty where nothing but metadata has changed. */
export function ldifText(change: Change, operation: Operation, old: Entry, now: Entry): string {
  const { dn, oldDn } = change;
  const head = `# ${change.id} ${change.at.toISOString()}\n`;
  if (operation === "remove") return `${head}${ldifLine("dn", dn)}changetype: delete\n\n`;
  if (operation === "create") {
    const lines = Object.entries(now).flatMap(([name, values]) => values.map((value) => ldifLine(name, value)));
    return `${head}${ldifLine("dn", dn)}changetype: add\n${lines.join("")}\n`;
  }
  const moved = oldDn === undefined || oldDn === dn ? "" : moveRecord(head, oldDn, dn);
  const changes = Object.entries(diff(old, now)).map(([name, [, values = []]]) => {
    return `replace: ${name}\n${values.map((value) => ldifLine(name, value)).join("")}-\n`;
  });
  return changes.length === 0 ? moved : `${moved}${head}${ldifLine("dn", dn)}changetype: modify\n${changes.join("")}\n`;
}

function moveRecord(head: string, from: string, to: string): string {
  const [before, after] = [parentOf(from) ?? "", parentOf(to) ?? ""];
  const superior = before === after ? "" : ldifLine("newsuperior", after);
  return `${head}${ldifLine("dn", from)}changetype: modrdn\n${ldifLine("newrdn", rdnOf(to))}deleteoldrdn: 1\n${superior}\n`;
}
