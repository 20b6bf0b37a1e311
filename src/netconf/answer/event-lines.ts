/** Events as they are told to who asks. Pure. */
import type { EventSummary, EventTree, Options, Results } from "../../console/interfaces/control.ts";
import type { Ring } from "../events/ring.ts";
import type { Task } from "../events/task.ts";
import { type Position, place } from "../interfaces/configuration.ts";
import { ipText } from "../kernel/ip-line.ts";

/** Events of one answer, and how deep they go. */
const limits = { events: 2000, depth: 50 } as const;

export function summaryOf({ event }: Task): EventSummary {
  const { id, kind, iface, parent, by, queued, ended, outcome, reason, line } = event;
  return {
    ...{ id, kind, name: iface, parent, by, queued, reason },
    ended: ended === 0 ? null : ended,
    outcome: outcome ?? null,
    at: placeOf(line),
  };
}

/** With all that it made, what it followed included. */
export function treeOf(task: Task): EventTree {
  let left: number = limits.events;
  const tree = (one: Task, depth: number): EventTree => {
    const { lines, performed, ran } = one.event;
    const children = depth >= limits.depth ? [] : [...one.children, ...one.follows].slice(0, left);
    left -= children.length;
    return {
      ...summaryOf(one),
      lines: lines.map(({ at, order, text }) => ({ at, order, text })),
      steps: performed.map(({ step, result, at }) => ({
        line: ipText(step),
        error: result.ok ? "" : `${result.code}: ${result.message}`,
        at: placeOf(at),
      })),
      ran: ran.map(({ what, status, at }) => ({ what, status, at: placeOf(at) })),
      children: children.map((child) => tree(child, depth + 1)),
    };
  };
  return tree(task, 0);
}

/** A page of the newest. */
export function eventsOf(ring: Ring, { before, limit, name, kind }: Options["events"]): Results["events"] {
  const found = ring.newest(
    before ?? Number.MAX_SAFE_INTEGER,
    limit + 1,
    (event) => (name === undefined || event.iface === name) && (kind === undefined || event.kind === kind),
  );
  const page = found.slice(0, limit).map(summaryOf);
  return { events: page, before: found.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export function placeOf(at: Position | undefined): string {
  return at === undefined || at.line === 0 ? "" : place(at);
}
