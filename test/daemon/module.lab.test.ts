/** The daemon and its module processes, through the built binary. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { allGone, lives } from "../fake/lives.ts";
import { Console, type Visitor } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";

let console_: Console;
let admin: Visitor;

beforeAll(async () => {
  console_ = await Console.start();
  admin = await console_.login();
});
afterAll(() => console_?.stop());

async function modulePid(visitor = admin): Promise<number> {
  return (await visitor.call("lab/echo", { value: 1 })).json.result.pid;
}

/** First partial result of a streamed command, with what ends it. */
async function streamed(visitor: Visitor, command: string, options: unknown = {}) {
  const stop = new AbortController();
  const response = await visitor.fetch(`/command/${command}`, {
    method: "POST",
    body: JSON.stringify({ options }),
    headers: { Accept: "text/event-stream" },
    signal: stop.signal,
  });
  const reader = response.body!.getReader();
  let text = "";
  while (!/^event: partial\ndata: /m.test(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  return { partial: JSON.parse(/^event: partial\ndata: (.*)$/m.exec(text)?.[1] ?? "null"), stop };
}

test("a command's result comes back as it left, with who asked", async () => {
  const value = { text: "ü€\u0000\n", list: [1, 2.5, null, true], deep: { a: { b: [] } } };
  const answer = await admin.post("/command/lab/echo", { options: { value }, flavor: "sweet" });
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({ status: 200, error: null, reason: null });
  expect(answer.json.result).toMatchObject({ value, user: "admin", address: "127.0.0.1", flavor: "sweet" });
  expect((await admin.post("/univention/command/lab/echo", { options: { value: 1 } })).json.result.value).toBe(1);
});

test("several functions run at once, and answers come in any order", async () => {
  const order: string[] = [];
  const slow = admin.call("lab/sleep", { milliseconds: 300 }).then(() => order.push("slow"));
  const quick = Promise.all(
    [1, 2, 3].map((value) => admin.call("lab/echo", { value }).then(() => order.push("quick"))),
  );
  await Promise.all([slow, quick]);
  expect(order).toEqual(["quick", "quick", "quick", "slow"]);
});

test("partial results stream, then the result", async () => {
  const headers = { Accept: "text/event-stream" };
  const { text } = await admin.post("/command/lab/count", { options: { n: 3 } }, { headers });
  const events = [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, event, data]) => [
    event,
    JSON.parse(data!),
  ]);
  expect(events.slice(0, 3)).toEqual([
    ["partial", 1],
    ["partial", 2],
    ["partial", 3],
  ]);
  expect(events[3]).toEqual(["result", expect.objectContaining({ result: 6, status: 200 })]);
});

test("problems keep code and detail; surprises give nothing away", async () => {
  const conflict = await admin.call("lab/conflict");
  expect(conflict.status).toBe(409);
  expect(conflict.json).toMatchObject({ code: "conflict", message: "it is there already", result: { name: "taken" } });
  const surprise = await admin.call("lab/throws");
  expect(surprise.status).toBe(591);
  expect(surprise.text).not.toContain("secret");
  expect(surprise.json).toMatchObject({ code: "command-failed", traceback: null });
  expect((await admin.call("lab/sleep", { milliseconds: "1" })).json).toMatchObject({
    status: 422,
    code: "bad-options",
  });
  expect((await admin.call("lab/nope")).json).toMatchObject({ status: 403, code: "unknown-command" });
  expect((await admin.call("nope/nope")).json).toMatchObject({ status: 403, code: "unknown-command" });
  expect((await admin.call("lab/__proto__")).json).toMatchObject({ status: 403, code: "unknown-command" });
});

test("kill -9 of the module while three requests wait: three 502, the fourth request answers", async () => {
  const pid = await modulePid();
  const waiting = [1, 2, 3].map(() => streamed(admin, "lab/norespond"));
  await Promise.all(waiting);
  const plain = [1, 2, 3].map(() => admin.call("lab/norespond"));
  await admin.call("lab/echo", { value: 0 });
  process.kill(pid, "SIGKILL");
  for (const answer of await Promise.all(plain)) {
    expect(answer.status).toBe(502);
    expect(answer.json.code).toBe("module-died");
  }
  const fourth = await admin.call("lab/echo", { value: 4 });
  expect(fourth.json.result.value).toBe(4);
  expect(fourth.json.result.pid).not.toBe(pid);
});

test("a module that keeps crashing is not started for ever, and others go on", async () => {
  const other = await console_.login();
  const codes: string[] = [];
  for (let i = 0; i < 7; i++) codes.push((await other.call("lab/crash")).json.code);
  expect(codes.slice(0, 5)).toEqual(Array(5).fill("module-died"));
  expect(codes[6]).toBe("unavailable");
  const refused = await other.call("lab/echo", { value: 1 });
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await other.call("inventory/query")).status).toBe(200);
});

test("each session has its own process; a singleton serves all", async () => {
  const fresh = await Console.start();
  try {
    const [one, two] = [await fresh.login(), await fresh.login()];
    expect(await modulePid(one)).not.toBe(await modulePid(two));
    expect(await modulePid(one)).toBe(await modulePid(one));
    await Promise.all([one, two].map((visitor) => visitor.call("inventory/query")));
    expect(await fresh.descendants()).toHaveLength(3);
  } finally {
    await fresh.stop();
  }
});

test("a client that goes away cancels the work, down to external programs", async () => {
  const fresh = await Console.start();
  try {
    const visitor = await fresh.login();
    const file = join(fresh.state, "aborted");
    const waiting = await streamed(visitor, "lab/norespond", { file });
    const external = await streamed(visitor, "lab/external");
    expect(lives(external.partial)).toBe(true);
    waiting.stop.abort();
    external.stop.abort();
    expect(await allGone([external.partial], 5000)).toEqual([]);
    while (!existsSync(file)) await Bun.sleep(5);
    expect(readFileSync(file, "utf8")).toBe("aborted");
  } finally {
    await fresh.stop();
  }
});

test("logout ends the session's modules, and their programs", async () => {
  const fresh = await Console.start();
  try {
    const visitor = await fresh.login();
    const pid = await modulePid(visitor);
    const external = await streamed(visitor, "lab/external");
    expect((await visitor.post("/logout", {})).status).toBe(303);
    expect(await allGone([pid, external.partial], 3000)).toEqual([]);
    expect((await visitor.call("lab/echo", { value: 1 })).status).toBe(401);
  } finally {
    await fresh.stop();
  }
});

test("an idle module ends, and starts again on demand", async () => {
  const fresh = await Console.start({ settings: { "modules.idle": 1 } });
  try {
    const visitor = await fresh.login();
    const pid = await modulePid(visitor);
    expect(await allGone([pid], 6000)).toEqual([]);
    expect(await modulePid(visitor)).not.toBe(pid);
    expect(fresh.log).not.toContain("died");
  } finally {
    await fresh.stop();
  }
});

test("an idle time that no timer can wait is a long one, not none", async () => {
  const fresh = await Console.start({ settings: { "modules.idle": "30d" } });
  try {
    const visitor = await fresh.login();
    const pid = await modulePid(visitor);
    await Bun.sleep(100);
    expect(await modulePid(visitor)).toBe(pid);
  } finally {
    await fresh.stop();
  }
});

test("a folder whose path is too long for sockets is told at the start, not at the first command", async () => {
  const start = Console.start({ settings: { run: join(temporaryFolder(), "x".repeat(75)) } });
  await expect(start).rejects.toThrow(/status 78:.*run: sockets want a shorter path/s);
});

test("kill -9 of the daemon: no child survives 2 s, not even one in a busy loop", async () => {
  const fresh = await Console.start({ args: ["--with", "agent"] });
  const visitor = await fresh.login();
  const external = await streamed(visitor, "lab/external");
  const other = await fresh.login();
  const pid = await modulePid(other);
  void other.call("lab/spin").catch(() => undefined);
  await visitor.call("inventory/query");
  const pids = await fresh.descendants();
  expect(pids).toContain(pid);
  expect(pids).toContain(external.partial);
  expect(pids.length).toBeGreaterThanOrEqual(5);
  fresh.process.kill("SIGKILL");
  await fresh.process.exited;
  expect(await allGone(pids, 2000)).toEqual([]);
});

test("TERM ends everything in order, with status 0", async () => {
  const fresh = await Console.start({ args: ["--with", "agent"] });
  const visitor = await fresh.login();
  await modulePid(visitor);
  const pids = await fresh.descendants();
  expect(await fresh.stop()).toBe(0);
  expect(await allGone(pids, 100)).toEqual([]);
});

test("one user cannot take all processes", async () => {
  const fresh = await Console.start({ settings: { "modules.perUser": 2 } });
  try {
    const visitors = [await fresh.login(), await fresh.login(), await fresh.login()];
    const answers = await Promise.all(visitors.map((visitor) => visitor.call("lab/echo", { value: 1 })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 503]);
    expect((await visitors[2]!.call("inventory/query")).status).toBe(200);
  } finally {
    await fresh.stop();
  }
});

test("a command may take longer than a silent connection may last (10 s of Bun, 30 s of ours)", async () => {
  const answer = await admin.call("lab/sleep", { milliseconds: 31_000 });
  expect(answer.status).toBe(200);
}, 60_000);
