/** A process that asks for commands as fast as they are answered; told by its parent where, how many, how many at a time. */
import { connect } from "../../src/umcp/client.ts";
import { HttpClient, type Where } from "./http-client.ts";
import { quantile } from "./measure.ts";

/** The first message: where to ask. */
export type Target =
  | { kind: "http"; where: Where; request: string; connections: number }
  | { kind: "umcp"; unix: string; command: string; body: Record<string, unknown> };

/** Each further message. */
export interface Order {
  requests: number;
  inFlight: number;
}

export interface Outcome {
  /** Answers in a second. */
  rate: number;
  /** Milliseconds from request to answer. */
  p50: number;
  p99: number;
}

/** What the first message is answered with: one answer's body, to see that it is the right one. */
export interface Opened {
  answer: unknown;
}

async function open(target: Target): Promise<() => Promise<unknown>> {
  if (target.kind === "http") {
    const client = await HttpClient.open(target.where, target.request, target.connections);
    return () => client.ask();
  }
  const client = await connect({ unix: target.unix });
  return () => client.request("COMMAND", [target.command], target.body);
}

async function run(ask: () => Promise<unknown>, { requests, inFlight }: Order): Promise<Outcome> {
  const times = new Float64Array(requests);
  let next = 0;
  const worker = async () => {
    while (next < requests) {
      const index = next++;
      const begun = performance.now();
      await ask();
      times[index] = performance.now() - begun;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - begun) / 1000;
  const all = Array.from(times);
  return { rate: requests / seconds, p50: quantile(all, 0.5), p99: quantile(all, 0.99) };
}

let ask: (() => Promise<unknown>) | undefined;

process.on("message", async (message: Target | Order) => {
  if ("kind" in message) {
    ask = await open(message);
    const answer = await ask();
    process.send?.({ answer: typeof answer === "string" ? JSON.parse(answer) : answer } satisfies Opened);
  } else if (ask) {
    process.send?.(await run(ask, message));
  }
});
process.once("disconnect", () => process.exit(0));
