import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem } from "../../src/problem.ts";
import { connect } from "../../src/umcp/client.ts";
import type { ResponseBody } from "../../src/umcp/message.ts";
import { type Exchange, type Peer, serve } from "../../src/umcp/server.ts";
import { bytes, frames, join as joined } from "./frames.ts";
import { atEnd, clientOf, logged, pair, raw, request, socketPath, start } from "./lines.ts";

const problem = (code: string) => expect.objectContaining({ name: "Problem", code });
const echo = async ({ request: { body } }: Exchange) => ({ result: body });
/** A handler whose exchanges the test takes one by one and ends as it likes. */
function held() {
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
const aborted = (signal: AbortSignal) =>
  new Promise<Problem>((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });

describe("requests", () => {
  test("the model's own COMMAND frame is answered under its id, command and arguments", async () => {
    const server = await start(async ({ request: { command, arguments: list } }) => ({ result: [command, ...list] }));
    const line = await raw({ unix: server.path! });
    const { header, body } = frames[1]!;
    line.socket.write(header + body);
    expect(await line.next()).toEqual({
      type: "RESPONSE",
      id: "130928961341726-0",
      command: "COMMAND",
      arguments: ["udm/query"],
      mimetype: "application/json",
      body: { status: 200, message: null, result: ["COMMAND", "udm/query"], error: null },
    });
  });

  test("run side by side and are answered as they end", async () => {
    const { handler, next, answer } = held();
    const [client] = await pair(handler);
    const order: string[] = [];
    const asked = ["a", "b", "c"].map((name) =>
      client.request("COMMAND", [name]).then(({ result }) => void order.push(`${name}${result}`)),
    );
    const exchanges = [await next(), await next(), await next()];
    expect(exchanges.map(({ request: { arguments: list } }) => list[0])).toEqual(["a", "b", "c"]);
    for (const index of [2, 0, 1]) answer(exchanges[index]!, index);
    await Promise.all(asked);
    expect(order).toEqual(["c2", "a0", "b1"]);
  });

  test("carry status, message, reason, headers, and bytes of another type", async () => {
    const [client] = await pair(async ({ request: { command, mimetype, body } }) =>
      command === "UPLOAD"
        ? { mimetype: "image/png", body: new Uint8Array([mimetype.length, ...(body as Uint8Array)]) }
        : { status: 301, message: "partly", reason: "some", headers: { "X-A": "b" } },
    );
    expect(await client.request("COMMAND", ["x"])).toEqual({
      status: 301,
      message: "partly",
      result: null,
      error: null,
      reason: "some",
      headers: { "X-A": "b" },
    });
    const upload = await client.request("UPLOAD", ["x"], new Uint8Array([0, 255]), { mimetype: "text/plain" });
    expect(upload).toEqual({ status: 200, message: null, result: Buffer.from([10, 0, 255]), mimetype: "image/png" });
  });

  test("give partial results in order, then the final one", async () => {
    const [client] = await pair(async (exchange) => {
      for (let i = 0; i < 3; i++) exchange.partial({ i });
      await Promise.resolve();
      exchange.partial("last");
      return { result: "done" };
    });
    const partials: unknown[] = [];
    const { result, status } = await client.request("COMMAND", ["x"], {}, { onPartial: (part) => partials.push(part) });
    expect([partials, status, result]).toEqual([[{ i: 0 }, { i: 1 }, { i: 2 }, "last"], 200, "done"]);
  });

  test("fail with the handler's Problem, or with one that tells nothing", async () => {
    const [client] = await pair(async ({ request: { arguments: list } }) => {
      if (list[0] === "ours") throw new Problem("throttled", "later", { detail: { a: 1 }, retryAfter: 5, cause: "x" });
      if (list[0] === "bigint") return { result: 1n };
      throw new Error("password hunter2 in /etc/shadow");
    });
    const failure = (name: string) => client.request("COMMAND", [name]).catch((error) => error);
    expect(await failure("ours")).toMatchObject({
      code: "throttled",
      message: "later",
      detail: { a: 1 },
      retryAfter: 5,
    });
    expect(logged).toEqual([]);
    expect(await failure("bigint")).toEqual(problem("command-failed"));
    const theirs = await failure("other");
    expect(theirs).toEqual(problem("command-failed"));
    expect(JSON.stringify([theirs, theirs.message])).not.toContain("hunter2");
    expect(logged.join()).toContain("hunter2");
  });

  test("a handler that throws before its first await is a handler that fails", async () => {
    const [client] = await pair(() => {
      throw new Problem("not-found", "no");
    });
    await expect(client.request("COMMAND", ["x"])).rejects.toEqual(problem("not-found"));
  });

  test("an id that is running is refused, and free again afterwards", async () => {
    const { handler, next, answer } = held();
    const line = await raw({ unix: (await start(handler)).path! });
    line.socket.write(joined(request("7", "GET"), request("7", "SET")));
    const exchange = await next();
    expect(await line.status()).toEqual(["7", 409]);
    answer(exchange, 1);
    expect(await line.status()).toEqual(["7", 200]);
    line.socket.write(request("7", "SET"));
    answer(await next(), 2);
    expect(await line.status()).toEqual(["7", 200]);
  });

  test("more than the limit of one connection are refused; another connection is not", async () => {
    const { handler, next, answer } = held();
    const [client, server] = await pair(handler, { limits: { requests: 2 } });
    const asked = ["a", "b"].map((name) => client.request("COMMAND", [name]));
    const first = await next();
    const second = await next();
    await expect(client.request("COMMAND", ["c"])).rejects.toEqual(problem("unavailable"));
    expect(server.active).toBe(2);
    const other = (await clientOf(server)).request("COMMAND", ["d"]);
    answer(await next(), "other");
    expect((await other).result).toBe("other");
    answer(first, "a");
    expect((await asked[0])?.result).toBe("a");
    const again = client.request("COMMAND", ["e"]);
    answer(await next(), "e");
    expect((await again).result).toBe("e");
    answer(second, "b");
    expect((await asked[1])?.result).toBe("b");
  });

  test("an answer larger than its limit becomes a problem of that request alone", async () => {
    const [client] = await pair(async (exchange) => ({ result: "x".repeat(Number(exchange.request.arguments[0])) }), {
      limits: { response: 1000 },
    });
    await expect(client.request("COMMAND", ["2000"])).rejects.toEqual(problem("too-large"));
    expect((await client.request("COMMAND", ["10"])).result).toBe("xxxxxxxxxx");
  });
});

describe("VERSION, STATUS, CANCEL", () => {
  test("VERSION has the model's key", async () => {
    const [client] = await pair(echo);
    expect(await client.request("VERSION")).toMatchObject({ status: 200, version: "2.0.0" });
  });

  test("STATUS lists what runs on this connection; a peer that oversees sees all", async () => {
    const { handler, next } = held();
    let overseer: Peer | undefined;
    const [client, server] = await pair(handler, {
      oversees: (peer) => peer === overseer,
      onPeer: (peer) => (overseer = peer),
    });
    const before = Date.now();
    client.request("COMMAND", ["slow/one", "x"]).catch(() => {});
    const { request: slow } = await next();
    overseer = undefined;
    const own = (await client.request("STATUS")).result as Record<string, unknown>[];
    expect(own).toMatchObject([{ id: slow.id, command: "COMMAND", arguments: ["slow/one", "x"] }]);
    expect(own[0]?.started).toBeGreaterThanOrEqual(before);
    expect(own[0]?.seconds).toBeGreaterThanOrEqual(0);

    const other = await clientOf(server);
    expect(((await other.request("STATUS")).result as unknown[]).length).toBe(1);
    overseer = undefined;
    expect((await other.request("STATUS")).result).toEqual([]);
  });

  test("CANCEL answers 499 at once, aborts the work, and drops what it still gives", async () => {
    const { handler, next, answer } = held();
    const server = await start(handler);
    const line = await raw({ unix: server.path! });
    line.socket.write(joined(request("1", "COMMAND", ["a"]), request("2", "COMMAND", ["b"])));
    const [first, second] = [await next(), await next()];
    const why = aborted(first.signal);
    line.socket.write(request("3", "CANCEL", [], { options: { ids: ["1", "9"] } }));
    expect(await line.status()).toEqual(["1", 499]);
    expect((await line.next()).body).toMatchObject({ status: 200, result: { cancelled: ["1"], unknown: ["9"] } });
    expect(await why).toEqual(problem("cancelled"));
    expect(second.signal.aborted).toBe(false);
    expect(server.active).toBe(2);
    first.partial("late");
    answer(first, "late");
    answer(second, "right");
    expect(await line.status()).toEqual(["2", 200]);
    line.socket.write(request("4", "CANCEL", [], { options: { ids: ["1", "2"] } }));
    expect((await line.next()).body).toMatchObject({ result: { cancelled: [], unknown: ["1", "2"] } });
    expect(server.active).toBe(0);
  });

  test("CANCEL reaches no request of another connection, unless its peer oversees", async () => {
    const { handler, next } = held();
    let overseer: Peer | undefined;
    const server = await start(handler, { oversees: (peer) => peer === overseer });
    const victim = await raw({ unix: server.path! });
    victim.socket.write(request("1", "COMMAND", ["a"]));
    const exchange = await next();
    const other = await clientOf(server);
    const cancel = () => other.request("CANCEL", [], { options: { ids: ["1"] } });
    expect((await cancel()).result).toEqual({ cancelled: [], unknown: ["1"] });
    expect(exchange.signal.aborted).toBe(false);
    other.request("COMMAND", ["who"]).catch(() => {});
    overseer = (await next()).peer;
    expect((await cancel()).result).toEqual({ cancelled: ["1"], unknown: [] });
    expect(await victim.status()).toEqual(["1", 499]);
  });

  for (const body of [{}, { options: [] }, { options: { ids: "1" } }, { options: { ids: [1] } }, { options: null }]) {
    test(`CANCEL of ${JSON.stringify(body)} is refused`, async () => {
      const [client] = await pair(echo);
      await expect(client.request("CANCEL", [], body)).rejects.toEqual(problem("bad-options"));
    });
  }
});

describe("peers", () => {
  test("are known by their credentials, keep the handler's notes, and are told gone", async () => {
    const gone = Promise.withResolvers<Peer>();
    const [client, server] = await pair(
      async ({ peer }) => {
        peer.state.count = ((peer.state.count as number | undefined) ?? 0) + 1;
        return { result: [peer.remote, peer.credentials, peer.state.count] };
      },
      { onGone: (peer) => gone.resolve(peer) },
    );
    const self = { pid: process.pid, uid: process.geteuid!(), gid: process.getegid!() };
    expect((await client.request("GET")).result).toEqual(["unix", self, 1]);
    expect((await client.request("GET")).result).toEqual(["unix", self, 2]);
    expect(server.connections).toBe(1);
    client.close();
    const peer = await gone.promise;
    expect(peer.signal.aborted).toBe(true);
    expect(server.connections).toBe(0);
  });

  test("that go away abort what they asked for", async () => {
    const { handler, next, answer } = held();
    const [client] = await pair(handler);
    client.request("COMMAND", ["x"]).catch(() => {});
    const exchange = await next();
    client.close();
    expect(await aborted(exchange.signal)).toEqual(problem("cancelled"));
    exchange.partial("to nobody");
    answer(exchange, "to nobody");
    await exchange.drained();
  });

  test("can be refused, with the reason", async () => {
    const server = await start(echo, {
      onPeer: () => {
        throw new Problem("forbidden", "not you");
      },
    });
    const line = await raw({ unix: server.path! });
    expect(await line.next()).toMatchObject({ id: "0", command: "NONE", body: { status: 403, message: "not you" } });
    await line.closed;
    expect(server.connections).toBe(0);
    const client = await clientOf(server);
    expect(await client.closed).toMatchObject({ code: "forbidden" });
    await expect(client.request("GET")).rejects.toEqual(problem("forbidden"));
  });

  test("beyond the limit are refused, and let in when others leave", async () => {
    const gone = Promise.withResolvers<void>();
    const server = await start(echo, { limits: { connections: 1 }, onGone: () => gone.resolve() });
    const first = await clientOf(server);
    await first.request("GET");
    expect(await (await clientOf(server)).closed).toEqual(problem("unavailable"));
    first.close();
    await gone.promise;
    expect((await (await clientOf(server)).request("GET")).status).toBe(200);
  });

  test("can be closed by a handler, after the answer", async () => {
    const [client] = await pair(async ({ peer }) => {
      queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => peer.close()))));
      return { result: "bye" };
    });
    expect((await client.request("EXIT")).result).toBe("bye");
    expect(await client.closed).toEqual(problem("unavailable"));
  });
});

describe("what is wrong on the wire", () => {
  test("a bad body is answered 554 and the next frame is served", async () => {
    const line = await raw({ unix: (await start(echo)).path! });
    line.socket.write(joined(bytes("REQUEST/1/5: GET \n[1,2]"), request("2", "GET")));
    expect([await line.status(), await line.status()]).toEqual([
      ["1", 554],
      ["2", 200],
    ]);
  });

  test("a bad header is answered 551, after what came before it, and ends the connection", async () => {
    const gone = Promise.withResolvers<void>();
    const server = await start(echo, { onGone: () => gone.resolve() });
    const line = await raw({ unix: server.path! });
    line.socket.write(joined(request("1", "VERSION"), bytes("GET / HTTP/1.1\r\n\r\n"), request("2", "VERSION")));
    expect([await line.status(), await line.status()]).toEqual([
      ["1", 200],
      ["0", 551],
    ]);
    await gone.promise;
    expect(server.connections).toBe(0);
  });

  test("a response ends the connection", async () => {
    const line = await raw({ unix: (await start(echo)).path! });
    line.socket.write(frames[2]!.header + frames[2]!.body);
    expect(await line.status()).toEqual(["0", 400]);
    await line.closed;
  });

  test("a body over the limit is answered 413, even while its sender is still writing", async () => {
    const server = await start(echo, { limits: { body: 100_000 } });
    const line = await raw({ unix: server.path! });
    const body = new Uint8Array(50_000_000);
    line.socket.write(bytes(`REQUEST/5/${body.length}/text/plain: UPLOAD \n`));
    line.socket.write(body);
    expect(await line.status()).toEqual(["5", 413]);
    await line.closed;
  });

  test("a peer that ignores the end is cut off", async () => {
    const server = await start(echo, { limits: { linger: 50 } });
    const child = Bun.spawn(
      [
        process.execPath,
        "-e",
        `const socket = await Bun.connect({ unix: ${JSON.stringify(server.path)}, allowHalfOpen: true,
          socket: { data() {}, end() { console.log("end") }, close() { console.log("closed"); process.exit() } } });
        socket.write("rubbish\\n");`,
      ],
      { stdout: "pipe" },
    );
    expect(await new Response(child.stdout).text()).toContain("closed");
    expect(server.connections).toBe(0);
  });

  test("500 streams of garbage leave the service up and its memory bounded", async () => {
    const [client, server] = await pair(echo, { limits: { connections: 64 } });
    const noise = crypto.getRandomValues(new Uint8Array(20_000));
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 500; i++) {
      const line = await raw({ unix: server.path! });
      const start = i % 2 ? bytes(`REQUEST/${i}/9999/text/plain: GET \n`) : bytes("");
      line.socket.write(joined(start, noise.subarray(i, 12_000 + i)));
      await line.closed;
    }
    expect((await client.request("GET", [], { a: 1 })).result).toEqual({ a: 1 });
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
  });

  test("one connection with 500 frames of garbage bodies answers each", async () => {
    const line = await raw({ unix: (await start(echo)).path! });
    const stream = Array.from({ length: 500 }, (_, i) =>
      joined(bytes(`REQUEST/${i + 1}/30: GET \n`), crypto.getRandomValues(new Uint8Array(30))),
    );
    line.socket.write(joined(...stream));
    for (let i = 1; i <= 500; i++) expect(await line.status()).toEqual([String(i), 554]);
  });

  test("incomplete frames of all connections together are bounded", async () => {
    const server = await start(echo, { limits: { held: 100_000 } });
    const half = joined(bytes("REQUEST/1/60001/text/plain: GET \n"), new Uint8Array(60_000));
    const first = await raw({ unix: server.path! });
    first.socket.write(half);
    const second = await raw({ unix: server.path! });
    second.socket.write(half);
    // Which of the two came last is the kernel's choice; one is refused, the other is served.
    const answers = [first.status(), second.status()];
    const [refused, served] = await Promise.race([
      answers[0]!.then(() => [first, second] as const),
      answers[1]!.then(() => [second, first] as const),
    ]);
    await refused.closed;
    served.socket.write(new Uint8Array(1));
    expect((await Promise.all(answers)).sort()).toEqual([
      ["0", 503],
      ["1", 200],
    ]);
  });
});

describe("peers that read slowly", () => {
  test("get 3 MB both ways, whole, beside small answers", async () => {
    const [client] = await pair(echo);
    const text = "ä".repeat(1_500_000);
    const [large, small] = await Promise.all([
      client.request("COMMAND", ["large"], { text }),
      client.request("COMMAND", ["small"], { a: 1 }),
    ]);
    expect((large.result as { text: string }).text === text).toBe(true);
    expect(small.result).toEqual({ a: 1 });
  });

  test("are not read while answers wait for them, and lose none", async () => {
    let handled = 0;
    const server = await start(
      async () => {
        handled++;
        return { result: "x".repeat(100_000) };
      },
      { limits: { queueHigh: 200_000 } },
    );
    const line = await raw({ unix: server.path! });
    line.socket.pause();
    const count = 300;
    for (let i = 1; i <= count; i++) {
      // 4 kB each, so that they cannot all lie in one chunk that the server has read already
      const frame = request(String(i), "GET", [], { pad: "y".repeat(4000) });
      for (let sent = 0; sent < frame.length; ) {
        const taken = line.socket.write(frame.subarray(sent));
        sent += taken;
        if (taken === 0) break;
      }
      if (line.socket.bytesWritten < i * 4000) break;
    }
    await (await clientOf(server)).request("VERSION");
    expect(handled).toBeLessThan(count);
    expect(handled).toBeGreaterThan(0);
    const expected = Math.floor(line.socket.bytesWritten / request("100", "GET", [], { pad: "y".repeat(4000) }).length);
    line.socket.resume();
    for (let i = 1; i <= expected; i++) expect((await line.status())[1]).toBe(200);
  });

  test("make a handler that streams wait, if it asks", async () => {
    let sent = 0;
    const ended = Promise.withResolvers<void>();
    const server = await start(
      async (exchange) => {
        for (; sent < 200 && !exchange.signal.aborted; sent++) {
          exchange.partial("x".repeat(50_000));
          await exchange.drained();
        }
        ended.resolve();
        return {};
      },
      { limits: { queueHigh: 100_000 } },
    );
    const line = await raw({ unix: server.path! });
    line.socket.pause();
    line.socket.write(request("1", "GET"));
    const other = await clientOf(server);
    await other.request("VERSION");
    expect(sent).toBeLessThan(200);
    line.socket.resume();
    for (let i = 0; i < 200; i++) expect((await line.status())[1]).toBe(206);
    expect((await line.status())[1]).toBe(200);
    await ended.promise;
  });

  test("are given up when too much waits, and their work aborted", async () => {
    const gone = Promise.withResolvers<void>();
    const server = await start(
      async (exchange) => {
        exchange.signal.addEventListener("abort", () => gone.resolve());
        for (let i = 0; i < 100; i++) exchange.partial("x".repeat(100_000));
        await aborted(exchange.signal);
      },
      { limits: { queueHigh: 100_000, queueMax: 1_000_000 } },
    );
    const line = await raw({ unix: server.path! });
    line.socket.pause();
    line.socket.write(request("1", "GET"));
    await gone.promise;
    expect(logged.join()).toContain("peer given up");
  });
});

describe("token", () => {
  test("a port without one is refused", async () => {
    await expect(serve({ port: 0, handler: echo })).rejects.toEqual(problem("config"));
    await expect(serve({ port: 0, token: "", handler: echo })).rejects.toEqual(problem("config"));
  });

  test("opens a port, and nothing else does", async () => {
    const server = await start(async ({ peer, request: { command } }) => ({ result: [peer.remote, command] }), {
      port: 0,
      token: "secret",
    });
    const client = await connect({ port: server.port!, token: "secret" });
    atEnd(() => client.close());
    expect((await client.request("GET")).result).toEqual(["tcp", "GET"]);
    expect((await client.request("AUTH")).result).toEqual(["tcp", "AUTH"]);

    await expect(connect({ port: server.port!, token: "Secret" })).rejects.toEqual(problem("unauthenticated"));
    const none = await connect({ port: server.port! });
    await expect(none.request("VERSION")).rejects.toEqual(problem("unauthenticated"));
    for (const body of [{}, { token: 1 }, { token: null }, { token: ["secret"] }, { token: "secretsecret" }]) {
      const line = await raw({ port: server.port! });
      line.socket.write(joined(request("1", "AUTH", [], body), request("2", "GET")));
      expect(await line.status()).toEqual(["1", 401]);
      await line.closed;
    }
  });

  test("wants to come first, small, and soon", async () => {
    let asked = 0;
    const handler = async () => void asked++;
    const server = await start(handler, { port: 0, token: "secret", limits: { authentication: 30 } });
    const large = await raw({ port: server.port! });
    large.socket.write(bytes("REQUEST/1/4097: AUTH \n"));
    expect(await large.status()).toEqual(["1", 413]);
    await large.closed;
    const bad = await raw({ port: server.port! });
    bad.socket.write(joined(bytes("REQUEST/1/1: AUTH \n{"), request("2", "AUTH", [], { token: "secret" })));
    expect(await bad.status()).toEqual(["1", 554]);
    await bad.closed;
    const silent = await raw({ port: server.port! });
    expect(await silent.status()).toEqual(["0", 401]);
    await silent.closed;
    expect(asked).toBe(0);
  });
});

describe("the socket file", () => {
  test("is 0600 unless told otherwise, and there is nothing else in its folder", async () => {
    const server = await start(echo);
    expect(lstatSync(server.path!).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(server.path!))).toEqual(["s"]);
    const open = await start(echo, { mode: 0o666, group: process.getegid!() });
    expect(lstatSync(open.path!).mode & 0o777).toBe(0o666);
  });

  test("of a dead server is replaced", async () => {
    const path = socketPath();
    const code = `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { data() {} } }); process.kill(process.pid, "SIGKILL")`;
    await Bun.spawn([process.execPath, "-e", code]).exited;
    expect(lstatSync(path).isSocket()).toBe(true);
    const server = await start(echo, { unix: path });
    expect((await (await clientOf(server)).request("GET")).status).toBe(200);
  });

  test("of a living server is left alone", async () => {
    const server = await start(echo);
    await expect(serve({ unix: server.path!, handler: echo })).rejects.toEqual(problem("already-running"));
    expect((await (await clientOf(server)).request("GET")).status).toBe(200);
    const tcp = await start(echo, { port: 0, token: "t" });
    await expect(serve({ port: tcp.port!, token: "t", handler: echo })).rejects.toEqual(problem("already-running"));
  });

  test("is not put over something else, nor where it cannot be", async () => {
    const path = socketPath();
    writeFileSync(path, "precious");
    await expect(serve({ unix: path, handler: echo })).rejects.toEqual(problem("config"));
    expect(existsSync(path)).toBe(true);
    await expect(serve({ unix: join(path, "below"), handler: echo })).rejects.toEqual(problem("io"));
    await expect(serve({ unix: `/tmp/${"x".repeat(103)}`, handler: echo })).rejects.toEqual(problem("config"));
    const folder = join(dirname(path), "closed");
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    if (process.geteuid!() !== 0) {
      await expect(serve({ unix: join(folder, "s"), handler: echo })).rejects.toEqual(problem("permission"));
    }
  });

  test("goes when the server stops, unless a successor has put its own there", async () => {
    const server = await start(echo);
    const path = server.path!;
    await server.stop();
    expect(existsSync(path)).toBe(false);
    const old = await start(echo, { unix: path });
    const moved = await start(echo);
    (await import("node:fs")).renameSync(moved.path!, path);
    await old.stop();
    expect(existsSync(path)).toBe(true);
    expect((await (await connectTo(path)).request("GET")).status).toBe(200);
  });
});

async function connectTo(path: string) {
  const client = await connect({ unix: path });
  atEnd(() => client.close());
  return client;
}

describe("stop", () => {
  test("lets work that heeds its signal answer, answers for the rest, and closes", async () => {
    const { handler, next } = held();
    const [client, server] = await pair(async (exchange) => {
      if (exchange.request.arguments[0] === "deaf") return handler(exchange);
      exchange.partial("begun");
      await aborted(exchange.signal);
      return { result: "tidied up" };
    });
    const deaf = client.request("COMMAND", ["deaf"]).catch((error) => error);
    const begun = Promise.withResolvers<unknown>();
    const heeding = client.request("COMMAND", ["heeding"], {}, { onPartial: begun.resolve });
    const exchange = await next();
    await begun.promise;
    const stopped = server.stop(20);
    expect(server.stop()).toBe(stopped);
    expect((await heeding).result).toBe("tidied up");
    expect(await deaf).toEqual(problem("unavailable"));
    expect(exchange.signal.reason).toEqual(problem("unavailable"));
    await stopped;
    await client.closed;
    expect(server.connections).toBe(0);
    await expect(connect({ unix: server.path! })).rejects.toEqual(problem("not-running"));
  });

  test("takes no new request while it waits", async () => {
    const { handler, next, answer } = held();
    const [client, server] = await pair(handler);
    const first = client.request("COMMAND", ["a"]);
    const exchange = await next();
    const stopped = server.stop();
    await expect(client.request("COMMAND", ["b"])).rejects.toEqual(problem("unavailable"));
    answer(exchange, "a");
    expect((await first).result).toBe("a");
    await stopped;
  });

  test("delivers the answer of the request that asked for it", async () => {
    const stop = Promise.withResolvers<void>();
    const [client, server] = await pair(async () => {
      stop.resolve();
      return { status: 250, result: "x".repeat(500_000) };
    });
    const stopped = stop.promise.then(() => server.stop());
    const { status, result } = (await client.request("EXIT", ["ucr", "internal"])) as ResponseBody;
    expect([status, (result as string).length]).toEqual([250, 500_000]);
    await stopped;
  });
});
