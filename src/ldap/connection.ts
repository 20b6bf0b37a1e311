/**
 * One socket that two share: ldapts, which binds and does ordinary operations, and our own searches, whose answers stream
 * (ldapts collects a search's entries and rejects intermediate responses). Every message is handed on whole, by its id.
 */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { Client } from "ldapts";
import { Problem } from "../problem.ts";
import { socketProblem } from "./dial.ts";
import { Framer } from "./framer.ts";
import { resultName } from "./refusal.ts";
import { encodeAbandon, encodeUnbind } from "./request.ts";
import { type Message, operation, readMessage, readNamed, readResult } from "./response.ts";

/** ldapts counts from 1; ids from here on are ours. */
const firstOwnId = 2 ** 30;
const lastId = 2 ** 31 - 1;

const noticeOfDisconnection = "1.3.6.1.4.1.1466.20036";

export interface OwnRequest {
  /** Every message that answers it, and the octets it had. What it views stays as it is, but holds all that came with it. */
  take(message: Message, size: number): void;
  /** Once, if the connection ends before the request. */
  fail(problem: Problem): void;
  /** Nobody may make it wait by `hold`. */
  urgent: boolean;
}

export interface ConnectionOptions {
  uri: string;
  /** Octets. */
  largestMessage: number;
  /** Milliseconds until an operation of ldapts gives up, and the connection with it. */
  timeout: number;
}

export class Connection {
  /** Binds, and does ordinary operations. It never connects again: an unbound connection would look like this one. */
  readonly client: Client;
  readonly uri: string;
  /** The reason for the end; undefined after `close`. */
  readonly closed: Promise<Problem | undefined>;
  /** Octets that came. */
  received = 0;

  private readonly socket: Socket;
  private readonly framer: Framer;
  private readonly line: Line;
  private readonly requests = new Map<number, OwnRequest>();
  private readonly holders = new Set<number>();
  /** Requests of ldapts without an answer. */
  private asked = 0;
  private nextId = firstOwnId;
  private ended: { problem: Problem | undefined } | undefined;
  private settle: (problem: Problem | undefined) => void = () => {};

  constructor(socket: Socket, options: ConnectionOptions) {
    this.uri = options.uri;
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      this.settle = resolve;
    });
    this.framer = new Framer(options.largestMessage, (...frame) => this.sort(...frame));
    let unbound = false;
    this.line = new Line({
      write: (bytes, done) => {
        // All but Unbind and Abandon are answered.
        const { tag } = readMessage(bytes, 0, bytes.length);
        if (tag === 0x42) unbound = true;
        else if (tag !== 0x50) this.asked++;
        this.pace();
        socket.write(bytes, done);
      },
      // ldapts lets go of it after its Unbind, or when it has waited long enough.
      end: () => this.end(unbound ? undefined : new Problem("timeout", `${this.uri}: an operation was not answered`)),
    });
    let dialled = false;
    const createConnection = () => {
      if (dialled) throw this.ended?.problem ?? new Problem("unavailable", `${this.uri}: the connection was closed`);
      dialled = true;
      queueMicrotask(() => this.line.emit("connect"));
      return this.line as unknown as Socket;
    };
    this.client = new Client({ url: "ldap://shared", timeout: options.timeout, createConnection });
    socket.on("data", (chunk: Uint8Array) => this.read(chunk));
    socket.on("error", (error) => this.end(socketProblem(this.uri, error)));
    socket.on("close", () => this.end(new Problem("unavailable", `${this.uri}: the server closed the connection`)));
    if (socket.destroyed) this.end(new Problem("unavailable", `${this.uri}: the server closed the connection`));
  }

  /** Sends what `encode` makes of a fresh id. @throws Problem if the connection has ended */
  open(request: OwnRequest, encode: (id: number) => Uint8Array): number {
    if (this.ended) throw this.ended.problem ?? new Problem("unavailable", `${this.uri}: the connection was closed`);
    const id = this.freshId();
    const message = encode(id);
    this.requests.set(id, request);
    this.pace();
    this.socket.write(message);
    return id;
  }

  /** The request has had its last answer, or wants no more: then the server is told (Abandon). */
  finish(id: number, abandon: boolean): void {
    this.release(id);
    if (!this.requests.delete(id) || this.ended) return;
    this.pace();
    if (abandon) this.socket.write(encodeAbandon(this.freshId(), id));
  }

  /** Nothing is read any more until `release`, unless an urgent request or one of ldapts waits for its answer. */
  hold(id: number): void {
    this.holders.add(id);
    this.pace();
  }

  release(id: number): void {
    if (this.holders.delete(id)) this.pace();
  }

  /** A consumer is busy with what has come already. */
  get held(): boolean {
    return this.holders.size > 0;
  }

  /** Ends the connection in order (Unbind). */
  close(): void {
    if (this.ended) return;
    this.socket.write(encodeUnbind(this.freshId()));
    this.end(undefined);
  }

  /** The connection is lost. */
  end(problem: Problem | undefined): void {
    if (this.ended) return;
    this.ended = { problem };
    if (problem) this.socket.destroy();
    else this.socket.destroySoon();
    this.line.destroy(problem);
    const failure = problem ?? new Problem("cancelled", `${this.uri}: the connection was closed`);
    for (const request of this.requests.values()) request.fail(failure);
    this.requests.clear();
    this.settle(problem);
  }

  private freshId(): number {
    do this.nextId = this.nextId === lastId ? firstOwnId : this.nextId + 1;
    while (this.requests.has(this.nextId));
    return this.nextId;
  }

  private pace(): void {
    if (this.ended) return;
    const urgent = this.asked > 0 || [...this.requests.values()].some((request) => request.urgent);
    const stop = this.holders.size > 0 && !urgent;
    if (stop !== this.socket.isPaused()) stop ? this.socket.pause() : this.socket.resume();
  }

  private read(chunk: Uint8Array): void {
    if (this.ended) return;
    this.received += chunk.length;
    try {
      this.framer.push(chunk);
    } catch (error) {
      const why = error instanceof Problem ? error : Problem.from(error);
      this.end(new Problem(why.code, `${this.uri}: ${why.message}`, { cause: error }));
    }
  }

  private sort(bytes: Uint8Array, start: number, end: number): void {
    if (this.ended) return;
    const message = readMessage(bytes, start, end);
    const { id, tag } = message;
    // What an abandoned search had under way is dropped.
    if (id >= firstOwnId) this.requests.get(id)?.take(message, end - start);
    else if (id === 0) this.announce(message);
    else {
      if (tag !== operation.searchEntry && tag !== operation.searchReference) this.asked = Math.max(0, this.asked - 1);
      this.line.push(bytes.subarray(start, end));
      this.pace();
    }
  }

  /** An unsolicited notification, RFC 4511 §4.4. */
  private announce({ tag, body }: Message): void {
    if (tag !== operation.extendedResponse) return;
    const result = readResult(body);
    if (readNamed(body, 0x8a, 0x8b).name !== noticeOfDisconnection) return;
    const said = `${resultName(result.code)}${result.diagnostic && `: ${result.diagnostic.slice(0, 1000)}`}`;
    this.end(new Problem("unavailable", `${this.uri}: the server ended the connection, ${said}`));
  }
}

interface LineEnds {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): void;
  end(): void;
}

/** What ldapts takes for its socket. Each `data` event is one whole message: it drops what follows one it dislikes. */
class Line extends Duplex {
  private readonly ends: LineEnds;

  constructor(ends: LineEnds) {
    super({ autoDestroy: false });
    this.ends = ends;
    this.on("error", () => {});
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.ends.write(chunk, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.ends.end();
    done(error);
  }
}
