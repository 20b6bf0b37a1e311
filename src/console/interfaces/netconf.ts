/** The module's end of the sockets of `reeve netconf daemon`. */
import { statSync } from "node:fs";
import process from "node:process";
import { Problem } from "../../problem.ts";
import { socketPath } from "../../process/socket-path.ts";
import { pause } from "../../process/wait.ts";
import type { RequestOptions } from "../../umcp/client.ts";
import { askKept, askService } from "../control-socket.ts";
import { markOf } from "../mark.ts";
import type { CommandContext } from "../module.ts";
import { watch as watchMark } from "../watch.ts";
import type { Begun, Refusal } from "./answer.ts";
import {
  type Asked,
  controlName,
  type Options,
  type Progress,
  type Results,
  statusName,
  type Verb,
  verbs,
} from "./control.ts";
import { marked, newestEvents } from "./shown.ts";

/** Where the package's service has its sockets: it runs as root, and the console does not. */
const sharedFolder = "/run/reeve-netconf";
/** Milliseconds for an answer that only tells. What works has a deadline of its own in the daemon. */
const patience = 30_000;
/** Milliseconds that are waited for the first line of what was begun. */
const firstLine = 5000;

export type Asker = Pick<CommandContext, "sockets" | "user" | "signal" | "run">;
type More = Pick<RequestOptions, "onPartial" | "signal" | "timeout">;

const refusals = {
  absent: "reeve netconf does not run on this host",
  closed: () => new Problem("permission", "reeve netconf does not let the console in"),
};

/**
 * Asks the daemon of this host: what changes nothing over the socket that is open to everybody.
 * @throws Problem `not-running`; `permission` or `forbidden` with a Refusal as detail where the console may not act; what
 *   the daemon answers otherwise
 */
export async function ask<V extends Verb>(
  asker: Asker,
  verb: V,
  options: Options[V],
  more: More = {},
): Promise<Results[V]> {
  const { sockets, user, signal } = asker;
  const { changes } = verbs[verb];
  const socket = socketPath(changes ? controlName : statusName, sockets, {}, sharedFolder);
  const body: Asked<V> = { options, by: user.name };
  const request = { signal, ...(changes ? {} : { timeout: patience }), ...more };
  try {
    const question = { socket, verb, body: { ...body } };
    return (await (changes ? askService : askKept)(question, refusals, request)) as Results[V];
  } catch (error) {
    throw await explained(Problem.from(error), verb, socket, asker);
  }
}

/** What would have to be written where, when it is a refusal. */
async function explained(problem: Problem, verb: Verb, path: string, asker: Asker): Promise<Problem> {
  const { code, message } = problem;
  if (code !== "permission" && code !== "forbidden") return problem;
  const by = code === "permission" ? "socket" : "policy";
  const section = verb === "up" || verb === "renew" ? "IFUP" : verb === "down" ? "IFDOWN" : "APPLY";
  const refusal: Refusal = { by, user: await ownName(asker), group: await groupOf(path, asker), section };
  const { user, group } = refusal;
  const way =
    by === "policy"
      ? `${message}: the console asks as ${user}; write \`[${section}]\` and \`allow ${user}\` into the policy`
      : group === ""
        ? `${message}: name a group of ${user} in netconf.group, and start reeve netconf anew`
        : `${message}: make ${user} a member of the group ${group}, and start the console anew`;
  return new Problem(code, way, { cause: problem, detail: refusal });
}

/** As the policy knows us. */
async function ownName({ run }: Asker): Promise<string> {
  const { stdout } = await run(["id", "-un"], { timeout: 5000 }).catch(() => ({ stdout: "" }));
  return stdout.trim() || `uid ${process.getuid?.()}`;
}

/** Group that the socket's mode lets in; "": none. */
async function groupOf(path: string, { run }: Asker): Promise<string> {
  try {
    const { mode, gid } = statSync(path);
    if ((mode & 0o020) === 0) return "";
    const { stdout } = await run(["getent", "group", String(gid)], { timeout: 5000 });
    return stdout.split(":")[0] || String(gid);
  } catch {
    return "";
  }
}

type Work = "up" | "down" | "renew" | "apply" | "rollback";

/**
 * Does it, status lines as partial results.
 * @param wait false: answers as soon as the first line tells which event it is; the daemon goes on
 */
export async function work<V extends Work>(
  asker: Asker & Pick<CommandContext, "progress">,
  verb: V,
  options: Options[V],
  wait: boolean,
): Promise<Results[V] | Begun> {
  if (wait) return await ask(asker, verb, options, { onPartial: lines(asker) });
  const leave = new AbortController();
  const begun = Promise.withResolvers<Begun>();
  const done = ask(asker, verb, options, {
    signal: AbortSignal.any([asker.signal, leave.signal]),
    onPartial: (partial) => begun.resolve({ event: (partial as Progress).event || null }),
  });
  try {
    const ended = done.then((result) => ({ event: "event" in result ? result.event : null }));
    const late = pause(firstLine, leave.signal).then(() => ({ event: null }));
    const { event } = await Promise.race([begun.promise, ended, late]);
    return { event: event && (await rootOf(asker, event)) };
  } finally {
    leave.abort();
    done.catch(() => undefined);
  }
}

/** The event that an event is part of: the first line may be that of a child. */
async function rootOf(asker: Asker, id: number): Promise<number> {
  const { events } = await ask(asker, "events", { before: id + 1, limit: 1 });
  const parent = events.find((one) => one.id === id)?.parent ?? 0;
  return parent > 0 && parent < id ? await rootOf(asker, parent) : id;
}

/** Hands status lines on. */
export function lines({ progress }: Pick<CommandContext, "progress">): (partial: unknown) => void {
  return (partial) => {
    const { line, event } = partial as Progress;
    for (const message of line.split("\n")) progress({ message, event });
  };
}

/**
 * Reports that something has happened.
 * @param shown mark of what a page shows
 * @param look milliseconds between two looks, when nothing tells of itself
 */
export function watch(
  context: Asker & Pick<CommandContext, "progress">,
  shown?: string,
  look?: number,
): Promise<{ ended: boolean }> {
  const now = async () => {
    const [status, { events }] = await Promise.all([
      ask(context, "status", {}),
      ask(context, "events", { limit: newestEvents }),
    ]);
    return marked({ status, newest: events });
  };
  return watchMark(context, {
    mark: async () => markOf(await now().catch((error: unknown) => Problem.from(error))),
    message: "something has happened",
    shown,
    look,
    wake: (woken, signal) =>
      ask(context, "monitor", { kernel: true }, { signal, timeout: 3_600_000, onPartial: woken }),
  });
}
