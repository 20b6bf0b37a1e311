/** The built binary: `reeve backend` and the commands around its queue. */
import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore, type Store } from "../../src/store/database.ts";
import { allGone } from "../fake/lives.ts";
import { binary, Console, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { ended, put, until } from "./backends.ts";

// Port 9 is discard: nobody answers SNMP there.
const silent = "127.0.0.1:9";
const env = { REEVE_SNMP_TIMEOUT: "50", REEVE_SNMP_RETRIES: "0", REEVE_BACKEND_SCHEDULE: "{}" };
const states: string[] = [];

function newState(): string {
  const state = temporaryFolder("service");
  states.push(state);
  return state;
}

afterEach(async () => {
  for (const state of states.splice(0)) await reeve(["backend", "stop", "--state", state]);
});

async function storeOf(state: string): Promise<Store> {
  return openStore({ url: `sqlite:${join(state, "reeve.sqlite")}` });
}

test("starts, does a job, puts one off and says why, cancels, tells its state, stops", async () => {
  const state = newState();
  const command = (...words: string[]) => reeve(["backend", ...words, "--state", state], { env });
  expect((await command("status")).status).toBe(3);
  const started = await command("--background", "--workers", "1");
  expect([started.status, started.stderr]).toEqual([0, ""]);
  expect(started.stdout).toMatch(/^Reeve backend: 1 workers on .*reeve\.sqlite\nProcess \d+, log in /);
  expect((await command("--background")).status).toBe(75);

  const store = await storeOf(state);
  try {
    expect(await ended(store, await put(store, { action: "discoverall" }))).toMatchObject({ status: "done" });
    expect(await ended(store, await put(store, { action: "nonsense" }))).toMatchObject({
      status: "error",
      message: expect.stringContaining("there is no action nonsense"),
    });
    const discover = await put(store, { action: "discover", device: silent });
    await until(async () => (await ended(store, discover, "queued")).deferrals === 1);
    const why = await command("explain", String(discover));
    expect([why.status, why.stderr]).toEqual([0, ""]);
    expect(why.stdout).toContain("put off once, last because:");
    const listed = await command("jobs", "--device", silent, "--json");
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id: discover, status: "queued", deferrals: 1 }]);
    const cancelled = await command("cancel", String(discover));
    expect([cancelled.status, cancelled.stdout]).toEqual([0, `${discover}\tcancelled\n`]);
    expect((await command("cancel", String(discover + 100))).status).toBe(66);
    expect((await command("jobs", "--status", "nonsense")).status).toBe(64);

    const status = await command("status", "--json");
    expect(status.status).toBe(0);
    expect(JSON.parse(status.stdout)).toMatchObject({
      running: true,
      actions: { discoverall: { done: 1 }, discover: { cancelled: 1 }, nonsense: { error: 1 } },
      backends: [{ alive: true, workers: 1 }],
    });
    const pid = JSON.parse(status.stdout).pid as number;
    const { stdout } = Bun.spawnSync(["ps", "-o", "pid=,args=", "--ppid", String(pid)]);
    const [worker = "", ...more] = stdout.toString().trim().split("\n");
    expect([worker.trim().replace(/^\d+ /, ""), more]).toEqual(["reeve backend worker: idle", []]);
    expect((await command("stop")).status).toBe(0);
    expect(await allGone([pid, Number.parseInt(worker, 10)], 2000)).toEqual([]);
    expect(await store.db.selectFrom("backend").select("id").execute()).toEqual([]);
  } finally {
    await store.close();
  }
}, 60_000);

test("beside the console, with its database", async () => {
  const console_ = await Console.start({ args: ["--with", "backend"], env });
  try {
    const store = await storeOf(console_.state);
    try {
      expect(await ended(store, await put(store, { action: "discoverall" }))).toMatchObject({ status: "done" });
      const [row] = await store.db.selectFrom("backend").select("pid").execute();
      const status = await console_.command("backend", "status");
      expect([status.status, status.stderr]).toEqual([0, ""]);
      expect(status.stdout).toStartWith(`running as process ${row?.pid} within the daemon\n`);
      const told = JSON.parse((await console_.command("backend", "status", "--json")).stdout);
      expect(told).toMatchObject({ running: true, pid: row?.pid, within: "daemon" });
      // Another's: the same number means nothing there.
      await store.db.updateTable("backend").set({ place: "another boot" }).execute();
      expect((await console_.command("backend", "status")).status).toBe(3);
    } finally {
      await store.close();
    }
  } finally {
    expect(await console_.stop()).toBe(0);
  }
}, 60_000);

test("what a stage of the site prints is not in the command's JSON", async () => {
  const [state, folder] = [newState(), temporaryFolder("stages")];
  const stage = `{ action: "stats", name: "noisy", phase: "user", help: "prints", run() { console.log("noise"); } }`;
  writeFileSync(join(folder, "noisy.ts"), `export default [${stage}];`);
  const told = await reeve(["backend", "do", "stats", "--json", "--state", state], {
    env: { ...env, REEVE_BACKEND_ACTIONS_FOLDER: folder },
  });
  expect(JSON.parse(told.stdout)).toMatchObject({ outcomes: [{ status: "done" }] });
  expect(told.stderr).toContain("noise");
});

test("jobs --follow ends when nobody reads any more", async () => {
  const state = newState();
  const store = await storeOf(state);
  for (let job = 0; job < 800; job++) await put(store, { action: "ok", device: `d${job}`, extra: "x".repeat(200) });
  await store.close();
  const words = ["backend", "jobs", "--follow", "--limit", "800", "--json", "--state", state];
  const program = Bun.spawn([binary, ...words], { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  const reader = program.stdout.getReader();
  await reader.read();
  await reader.cancel();
  expect(await program.exited).toBe(0);
  expect(await new Response(program.stderr).text()).toBe("");
}, 20_000);
