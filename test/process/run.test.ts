import { expect, test } from "bun:test";
import { Problem } from "../../src/problem.ts";
import { type RunOptions, run } from "../../src/process/run.ts";
import { lives } from "../fake/lives.ts";

async function problemOf(command: string[], options?: RunOptions): Promise<Problem> {
  try {
    await run(command, options);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("no problem");
}

test("standard output, standard error and status come apart", async () => {
  const result = await run(["sh", "-c", "echo out; echo err >&2; exit 3"]);
  expect(result).toEqual({ status: 3, signal: null, stdout: "out\n", stderr: "err\n", truncated: false });
});

test("arguments are no shell's: every byte arrives", async () => {
  const words = ["$(id)", "a b", "'\"", ";reboot", "*", "\n", "ü€"];
  const { stdout } = await run(["printf", "%s|", ...words]);
  expect(stdout).toBe(words.map((word) => `${word}|`).join(""));
});

test("standard input is given or empty", async () => {
  expect((await run(["cat"], { stdin: "hello" })).stdout).toBe("hello");
  expect((await run(["cat"])).stdout).toBe("");
});

test("the environment is an allow-list, and names that change a runtime never cross", async () => {
  process.env.REEVE_TEST_SECRET = "x";
  const { stdout } = await run(["env"], { env: { interface: "eth0", LD_PRELOAD: "/x.so", BUN_OPTIONS: "-e" } });
  const names = stdout.split("\n").map((line) => line.split("=")[0]);
  expect(names).toContain("interface");
  for (const name of ["REEVE_TEST_SECRET", "LD_PRELOAD", "BUN_OPTIONS"]) expect(names).not.toContain(name);
});

test("a program that is absent, or named by a relative path, is Problem missing", async () => {
  expect((await problemOf(["no-such-program"])).code).toBe("missing");
  expect((await problemOf(["./sh"])).code).toBe("missing");
  expect((await problemOf(["/etc/passwd"])).code).toBe("missing");
});

test("past its deadline it is ended with all it started", async () => {
  let pid = 0;
  const onOutput = (_stream: string, text: string) => {
    pid = Number(text);
  };
  const options = { timeout: 300, onOutput };
  const problem = await problemOf(["sh", "-c", "sleep 1000 & echo $!; wait"], options);
  expect(problem.code).toBe("timeout");
  expect(pid).toBeGreaterThan(1);
  expect(lives(pid)).toBe(false);
});

test("a program that ignores TERM is killed", async () => {
  const problem = await problemOf(["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"], { timeout: 200 });
  expect(problem.code).toBe("timeout");
}, 10_000);

test("abort ends it", async () => {
  const stop = new AbortController();
  const options: RunOptions = { signal: stop.signal, onOutput: () => stop.abort() };
  expect((await problemOf(["sh", "-c", "echo started; sleep 1000"], options)).code).toBe("cancelled");
  expect((await problemOf(["true"], { signal: stop.signal })).code).toBe("cancelled");
});

test("more output than its limit is an error, or is cut where the caller says so", async () => {
  const endless = ["sh", "-c", "while :; do echo 0123456789; done"];
  expect((await problemOf(endless, { maxOutput: 10_000 })).code).toBe("too-large");
  const { stdout, truncated } = await run(endless, { maxOutput: 10_000, onOverflow: "truncate" });
  expect(stdout).toHaveLength(10_000);
  expect(truncated).toBe(true);
});

test("a process left in the background does not hold the result up", async () => {
  const begun = performance.now();
  const { stdout } = await run(["sh", "-c", "sleep 1000 & echo done"]);
  expect(stdout).toBe("done\n");
  expect(performance.now() - begun).toBeLessThan(10_000);
});
