/** For tests: a server on a socket of its own, raw connections to it, and clients; all closed at the end of a test. */
import { afterEach, beforeEach, expect } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configureLog } from "../../src/log.ts";
import type { Problem } from "../../src/problem.ts";
import { type Client, connect } from "../../src/umcp/client.ts";
import { encode, type Json, json, type Message, type ResponseBody } from "../../src/umcp/message.ts";
import { Outbox } from "../../src/umcp/outbox.ts";
import { Parser } from "../../src/umcp/parser.ts";
import { type Exchange, type Handler, type ServeOptions, type Server, serve } from "../../src/umcp/server.ts";

const cleanups: (() => unknown)[] = [];
/** Lines logged since the test began. */
export const logged: string[] = [];

/** To be called at the top of each test file: modules are loaded once for all files, hooks belong to one. */
export function closeAfterEach(): void {
  beforeEach(() => configureLog({ level: "INFO", format: "json", write: (line) => void logged.push(line) }));
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    logged.length = 0;
    configureLog({ format: "auto", write: (line) => void process.stderr.write(line) });
  });
}

export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** Path for a socket, in a folder of its own. */
export function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "reeve-umcp-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "s");
}

export async function start(handler: Handler, options: Partial<ServeOptions> = {}): Promise<Server> {
  const where = options.port === undefined ? { unix: socketPath() } : {};
  const server = await serve({ ...where, ...options, handler });
  atEnd(() => server.stop(0));
  return server;
}

export async function clientOf(server: Server, path = server.path!): Promise<Client> {
  const client = await connect({ unix: path });
  atEnd(() => client.close());
  return client;
}

export async function pair(handler: Handler, options: Partial<ServeOptions> = {}): Promise<[Client, Server]> {
  const server = await start(handler, options);
  return [await clientOf(server), server];
}

export function request(id: string, command: string, list: string[] = [], body: Json = {}): Uint8Array {
  return encode({ type: "REQUEST", id, command, arguments: list, mimetype: json, body });
}

/** A connection without a client's manners. */
export interface Raw {
  socket: Bun.Socket;
  /** Sends, in parts if need be; resolves when all has been taken, or the peer has gone. */
  send(frame: Uint8Array): Promise<void>;
  /** The next message. */
  next(): Promise<Message>;
  /** The next message's id and status. */
  status(): Promise<[string, number]>;
  closed: Promise<void>;
}

export async function raw(where: { unix: string } | { port: number }): Promise<Raw> {
  const parser = new Parser();
  let outbox: Outbox | undefined;
  const came: Message[] = [];
  const awaited: ((message: Message) => void)[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const handlers = {
    data(_socket: unknown, chunk: Uint8Array) {
      for (const message of parser.push(chunk)) {
        const wanted = awaited.shift();
        if (wanted) wanted(message);
        else came.push(message);
      }
    },
    drain: () => outbox?.drain(),
    close: () => resolve(),
  };
  const socket =
    "unix" in where
      ? await Bun.connect({ unix: where.unix, socket: handlers })
      : await Bun.connect({ hostname: "127.0.0.1", port: where.port, socket: handlers });
  atEnd(() => socket.terminate());
  outbox = new Outbox(
    (part) => socket.write(part),
    () => {
      if (outbox?.queued === 0) for (const done of flushed.splice(0)) done();
    },
  );
  const flushed: (() => void)[] = [];
  const send = (frame: Uint8Array) => {
    outbox?.push(frame, frame.length);
    return new Promise<void>((done) => void flushed.push(done));
  };
  const next = () => {
    const message = came.shift();
    return message ? Promise.resolve(message) : new Promise<Message>((wanted) => void awaited.push(wanted));
  };
  const status = async (): Promise<[string, number]> => {
    const { id, body } = await next();
    return [id, (body as unknown as ResponseBody).status];
  };
  return { socket, send, next, status, closed };
}

/** Matches a Problem of that code. */
export const problem = (code: string) => expect.objectContaining({ name: "Problem", code });

export const echo: Handler = async ({ request: { body } }) => ({ result: body });

/** A handler whose exchanges the test takes one by one and ends as it likes. */
export function held() {
  const taken: ((exchange: Exchange) => void)[] = [];
  const waiting: Exchange[] = [];
  const answers = new Map<Exchange, PromiseWithResolvers<{ result: unknown }>>();
  return {
    handler: (exchange: Exchange) => {
      const answer = Promise.withResolvers<{ result: unknown }>();
      answers.set(exchange, answer);
      const take = taken.shift();
      if (take) take(exchange);
      else waiting.push(exchange);
      return answer.promise;
    },
    next: (): Promise<Exchange> => {
      const exchange = waiting.shift();
      return exchange ? Promise.resolve(exchange) : new Promise((resolve) => void taken.push(resolve));
    },
    answer: (exchange: Exchange, result: unknown) => answers.get(exchange)!.resolve({ result }),
    fail: (exchange: Exchange, error: unknown) => answers.get(exchange)!.reject(error),
  };
}
/** Why a signal has aborted, when it has. */
export const aborted = (signal: AbortSignal) =>
  new Promise<Problem>((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });
