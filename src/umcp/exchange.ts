/** What a handler sees: who asks, what, and the way its answers go back. */
import { Problem } from "../problem.ts";
import { type Json, json, type Request, type Response, type ResponseBody, respond, status } from "./message.ts";

/** Who is at the other end of a connection. */
export interface Peer {
  /** Of a Unix socket, from the kernel. */
  readonly credentials?: { pid: number; uid: number; gid: number };
  readonly remote: "unix" | "tcp";
  /** The handler's own notes about this connection, e.g. who has logged in. */
  readonly state: Record<string, unknown>;
  /** Aborts when the peer has gone. */
  readonly signal: AbortSignal;
  /** Closes after what has been answered is sent. What still runs is aborted and answered 503. */
  close(): void;
}

/** What a handler gives back; absent: status 200, no message, result null. */
export interface Answer {
  result?: unknown;
  status?: number;
  message?: string | null;
  reason?: string | null;
  headers?: Record<string, string>;
}

/** An answer that is not JSON. Its mimetype has lower-case letters and `-` only. */
export interface RawAnswer {
  mimetype: string;
  body: Uint8Array;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a result is written without `return`
export type Handler = (exchange: Exchange) => Promise<Answer | RawAnswer | undefined | void>;

/** The connection's side of an exchange. */
export interface Sender {
  readonly peer: Peer;
  /** Is this request still without its final answer? */
  awaits(exchange: Exchange): boolean;
  send(response: Response): void;
  drained(): Promise<void>;
}

/** One request that a handler works on. */
export class Exchange {
  readonly request: Request;
  /** Why the work is to end, once it is. */
  reason: Problem | undefined;

  private readonly sender: Sender;
  private controller: AbortController | undefined;
  private readonly started: number;

  /** @param started epoch milliseconds */
  constructor(sender: Sender, request: Request, started: number) {
    this.sender = sender;
    this.request = request;
    this.started = started;
  }

  get peer(): Peer {
    return this.sender.peer;
  }

  /** Aborts, with a Problem as reason, on CANCEL, when the peer has gone, and when the server stops. */
  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.reason) this.controller.abort(this.reason);
    }
    return this.controller.signal;
  }

  /**
   * Sends one partial result (206). After the final answer, or a CANCEL, it does nothing.
   * @throws Problem `too-large`, TypeError for what is not JSON.
   */
  partial(result: unknown): void {
    if (!this.sender.awaits(this)) return;
    this.sender.send(respond(this.request, { status: status.partial, message: null, result }));
  }

  /** Resolves when the peer has read enough of what was sent; for handlers that stream more than a few partial results. */
  drained(): Promise<void> {
    return this.sender.drained();
  }

  /** For the connection: ends the work. */
  abort(reason: Problem): void {
    this.reason ??= reason;
    this.controller?.abort(this.reason);
  }

  /** For the connection: the final response. */
  response(answer: Answer | RawAnswer): Response {
    if ("mimetype" in answer) {
      const { mimetype, body } = answer;
      if (mimetype === json) throw new Problem("internal", "a raw answer is not JSON");
      return { ...respond(this.request, { status: status.ok, message: null, result: null }), mimetype, body };
    }
    const { result = null, message = null, reason, headers } = answer;
    const body: ResponseBody = { status: answer.status ?? status.ok, message, result, error: null };
    if (reason !== undefined) body.reason = reason;
    if (headers !== undefined) body.headers = headers;
    return respond(this.request, body);
  }

  /** For the connection: the line of STATUS; `started` in epoch milliseconds. */
  describe(): Json {
    const { id, command, arguments: list } = this.request;
    return { id, command, arguments: list, started: this.started, seconds: (Date.now() - this.started) / 1000 };
  }
}
