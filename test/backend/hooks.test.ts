import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hookQueue } from "../../src/backend/hook-queue.ts";
import { type HookEvent, type HookResult, parseHooks, runHooks } from "../../src/backend/hooks.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";
import { configureLog } from "../../src/log.ts";

configureLog({ level: "ERROR" });
const folder = mkdtempSync(join(tmpdir(), "reeve-hooks-"));
afterAll(() => rmSync(folder, { recursive: true }));

function hooks(given: Record<string, Record<string, unknown>>) {
  const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);
  const value = keys["backend.hooks"].kind.read(given);
  if (!value) throw new Error("not of the key's kind");
  return parseHooks({ ...(Object.fromEntries(presets) as Settings), "backend.hooks": value });
}

function event(device: string, name: HookEvent["event"] = "discover"): HookEvent {
  const subject = { addresses: [device], names: [], props: {}, tags: [], customFields: {} };
  return { event: name, at: 1_795_219_200_000, device, data: { name: "$(touch x)" }, subject };
}

const alive = new AbortController().signal;

test("a program gets the events on standard input, and nothing in its words", async () => {
  const script = join(folder, "told");
  const out = join(folder, "out");
  writeFileSync(script, `#!/bin/sh\ncat >> ${out}\nprintf ' %s %s\\n' "$#" "$1" >> ${out}\nenv >> ${out}\n`, {
    mode: 0o755,
  });
  const list = hooks({
    a: { event: ["discover", "delete"], exec: `${script} one` },
    b: { event: "macsuck", exec: "false" },
  });
  const results = await runHooks(
    [event("192.0.2.1"), event("192.0.2.2", "delete"), event("192.0.2.3", "arpnip")],
    list,
    alive,
  );
  expect(results).toEqual([{ hook: "a", events: 2 }]);
  const [first = "", ...rest] = readFileSync(out, "utf8").split("\n");
  expect(JSON.parse(first.replace(/ 1 one$/, ""))).toEqual({
    events: [
      { event: "discover", at: "2026-11-21T00:00:00.000Z", device: "192.0.2.1", data: { name: "$(touch x)" } },
      { event: "delete", at: "2026-11-21T00:00:00.000Z", device: "192.0.2.2", data: { name: "$(touch x)" } },
    ],
  });
  expect(rest.join("\n")).not.toContain("192.0.2");
});

test("a program that fails is told with its status and last words, and stops no other", async () => {
  const script = join(folder, "fails");
  writeFileSync(script, "#!/bin/sh\necho sorry >&2\nexit 3\n", { mode: 0o755 });
  const list = hooks({
    bad: { event: "discover", exec: [script] },
    absent: { event: "discover", exec: "/nonexistent" },
    good: { event: "discover", exec: "true" },
  });
  const results = await runHooks([event("192.0.2.1")], list, alive);
  expect(results.map(({ hook, problem }) => [hook, problem?.message])).toEqual([
    ["bad", `${script} ended with exit status 3: sorry`],
    ["absent", expect.stringContaining("/nonexistent is not installed")],
    ["good", undefined],
  ]);
});

test("access lists choose whom a hook is for", async () => {
  const list = hooks({ a: { event: "discover", exec: "true", only: ["192.0.2.0/24"], no: "192.0.2.9", timeout: 5 } });
  const all = [event("192.0.2.1"), event("192.0.2.9"), event("198.51.100.1")];
  expect(await runHooks(all, list, alive)).toEqual([{ hook: "a", events: 1 }]);
});

describe("a URL", () => {
  async function listen(answers: number[]) {
    const got: { body: string; header: unknown; type: unknown }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => {
        got.push({ body, header: request.headers.authorization, type: request.headers["content-type"] });
        response.writeHead(answers.shift() ?? 200, { Location: "http://127.0.0.1:9/" }).end("thanks");
      });
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`, close: () => server.close() };
  }

  test("gets a POST with the header of the file; is asked again after 503; 4xx and redirects are final", async () => {
    const file = join(folder, "header");
    writeFileSync(file, "Authorization: Bearer abc\n", { mode: 0o600 });
    const { got, url, close } = await listen([503, 200, 404, 302]);
    const list = hooks({ a: { event: "discover", url, headerFile: file } });
    expect(await runHooks([event("192.0.2.1")], list, alive)).toEqual([{ hook: "a", events: 1 }]);
    expect(got.map(({ header, type }) => [header, type])).toEqual(Array(2).fill(["Bearer abc", "application/json"]));
    expect(JSON.parse(got[1]?.body ?? "").events).toHaveLength(1);
    const [refused] = await runHooks([event("192.0.2.1")], list, alive);
    expect(refused?.problem?.message).toEndWith("answered with HTTP status 404");
    expect(got).toHaveLength(3);
    const stop = new AbortController();
    const moved = runHooks([event("192.0.2.1")], list, stop.signal);
    while (got.length < 4) await new Promise((next) => setTimeout(next, 5));
    stop.abort();
    expect((await moved)[0]?.problem).toBeDefined();
    close();
  });

  test("that hears of a thousand devices is called a few times, in order", async () => {
    const { got, url, close } = await listen([]);
    const results: HookResult[] = [];
    const queue = hookQueue({
      hooks: hooks({ a: { event: "new_device", url } }),
      window: 20,
      onResult: (one) => results.push(one),
    });
    for (let n = 0; n < 1200; n++) queue.add(event(`10.0.${n >> 8}.${n & 255}`, "new_device"));
    queue.add(event("192.0.2.1", "macsuck"));
    await queue.close();
    const devices = got.flatMap(({ body }) => JSON.parse(body).events.map((one: HookEvent) => one.device));
    expect(got).toHaveLength(3);
    expect(devices).toEqual(Array.from({ length: 1200 }, (_, n) => `10.0.${n >> 8}.${n & 255}`));
    expect(results.map(({ events }) => events)).toEqual([500, 500, 200]);
    close();
  });

  test("that is quick is not called for each event: what comes meanwhile gathers as well", async () => {
    const told: number[] = [];
    const first = Promise.withResolvers<void>();
    const queue = hookQueue({
      hooks: hooks({ a: { event: "discover", exec: "true" } }),
      window: 500,
      onResult(one) {
        told.push(one.events);
        // Before the first call has ended for the queue.
        if (told.length === 1) for (let n = 0; n < 3; n++) queue.add(event("192.0.2.1"));
        first.resolve();
      },
    });
    queue.add(event("192.0.2.1"));
    await first.promise;
    await Bun.sleep(100);
    queue.add(event("192.0.2.2"));
    await queue.close();
    expect(told).toEqual([1, 4]);
  });

  test("that is too slow makes the queue drop, not grow", async () => {
    const counted: number[] = [];
    const counting = hookQueue({
      hooks: hooks({ a: { event: "discover", exec: "true" } }),
      limit: 10,
      window: 10_000,
      onResult: (one) => counted.push(one.events),
    });
    for (let n = 0; n < 25; n++) counting.add(event("192.0.2.1"));
    await counting.close();
    expect(counted).toEqual([10]);
  });
});

test("a hook that is wrong is refused by name", () => {
  const refused: [Record<string, unknown>, RegExp][] = [
    [{ exec: "true" }, /event: expected/],
    [{ event: "sunrise", exec: "true" }, /event: expected one or more of new_device/],
    [{ event: "discover" }, /either exec or url/],
    [{ event: "discover", exec: "true", url: "http://x" }, /either exec or url/],
    [{ event: "discover", url: "ftp://x" }, /url: expected http/],
    [{ event: "discover", url: "http://me:secret@x/" }, /url: a user and password do not belong there/],
    [{ event: "discover", exec: "" }, /exec: expected a program/],
    [{ event: "discover", exec: "bin/x" }, /absolute path/],
    [{ event: "discover", exec: "true", timeout: "0" }, /timeout/],
    [{ event: "discover", exec: "true", colour: "red" }, /unknown key colour/],
    [{ event: "discover", exec: "true", only: "1.2" }, /backend\.hooks\.x\.only: "1\.2"/],
    [{ event: "discover", url: "http://x", headerFile: "/nonexistent" }, /headerFile: cannot read/],
  ];
  for (const [given, message] of refused) expect(() => hooks({ x: given })).toThrow(message);
});
