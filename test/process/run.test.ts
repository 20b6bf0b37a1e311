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

test("the limit holds where a piece of output ends exactly at it", async () => {
  const command = ["sh", "-c", "head -c 65536 /dev/zero; sleep 0.2; head -c 65536 /dev/zero; exec sleep 1000"];
  expect((await problemOf(command, { maxOutput: 65_536 })).code).toBe("too-large");
  const { stdout, truncated } = await run(command, { maxOutput: 65_536, onOverflow: "truncate" });
  expect([stdout.length, truncated]).toEqual([65_536, true]);
  const whole = await run(["head", "-c", "65536", "/dev/zero"], { maxOutput: 65_536 });
  expect([whole.stdout.length, whole.truncated]).toEqual([65_536, false]);
});

test("a daemon that left the group does not hold the result up, and keeps nothing back", async () => {
  const result = await run(["sh", "-c", "setsid sleep 20 & echo $!; sleep 0.1; head -c 300000 /dev/zero; exit 4"]);
  expect(result.status).toBe(4);
  const [pid = ""] = result.stdout.split("\n");
  expect(result.stdout.length).toBe(pid.length + 1 + 300_000);
  expect(lives(Number(pid))).toBe(true);
  process.kill(Number(pid));
});

test("what onOutput throws ends the program and is what the caller gets", async () => {
  let pid = 0;
  const onOutput = (_stream: string, text: string) => {
    pid = Number(text);
    throw new RangeError("enough");
  };
  await expect(run(["sh", "-c", "echo $$; exec sleep 1000"], { onOutput })).rejects.toThrow("enough");
  expect(lives(pid)).toBe(false);
});

test("a character cut between two pieces of output arrives whole, a broken one as its mark", async () => {
  const parts: string[] = [];
  const onOutput = (_stream: string, text: string) => void parts.push(text);
  await run(["sh", "-c", "printf '\\303'; sleep 0.1; printf '\\244\\303'"], { onOutput });
  expect(parts.join("")).toBe("ä\uFFFD");
});
