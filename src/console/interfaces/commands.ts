import type { Commands } from "../module.ts";
import type { MonitorLine } from "./control.ts";
import type { interfaces } from "./declaration.ts";
import { ask, lines, watch, work } from "./netconf.ts";
import { wayTo } from "./way.ts";

/** Milliseconds that lines are followed at most. */
const longestStream = 3_600_000;

export const commands: Commands<typeof interfaces> = {
  status: (options, context) => ask(context, "status", options),
  watch: ({ shown }, context) => watch(context, shown),
  check: (options, context) => ask(context, "check", options),
  why: (options, context) => ask(context, "why", options),
  query: (options, context) => ask(context, "query", options),
  leases: (options, context) => ask(context, "leases", options),
  events: (options, context) => ask(context, "events", options),
  event: (options, context) => ask(context, "event", options),
  attach: (options, context) => ask(context, "attach", options, { timeout: longestStream, onPartial: lines(context) }),
  monitor: (options, context) =>
    ask(context, "monitor", options, {
      timeout: longestStream,
      onPartial(partial) {
        const line = partial as MonitorLine;
        context.progress({ message: textOf(line), ...line, at: momentOf(line) });
      },
    }),
  way: (_, context) => wayTo(context),
  up: ({ wait, ...options }, context) => work(context, "up", options, wait),
  down: ({ wait, ...options }, context) => work(context, "down", options, wait),
  renew: ({ wait, ...options }, context) => work(context, "renew", options, wait),
  reload: (options, context) => ask(context, "reload", options),
  preview: (options, context) => ask(context, "apply", { ...options, dryRun: true }),
  apply: ({ wait, ...options }, context) => work(context, "apply", options, wait),
  confirm: (options, context) => ask(context, "confirm", options),
  rollback: ({ wait, ...options }, context) => work(context, "rollback", options, wait),
};

/** "": an event's end, which its last line has told. */
function textOf(line: MonitorLine): string {
  if (line.what === "line") return line.text;
  if (line.what === "mark") return line.text.charAt(0).toUpperCase() + line.text.slice(1);
  if (line.what === "kernel") return `kernel: ${line.text}`;
  const { kind, name, ended } = line.event;
  return ended === null ? `${[kind, name].filter(Boolean).join(" ")}: begins` : "";
}

function momentOf(line: MonitorLine): number {
  return line.what === "event" ? (line.event.ended ?? line.event.queued) : line.at;
}
