/**
 * The asking end of a UMCP connection: any number of requests at once, answers in any order, partial results, CANCEL.
 * One of the two files of umcp/ that know Bun's sockets.
 */
import { Problem, type ProblemCode } from "../problem.ts";
import { type ClientLimits, clientLimits } from "./limits.ts";
import {
  compose,
  connectionId,
  type Json,
  json,
  type Message,
  newId,
  problemOf,
  type ResponseBody,
  status,
} from "./message.ts";
import { Outbox, sizeOf } from "./outbox.ts";
import { Parser } from "./parser.ts";

export type ConnectOptions = ({ unix: string } | { port: number }) & {
  /** Given to the server by AUTH before anything else. */
  token?: string;
  limits?: Partial<ClientLimits>;
};

export interface RequestOptions {
  /** Aborting sends CANCEL and rejects at once with its reason if that is a Problem, else with `cancelled`. */
  signal?: AbortSignal;
  /** Takes each partial result (206). If it throws, the request is cancelled and rejects with that error. */
  onPartial?: (result: unknown, body: ResponseBody) => void;
  /** Milliseconds until the final answer must be there; then CANCEL is sent and the request rejects with `timeout`. */
  timeout?: number;
  /** What it means if the connection ends before the answer; default `unavailable`. */
  lost?: ProblemCode;
  /** Type of a body of bytes; default `application/octet-stream`. */
  mimetype?: string;
}

/**
 * Connects.
 * @throws Problem `not-running` when nobody listens there, `permission`, `unauthenticated` for a wrong token.
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const client = new Client(options.limits);
  const where = "unix" in options ? options.unix : `127.0.0.1:${options.port}`;
  const socket = {
    data: (_socket: unknown, chunk: Uint8Array) => client.data(chunk),
    drain: () => client.drain(),
    close: (_socket: unknown, error?: Error) => client.closedBy(error),
    error: (_socket: unknown, error: Error) => client.defect(error),
  };
  let wire: Bun.Socket;
  try {
    wire =
      "unix" in options
        ? await Bun.connect({ unix: options.unix, socket })
        : await Bun.connect({ hostname: "127.0.0.1", port: options.port, socket });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES") throw new Problem("permission", `no permission to connect to ${where}`, { cause: error });
    if (code === "EAGAIN") throw new Problem("unavailable", `too many wait to be let in at ${where}`, { cause: error });
    if (code === "EINVAL") throw new Problem("config", `not a path for a socket: ${where}`, { cause: error });
    throw new Problem("not-running", `nothing answers at ${where}`, { cause: error });
  }
  client.open(wire);
  if (options.token !== undefined) {
    try {
      const timeout = options.limits?.authentication ?? clientLimits.authentication;
      await client.request("AUTH", [], { token: options.token }, { timeout });
    } catch (error) {
      client.close();
      throw error;
    }
  }
  return client;
}

interface Waiting {
  resolve: (body: ResponseBody) => void;
  reject: (error: unknown) => void;
  onPartial: RequestOptions["onPartial"];
  lost: ProblemCode | undefined;
  /** Takes back the abort listener and the timer. */
  release: (() => void) | undefined;
}

export class Client {
  /** Resolves when the connection is over: with why, or with nothing when it was closed here. */
  readonly closed: Promise<Problem | undefined>;

  private readonly limits: ClientLimits;
  private readonly parser: Parser;
  private readonly outbox: Outbox;
  private readonly waiting = new Map<string, Waiting>();
  private wire: Bun.Socket | undefined;
  private over = false;
  private lingering: ReturnType<typeof setTimeout> | undefined;
  /** What the server said about the connection itself. */
  private told: Problem | undefined;
  private readonly end: (problem: Problem | undefined) => void;

  /** Use `connect`. */
  constructor(limits: Partial<ClientLimits> = {}) {
    this.limits = { ...clientLimits, ...limits };
    this.parser = new Parser(this.limits);
    this.outbox = new Outbox(
      (bytes) => this.wire?.write(bytes) ?? 0,
      () => {
        if (this.over && this.outbox.queued === 0) this.wire?.end();
      },
    );
    const { promise, resolve } = Promise.withResolvers<Problem | undefined>();
    this.closed = promise;
    this.end = resolve;
  }

  /** Requests without a final answer. */
  get pending(): number {
    return this.waiting.size;
  }

  /**
   * Asks, and gives the body of the final answer when its status is below 400. An answer that is not JSON has its bytes
   * as `result`, and its `mimetype`.
   * @throws Problem rebuilt from the answer's status; `lost` when the connection ends before; see RequestOptions.
   */
  request(
    command: string,
    list: readonly string[] = [],
    body: Json | Uint8Array = {},
    options: RequestOptions = {},
  ): Promise<ResponseBody> {
    const { signal, timeout, onPartial, lost } = options;
    if (this.over) return Promise.reject(this.lostProblem(lost));
    if (signal?.aborted) return Promise.reject(abortReason(signal));
    const id = newId();
    try {
      this.send(id, command, list, body, options.mimetype);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve, reject, onPartial, lost, release: undefined };
      this.waiting.set(id, waiting);
      if (signal || timeout !== undefined) this.watch(id, waiting, signal, timeout);
    });
  }

  /** Sends what is queued, then closes. Requests without answer reject with their `lost`. */
  close(): void {
    if (this.over) return;
    this.finish(undefined);
    if (this.outbox.queued === 0) this.wire?.end();
    this.lingering = setTimeout(() => this.wire?.terminate(), this.limits.linger);
    this.lingering.unref?.();
  }

  /** Called by `connect`. */
  open(wire: Bun.Socket): void {
    this.wire = wire;
    if (this.over) wire.terminate();
  }

  /** Called by the socket. */
  data(chunk: Uint8Array): void {
    if (this.over) return;
    for (const message of this.parser.push(chunk)) this.take(message);
    if (this.parser.problem)
      this.break(new Problem("protocol", "the server's answer is malformed", { cause: this.parser.problem }));
  }

  /** Called by the socket. */
  drain(): void {
    this.outbox.drain();
  }

  /** Called by the socket. */
  closedBy(error: Error | undefined): void {
    clearTimeout(this.lingering);
    this.finish(new Problem("unavailable", "the connection ended", { cause: error }));
    this.outbox.discard();
  }

  /** Called by the socket when a handler above has thrown. */
  defect(error: Error): void {
    this.break(new Problem("internal", "a defect in the UMCP client", { cause: error }));
  }

  private send(id: string, command: string, list: readonly string[], body: Json | Uint8Array, type?: string): void {
    const mimetype = body instanceof Uint8Array ? (type ?? "application/octet-stream") : json;
    const frame = compose({ type: "REQUEST", id, command, arguments: list as string[], mimetype, body });
    const limit = this.limits.request;
    const size = sizeOf(frame);
    if (size > limit) throw new Problem("too-large", `a request may have ${limit} bytes`, { detail: { limit } });
    if (this.outbox.queued + size > this.limits.queueMax) {
      throw new Problem("unavailable", "the server does not read what it is sent");
    }
    this.outbox.push(frame, size);
  }

  private watch(id: string, waiting: Waiting, signal: AbortSignal | undefined, timeout: number | undefined): void {
    const aborted = () => this.giveUp(id, waiting, abortReason(signal!));
    signal?.addEventListener("abort", aborted, { once: true });
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => this.giveUp(id, waiting, new Problem("timeout", `no answer within ${timeout} ms`)), timeout);
    waiting.release = () => {
      signal?.removeEventListener("abort", aborted);
      clearTimeout(timer);
    };
  }

  /** Rejects at once and tells the server; what it still answers is dropped. */
  private giveUp(id: string, waiting: Waiting, error: unknown): void {
    this.settle(id, waiting);
    waiting.reject(error);
    if (!this.over) this.send(newId(), "CANCEL", [], { options: { ids: [id] } });
  }

  private settle(id: string, waiting: Waiting): void {
    this.waiting.delete(id);
    waiting.release?.();
  }

  private take(message: Message): void {
    if (message.type === "REQUEST") {
      this.break(new Problem("protocol", "a client takes responses only"));
      return;
    }
    const raw = message.body instanceof Uint8Array;
    const body = raw
      ? { status: status.ok, message: null, result: message.body, mimetype: message.mimetype }
      : (message.body as unknown as ResponseBody);
    if (message.id === connectionId) {
      this.told = problemOf(body);
      return;
    }
    const waiting = this.waiting.get(message.id);
    if (!waiting) return;
    if (message.problem) {
      this.settle(message.id, waiting);
      const { code } = message.problem;
      const text = code === "too-large" ? "the answer is too large" : "the answer is malformed";
      waiting.reject(new Problem(code === "too-large" ? "too-large" : "protocol", text, { cause: message.problem }));
      return;
    }
    if (body.status === status.partial) {
      try {
        waiting.onPartial?.(body.result, body);
      } catch (error) {
        this.giveUp(message.id, waiting, error);
      }
      return;
    }
    this.settle(message.id, waiting);
    const problem = problemOf(body);
    if (problem) waiting.reject(problem);
    else waiting.resolve(body);
  }

  private break(problem: Problem): void {
    this.finish(problem);
    this.outbox.discard();
    this.wire?.terminate();
  }

  private finish(problem: Problem | undefined): void {
    if (this.over) return;
    this.over = true;
    this.told ??= problem?.code === "protocol" ? problem : undefined;
    const cause = problem?.cause;
    for (const [id, waiting] of this.waiting) {
      this.settle(id, waiting);
      waiting.reject(this.lostProblem(waiting.lost, cause));
    }
    this.end(this.told ?? problem);
  }

  private lostProblem(code: ProblemCode = "unavailable", cause?: unknown): Problem {
    return this.told ?? new Problem(code, "the connection ended before the answer", { cause });
  }
}

function abortReason(signal: AbortSignal): Problem {
  const { reason } = signal;
  if (reason instanceof Problem) return reason;
  const timedOut = reason instanceof DOMException && reason.name === "TimeoutError";
  return timedOut
    ? new Problem("timeout", "no answer in time", { cause: reason })
    : new Problem("cancelled", "cancelled", { cause: reason });
}
