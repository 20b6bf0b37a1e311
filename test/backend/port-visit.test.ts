/** macsuck and arpnip know the names of ports from discover, as long as the device says that they still hold. */
import { expect, test } from "bun:test";
import type { Tools } from "../../src/backend/action.ts";
import { portNamesObjects } from "../../src/backend/device/port-names.ts";
import { perform } from "../../src/backend/perform.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";
import { interfaces } from "../../src/snmp/mib/interfaces.ts";
import type { Source } from "../../src/snmp/source.ts";
import type { Oid, Value } from "../../src/snmp/value.ts";
import { openStore } from "../../src/store/database.ts";
import { agentTables, bytes } from "./device/agent-tables.ts";

const uptime = "1.3.6.1.2.1.1.3.0";
const ifTableLastChange = "1.3.6.1.2.1.31.1.5.0";
const { ifDescr, ifName, ifType } = interfaces;
const host = "2.171.171.171.171.1";

/** An agent of one switch that counts what it is asked for. */
class Agent {
  asked = new Set<Oid>();
  cut: Oid[] = [];
  objects: Record<Oid, Record<string, Value>> = {
    "1.3.6.1.2.1.1.1.0": { 0: bytes("a switch") },
    "1.3.6.1.2.1.1.2.0": { 0: "1.3.6.1.4.1.99999.1" },
    [uptime]: { 0: 500_000 },
    [ifTableLastChange]: { 0: 400 },
    [ifDescr]: { 7: bytes("eth7"), 8: bytes("eth8") },
    [ifType]: { 7: 6, 8: 6 },
    "1.3.6.1.2.1.17.1.4.1.2": { 1: 7, 2: 8 },
    "1.3.6.1.2.1.17.4.3.1.2": { [host]: 2 },
    "1.3.6.1.2.1.17.4.3.1.3": { [host]: 3 },
    "1.3.6.1.2.1.4.22.1.2": { "8.192.0.2.9": Uint8Array.of(2, 171, 171, 171, 171, 1) },
    "1.3.6.1.2.1.4.22.1.4": { "8.192.0.2.9": 3 },
  };
  source: Source = {
    name: "192.0.2.1",
    read: async (objects) => {
      for (const oid of objects) this.asked.add(oid);
      return agentTables(objects, Object.fromEntries(objects.map((oid) => [oid, this.objects[oid] ?? {}])), this.cut);
    },
    walk: async () => ({ complete: true }),
    set: async () => undefined,
    context: () => this.source,
    close: () => undefined,
  };
}

const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);
const settings = { ...Object.fromEntries(presets), "backend.dns": false } as Settings;

async function lab(changes: Partial<Settings> = {}) {
  const agent = new Agent();
  const store = await openStore({ url: ":memory:" });
  const tools: Tools = {
    store,
    options: { settings: { ...settings, ...changes }, credentials: [] },
    connect: async () => ({ source: agent.source, tag: "", version: 2 }),
    ...{ dryRun: false, report: () => undefined, show: () => undefined, event: () => undefined },
  };
  /** What was asked of the names' columns. */
  const run = async (action: string, force = false) => {
    agent.asked.clear();
    const request = { action, stage: "", device: "192.0.2.1", port: "", extra: "", force, username: "", userip: "" };
    const { status, message } = await perform(request, tools, new AbortController().signal);
    return { status, message, read: [...portNamesObjects, interfaces.ifAlias].filter((oid) => agent.asked.has(oid)) };
  };
  const rows = async (table: "node" | "node_ip") =>
    (await store.db.selectFrom(table).select(["port", "open"]).orderBy("id").execute()).map((row) => ({ ...row }));
  return { agent, store, run, rows };
}

test("names come from the store while ifTableLastChange is the same, and are the ones that would be read", async () => {
  const { agent, store, run, rows } = await lab();
  expect((await run("discover")).status).toBe("done");
  // Neither of the columns that only names want; ifDescr and ifType lead bridge ports to interfaces as well.
  expect(await run("macsuck")).toMatchObject({ status: "done", read: [ifDescr, ifType] });
  expect(await run("arpnip")).toMatchObject({ status: "done", read: [] });
  for (const table of ["node", "node_ip"] as const) expect(await rows(table)).toEqual([{ port: "eth8", open: 1 }]);

  expect(await run("arpnip", true)).toMatchObject({ status: "done", read: [...portNamesObjects] });
  agent.objects[ifTableLastChange] = { 0: 500_000 };
  agent.objects[ifDescr] = { 7: bytes("eth7"), 8: bytes("uplink") };
  expect(await run("macsuck")).toMatchObject({ status: "done", read: [...portNamesObjects] });
  expect(await run("arpnip")).toMatchObject({ status: "done", read: [...portNamesObjects] });
  expect((await rows("node")).filter(({ open }) => open === 1)).toEqual([{ port: "uplink", open: 1 }]);
  await store.close();
});

test("nothing that is wanted of the interfaces but names is read; what has no name then is not stored", async () => {
  const { agent, store, run, rows } = await lab();
  delete agent.objects[ifTableLastChange];
  await run("discover");
  expect((await run("arpnip")).read).toEqual([...portNamesObjects]);
  agent.cut = [ifDescr, ifName];
  delete agent.objects[ifDescr];
  for (const action of ["macsuck", "arpnip"]) {
    const { status, message } = await run(action);
    expect({ status, message }).toEqual({
      status: "error",
      message: expect.stringMatching(/^0 .*; incomplete, nothing was closed: .*ifDescr.*: no answer/),
    });
  }
  expect(await rows("node_ip")).toEqual([{ port: "eth8", open: 1 }]);
  expect(await rows("node")).toEqual([]);
  await store.close();
});

test("names of ports that are not stored are read: an address does not leave its port for that", async () => {
  const { store, run, rows } = await lab({ "backend.ignorePorts": ["eth8"] });
  await run("discover");
  await run("macsuck", true);
  expect(await run("macsuck")).toMatchObject({ status: "done", read: [...portNamesObjects] });
  expect(await rows("node")).toEqual([{ port: "eth8", open: 1 }]);
  await store.close();
});

test("where another kind of device has come to stand, nothing it sees is stored as the old one's", async () => {
  const { agent, run, rows } = await lab();
  await run("discover");
  await run("macsuck");
  const before = await rows("node");
  agent.objects["1.3.6.1.2.1.1.2.0"] = { 0: "1.3.6.1.4.1.99999.2" };
  agent.objects["1.3.6.1.2.1.17.4.3.1.2"] = { [host]: 1 };
  for (const action of ["macsuck", "arpnip"]) {
    expect(await run(action)).toMatchObject({ status: "error", message: expect.stringContaining("discover it first") });
  }
  expect(await rows("node")).toEqual(before);
  expect(await rows("node_ip")).toEqual([]);
});
