/** What a follower has missed while it was cut off, out of what the ring still has. Pure. */
import type { MonitorLine } from "../../console/interfaces/control.ts";
import type { Ring } from "../events/ring.ts";
import { summaryOf } from "./event-lines.ts";

/** How far a follower has come: of which daemon, number of the last event, order of the last line, and when. */
export interface Mark {
  /** Epoch milliseconds, as `at`. */
  started: number;
  event: number;
  order: number;
  at: number;
}

/** Lines that are told again at most, the newest: more than that nobody reads who looks at what happens now. */
const most = 300;

export function markText({ started, event, order, at }: Mark): string {
  return [started, event, order, at].join(".");
}

/** Undefined: it is none. */
export function readMark(text: string): Mark | undefined {
  const numbers = text.split(".").map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : Number.NaN));
  const [started = 0, event = 0, order = 0, at = 0] = numbers;
  return numbers.length === 4 && !numbers.some(Number.isNaN) ? { started, event, order, at } : undefined;
}

/** How far somebody has come who knows everything. */
export function latest(ring: Ring): Pick<Mark, "event" | "order"> {
  const kept = ring.newest(Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY);
  const orders = kept.map(({ event }) => event.lines.at(-1)?.order ?? 0);
  return { event: kept[0]?.event.id ?? 0, order: orders.reduce((a, b) => Math.max(a, b), 0) };
}

interface Told {
  at: number;
  /** Within a millisecond: what begins, in the order of numbers; then lines, and ends behind the last of theirs. */
  order: number;
  line: MonitorLine;
}

export interface Missed {
  lines: MonitorLine[];
  /** What cannot be told any more, for a person; "": it is all there. */
  lost: string;
}

/**
 * Everything since the mark: all of it, or what is missing is said.
 * @param started of this daemon
 * @param name about this interface alone
 */
export function missed(
  ring: Ring,
  mark: Mark,
  { started, name, kernel = false }: { started: number; name?: string | undefined; kernel?: boolean },
): Missed {
  const same = mark.started === started;
  const { event: last, order: lastOrder, at: since } = same ? mark : { event: 0, order: 0, at: 0 };
  const kept = ring.newest(Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY);
  const newer = kept.filter(({ event }) => event.id > last);
  const told: Told[] = [];
  for (const task of kept.reverse()) {
    const { id, iface, lines, queued, ended } = task.event;
    if (name !== undefined && iface !== name) continue;
    const summary = summaryOf(task);
    const begun = { ...summary, ended: null, outcome: null, reason: "" };
    if (id > last) told.push({ at: queued, order: 0, line: { what: "event", event: begun } });
    for (const { at, order, text } of lines)
      if (order > lastOrder) told.push({ at, order, line: { what: "line", id, name: iface, text, at } });
    const order = lines.at(-1)?.order ?? 0;
    if (ended > 0 && (order > lastOrder || ended > since))
      told.push({ at: ended, order: order + 0.5, line: { what: "event", event: summary } });
  }
  told.sort((a, b) => a.at - b.at || a.order - b.order);
  const cut = Math.max(0, told.length - most);
  // Numbers go on where a former daemon's records ended: without a number nobody can count.
  const gone = last > 0 ? latest(ring).event - last - newer.length : 0;
  const lost = [
    same ? "" : `the daemon was started anew at ${moment(started)}: what the one before it did unseen is not known`,
    gone > 0 ? `${gone} events of that time are kept no longer` : "",
    cut > 0 ? `${cut} lines before these are left out` : "",
    kernel ? "the kernel's own changes of that time are not kept" : "",
  ];
  return { lines: told.slice(cut).map(({ line }) => line), lost: lost.filter(Boolean).join("; ") };
}

function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
