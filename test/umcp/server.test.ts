import { describe, expect, spyOn, test } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Problem } from "../../src/problem.ts";
import { connect } from "../../src/umcp/client.ts";
import type { ResponseBody } from "../../src/umcp/message.ts";
import { type Peer, serve } from "../../src/umcp/server.ts";
import { bytes, join as joined } from "./frames.ts";
import {
  aborted,
  atEnd,
  clientOf,
  closeAfterEach,
  echo,
  held,
  logged,
  pair,
  problem,
  raw,
  request,
  socketPath,
  start,
} from "./lines.ts";

closeAfterEach();

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

  test("are refused, and nothing told, when admitting them fails unexpectedly", async () => {
    const server = await start(echo, {
      onPeer: () => {
        throw new Error("hunter2");
      },
    });
    const line = await raw({ unix: server.path! });
    expect((await line.next()).body).toMatchObject({ status: 500, message: "internal error", result: null });
    await line.closed;
    expect(logged.join()).toContain("hunter2");
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

  test.skipIf(process.geteuid!() !== 0)("of another user are known as such, and get a share only", async () => {
    const seen: (number | undefined)[] = [];
    const server = await start(echo, {
      mode: 0o666,
      limits: { connectionsPerUser: 2 },
      onPeer: ({ credentials }) => void seen.push(credentials?.uid),
    });
    chmodSync(dirname(server.path!), 0o755);
    const code = `let open = 3;
      for (let i = 0; i < 3; i++) await Bun.connect({ unix: ${JSON.stringify(server.path)}, socket: {
        data(_socket, chunk) { console.log(chunk.toString()); process.exit(); } } });`;
    const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", uid: 65534, gid: 65534, cwd: "/" });
    expect(await new Response(child.stdout).text()).toContain("too many connections");
    expect(seen).toEqual([65534, 65534]);
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

  test("is never open to more than its owner before it has its permissions", async () => {
    const listen = spyOn(Bun, "listen").mockImplementation(((options: Parameters<typeof Bun.listen>[0]) => {
      listen.mockRestore();
      const listener = Bun.listen(options);
      modes.push(lstatSync((options as { unix: string }).unix).mode & 0o777);
      return listener;
    }) as typeof Bun.listen);
    const modes: number[] = [];
    const before = process.umask();
    await start(echo, { mode: 0o666 });
    expect(modes).toEqual([0o600]);
    expect(process.umask()).toBe(before);
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
    renameSync(moved.path!, path);
    await old.stop();
    expect(existsSync(path)).toBe(true);
    expect((await (await clientOf(moved, path)).request("GET")).status).toBe(200);
  });
});

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
