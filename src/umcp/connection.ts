/**
 * The server's end of one connection: reads requests, runs them side by side, answers each once, and keeps what a peer
 * can make it hold within limits. Knows nothing of sockets but `Wire`.
 *
 * Answered here, never by the handler: VERSION, STATUS, CANCEL, and the first AUTH where a token is asked for.
 * End of file is the peer's leaving: whatever it asked for is aborted. (A half-closed connection cannot be told from a
 * dead one, and work nobody waits for must end.)
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { type Answer, Exchange, type Handler, type Peer, type RawAnswer, type Sender } from "./exchange.ts";
import type { ServerLimits } from "./limits.ts";
import {
  connectionId,
  type Json,
  json,
  type Message,
  problemBody,
  protocolVersion,
  type Request,
  type Response,
  respond,
} from "./message.ts";
import { Outgoing, type Wire } from "./outgoing.ts";
import { Parser } from "./parser.ts";

/** What all connections of a server share. */
export interface Shared {
  handler: Handler;
  limits: ServerLimits;
  token: string | undefined;
  /** Every open connection, for a peer that oversees. */
  connections: ReadonlySet<Connection>;
  /** May this peer see and cancel the requests of all connections? */
  oversees(peer: Peer): boolean;
  /** Set once no new request is taken. */
  ending: Problem | undefined;
  /** Bytes of incomplete frames changed; false: the server holds too many. */
  hold(change: number): boolean;
  /** A handler has begun (1) or ended (-1). */
  count(change: 1 | -1): void;
}

/** Largest body before the token has been given. */
const strangerBody = 4096;
/** Most ids in one CANCEL, most lines in one STATUS. */
const listLimit = 1000;

const log = logger("umcp");

export class Connection implements Sender {
  readonly peer: Peer;
  /** Requests without their final answer, by id. */
  private readonly running = new Map<string, Exchange>();
  /** Handlers that have not ended, those of cancelled requests among them. */
  private busy = 0;

  private readonly wire: Wire;
  private readonly shared: Shared;
  private readonly parser: Parser;
  private readonly outgoing: Outgoing;
  private readonly gone = new AbortController();
  private trusted: boolean;
  /** No more is taken; the connection closes when everything is sent. */
  private ending = false;
  private held = 0;
  /** When the last bytes came. */
  private now = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(wire: Wire, who: Pick<Peer, "credentials" | "remote">, shared: Shared) {
    this.wire = wire;
    this.shared = shared;
    this.parser = new Parser(shared.limits);
    this.outgoing = new Outgoing(wire, shared.limits);
    const close = () => this.end(new Problem("unavailable", "the connection is being closed"));
    this.peer = { ...who, state: {}, signal: this.gone.signal, close };
    this.trusted = shared.token === undefined;
    if (!this.trusted) {
      this.parser.bodyLimit = strangerBody;
      this.after(shared.limits.authentication, () => this.refuse(new Problem("unauthenticated", "no token was given")));
    }
  }

  /** Bytes have come. */
  data(chunk: Uint8Array): void {
    if (this.ending) return;
    this.now = Date.now();
    for (const message of this.parser.push(chunk)) {
      this.take(message);
      if (this.ending) return;
    }
    const change = this.parser.buffered - this.held;
    this.held += change;
    const room = this.shared.hold(change);
    const { problem } = this.parser;
    if (problem?.code === "bad-header") this.refuse(problem);
    else if (problem) this.end(problem);
    else if (!room && change > 0) this.refuse(new Problem("unavailable", "too much data waits for its end"));
  }

  /** The socket takes bytes again. */
  drain(): void {
    this.outgoing.drain();
  }

  /** The socket is closed. */
  closed(): void {
    clearTimeout(this.timer);
    this.ending = true;
    this.outgoing.discard();
    this.shared.hold(-this.held);
    this.held = 0;
    const problem = new Problem("cancelled", "the asker has gone");
    this.gone.abort(problem);
    this.abort(problem);
    this.running.clear();
  }

  /** Aborts what runs, saying why; the handlers still answer. */
  abort(problem: Problem): void {
    for (const exchange of this.running.values()) exchange.abort(problem);
  }

  /** Aborts and answers what still runs with `problem`, and closes when everything is sent. */
  end(problem: Problem): void {
    if (this.ending) return;
    for (const exchange of this.running.values()) {
      exchange.abort(problem);
      this.outgoing.sendProblem(exchange.request, problem);
    }
    this.running.clear();
    this.ending = true;
    clearTimeout(this.timer);
    // What the peer still sends is read and dropped for a while: closing with unread bytes would destroy the answer.
    this.after(this.shared.limits.linger, () => this.wire.terminate());
    this.outgoing.finish();
  }

  /** Ends the connection with a response that belongs to no request. */
  refuse(problem: Problem): void {
    if (this.ending) return;
    const body = problemBody(problem) as unknown as Json;
    this.send({ type: "RESPONSE", id: connectionId, command: "", arguments: [], mimetype: json, body });
    this.end(problem);
  }

  awaits(exchange: Exchange): boolean {
    return this.running.get(exchange.request.id) === exchange;
  }

  send(response: Response): void {
    this.outgoing.send(response);
  }

  drained(): Promise<void> {
    return this.outgoing.drained();
  }

  private take(message: Message): void {
    if (message.type === "RESPONSE") {
      this.refuse(new Problem("bad-request", "a server takes requests only"));
      return;
    }
    try {
      const response = this.trusted ? this.reply(message) : this.authenticate(message);
      if (response) this.send(response);
    } catch (error) {
      if (!(error instanceof Problem)) log.error("a defect in answering", { command: message.command, error });
      this.outgoing.sendProblem(message, Problem.from(error));
      if (!this.trusted) this.end(Problem.from(error));
    }
  }

  /** What can be answered at once; nothing when a handler has been started. */
  private reply(request: Request): Response | undefined {
    if (request.problem) throw request.problem;
    switch (request.command) {
      case "VERSION": {
        const version = { version: protocolVersion };
        return respond(request, { status: 200, message: null, result: version, ...version });
      }
      case "STATUS": {
        const lines = this.reach().flatMap((connection) =>
          Array.from(connection.running.values(), (exchange) => exchange.describe()),
        );
        return respond(request, { status: 200, message: null, result: lines.slice(0, listLimit) });
      }
      case "CANCEL":
        return respond(request, { status: 200, message: null, result: this.cancel(request) });
      default:
        this.start(request);
        return undefined;
    }
  }

  private authenticate(request: Request): Response {
    if (request.problem) throw request.problem;
    const { token } = request.body as Json;
    if (request.command !== "AUTH" || typeof token !== "string" || !this.isToken(token)) {
      throw new Problem("unauthenticated", "this connection begins with AUTH and the right token");
    }
    this.trusted = true;
    clearTimeout(this.timer);
    this.parser.bodyLimit = this.shared.limits.body;
    return respond(request, { status: 200, message: null, result: null });
  }

  private isToken(given: string): boolean {
    const digest = (text: string) => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(given), digest(this.shared.token ?? ""));
  }

  private start(request: Request): void {
    const { limits, handler, ending } = this.shared;
    if (ending) throw ending;
    if (this.running.has(request.id)) throw new Problem("conflict", "a request with this id is running");
    if (this.busy >= limits.requests) {
      throw new Problem("unavailable", `${limits.requests} requests run already`, { retryAfter: 1 });
    }
    const exchange = new Exchange(this, request, this.now);
    this.running.set(request.id, exchange);
    this.busy++;
    this.shared.count(1);
    try {
      handler(exchange).then(
        (answer) => this.finish(exchange, answer ?? {}),
        (error) => this.finish(exchange, undefined, error),
      );
    } catch (error) {
      this.finish(exchange, undefined, error);
    }
  }

  /** The handler has ended, with an answer or an error; it is sent if it is still wanted. */
  private finish(exchange: Exchange, answer: Answer | RawAnswer | undefined, error?: unknown): void {
    const { request } = exchange;
    this.busy--;
    if (this.awaits(exchange)) {
      this.running.delete(request.id);
      try {
        if (!answer) throw error;
        this.send(exchange.response(answer));
      } catch (reason) {
        this.outgoing.sendProblem(request, this.problemOf(exchange, reason));
      }
    } else if (!answer && !(error instanceof Problem)) {
      log.debug("a request nobody waits for failed", { command: request.command, arguments: request.arguments, error });
    }
    this.shared.count(-1);
  }

  private problemOf(exchange: Exchange, error: unknown): Problem {
    const unexpected = () =>
      new Problem("command-failed", "the command ended with an unexpected error", { cause: error });
    const problem = error instanceof Problem ? error : (exchange.reason ?? unexpected());
    if (problem.umcp >= 500 && problem.cause !== undefined) {
      const { command, arguments: list } = exchange.request;
      log.error("request failed", { command, arguments: list, code: problem.code, cause: problem.cause });
    }
    return problem;
  }

  /**
   * The requests are answered 499 at once; what their handlers still give is dropped, but they count as busy until
   * they end.
   */
  private cancel(request: Request): Json {
    const { options } = request.body as Json;
    const ids = options !== null && typeof options === "object" ? (options as Json).ids : undefined;
    if (!Array.isArray(ids) || ids.length > listLimit || !ids.every((id) => typeof id === "string")) {
      throw new Problem("bad-options", `CANCEL wants {options: {ids: [at most ${listLimit} ids]}}`);
    }
    const reach = this.reach();
    const cancelled = ids.filter((id) => reach.filter((connection) => connection.cancelOne(id)).length > 0);
    const done = new Set(cancelled);
    return { cancelled, unknown: ids.filter((id) => !done.has(id)) };
  }

  private cancelOne(id: string): boolean {
    const exchange = this.running.get(id);
    if (!exchange) return false;
    this.running.delete(id);
    const problem = new Problem("cancelled", "cancelled");
    this.outgoing.sendProblem(exchange.request, problem);
    exchange.abort(problem);
    return true;
  }

  private reach(): Connection[] {
    return this.shared.oversees(this.peer) ? [...this.shared.connections] : [this];
  }

  private after(milliseconds: number, act: () => void): void {
    this.timer = setTimeout(act, milliseconds);
    this.timer.unref?.();
  }
}
