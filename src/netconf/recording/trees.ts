/** What became of a tree of events, without times: the same in a recording and in its replay. Pure. */
import type { Task } from "../events/task.ts";
import { ipText } from "../kernel/ip-line.ts";

export interface PlainTree {
  id: number;
  kind: string;
  iface: string;
  by: string;
  outcome: string;
  reason: string;
  lines: string[];
  steps: string[];
  ran: string[];
  children: PlainTree[];
}

export function plainTree({ event, children }: Task): PlainTree {
  const { id, kind, iface, by, outcome = "", reason, lines, performed, ran } = event;
  return {
    ...{ id, kind, iface, by, outcome, reason },
    lines: lines.map(({ text }) => text),
    steps: performed.map(({ step, result }) => `${ipText(step)}${result.ok ? "" : `: ${result.code}`}`),
    ran: ran.map(({ what, status }) => `${what}: ${status}`),
    children: children.map(plainTree),
  };
}
