/** Whom a visit is paid: names stand for one address, for the lists as for the connection. */
import { expect, test } from "bun:test";
import type { JobContext, Tools } from "../../src/backend/action.ts";
import { perform } from "../../src/backend/perform.ts";
import { mayDiscover } from "../../src/backend/permission.ts";
import { checkVisit, connectVisit, newVisit, readTables } from "../../src/backend/visit.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";
import { Problem } from "../../src/problem.ts";
import { system } from "../../src/snmp/mib/system.ts";
import type { Source } from "../../src/snmp/source.ts";
import { openStore } from "../../src/store/database.ts";
import { discovered, facts, start } from "../store/suite/made-up-device.ts";
import { agentTables, bytes } from "./device/agent-tables.ts";

const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);

async function lab(changes: Partial<Settings> = {}) {
  const settings = { ...Object.fromEntries(presets), ...changes } as Settings;
  const store = await openStore({ url: ":memory:" });
  const asked: string[] = [];
  const tools: Tools = {
    store,
    options: { settings, credentials: [] },
    connect: async (target, purpose) => {
      asked.push(`${purpose} ${target}`);
      throw new Problem("unavailable", "nobody");
    },
    ...{ dryRun: false, report: () => undefined, show: () => undefined, event: () => undefined },
  };
  const request = (device: string, more = {}) => ({
    ...{ action: "discover", stage: "", device, port: "", extra: "", force: false, username: "", userip: "", ...more },
  });
  const context = (device: string): JobContext => ({
    ...tools,
    request: request(device),
    signal: new AbortController().signal,
  });
  const rules = {
    may: (subject: Parameters<typeof mayDiscover>[1]) => mayDiscover(settings, subject),
    ...{ minAge: 60, last: (device: { last_discover: number | null }) => device.last_discover, mustBeKnown: false },
  };
  return { store, tools, asked, request, context, rules };
}

test("a name is held against lists of addresses, and connected to at the address that was allowed", async () => {
  const closed = await lab({ "backend.discoverNo": ["127.0.0.0/8", "::1"] });
  const told = await checkVisit(closed.context("localhost"), newVisit(), closed.rules);
  expect(told).toMatchObject({ status: "info", message: expect.stringContaining("backend.discoverNo") });
  const open = await lab();
  const visit = newVisit();
  expect(await checkVisit(open.context("localhost:1161"), visit, open.rules)).toBeUndefined();
  expect(visit.target).toMatch(/^(127\.0\.0\.1|\[::1\]):1161$/);
  await expect(connectVisit(open.context("localhost:1161"), visit)).rejects.toThrow("nobody");
  expect(open.asked).toEqual([`read ${visit.target}`]);
});

test("a name that the store does not know is the device at its address", async () => {
  const { store, context, rules } = await lab();
  const { id } = await discovered(store, "127.0.0.1", facts("sw1"));
  await discovered(store, "::1", facts("sw1"), start, { device: id });
  const visit = newVisit();
  await checkVisit(context("localhost"), visit, { ...rules, minAge: 0 });
  if (visit.target === "127.0.0.1") expect(visit.known?.id).toBe(id);
  const lost = await checkVisit(context("no-such-name.invalid"), newVisit(), { ...rules, mustBeKnown: true });
  expect(lost).toMatchObject({ status: "error", message: expect.stringContaining("not known yet") });
});

test("what was done in the future is due", async () => {
  const { store, context, rules } = await lab();
  await discovered(store, "192.0.2.1", facts("sw1"), Date.now() + 86_400_000);
  expect(await checkVisit(context("192.0.2.1"), newVisit(), rules)).toBeUndefined();
  await discovered(store, "192.0.2.2", facts("sw2"), Date.now() - 1000);
  expect(await checkVisit(context("192.0.2.2"), newVisit(), rules)).toMatchObject({ status: "info" });
});

test("a write goes where the device is polled, not where the DNS has its name", async () => {
  const { store, tools, asked, request } = await lab();
  await discovered(store, "192.0.2.1", facts("localhost"), start, { target: { ip: "192.0.2.1", port: 1161 } });
  const wanted = request("localhost", { action: "location", extra: "cellar" });
  await perform(wanted, tools, new AbortController().signal);
  expect(asked).toEqual(["write 192.0.2.1:1161"]);
});

test("an agent that restarts while it is read tells nothing by what it leaves out", async () => {
  const { context } = await lab();
  const up = `${system.sysUpTime}.0`;
  for (const [now, complete] of [
    [5_000_100, true],
    [300, false],
  ] as const) {
    const visit = newVisit();
    visit.tables.set(up, { rows: new Map([["0", 5_000_000]]), complete: true });
    visit.source = {
      name: "192.0.2.1",
      read: async (objects) => agentTables(objects, { [up]: { 0: now } }),
      ...{ walk: async () => ({ complete: true }), set: async () => undefined, close: () => undefined },
      context: () => visit.source!,
    };
    await readTables(context("192.0.2.1"), visit, ["1.0.8802.1.1.2.1.4.1.1.5"]);
    const column = visit.tables.column("1.0.8802.1.1.2.1.4.1.1.5");
    expect([column.complete, column.reason]).toEqual([
      complete,
      complete ? undefined : "the agent restarted while it was read",
    ]);
  }
});

test("an agent that does not say what it is, is not taken for another's", async () => {
  const { context, tools } = await lab();
  const source: Source = {
    name: "192.0.2.1",
    read: async (objects) =>
      agentTables(objects, { [`${system.sysName}.0`]: { 0: bytes("sw1") } }, [`${system.sysObjectID}.0`]),
    ...{ walk: async () => ({ complete: true }), set: async () => undefined, close: () => undefined },
    context: () => source,
  };
  const asked = { ...context("192.0.2.1"), connect: async () => ({ source, tag: "", version: 2 as const }) };
  await expect(connectVisit(asked, newVisit())).rejects.toMatchObject({ code: "unavailable" });
  await tools.store.close();
});
