import { describe, expect, test } from "bun:test";
import { aborted, clientOf, closeAfterEach, echo, logged, pair, raw, request, start } from "./lines.ts";

closeAfterEach();

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
        return { result: "x".repeat(20_000) };
      },
      { limits: { queueHigh: 100_000 } },
    );
    const line = await raw({ unix: server.path! });
    line.socket.pause();
    const count = 1000;
    for (let i = 1; i <= count; i++) line.send(request(String(i), "GET", [], { pad: "y".repeat(4000) }));
    // Many turns of the event loop, in which a server that went on reading would have read them all.
    const other = await clientOf(server);
    for (let i = 0; i < 200; i++) await other.request("VERSION");
    expect(handled).toBeGreaterThan(0);
    expect(handled).toBeLessThan(count / 2);
    line.socket.resume();
    for (let i = 1; i <= count; i++) expect(await line.status()).toEqual([String(i), 200]);
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
