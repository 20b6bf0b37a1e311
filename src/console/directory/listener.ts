/** The module's end of the listener's control socket. */
import { join } from "node:path";
import { Problem } from "../../problem.ts";
import { pause } from "../../process/wait.ts";
import { connect } from "../../umcp/client.ts";
import type { CommandContext } from "../module.ts";
import { type Asked, type Options, type Results, socketName, type Verb } from "./control.ts";
import { markOf } from "./mark.ts";

/** Milliseconds for an answer: a look through many changes takes a while. */
const patience = 30_000;
/** Milliseconds of a watch as a whole. */
const longestWatch = 600_000;

export type Asker = Pick<CommandContext, "sockets" | "user" | "signal">;

/**
 * Asks the listener of this host.
 * @throws Problem `not-running` when there is none, `permission` when it does not let us in, what it answers otherwise
 */
export async function ask<V extends Verb>(asker: Asker, verb: V, options: Options[V]): Promise<Results[V]> {
  const { sockets, user, signal } = asker;
  const client = await connect({ unix: join(sockets, socketName) }).catch((error: unknown) => {
    const { code } = Problem.from(error);
    if (code === "not-running") throw new Problem(code, "no listener runs on this host", { cause: error });
    if (code !== "permission") throw error;
    throw new Problem(code, "the listener does not let the console in: name a group of its user in listener.group", {
      cause: error,
    });
  });
  try {
    const body: Asked<V> = { options, by: user.name };
    const { result } = await client.request("COMMAND", [verb], { ...body }, { signal, timeout: patience });
    return result as Results[V];
  } finally {
    client.close();
  }
}

/**
 * Reports changes, and that the listener came or went, until the asker goes away or ten minutes are over.
 *
 * With `shown` it compares with that, not with what it saw last, and says so at every look: the asker fetches some time
 * after it was told, and what it then saw may be gone before the next look, which alone would find nothing new. The first
 * look waits, for what is shown was fetched just now, and a busy listener says something else each time.
 * @param look milliseconds between two looks
 */
export async function watch(
  context: Asker & Pick<CommandContext, "progress">,
  shown?: string,
  look = 2000,
): Promise<{ ended: boolean }> {
  const until = Date.now() + longestWatch;
  let told = shown;
  if (shown !== undefined) await pause(look, context.signal);
  while (Date.now() < until && !context.signal.aborted) {
    const mark = markOf(await ask(context, "status", {}).catch((error: unknown) => Problem.from(error)));
    if (context.signal.aborted) break;
    if (mark !== told) context.progress({ message: "the listener's state has changed" });
    if (shown === undefined) told = mark;
    await pause(look, context.signal);
  }
  return { ended: false };
}
