import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { converse } from "../../src/process/dialogue.ts";
import { allGone, lives } from "../fake/lives.ts";
import { temporaryFolder } from "../lab/folder.ts";

async function talk(command: string[], ...says: string[]) {
  const heard: string[] = [];
  const noise: string[] = [];
  const first = Promise.withResolvers<void>();
  const dialogue = await converse(command, {
    onLine(line) {
      heard.push(line);
      first.resolve();
    },
    onNoise: (line) => void noise.push(line),
    longest: 1000,
  });
  for (const line of says) dialogue.say(line);
  return { dialogue, heard, noise, first: first.promise };
}

const sh = (script: string) => ["sh", "-c", script];

test("lines go both ways; the last ones are heard before its end is told", async () => {
  const { dialogue, heard, noise } = await talk(
    sh('read a; read b; echo "$b $a"; echo noise >&2; printf last; exit 3'),
    "a",
    "ü",
  );
  expect(await dialogue.exited).toEqual({ status: 3, signal: null });
  expect([heard, noise]).toEqual([["ü a", "last"], ["noise"]]);
});

test("one that is gone already breaks nothing, whatever is said to it", async () => {
  for (let i = 0; i < 20; i++) {
    const { dialogue } = await talk(["true"], "x".repeat(300_000));
    dialogue.say("y".repeat(300_000));
    expect((await dialogue.exited).signal).toBeNull();
    dialogue.say("z");
    await dialogue.stop(0);
  }
});

test("a line without end is its end", async () => {
  const { dialogue, heard } = await talk(sh("echo fine; while :; do printf 1234567890; done"));
  expect(await dialogue.exited).toMatchObject({ fault: "it said a line of more than 1000 bytes" });
  expect(heard).toEqual(["fine"]);
});

test("stop: the end of its input asks it to end; the stubborn are killed with what they started", async () => {
  const polite = await talk(["cat"], "a", "b");
  await polite.dialogue.stop(5000);
  expect(polite.heard).toEqual(["a", "b"]);
  const { dialogue, heard, first } = await talk(sh("trap '' TERM HUP; sleep 1000 & echo $!; while :; do wait; done"));
  await first;
  await dialogue.stop(50);
  expect((await dialogue.exited).signal).toBe("SIGKILL");
  expect(await allGone([dialogue.pid, Number(heard[0])], 3000)).toEqual([]);
});

test("what it leaves in its group ends with it, and holds nothing up", async () => {
  const { dialogue, heard } = await talk(sh("sleep 1000 & echo $!"));
  expect(await dialogue.exited).toEqual({ status: 0, signal: null });
  expect(lives(Number(heard[0]))).toBe(false);
});

test("a program that is absent, or cannot run, is told", async () => {
  expect(talk(["no-such-program"])).rejects.toThrow(/not installed/);
  const file = join(temporaryFolder(), "bad");
  writeFileSync(file, "#!/no/such/interpreter\n");
  chmodSync(file, 0o755);
  // setpriv(1) says it, where there is one; else the system call.
  const ended = talk([file]).then(
    async ({ dialogue, noise }) => `${(await dialogue.exited).status} ${noise}`,
    (error) => String(error),
  );
  expect(await ended).toMatch(/^127 setpriv: failed to execute|could not be started/);
});
