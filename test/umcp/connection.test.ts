import { describe, expect, test } from "bun:test";
import { Problem } from "../../src/problem.ts";
import type { Peer } from "../../src/umcp/server.ts";
import { bytes, frames, join as joined } from "./frames.ts";
import { aborted, clientOf, closeAfterEach, echo, held, logged, pair, problem, raw, request, start } from "./lines.ts";

closeAfterEach();

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

  test("fail with their code even when the handler's detail cannot be sent", async () => {
    const details: Record<string, unknown> = { bigint: 1n, large: "x".repeat(2000) };
    const [client] = await pair(
      async ({ request: { arguments: list } }) => {
        throw new Problem("conflict", "no", { detail: details[list[0]!] });
      },
      { limits: { response: 1000 } },
    );
    await expect(client.request("COMMAND", ["bigint"])).rejects.toEqual(problem("conflict"));
    await expect(client.request("COMMAND", ["large"])).rejects.toEqual(problem("conflict"));
    expect(logged.length).toBe(2);
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

  for (const [where, options] of [
    ["a Unix socket", {}],
    ["TCP", { port: 0, token: "t" }],
  ] as const) {
    test(`a body over the limit is answered 413, and its sender can finish before it reads that: ${where}`, async () => {
      const server = await start(echo, { ...options, limits: { body: 100_000, linger: 10_000 } });
      const line = await raw(server.path === undefined ? { port: server.port! } : { unix: server.path });
      line.send(request("4", "AUTH", [], { token: "t" }));
      expect(await line.status()).toEqual(["4", 200]);
      const before = line.socket.bytesWritten;
      line.socket.pause();
      const header = bytes("REQUEST/5/20000000/text/plain: UPLOAD \n");
      await line.send(joined(header, new Uint8Array(20_000_000)));
      expect(line.socket.bytesWritten - before).toBe(header.length + 20_000_000);
      line.socket.resume();
      expect(await line.status()).toEqual(["5", 413]);
      await line.closed;
    });
  }

  test("a peer that ignores the end is cut off", async () => {
    const gone = Promise.withResolvers<void>();
    const server = await start(echo, { limits: { linger: 50 }, onGone: () => gone.resolve() });
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
    await gone.promise;
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
