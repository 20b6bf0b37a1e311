/** An operation and who asked for it: its lines stream there, and what became of it is awaited. */
import { setImmediate } from "node:timers";
import type { Progress, UpOptions } from "../../console/interfaces/control.ts";
import { Problem } from "../../problem.ts";
import type { Exchange } from "../../umcp/server.ts";
import type { StatusLine } from "../events/event.ts";
import type { Ended } from "../events/task.ts";
import type { Operation } from "../running.ts";

/** Messages that wait to be read by a slow asker before the rest is only counted. */
const most = 500;
/** Characters of one message. */
const longest = 1 << 16;

/**
 * Sends partial results to somebody who may read slowly or not at all: nobody waits for that, and nothing piles up.
 * @param left what is said of so many lines that were left out
 * @returns takes a partial result of so many lines
 */
export function sender(
  exchange: Exchange,
  left: (count: number) => unknown,
): (partial: unknown, lines?: number) => void {
  let waiting = 0;
  let dropped = 0;
  const send = (partial: unknown, lines = 1) => {
    if (waiting >= most) {
      dropped += lines;
      return;
    }
    if (++waiting === 1) void exchange.drained().then(emptied, () => undefined);
    exchange.partial(partial);
  };
  const emptied = () => {
    waiting = 0;
    const count = dropped;
    dropped = 0;
    if (count > 0) send(left(count));
  };
  return send;
}

interface Following extends Pick<UpOptions, "lines"> {
  ends?: boolean;
  from?: "first" | "now";
}

/** What somebody who wants these lines is shown of one; undefined: nothing. */
export function shown({ text, event, printed }: StatusLine, lines: UpOptions["lines"]): Progress | undefined {
  if (lines !== "printed") return { line: text, event };
  return printed && { line: printed.text, event, on: printed.on };
}

/**
 * It goes on when the asker has gone, unless `ends`.
 * @throws Problem `cancelled` when the asker has gone
 */
export async function followed(
  operation: Operation,
  exchange: Exchange,
  { ends = false, from = "first", lines = "status" }: Following = {},
): Promise<Ended> {
  const said = together(
    sender(exchange, (count) => ({ line: `… ${count} lines left out: they came too fast`, event: 0 })),
  );
  const forget = operation.listen((line) => said.add(shown(line, lines)), from);
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined);
  const leave = () => {
    if (ends) operation.cancel("who asked for it has gone");
    gone.reject(exchange.reason ?? new Problem("cancelled", "the asker has gone"));
  };
  if (exchange.signal.aborted) leave();
  else exchange.signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([operation.done, gone.promise]);
  } finally {
    exchange.signal.removeEventListener("abort", leave);
    forget();
    said.send();
  }
}

/** What is said in one turn of the event loop goes as one message: two hundred interfaces at a time say a thousand lines. */
function together(send: (partial: Progress, lines: number) => void) {
  let waiting: string[] = [];
  let size = 0;
  let first: Progress = { line: "", event: 0 };
  const all = () => {
    if (waiting.length === 0) return;
    const lines = waiting;
    waiting = [];
    size = 0;
    send({ ...first, line: lines.join("\n") }, lines.length);
  };
  return {
    add(said: Progress | undefined) {
      if (said === undefined) return;
      if (said.on !== first.on) all();
      if (waiting.push(said.line) === 1) {
        first = said;
        setImmediate(all);
      }
      size += said.line.length;
      if (size > longest) all();
    },
    send: all,
  };
}
