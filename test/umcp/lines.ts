/** For tests: a server on a socket of its own, raw connections to it, and clients; all closed at the end of a test. */
import { afterEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configureLog } from "../../src/log.ts";
import { type Client, connect } from "../../src/umcp/client.ts";
import { encode, type Json, json, type Message, type ResponseBody } from "../../src/umcp/message.ts";
import { Parser } from "../../src/umcp/parser.ts";
import { type Handler, type ServeOptions, type Server, serve } from "../../src/umcp/server.ts";

const cleanups: (() => unknown)[] = [];
/** Lines logged since the test began. */
export const logged: string[] = [];
configureLog({ format: "json", write: (line) => void logged.push(line) });

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  logged.length = 0;
});

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

export async function clientOf(server: Server): Promise<Client> {
  const client = await connect({ unix: server.path! });
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
  /** The next message. */
  next(): Promise<Message>;
  /** The next message's id and status. */
  status(): Promise<[string, number]>;
  closed: Promise<void>;
}

export async function raw(where: { unix: string } | { port: number }): Promise<Raw> {
  const parser = new Parser();
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
    close: () => resolve(),
  };
  const socket =
    "unix" in where
      ? await Bun.connect({ unix: where.unix, socket: handlers })
      : await Bun.connect({ hostname: "127.0.0.1", port: where.port, socket: handlers });
  atEnd(() => socket.terminate());
  const next = () => {
    const message = came.shift();
    return message ? Promise.resolve(message) : new Promise<Message>((wanted) => void awaited.push(wanted));
  };
  const status = async (): Promise<[string, number]> => {
    const { id, body } = await next();
    return [id, (body as unknown as ResponseBody).status];
  };
  return { socket, next, status, closed };
}
