/** Telling a page that what it shows is no longer so. */
import { pause } from "../process/wait.ts";
import type { CommandContext } from "./module.ts";

/** Milliseconds of a watch as a whole. */
const longestWatch = 600_000;
/** Milliseconds between being woken and the look: what happens together is seen together. */
const settling = 200;

export interface Watched {
  /** How it is now. @throws nothing: that nobody can be asked is how it is, too */
  mark(): Promise<string>;
  /** Mark of what a page shows; absent: changes are told of since the last look. */
  shown?: string | undefined;
  /** What each partial result says. */
  message: string;
  /** Milliseconds between two looks; default 2000. */
  look?: number | undefined;
  /** Calls `woken` for every reason to look at once, until it throws or the signal fires. It is tried again later. */
  wake?(woken: () => void, signal: AbortSignal): Promise<unknown>;
}

/**
 * Reports changes, and that what is watched came or went, until the asker goes away or ten minutes are over.
 *
 * With `shown` it compares with that, not with what it saw last, and says so at every look: the asker fetches some time
 * after it was told, and what it then saw may be gone before the next look, which alone would find nothing new. The first
 * look waits, for what is shown was fetched just now, and a busy service says something else each time.
 */
export async function watch(
  { signal, progress }: Pick<CommandContext, "signal" | "progress">,
  { mark, shown, message, look = 2000, wake }: Watched,
): Promise<{ ended: boolean }> {
  const until = Date.now() + longestWatch;
  const over = new AbortController();
  let woken = Promise.withResolvers<void>();
  const listen = async (wakeUp: NonNullable<Watched["wake"]>) => {
    const ended = AbortSignal.any([signal, over.signal]);
    while (!ended.aborted) {
      await wakeUp(() => woken.resolve(), ended).catch(() => undefined);
      await pause(look, ended);
    }
  };
  const next = async () => {
    await Promise.race([pause(look, signal), woken.promise.then(() => pause(settling, signal))]);
    woken = Promise.withResolvers();
  };
  if (wake) void listen(wake);
  let told = shown;
  try {
    if (shown !== undefined) await next();
    while (Date.now() < until && !signal.aborted) {
      const now = await mark();
      if (signal.aborted) break;
      if (now !== told) progress({ message });
      if (shown === undefined) told = now;
      await next();
    }
  } finally {
    over.abort();
  }
  return { ended: false };
}
