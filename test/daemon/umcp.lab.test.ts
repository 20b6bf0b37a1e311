/** The console over UMCP: its Unix socket, and `reeve daemon call`. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { Problem } from "../../src/problem.ts";
import { connect } from "../../src/umcp/client.ts";
import { adminPassword, binary, Console } from "../lab/console.ts";

let console_: Console;

beforeAll(async () => {
  console_ = await Console.start();
});
afterAll(() => console_?.stop());

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    return Problem.from(error).code;
  }
}

test("root is an administrator at once, and leaves an audit row", async () => {
  const client = await connect({ unix: console_.socket });
  expect((await client.request("GET", ["session-info"], {})).result).toEqual({
    username: process.getuid?.() === 0 ? "root" : `uid-${process.getuid?.()}`,
    administrator: true,
  });
  const { result } = await client.request("COMMAND", ["lab/write"], { options: { name: "x" } });
  expect(result).toEqual({ wrote: "x" });
  client.close();
});

test.skipIf(process.getuid?.() !== 0)("another user is nobody before AUTH, and somebody after", async () => {
  chmodSync(console_.state, 0o755);
  const program = `
    const { connect } = await import(${JSON.stringify(`${import.meta.dirname}/../../src/umcp/client.ts`)});
    const client = await connect({ unix: process.argv[1] });
    const outcome = async (work) => { try { return (await work).result ?? null } catch (error) { return error.code } };
    console.log(JSON.stringify([
      await outcome(client.request("COMMAND", ["lab/write"], { options: { name: "x" } })),
      await outcome(client.request("GET", ["modules/list"], {})),
      await outcome(client.request("AUTH", [], { username: "admin", password: "wrong" })),
      await outcome(client.request("AUTH", [], { username: "admin", password: ${JSON.stringify(adminPassword)} })),
      await outcome(client.request("COMMAND", ["lab/write"], { options: { name: "x" } })),
    ]));
    process.exit(0);
  `;
  const child = Bun.spawn([process.execPath, "-e", program, console_.socket], {
    uid: 65534,
    gid: 65534,
    stdout: "pipe",
    env: { PATH: "/usr/bin", HOME: "/tmp" },
  });
  const outcomes = JSON.parse(await new Response(child.stdout).text());
  expect(outcomes).toEqual([
    "unauthenticated",
    "unauthenticated",
    "auth-failed",
    { username: "admin" },
    { wrote: "x" },
  ]);
});

test("partials stream, CANCEL ends the work, unknown commands and options are problems", async () => {
  const client = await connect({ unix: console_.socket });
  const partials: unknown[] = [];
  const options = { onPartial: (partial: unknown) => void partials.push(partial) };
  expect((await client.request("COMMAND", ["lab/count"], { options: { n: 3 } }, options)).result).toBe(6);
  expect(partials).toEqual([1, 2, 3]);
  const stop = new AbortController();
  const waiting = client.request(
    "COMMAND",
    ["lab/norespond"],
    {},
    { signal: stop.signal, onPartial: () => stop.abort() },
  );
  expect(await codeOf(waiting)).toBe("cancelled");
  expect(await codeOf(client.request("COMMAND", ["lab/nope"], {}))).toBe("unknown-command");
  expect(await codeOf(client.request("COMMAND", ["lab/count"], { options: { n: 0 } }))).toBe("bad-options");
  expect(await codeOf(client.request("EXPLODE", [], {}))).toBe("unknown-command");
  client.close();
});

test("a stream of 500 garbage frames harms nobody", async () => {
  const before = console_.memory();
  const good = await connect({ unix: console_.socket });
  for (let i = 0; i < 500; i++) {
    const socket = connectSocket(console_.socket);
    await new Promise<void>((resolve) => {
      socket.on("close", () => resolve());
      socket.on("error", () => resolve());
      socket.on("connect", () => {
        const size = 1 + ((i * 7919) % 4000);
        const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 31 + i * 17) % 256);
        if (i % 3 === 0) socket.end(`REQUEST/${i}/999999999999/application/json: GET x\n`);
        else if (i % 3 === 1)
          socket.end(
            `REQUEST/${i}/${size}/application/json: COMMAND lab/echo\n${Buffer.from(bytes).toString("latin1")}`,
          );
        else socket.end(bytes);
      });
      socket.resume();
    });
  }
  expect((await good.request("COMMAND", ["lab/echo"], { options: { value: 1 } })).status).toBe(200);
  expect(console_.memory() - before).toBeLessThan(60);
  good.close();
});

test("reeve daemon call: result, progress, exit codes, Ctrl-C as CANCEL", async () => {
  const call = (...args: string[]) => console_.command("daemon", "call", ...args);
  const count = await call("lab/count", "-o", "n=3", "--json");
  expect(count).toEqual({ status: 0, stdout: "6\n", stderr: "1\n2\n3\n" });
  expect((await call("--list")).stdout).toContain("lab/count\tPartial results");
  expect((await call("lab/count", "-o", "n=0")).status).toBe(65);
  expect((await call("lab/nope")).status).toBe(64);
  expect((await call("lab/conflict")).status).toBe(73);
  expect((await call("lab/sleep", "-o", "milliseconds=60000", "--timeout", "0.2")).status).toBe(75);

  const env = { PATH: process.env.PATH ?? "", REEVE_HOME: "/nonexistent" };
  const args = ["daemon", "call", "lab/norespond", "--state", console_.state];
  const child = Bun.spawn([binary, ...args], { stdout: "pipe", stderr: "pipe", env });
  for await (const _ of child.stderr) break; // it waits
  child.kill("SIGINT");
  expect(await child.exited).toBe(130);
});

test("without a daemon the client says what to do, with its own exit code", async () => {
  const fresh = await Console.start();
  fresh.process.kill("SIGKILL");
  await fresh.process.exited;
  const answer = await fresh.command("daemon", "call", "lab/echo");
  expect(answer.status).toBe(3);
  expect(answer.stderr).toContain("daemon.sock");
  await fresh.stop();
});
