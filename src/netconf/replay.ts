/** What the journal's lines add up to. The same code reads them from a file and follows those that are written. Pure. */

import type { Found } from "./plan/found.ts";
import { eitherOwned } from "./plan/owned.ts";
import type { Planned } from "./plan/planned.ts";
import type { InterfaceRecord } from "./record.ts";
import { type Records, readFound, readRecord, readRecords } from "./records.ts";

/** What a plan is for; it decides what becomes of it when it was not ended (recovery.ts). */
export const undertakings = ["up", "down", "lease", "heal", "apply", "rollback"] as const;
export type Undertaking = (typeof undertakings)[number];

/** A plan that is about to be carried out. */
export interface Intent {
  what: Undertaking;
  /** Of a rollback: number of the apply that it takes back. */
  of?: number;
  /** What the records are when it has ended well; those of other interfaces stay. */
  records: Records;
  /** Of an apply: what stays when it is undone; of a rollback: what stays of what it takes back. */
  found?: Found;
  plan: readonly Planned[];
}

export interface OpenIntent extends Intent {
  /** Counts all plans since the host was booted. */
  id: number;
  /** The records before. */
  former: Records;
  /** So many steps are certainly done; of the others it is not known. */
  done: number;
}

/** `done`: all of it; `undone`: none of it; `failed`: some of it. */
export type IntentOutcome = "done" | "undone" | "failed";

export type Line =
  | ({ begin: number; former: Records } & Intent)
  | { of: number; done: number }
  | { end: number; what: Undertaking; of?: number; outcome: IntentOutcome; records?: Records }
  | { record: InterfaceRecord }
  | { gone: string };

export interface Snapshot {
  next: number;
  applied: number;
  rolledBack: number[];
  records: InterfaceRecord[];
}

export class Replay {
  readonly records = new Map<string, InterfaceRecord>();
  /** Plans that have not ended, in order. */
  readonly open = new Map<number, OpenIntent>();
  /** Numbers of applies that were taken back to the end, or never came to theirs. */
  readonly rolledBack = new Set<number>();
  /** Number of the last apply that is done. */
  applied = 0;
  next = 1;

  apply(line: Line): void {
    if ("begin" in line) this.#begin(line);
    else if ("end" in line) this.#end(line);
    else if ("record" in line) this.records.set(line.record.name, line.record);
    else if ("gone" in line) this.records.delete(line.gone);
    else {
      const intent = this.open.get(line.of);
      if (intent) this.open.set(line.of, { ...intent, done: line.done });
    }
  }

  #begin({ begin: id, ...intent }: Extract<Line, { begin: number }>): void {
    this.next = Math.max(this.next, id + 1);
    this.open.set(id, { ...intent, id, done: 0 });
    for (const [name, record] of Object.entries(halfWay(intent))) if (record) this.records.set(name, record);
  }

  #end({ end, what, of, outcome, records }: Extract<Line, { end: number }>): void {
    this.next = Math.max(this.next, end + 1);
    const intent = this.open.get(end);
    this.open.delete(end);
    if (what === "rollback" && of !== undefined && outcome !== "undone") this.rolledBack.add(of);
    if (what === "apply" && outcome !== "done") this.rolledBack.add(end);
    if (what === "apply" && outcome === "done") this.applied = Math.max(this.applied, end);
    for (const [name, record] of Object.entries(records ?? (intent && endedAs(outcome, intent)) ?? {})) {
      if (record) this.records.set(name, record);
      else this.records.delete(name);
    }
  }

  get snapshot(): Snapshot {
    const { next, applied, rolledBack, records } = this;
    return { next, applied, rolledBack: [...rolledBack], records: [...records.values()] };
  }

  restore(value: Readonly<Record<string, unknown>>): void {
    if (Number.isSafeInteger(value.next)) this.next = Math.max(this.next, value.next as number);
    if (Number.isSafeInteger(value.applied)) this.applied = Math.max(this.applied, value.applied as number);
    for (const id of list(value.rolledBack)) if (typeof id === "number") this.rolledBack.add(id);
    for (const record of list(value.records).map(readRecord)) if (record) this.records.set(record.name, record);
  }
}

/** Records afterwards, when nothing else has changed them meanwhile. */
function endedAs(outcome: IntentOutcome, intent: OpenIntent): Records {
  if (outcome === "failed") return halfWay(intent);
  return outcome === "done" ? intent.records : intent.former;
}

/** Records while a plan is carried out, or when it failed: whatever it makes or leaves may be there, and is ours. */
export function halfWay({ former, records }: { former: Records; records: Records }): Records {
  const entries = Object.entries(records).map(([name, goal]): [string, InterfaceRecord | null] => {
    const before = former[name] ?? null;
    if (!goal) return [name, before];
    return [name, { ...goal, owned: eitherOwned(before?.owned, goal.owned) }];
  });
  return Object.fromEntries(entries);
}

/** Undefined: it is no line of a journal. */
export function readLine(value: unknown): Line | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const line = value as Readonly<Record<string, unknown>>;
  if ("record" in line) {
    const record = readRecord(line.record);
    return record && { record };
  }
  if ("gone" in line) return typeof line.gone === "string" ? { gone: line.gone } : undefined;
  const { what, of, done, outcome } = line;
  if (isCount(of) && isCount(done)) return { of, done };
  if (!undertakings.includes(what as Undertaking)) return undefined;
  const about = { what: what as Undertaking, ...(isCount(of) ? { of } : {}) };
  const records = readRecords(line.records);
  if (isCount(line.begin)) {
    if (!list(line.plan).every(isPlanned)) return undefined;
    const intent = { ...about, records, former: readRecords(line.former), plan: list(line.plan) as Planned[] };
    return { begin: line.begin, ...intent, ...("found" in line ? { found: readFound(line.found) } : {}) };
  }
  const ended = outcome === "done" || outcome === "undone" || outcome === "failed";
  if (!isCount(line.end) || !ended) return undefined;
  return { end: line.end, ...about, outcome, ...("records" in line ? { records } : {}) };
}

function isPlanned(value: unknown): boolean {
  const { step, inverse } = (value ?? {}) as { step?: { do?: unknown }; inverse?: unknown };
  return (
    typeof step?.do === "string" && list(inverse).every((back) => typeof (back as { do?: unknown })?.do === "string")
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
