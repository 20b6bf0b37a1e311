import { describe, expect, test } from "bun:test";
import { Problem } from "../../src/problem.ts";
import { connect } from "../../src/umcp/client.ts";
import { bytes } from "./frames.ts";
import { atEnd, closeAfterEach, pair, problem, socketPath } from "./lines.ts";

closeAfterEach();

const never = () => new Promise<undefined>(() => {});

/** A server that answers each chunk of bytes as told; it knows no protocol. */
async function clientOfAnswers(answer: (socket: Bun.Socket, chunk: string) => void) {
  const unix = socketPath();
  const listener = Bun.listen({ unix, socket: { data: (socket, chunk) => answer(socket, chunk.toString()) } });
  atEnd(() => listener.stop(true));
  const client = await connect({ unix });
  atEnd(() => client.close());
  return client;
}
const idIn = (chunk: string) => chunk.split("/")[1]!;
const response = (id: string, body: string, type = "") => `RESPONSE/${id}/${bytes(body).length}${type}: NONE \n${body}`;

describe("connect", () => {
  test("says why it could not", async () => {
    await expect(connect({ unix: socketPath() })).rejects.toEqual(problem("not-running"));
    await expect(connect({ unix: import.meta.path })).rejects.toEqual(problem("not-running"));
    await expect(connect({ unix: `/tmp/${"x".repeat(200)}` })).rejects.toEqual(problem("config"));
  });
});

describe("a request", () => {
  test("is cancelled by its signal, at once and at the server", async () => {
    const ended = Promise.withResolvers<unknown>();
    const [client] = await pair(async (exchange) => {
      exchange.signal.addEventListener("abort", () => ended.resolve(exchange.signal.reason));
      exchange.partial("begun");
      return never();
    });
    const abort = new AbortController();
    const asked = client.request("COMMAND", ["x"], {}, { signal: abort.signal, onPartial: () => abort.abort() });
    await expect(asked).rejects.toEqual(problem("cancelled"));
    expect(await ended.promise).toEqual(problem("cancelled"));
    expect(client.pending).toBe(0);
    await expect(client.request("GET", [], {}, { signal: abort.signal })).rejects.toEqual(problem("cancelled"));
    expect((await client.request("STATUS")).result).toEqual([]);
  });

  test("rejects with the reason of its signal when that is a Problem", async () => {
    const [client] = await pair(never);
    const signal = AbortSignal.abort(new Problem("unavailable", "ending"));
    await expect(client.request("GET", [], {}, { signal })).rejects.toEqual(problem("unavailable"));
    await expect(client.request("GET", [], {}, { signal: AbortSignal.timeout(1) })).rejects.toEqual(problem("timeout"));
  });

  test("ends with its time, and its work with it", async () => {
    const ended = Promise.withResolvers<void>();
    const [client] = await pair(async ({ signal }) => {
      signal.addEventListener("abort", () => ended.resolve());
      return never();
    });
    await expect(client.request("GET", [], {}, { timeout: 1 })).rejects.toEqual(problem("timeout"));
    await ended.promise;
  });

  test("ends with an error of the one who takes its partial results", async () => {
    const [client] = await pair(async (exchange) => {
      exchange.partial(1);
      return never();
    });
    const asked = client.request(
      "GET",
      [],
      {},
      {
        onPartial: () => {
          throw new Error("full");
        },
      },
    );
    await expect(asked).rejects.toThrow("full");
    expect((await client.request("VERSION")).status).toBe(200);
  });

  test("that cannot be written is refused without a word to the server", async () => {
    const [client] = await pair(async () => ({}), { limits: { body: 1000 } });
    await expect(client.request("COMMAND", ["a b"])).rejects.toEqual(problem("bad-request"));
    const a: Record<string, unknown> = {};
    a.a = a;
    await expect(client.request("COMMAND", ["x"], a)).rejects.toBeInstanceOf(TypeError);
    await expect(client.request("COMMAND", [], { a: "x".repeat(17_000_000) })).rejects.toEqual(problem("too-large"));
    expect((await client.request("GET")).status).toBe(200);
  });

  test("rejects with what it means when the connection ends", async () => {
    const client = await clientOfAnswers((socket) => socket.terminate());
    const asked = [client.request("GET", [], {}, { lost: "module-died" }), client.request("GET")];
    const [first, second] = await Promise.all(asked.map((one) => one.catch((error) => error)));
    expect(first).toEqual(problem("module-died"));
    expect(second).toEqual(problem("unavailable"));
    expect(await client.closed).toEqual(problem("unavailable"));
    await expect(client.request("GET", [], {}, { lost: "module-died" })).rejects.toEqual(problem("module-died"));
  });

  test("rejects when the connection is closed here", async () => {
    const [client] = await pair(never);
    const asked = client.request("GET");
    client.close();
    await expect(asked).rejects.toEqual(problem("unavailable"));
    expect(await client.closed).toBeUndefined();
  });
});

describe("a server that breaks the protocol", () => {
  test("with a body that is no object fails that request alone", async () => {
    const client = await clientOfAnswers((socket, chunk) => {
      socket.write(response(idIn(chunk), chunk.includes("GET") ? "[]" : '{"status":200,"result":1}'));
    });
    await expect(client.request("GET")).rejects.toEqual(problem("protocol"));
    expect((await client.request("SET")).result).toBe(1);
  });

  test("with a response that has no status fails that request alone", async () => {
    const client = await clientOfAnswers((socket, chunk) => {
      socket.write(response(idIn(chunk), '{"status":"200"}'));
    });
    await expect(client.request("GET")).rejects.toEqual(problem("protocol"));
  });

  test("with a response to nothing is not heard", async () => {
    const client = await clientOfAnswers((socket, chunk) => {
      socket.write(response("9-9", '{"status":500}') + response(idIn(chunk), '{"status":200,"result":1}'));
    });
    expect((await client.request("GET")).result).toBe(1);
  });

  for (const [what, answer] of [
    ["rubbish", "220 mail.example.org ESMTP\r\n"],
    ["a request", "REQUEST/1/2: GET \n{}"],
  ] as const) {
    test(`with ${what} loses its connection`, async () => {
      const client = await clientOfAnswers((socket) => void socket.write(answer));
      await expect(client.request("GET")).rejects.toEqual(problem("protocol"));
      expect(await client.closed).toEqual(problem("protocol"));
    });
  }

  test("with an answer too large fails that request as such, and loses its connection", async () => {
    const client = await clientOfAnswers((socket, chunk) => {
      socket.write(`RESPONSE/${idIn(chunk)}/999999999/text/plain: NONE \n`);
    });
    await expect(client.request("GET")).rejects.toEqual(problem("too-large"));
    expect(await client.closed).toEqual(problem("protocol"));
  });

  test("by not reading makes requests fail, not memory grow", async () => {
    const client = await clientOfAnswers((socket) => socket.pause());
    const body = new Uint8Array(15 * 1024 * 1024);
    const asked = Array.from({ length: 6 }, () => client.request("UPLOAD", [], body).catch((error) => error));
    expect(await asked.at(-1)).toEqual(problem("unavailable"));
    expect(client.pending).toBeLessThan(6);
  });
});

test("ten thousand requests in flight come back each to its own", async () => {
  const [client] = await pair(async ({ request: { body } }) => ({ result: body }), { limits: { requests: 10_000 } });
  const asked = Array.from({ length: 10_000 }, (_, i) => client.request("COMMAND", ["echo"], { i }));
  const answers = await Promise.all(asked);
  expect(answers.every(({ result }, i) => (result as { i: number }).i === i)).toBe(true);
});
