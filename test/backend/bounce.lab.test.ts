/** The built binary bounces a port of an agent with some latency, and is killed between the two halves. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../src/snmp/connect.ts";
import { createEngine } from "../../src/snmp/engine.ts";
import { tag, type VarBind } from "../../src/snmp/value.ts";
import { openStore } from "../../src/store/database.ts";
import { portLog } from "../../src/store/device-port-log.ts";
import { binary, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { type Responder, startResponder } from "../lab/responder.ts";
import { ended, put, until } from "./backends.ts";

const state = temporaryFolder("bounce");
const ifTable = "1.3.6.1.2.1.2.2.1";
const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const port = (index: number): VarBind[] => [
  { oid: `${ifTable}.2.${index}`, type: tag.octetString, value: bytes(`port${index}`) },
  { oid: `${ifTable}.3.${index}`, type: tag.integer, value: 6 },
  { oid: `${ifTable}.7.${index}`, type: tag.integer, value: 1 },
  { oid: `${ifTable}.8.${index}`, type: tag.integer, value: 1 },
];
const rows: VarBind[] = [
  { oid: "1.3.6.1.2.1.1.1.0", type: tag.octetString, value: bytes("a switch") },
  { oid: "1.3.6.1.2.1.1.2.0", type: tag.oid, value: "1.3.6.1.4.1.99999.1" },
  { oid: "1.3.6.1.2.1.1.5.0", type: tag.octetString, value: bytes("sw1") },
  ...port(1),
  ...port(2),
];
let responder: Responder;
let device = "";
const env = {
  ...{ REEVE_SNMP_TIMEOUT: "2000", REEVE_BACKEND_SCHEDULE: "{}", REEVE_BACKEND_DNS: "false" },
  REEVE_SNMP_CREDENTIALS_FILE: join(state, "credentials.yml"),
};
const words = (...more: string[]) => ["backend", ...more, "--state", state];

beforeAll(async () => {
  responder = await startResponder({ devices: new Map([["sw1", { rows }]]) });
  device = `${responder.host}:${responder.port}`;
  const credentials = "- { tag: reading, community: sw1 }\n- { tag: writing, community: 'sw1:rw', write: true }\n";
  writeFileSync(env.REEVE_SNMP_CREDENTIALS_FILE, credentials, { mode: 0o600 });
  const discovered = await reeve(words("do", "discover", "-d", device), { env });
  expect([discovered.status, discovered.stderr]).toEqual([0, ""]);
});
afterAll(() => responder?.stop());

beforeEach(async () => {
  await responder.set("sw1", { oid: `${ifTable}.7.1`, type: tag.integer, value: 1 });
  await responder.tune({ latency: 300 });
  await responder.stats(true);
});

/** The agent has taken the first half, and its answer is still under way. */
const isDown = () => until(async () => (await responder.stats()).sets > 0);

async function adminStatus(): Promise<unknown> {
  const engine = createEngine({ timeout: 2000, retries: 1, inFlight: 1, allInFlight: 1, repetitions: 10, port: 161 });
  try {
    const reading = { tag: "reading", version: 2, community: "sw1", only: [], no: [], read: true, write: false };
    const { source } = await connect(engine, device, [reading as never], {
      ...{ purpose: "read", remembered: undefined, signal: new AbortController().signal, allowed: () => true },
    });
    return (await source.read([`${ifTable}.7`])).value(`${ifTable}.7`, "1");
  } finally {
    engine.close();
  }
}

async function log(): Promise<string[]> {
  const store = await openStore({ url: `sqlite:${join(state, "reeve.sqlite")}` });
  try {
    return (await portLog(store, 1, "port1")).map(({ outcome, log }) => `${outcome} ${log}`);
  } finally {
    await store.close();
  }
}

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s in the foreground: the port goes up first",
  async (signal) => {
    const told = words("do", "portcontrol", "-d", device, "-p", "port1", "-e", "bounce");
    const program = Bun.spawn([binary, ...told], { env: { ...process.env, ...env }, stdout: "pipe", stderr: "pipe" });
    await isDown();
    program.kill(signal);
    expect(await program.exited).toBe(0);
    expect(await new Response(program.stdout).text()).toContain("portcontrol bounce on");
    expect((await responder.stats()).sets).toBe(2);
    expect(await adminStatus()).toBe(1);
    expect((await log())[0]).toBe("done portcontrol bounce");
  },
  30_000,
);

test("kill -9 of a worker: the job is queued again, and the port goes up", async () => {
  const started = await reeve(words("--background", "--workers", "1"), { env });
  expect([started.status, started.stderr]).toEqual([0, ""]);
  const { pid } = JSON.parse((await reeve(words("status", "--json"))).stdout) as { pid: number };
  const worker = Number(Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(pid)]).stdout.toString());
  const store = await openStore({ url: `sqlite:${join(state, "reeve.sqlite")}` });
  try {
    const wanted = { action: "portcontrol", device, port: "port1", extra: "bounce", username: "alice" };
    const id = await put(store, wanted);
    await isDown();
    process.kill(worker, "SIGKILL");
    expect(await ended(store, id)).toMatchObject({ status: "done", attempt: 2, losses: 1 });
  } finally {
    await store.close();
    await reeve(words("stop"));
  }
  expect((await responder.stats()).sets).toBe(3);
  expect(await adminStatus()).toBe(1);
  expect((await log()).slice(0, 2)).toEqual(["done portcontrol bounce", "info portcontrol bounce: begun"]);
}, 60_000);
