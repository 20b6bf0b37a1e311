/** The module's end of the listener's control socket. */
import { join } from "node:path";
import { Problem } from "../../problem.ts";
import { pause } from "../../process/wait.ts";
import { connect } from "../../umcp/client.ts";
import type { CommandContext } from "../module.ts";
import { type Asked, type Options, type Results, socketName, type Verb } from "./control.ts";

/** Milliseconds for an answer: a look through many changes takes a while. */
const patience = 30_000;
/** Milliseconds between two looks, and of a watch as a whole. */
const look = 2000;
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

/** Reports changes, and that the listener came or went, until the asker goes away or ten minutes are over. */
export async function watch(context: Asker & Pick<CommandContext, "progress">): Promise<{ ended: boolean }> {
  const until = Date.now() + longestWatch;
  let told: string | undefined;
  while (Date.now() < until && !context.signal.aborted) {
    const mark = await ask(context, "status", {}).then(JSON.stringify, (error: unknown) => Problem.from(error).code);
    if (context.signal.aborted) break;
    if (mark !== told) context.progress({ message: "the listener's state has changed" });
    told = mark;
    await pause(look, context.signal);
  }
  return { ended: false };
}
