/** The module's end of the listener's control socket. */
import { join } from "node:path";
import { Problem } from "../../problem.ts";
import { askService } from "../control-socket.ts";
import { markOf } from "../mark.ts";
import type { CommandContext } from "../module.ts";
import { watch as watchMark } from "../watch.ts";
import { type Asked, type Options, type Results, socketName, type Verb } from "./control.ts";

/** Milliseconds for an answer: a look through many changes takes a while. */
const patience = 30_000;

export type Asker = Pick<CommandContext, "sockets" | "user" | "signal">;

const refusals = {
  absent: "no listener runs on this host",
  closed: () =>
    new Problem("permission", "the listener does not let the console in: name a group of its user in listener.group"),
};

/**
 * Asks the listener of this host.
 * @throws Problem `not-running` when there is none, `permission` when it does not let us in, what it answers otherwise
 */
export async function ask<V extends Verb>(asker: Asker, verb: V, options: Options[V]): Promise<Results[V]> {
  const { sockets, user, signal } = asker;
  const body: Asked<V> = { options, by: user.name };
  const request = { signal, timeout: patience };
  const question = { socket: join(sockets, socketName), verb, body: { ...body } };
  return (await askService(question, refusals, request)) as Results[V];
}

/**
 * Reports changes of the listener's state.
 * @param shown mark of the state that a page shows
 * @param look milliseconds between two looks
 */
export function watch(
  context: Asker & Pick<CommandContext, "progress">,
  shown?: string,
  look?: number,
): Promise<{ ended: boolean }> {
  return watchMark(context, {
    mark: async () => markOf(await ask(context, "status", {}).catch((error: unknown) => Problem.from(error))),
    message: "the listener's state has changed",
    shown,
    look,
  });
}
