/** Port control against an agent that takes SETs, and does so at bad moments. */
import { expect, test } from "bun:test";
import type { Tools } from "../../src/backend/action.ts";
import { perform } from "../../src/backend/perform.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";
import { Problem } from "../../src/problem.ts";
import { interfaces } from "../../src/snmp/mib/interfaces.ts";
import type { Source } from "../../src/snmp/source.ts";
import type { Oid, Value, VarBind } from "../../src/snmp/value.ts";
import { openStore } from "../../src/store/database.ts";
import { logPortChange, portLog } from "../../src/store/device-port-log.ts";
import { saveLinks } from "../../src/store/link.ts";
import { agentTables, bytes } from "./device/agent-tables.ts";

const { ifAdminStatus, ifDescr, ifName, ifType } = interfaces;

class Agent {
  sets: VarBind[] = [];
  /** Called before a SET is taken; what it throws is the answer. */
  onSet: (binding: VarBind) => void | Promise<void> = () => undefined;
  /** Called before each reading of ifAdminStatus alone. */
  onVerify: () => void = () => undefined;
  objects: Record<Oid, Record<string, Value>> = {
    "1.3.6.1.2.1.1.1.0": { 0: bytes("a switch") },
    "1.3.6.1.2.1.1.2.0": { 0: "1.3.6.1.4.1.99999.1" },
    [ifDescr]: { 7: bytes("eth7"), 8: bytes("eth8"), 9: bytes("bond0") },
    [ifName]: { 7: bytes("eth7"), 8: bytes("eth8"), 9: bytes("bond0") },
    [ifType]: { 7: 6, 8: 6, 9: 161 },
    [ifAdminStatus]: { 7: 1, 8: 1, 9: 1 },
  };
  source: Source = {
    name: "192.0.2.1",
    read: async (objects, options) => {
      if (objects.length === 1 && objects[0] === ifAdminStatus) this.onVerify();
      if (options?.signal?.aborted) throw options.signal.reason;
      return agentTables(objects, Object.fromEntries(objects.map((oid) => [oid, this.objects[oid] ?? {}])), []);
    },
    walk: async () => ({ complete: true }),
    set: async ([binding]) => {
      if (binding === undefined) return;
      await this.onSet(binding);
      this.sets.push(binding);
      const index = binding.oid.slice(ifAdminStatus.length + 1);
      this.objects[ifAdminStatus] = { ...this.objects[ifAdminStatus], [index]: binding.value ?? 0 };
    },
    context: () => this.source,
    close: () => undefined,
  };
}

const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);
const settings = { ...Object.fromEntries(presets), "backend.dns": false } as Settings;

async function lab() {
  const agent = new Agent();
  const store = await openStore({ url: ":memory:" });
  const tools: Tools = {
    store,
    options: { settings, credentials: [] },
    connect: async () => ({ source: agent.source, tag: "", version: 2 }),
    ...{ dryRun: false, report: () => undefined, show: () => undefined, event: () => undefined },
  };
  const stop = new AbortController();
  const run = (port: string, extra: string, force = false) => {
    const who = { username: "alice", userip: "", reason: "because" };
    const request = { action: "portcontrol", stage: "", device: "192.0.2.1", port, extra, force, ...who };
    return perform(request, tools, stop.signal);
  };
  const nobody = { stage: "", port: "", extra: "", force: false, username: "", userip: "" };
  await perform({ ...nobody, action: "discover", device: "192.0.2.1" }, tools, stop.signal);
  await store.db.updateTable("device_port").set({ slave_of: "bond0" }).where("port", "!=", "bond0").execute();
  const is = () => agent.objects[ifAdminStatus]?.[7];
  const link = (port: string) => {
    const row = { local_port: port, remote_id: "02:00:00:00:00:09", remote_name: "core" };
    return saveLinks(store, 1, "lldp", { rows: [row], complete: true }, 5);
  };
  return { agent, store, stop, run, is, link };
}

test("down, up and bounce are set, read back and written down", async () => {
  const { agent, store, run, is } = await lab();
  expect(await run("eth7", "down")).toMatchObject({ status: "done" });
  expect(is()).toBe(2);
  expect(await run("eth7", "up")).toMatchObject({ status: "done" });
  expect(await run("eth7", "bounce")).toMatchObject({ status: "done" });
  expect(agent.sets.map(({ value }) => value)).toEqual([2, 1, 2, 1]);
  expect((await portLog(store, 1)).map(({ outcome, log, reason }) => `${outcome} ${log} ${reason}`)).toEqual([
    "done portcontrol bounce because",
    "done portcontrol up because",
    "done portcontrol down because",
  ]);
});

test("a bounce that is broken off after the first half leaves the port up", async () => {
  const { agent, stop, run, is } = await lab();
  agent.onVerify = () => stop.abort(new Problem("cancelled", "cancelled by bob"));
  await run("eth7", "bounce").catch((error) => expect(error).toMatchObject({ code: "cancelled" }));
  expect(agent.sets.map(({ value }) => value)).toEqual([2, 1]);
  expect(is()).toBe(1);
});

test("a bounce whose first half is not answered, but done, leaves the port up", async () => {
  const { agent, store, run, is } = await lab();
  agent.onSet = ({ value }) => {
    if (value !== 2) return;
    agent.objects[ifAdminStatus] = { 7: 2 };
    throw new Problem("unavailable", "192.0.2.1 does not answer");
  };
  expect(await run("eth7", "bounce")).toMatchObject({ status: "defer" });
  expect(is()).toBe(1);
  expect(await portLog(store, 1)).toMatchObject([{ outcome: "error" }]);
});

test("a bounce that cannot take the port up again says so, and is tried again", async () => {
  const { agent, run } = await lab();
  agent.onSet = ({ value }) => {
    if (value === 1) throw new Problem("unavailable", "192.0.2.1 does not answer");
  };
  expect(await run("eth7", "bounce")).toEqual({
    status: "defer",
    message: "192.0.2.1 does not answer; the port may be down",
  });
});

test.each([
  ["killed in the middle", { outcome: "info", log: "portcontrol bounce: begun" }],
  ["not answered in the middle", { outcome: "error", log: "portcontrol bounce: no answer; the port may be down" }],
] as const)("a bounce that was %s goes on with the way up, though a link is known of now", async (_, last) => {
  const { agent, store, run, is, link } = await lab();
  agent.objects[ifAdminStatus] = { 7: 2, 8: 1, 9: 1 };
  const row = { device: 1, port: "eth7", at: 5, username: "alice", userip: "", action: "portcontrol", reason: "" };
  await link("eth7");
  const refused = { status: "error", message: expect.stringContaining("core by lldp") };
  expect(await run("eth7", "bounce")).toMatchObject(refused);
  await logPortChange(store, { ...row, ...last });
  expect(await run("eth7", "bounce")).toEqual({
    status: "done",
    message: "portcontrol bounce, up alone on 192.0.2.1 eth7, verified",
  });
  expect(agent.sets.map(({ value }) => value)).toEqual([1]);
  expect(is()).toBe(1);
  expect(await run("eth7", "bounce")).toMatchObject(refused);
});

test("a bounce that is to end in the middle is done, and what was to come after it is not", async () => {
  const { agent, store, stop, run, is } = await lab();
  agent.onSet = ({ value }) => {
    if (value === 2) stop.abort(new Problem("cancelled", "stopped by SIGTERM"));
  };
  expect(await run("eth7", "bounce")).toMatchObject({ status: "done" });
  expect(is()).toBe(1);
  expect((await portLog(store, 1))[0]).toMatchObject({ outcome: "done", log: "portcontrol bounce" });
  await expect(run("eth7", "down")).rejects.toMatchObject({ code: "cancelled" });
  expect(is()).toBe(1);
});

test("what a silent device was to do now does not happen later", async () => {
  const { agent, store, run } = await lab();
  agent.onSet = () => {
    throw new Problem("unavailable", "192.0.2.1 does not answer");
  };
  expect(await run("eth7", "down")).toEqual({
    status: "error",
    message: "192.0.2.1 does not answer; whether it was changed is not known",
  });
  expect(await portLog(store, 1)).toMatchObject([{ outcome: "error" }]);
});

test("what is about to be written stands in the log before it is", async () => {
  const { agent, store, run } = await lab();
  let before: unknown[] = [];
  agent.onSet = async () => {
    before = await portLog(store, 1);
  };
  await run("eth7", "down");
  expect(before).toMatchObject([{ username: "alice", reason: "because", outcome: "info" }]);
});

test.each([["eth7"], ["eth8"], ["bond0"]])("an uplink is refused by way of its aggregate, too: %s", async (port) => {
  const { agent, run, link } = await lab();
  await link("eth7");
  expect(await run(port, "down")).toMatchObject({ status: "error", message: expect.stringContaining("core by lldp") });
  expect(agent.sets).toEqual([]);
  expect(await run(port, "down", true)).toMatchObject({ status: "done" });
});
