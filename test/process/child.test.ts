import { expect, test } from "bun:test";
import { join } from "node:path";
import { allGone, lives } from "../fake/lives.ts";

const program = join(import.meta.dirname, "..", "fake", "processes.ts");

function parent(...words: string[]) {
  return Bun.spawn([process.execPath, program, "parent", ...words], {
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, BUN_OPTIONS: "", NODE_OPTIONS: "", SOME_SECRET: "x", TZ: "UTC" },
  });
}

async function answerOf(...words: string[]) {
  const child = parent(...words);
  const lines = (await new Response(child.stdout).text()).trim().split("\n");
  expect(await child.exited).toBe(0);
  return lines.map((line) => JSON.parse(line));
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n")) return text;
  }
  return text;
}

test("a child gets its configuration, an allow-listed environment, and says that it is ready", async () => {
  const [{ ready }] = await answerOf("start", "ready");
  expect(ready.secret).toBe("s3cret");
  expect(ready.argv).toEqual(["child", "word"]);
  expect(ready.environment).toContain("TZ");
  for (const name of ["SOME_SECRET", "BUN_OPTIONS", "NODE_OPTIONS", "BUN_BE_BUN"]) {
    expect(ready.environment).not.toContain(name);
  }
});

test("a small heap is by options that this runtime knows: it ends at the start for one that it does not", async () => {
  const [{ ready }] = await answerOf("small-heap", "ready");
  const options = ready.environment.filter((name: string) => name.startsWith("BUN_"));
  expect(options.sort()).toEqual(["BUN_JSC_heapGrowthMaxIncrease", "BUN_JSC_useDFGJIT"]);
});

test("a child that never says ready is ended; one that ends first, and one that fails, tell why", async () => {
  expect(await answerOf("start", "silent")).toEqual([{ code: "timeout", message: expect.stringContaining("0.3 s") }]);
  expect(await answerOf("start", "exits")).toEqual([
    { code: "child-failed", message: expect.stringContaining("status 7") },
  ]);
  expect(await answerOf("start", "fails")).toEqual([{ code: "schema-outdated", message: "run it" }]);
});

test("stop: TERM ends a child in order, KILL a stubborn one", async () => {
  expect(await answerOf("stop", "ready")).toEqual([{ status: 0, signal: null }]);
  expect(await answerOf("stop", "stubborn")).toEqual([{ status: null, signal: "SIGKILL" }]);
});

test("kill -9 of the parent ends children, grandchildren, busy loops and external programs within 2 s", async () => {
  const root = parent("hold", "tree");
  const pids = JSON.parse(await firstLine(root.stdout)) as number[];
  expect(pids).toHaveLength(4);
  expect(pids.every(lives)).toBe(true);
  root.kill("SIGKILL");
  await root.exited;
  expect(await allGone(pids, 2000)).toEqual([]);
});

test("supervision restarts a child with back-off, and visibly gives up", async () => {
  const lines = await answerOf("supervise", "dies");
  expect(lines.at(-1)).toEqual({ ended: "gave-up", restarts: 2, reason: "ended with status 1" });
  expect(lines[0]).toMatchObject({ level: "ERROR", message: "gave up on a child process", child: "dies", ends: 3 });
});

test("supervision does not repeat what only a person can mend", async () => {
  const lines = await answerOf("supervise", "fails");
  expect(lines.at(-1)).toEqual({ ended: "gave-up", restarts: 0, reason: "run it" });
});
