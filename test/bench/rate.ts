/**
 * Commands in a second: through the console's HTTP and UMCP doors and a module process, to a module process alone, and
 * from the same function served directly by Bun. Clients are processes of their own.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { binary, Console, type Visitor } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { inTurns } from "./measure.ts";
import { processorTime } from "./proc.ts";
import type { Opened, Order, Outcome, Target } from "./rate-client.ts";
import type { Bench, Row } from "./report.ts";

const command = "lab/echo";
const value = { text: "sixty-four bytes or thereabouts, as a small form would send them" };
const inFlight = 64;
const many: Order = { requests: 6000, inFlight };
const single: Order = { requests: 600, inFlight: 1 };

/** One process that answers in turn what it is told. */
class Helper {
  readonly process: Bun.Subprocess;
  #waiting = Promise.withResolvers<unknown>();

  constructor(words: string[]) {
    this.process = Bun.spawn([process.execPath, ...words], {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      serialization: "json",
      ipc: (message) => this.#waiting.resolve(message),
      onExit: (_, code, signal) => this.#waiting.reject(new Error(`${words[0]} ended: ${signal ?? code}`)),
    });
    this.#waiting.promise.catch(() => undefined);
  }

  /** The next message it sends, after being sent this one. */
  async ask<Answer>(message?: Target | Order): Promise<Answer> {
    if (message) this.process.send(message);
    const answer = (await this.#waiting.promise) as Answer;
    this.#waiting = Promise.withResolvers();
    this.#waiting.promise.catch(() => undefined);
    return answer;
  }

  async end(): Promise<void> {
    this.process.kill();
    await this.process.exited;
  }
}

interface Sample extends Outcome {
  /** Microseconds of processor time that servers and client spent on one request. */
  server: number;
  client: number;
}

interface Contender {
  client: Helper;
  servers: number[];
}

async function measure({ client, servers }: Contender, order: Order): Promise<Sample> {
  const spent = () => servers.reduce((sum, pid) => sum + processorTime(pid), 0);
  const [serverBefore, clientBefore] = [spent(), processorTime(client.process.pid)];
  const outcome = await client.ask<Outcome>(order);
  const perRequest = (seconds: number) => (seconds * 1e6) / order.requests;
  return {
    ...outcome,
    server: perRequest(spent() - serverBefore),
    client: perRequest(processorTime(client.process.pid) - clientBefore),
  };
}

function post(path: string, headers: Record<string, string>, body: unknown): string {
  const text = JSON.stringify(body);
  const all = { Host: "127.0.0.1", ...headers, "Content-Type": "application/json", "Content-Length": text.length };
  const lines = Object.entries(all).map(([name, content]) => `${name}: ${content}`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${text}`;
}

async function contender(target: Target, servers: (answer: unknown) => number[]): Promise<Contender> {
  const client = new Helper([join(import.meta.dirname, "rate-client.ts")]);
  const { answer } = await client.ask<Opened>(target);
  const { result } = answer as { result: { value: unknown } };
  if (!Bun.deepEquals(result.value, value)) throw new Error(`not the echo: ${JSON.stringify(answer)}`);
  return { client, servers: servers(result) };
}

const pidOf = (result: unknown) => (result as { pid: number }).pid;

async function contenders(console_: Console, visitor: Visitor, folder: string, own: Helper[]) {
  const body = { options: { value } };
  const { hostname, port } = new URL(visitor.url);
  const loopback = { hostname, port: Number(port) };
  const http = (where: { unix: string } | typeof loopback, request: string): Target => ({
    kind: "http",
    where,
    request,
    connections: inFlight,
  });
  const daemon = console_.process.pid;

  const module = join(folder, "lab.sock");
  const alone = Bun.spawn(
    [binary, "module", "-m", "lab", "-s", module, "--file", join(console_.state, "etc", "modules", "lab.ts")],
    { stdin: "ignore", stderr: "inherit", env: { PATH: process.env.PATH ?? "", REEVE_HOME: folder } },
  );
  while (!existsSync(module) && alone.exitCode === null) await Bun.sleep(5);

  const peer = async (where: string) => {
    const server = new Helper([join(import.meta.dirname, "echo-server.ts"), where]);
    own.push(server);
    return { server, port: (await server.ask<{ port: number }>()).port };
  };
  const unix = join(folder, "echo.sock");
  const onUnix = await peer(unix);
  const onPort = await peer("0");
  const context = { user: "admin", administrator: true, session: "bench", locale: "en" };
  const plain = post("/", {}, body);

  const all = {
    http: await contender(http(loopback, post(`/command/${command}`, visitor.headers(), body)), (result) => [
      daemon,
      pidOf(result),
    ]),
    umcp: await contender({ kind: "umcp", unix: console_.socket, command, body }, (result) => [daemon, pidOf(result)]),
    module: await contender({ kind: "umcp", unix: module, command, body: { ...body, context } }, () => [alone.pid]),
    unix: await contender(http({ unix }, plain), () => [onUnix.server.process.pid]),
    tcp: await contender(http({ hostname, port: onPort.port }, plain), () => [onPort.server.process.pid]),
  };
  own.push(...Object.values(all).map(({ client }) => client));
  return { all, alone };
}

const names = {
  http: "console by HTTP, module process",
  umcp: "console by UMCP, module process",
  module: "module process by UMCP",
  unix: "Bun.serve, Unix socket",
  tcp: "Bun.serve, loopback TCP",
} as const;

export const bench: Bench = async () => {
  const folder = temporaryFolder("bench");
  mkdirSync(join(folder, "run"), { recursive: true });
  const console_ = await Console.start();
  const own: Helper[] = [];
  try {
    const { all, alone } = await contenders(console_, await console_.login(), folder, own);
    const subjects = (order: Order) => ({
      http: () => measure(all.http, order),
      umcp: () => measure(all.umcp, order),
      module: () => measure(all.module, order),
      unix: () => measure(all.unix, order),
      tcp: () => measure(all.tcp, order),
    });
    // The first thousands of requests run before the just-in-time compilers have finished.
    const loaded = await inTurns(subjects(many), { warmup: 4, repetitions: 11 });
    const quiet = await inTurns(subjects(single), { warmup: 1, repetitions: 11 });
    alone.kill();
    await alone.exited;

    const keys = Object.keys(names) as (keyof typeof names)[];
    const rows = (samples: typeof loaded, figure: keyof Sample, unit: string): Row[] =>
      keys.map((key) => {
        const values = (of: typeof key) => samples[of].map((sample) => sample[figure]);
        const against = key === "unix" ? undefined : { name: "Bun.serve, Unix", values: values("unix") };
        return { what: names[key], unit, values: values(key), against };
      });
    return [
      { title: `Command rate, ${inFlight} in flight`, rows: rows(loaded, "rate", "/s") },
      { title: `Processor time of the servers, ${inFlight} in flight`, rows: rows(loaded, "server", "µs/request") },
      { title: "Latency with one request in flight, median", rows: rows(quiet, "p50", "ms") },
      { title: "Latency with one request in flight, 99th percentile", rows: rows(quiet, "p99", "ms") },
    ];
  } finally {
    await Promise.all(own.map((helper) => helper.end()));
    await console_.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
