/** An operation and who asked for it: its lines stream there, and what became of it is awaited. */
import { Problem } from "../../problem.ts";
import type { Exchange } from "../../umcp/server.ts";
import type { StatusLine } from "../events/event.ts";
import type { Ended, Listener } from "../events/task.ts";
import type { Operation } from "../netconf.ts";

/** Lines that wait to be read by a slow asker before the rest is only counted. */
const most = 500;

/** Sends partial results to somebody who may read slowly or not at all: nobody waits for that, and nothing piles up. */
export function sender(exchange: Exchange, left: (count: number) => unknown): (partial: unknown) => void {
  let waiting = 0;
  let dropped = 0;
  const send = (partial: unknown) => {
    if (waiting >= most) {
      dropped++;
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

/**
 * It goes on when the asker has gone, unless `ends`.
 * @throws Problem `cancelled` when the asker has gone
 */
export async function followed(
  operation: Operation,
  exchange: Exchange,
  { ends = false, from = "first" }: { ends?: boolean; from?: "first" | "now" } = {},
): Promise<Ended> {
  const send = sender(exchange, (count) => ({ line: `… ${count} lines left out: they came too fast`, event: 0 }));
  const listener: Listener = ({ text, event }: StatusLine) => send({ line: text, event });
  const forget = operation.listen(listener, from);
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
  }
}
