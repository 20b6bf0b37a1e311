import { expect, test } from "bun:test";
import { Problem } from "../../src/problem.ts";
import { runHook, runShell } from "../../src/process/shell.ts";
import { lives } from "../fake/lives.ts";

function heard() {
  const lines: string[] = [];
  return { lines, onLine: (line: string) => void lines.push(line) };
}

test("the text is a shell's, the environment what was given and no more, the status its own", async () => {
  process.env.REEVE_TEST_SECRET = "x";
  const { lines, onLine } = heard();
  const text = 'for x in a b; do echo "$x $IFACE"; done; env | grep -c SECRET; exit 3';
  expect(await runShell(text, { env: { IFACE: "eth0" }, onLine })).toBe(3);
  expect(lines).toEqual(["a eth0", "b eth0", "0"]);
  expect(await runShell("kill -9 $$", { env: {}, onLine })).toBeNull();
});

test("a value in the environment is none of the shell's business", async () => {
  const { lines, onLine } = heard();
  await runShell('echo "$IF_NAME"', { env: { IF_NAME: "$(id); `id`" }, onLine });
  expect(lines).toEqual(["$(id); `id`"]);
});

test("standard input is given or empty", async () => {
  const { lines, onLine } = heard();
  await runHook(["cat"], { env: {}, stdin: "home\nwork\n", onLine });
  await runHook(["cat"], { env: {}, onLine });
  expect(lines).toEqual(["home", "work"]);
});

test("what goes to the background lives on, may write, and nobody waits for it", async () => {
  const { lines, onLine } = heard();
  const status = await runShell("(while echo noise; do read x < /dev/zero; done) & echo $!; exit 0", {
    env: {},
    onLine: (line) => line !== "noise" && onLine(line),
  });
  expect(status).toBe(0);
  const pid = Number(lines[0]);
  expect(lives(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
});

test("the signal ends the whole group", async () => {
  const stop = new AbortController();
  const { lines, onLine } = heard();
  const failed = runShell("sleep 600 & echo $!; wait", {
    env: {},
    signal: stop.signal,
    onLine: (line) => {
      onLine(line);
      stop.abort();
    },
  }).catch((error) => error);
  const problem = await failed;
  expect(problem).toBeInstanceOf(Problem);
  expect(problem.code).toBe("cancelled");
  expect(lives(Number(lines[0]))).toBe(false);
});

test("a program that is absent is Problem missing", async () => {
  const problem = await runHook(["/nowhere/x"], { env: {} }).catch((error) => error);
  expect([problem.code, problem.message]).toEqual(["missing", expect.stringContaining("/nowhere/x")]);
});
