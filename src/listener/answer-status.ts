/** How the listener stands, for those who ask over the control socket. */
import process from "node:process";
import type {
  HandlerModule,
  HandlerState,
  HandlerStatus,
  Lag,
  ListenerStatus,
  Phase,
  VerifyResult,
} from "../console/directory/control.ts";
import { version } from "../version.ts";
import { type Declaration, defaults } from "./declaration.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Follower } from "./follow.ts";
import type { FollowState } from "./follow-status.ts";
import type { HandlerProcess } from "./handler.ts";
import type { HandlerRow } from "./handler-row.ts";
import type { Interests } from "./interest.ts";
import type { Journal } from "./journal.ts";
import type { QueueStatus } from "./queue-status.ts";
import type { Rates } from "./rates.ts";
import type { Roster } from "./roster.ts";
import type { VerifyReport } from "./verify.ts";

/** What is asked about. */
export interface Parts {
  journal: Journal;
  follower: Follower;
  dispatcher: Dispatcher;
  roster: Roster;
  rates: Rates;
  servers: string[];
  base: string;
  /** What it hides is in no answer, though a handler may need it. */
  interests: Pick<Interests, "hidden">;
  /** Milliseconds since 1970. */
  started: number;
}

const phases: Record<FollowState, Phase> = {
  stopped: "connecting",
  connecting: "connecting",
  paused: "connecting",
  loading: "loading",
  refreshing: "refreshing",
  live: "following",
  "no space": "full",
};

export function status(parts: Parts): ListenerStatus {
  const { journal, follower, servers, base, started } = parts;
  const stats = journal.stats();
  const follows = follower.status();
  const { source, state, since, suffix, error, errorAt, heard, progress, verifying, verified } = follows;
  const handlers = handlerStatus(parts);
  const active = handlers.filter((one) => one.state !== "paused" && one.state !== "gone");
  const worst = (pick: (lag: Lag) => number) => Math.max(0, ...active.map(({ lag }) => pick(lag)));
  const sum = (pick: "failed" | "waiting" | "dead") => handlers.reduce((all, one) => all + one.parked[pick], 0);
  const waiting = source.state === "waiting" ? source.error : "";
  return {
    ...{ pid: process.pid, started, version, servers, suffix, base },
    server: "uri" in source ? source.uri : "",
    phase: phases[state],
    phaseSince: since,
    progress: state === "loading" || state === "refreshing" ? { done: progress, total: stats.entries || null } : null,
    error: error || waiting,
    errorAt: error ? errorAt : waiting ? since : 0,
    lastSync: heard || null,
    entries: stats.entries,
    unreadable: follows.unreadable.length,
    unreadableDns: follows.unreadable.slice(0, 10),
    head: stats.head,
    headAt: journal.oldestAfter(stats.head - 1) ?? null,
    ...{ first: stats.first, bytes: stats.bytes, rate: stats.rate },
    lag: { events: worst(({ events }) => events), seconds: worst(({ seconds }) => seconds) },
    parked: { failed: sum("failed"), waiting: sum("waiting"), dead: sum("dead") },
    held: stats.held,
    verifying,
    verified: verified ? verifyResult(verified) : null,
    handlers,
  };
}

export function verifyResult(report: VerifyReport): VerifyResult {
  const { begun, ended, compared, created, changed, moved, deleted, held } = report;
  return {
    started: begun,
    ended,
    compared,
    added: created,
    modified: changed,
    moved,
    removed: deleted,
    held,
    error: "",
  };
}

function handlerStatus({ dispatcher, roster, rates, journal }: Parts): HandlerStatus[] {
  const processes = new Map(roster.handlers.map((handler) => [handler.name, handler]));
  const queues = dispatcher.status().map((queue) => one(queue, processes.get(queue.name), rates));
  const without = roster.handlers.filter(({ name }) => !queues.some((queue) => queue.name === name)).map(refused);
  const named = new Set([...queues, ...without].map(({ name }) => name));
  const absent = dispatcher.gone().filter(({ name }) => !named.has(name));
  const left = absent.map((row) => gone(row, dispatcher, journal.head));
  return [...queues, ...without, ...left].sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
}

function one(queue: QueueStatus, handler: HandlerProcess | undefined, rates: Rates): HandlerStatus {
  const { name, priority, position, lag, load, parked, prepared, waitsUntil, worker } = queue;
  const reason = "reason" in worker ? worker.reason : "";
  return {
    ...{ name, description: handler?.declaration.description ?? "", priority, position, parked, prepared },
    state: stateOf(queue),
    lag: { events: lag.events, seconds: Math.round(lag.milliseconds / 1000) },
    rate: rates.of(name, queue.done),
    queue: handler?.stats.pending ?? 0,
    load: load && { done: load.done, total: load.of },
    error: reason || (queue.full ? "too much is parked: it takes nothing new" : queue.error),
    errorAt: queue.errorAt,
    restarts: handler?.stats.crashes ?? 0,
    pid: handler?.stats.pid ?? null,
    nextAt: waitsUntil || null,
    waitsFor: queue.waitsFor,
  };
}

function stateOf({ paused, worker, state, waitsUntil }: QueueStatus): HandlerState {
  if (worker.state === "out of service") return "refused";
  if (paused) return "paused";
  if (worker.state === "restarting" || waitsUntil > 0) return "waiting";
  if (worker.state === "starting") return "starting";
  return state === "following" ? "following" : "loading";
}

/** Without a queue: another has its name. */
function refused(handler: HandlerProcess): HandlerStatus {
  const { name, declaration, state } = handler;
  const none = { failed: 0, waiting: 0, dead: 0 };
  return {
    ...{ name, description: declaration.description, priority: declaration.priority, position: 0, rate: 0, queue: 0 },
    state: state.state === "out of service" ? "refused" : "starting",
    ...{ lag: { events: 0, seconds: 0 }, load: null, parked: none, prepared: false },
    error: "reason" in state ? state.reason : "",
    ...{ errorAt: 0, restarts: handler.stats.crashes, pid: handler.stats.pid ?? null, nextAt: null, waitsFor: null },
  };
}

/** Its file is not there any more. */
function gone(row: HandlerRow, dispatcher: Dispatcher, head: number): HandlerStatus {
  const { name, position, error, errorAt, declaration } = row;
  const { description = "", priority = defaults.priority } =
    declaration === "" ? {} : (JSON.parse(declaration) as Declaration);
  const parked = dispatcher.parkedCounts(name);
  return {
    ...{ name, description, priority, state: "gone", position, parked, prepared: row.prepared, error, errorAt },
    lag: { events: row.state === "following" ? head - position : 0, seconds: 0 },
    ...{ rate: 0, queue: 0, load: null, restarts: 0, pid: null, nextAt: null, waitsFor: null },
  };
}

const staleText = "its filter or needs are others than at its initial load: a resync brings what is missing";

export function modules(parts: Parts): HandlerModule[] {
  return handlerStatus(parts).map((row) => {
    const handler = parts.roster.handlers.find(({ name }) => name === row.name);
    const stale = parts.dispatcher.status().some((queue) => queue.name === row.name && queue.stale);
    const { filter, semantics, attributes, needs, style, user } = handler?.declaration ?? {
      ...{ filter: "", semantics: "rfc4515" as const, attributes: [], needs: [], style: "calls" as const, user: "" },
    };
    const kind = handler?.file.kind ?? "";
    return {
      ...{ ...row, file: handler?.file.file ?? "", kind: kind === "program" ? "executable" : kind },
      ...{
        filter,
        semantics,
        attributes,
        needs,
        style,
        user,
        warnings: [...(handler?.warnings ?? []), ...(stale ? [staleText] : [])],
      },
    };
  });
}
