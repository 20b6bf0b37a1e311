/** Machines that were copied, devices under two addresses, and devices that moved: who is who when discover meets them. */
import { expect, test } from "bun:test";
import type { Tools } from "../../src/backend/action.ts";
import { perform } from "../../src/backend/perform.ts";
import { isSameAgent } from "../../src/backend/same-agent.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";
import { Problem } from "../../src/problem.ts";
import { entity } from "../../src/snmp/mib/entity.ts";
import { interfaces } from "../../src/snmp/mib/interfaces.ts";
import { system } from "../../src/snmp/mib/system.ts";
import type { Source } from "../../src/snmp/source.ts";
import type { Oid, Value } from "../../src/snmp/value.ts";
import { openStore } from "../../src/store/database.ts";
import { devices, findDevice } from "../../src/store/device.ts";
import { agentTables, bytes, hex } from "./device/agent-tables.ts";

const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);
const settings = { ...Object.fromEntries(presets), "backend.dns": false } as Settings;
const began = Date.now();

interface Agent {
  name: string;
  engine: string;
  /** Hundredths of a second at the beginning of the test. */
  uptime: number;
  addresses: string[];
  serial: string;
}

function objects({ name, engine, uptime, addresses, serial }: Agent): Record<Oid, Record<string, Value>> {
  return {
    [`${system.sysDescr}.0`]: { 0: bytes("Linux") },
    [`${system.sysObjectID}.0`]: { 0: "1.3.6.1.4.1.8072.3.2.10" },
    [`${system.sysName}.0`]: { 0: bytes(name) },
    [`${system.sysUpTime}.0`]: { 0: uptime + Math.round((Date.now() - began) / 10) },
    [`${system.snmpEngineID}.0`]: { 0: hex(engine) },
    [entity.entPhysicalClass]: { 1: 3 },
    [entity.entPhysicalSerialNum]: { 1: bytes(serial) },
    [interfaces.ifDescr]: { 1: bytes("eth0") },
    [interfaces.ifType]: { 1: 6 },
    [interfaces.ifOperStatus]: { 1: 1 },
    "1.3.6.1.2.1.4.20.1.2": Object.fromEntries(addresses.map((address) => [address, 1])),
    "1.3.6.1.2.1.4.20.1.3": Object.fromEntries(addresses.map((address) => [address, "255.255.255.0"])),
  };
}

async function lab() {
  const store = await openStore({ url: ":memory:" });
  const at = new Map<string, Agent>();
  const tools: Tools = {
    store,
    options: { settings, credentials: [] },
    connect: async (target) => {
      const agent = at.get(target);
      if (!agent) throw new Problem("unavailable", "nobody");
      const source: Source = {
        name: target,
        read: async (wanted) => {
          const has = objects(agent);
          return agentTables(wanted, Object.fromEntries(wanted.map((oid) => [oid, has[oid] ?? {}])));
        },
        ...{ walk: async () => ({ complete: true }), set: async () => undefined, close: () => undefined },
        context: () => source,
      };
      return { source, tag: tools.recorded ? "" : "public", version: 2 };
    },
    ...{ dryRun: false, report: () => undefined, show: () => undefined, event: () => undefined },
  };
  const ask = (device: string, action: string, force: boolean) => {
    const request = { ...{ action, stage: "", device, port: "", extra: "", force }, username: "", userip: "" };
    return perform(request, tools, new AbortController().signal);
  };
  const discover = async (device: string) => {
    const { status, message } = await ask(device, "discover", true);
    expect([status, message]).toEqual(["done", message]);
    return message;
  };
  const all = async () => (await devices(store, { sort: "ip" })).devices.map(({ ip, name }) => `${ip} ${name}`);
  return { store, at, tools, ask, discover, all };
}

const engine = "80001f8803001b213c9df8";
const agent = (name: string, uptime: number, ...addresses: string[]): Agent => ({
  ...{ name, engine, uptime, addresses, serial: "FOC1203Y1CD" },
});

test("machines that were copied with their engine id are two, however often they are discovered", async () => {
  const { at, discover, all } = await lab();
  at.set("192.0.2.1", agent("web", 1_000_000, "192.0.2.1", "172.17.0.1"));
  at.set("192.0.2.2", agent("web", 5_000_000, "192.0.2.2", "172.17.0.1"));
  for (const device of ["192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2"]) await discover(device);
  expect(await all()).toEqual(["192.0.2.1 web", "192.0.2.2 web"]);
  // One is silent when the other is asked: nothing is merged for that.
  at.delete("192.0.2.1");
  await discover("192.0.2.2");
  expect(await all()).toEqual(["192.0.2.1 web", "192.0.2.2 web"]);
});

test("one agent under an address that its tables do not show is one device", async () => {
  const { store, at, discover, all } = await lab();
  const one = agent("fw", 1_000_000, "192.0.2.1");
  at.set("192.0.2.1", one).set("203.0.113.1", one);
  await discover("192.0.2.1");
  expect(await discover("203.0.113.1")).toContain("203.0.113.1 is an address of 192.0.2.1");
  expect(await all()).toEqual(["192.0.2.1 fw"]);
  expect((await findDevice(store, "203.0.113.1"))?.ip).toBe("192.0.2.1");
});

test("a device that moved is polled at its new address; where another is known there, it is stored all the same", async () => {
  const { store, at, discover, all } = await lab();
  at.set("192.0.2.1", agent("sw1", 1_000_000, "192.0.2.1"));
  await discover("192.0.2.1");
  at.delete("192.0.2.1");
  at.set("192.0.2.9", agent("sw1", 1_000_000, "192.0.2.9"));
  expect(await discover("192.0.2.9")).toContain("192.0.2.1 has become 192.0.2.9");
  expect(await all()).toEqual(["192.0.2.9 sw1"]);

  // Another serial number and another engine: not the device that is known there.
  at.set("192.0.2.5", { ...agent("sw5", 7, "192.0.2.5"), engine: "80001f8803001b213cffff", serial: "FOC1815X0AB" });
  await discover("192.0.2.5");
  at.delete("192.0.2.9");
  at.set("192.0.2.5", agent("sw1", 1_000_000, "192.0.2.5"));
  expect(await discover("192.0.2.5")).toMatch(/192\.0\.2\.5 is the address of device \d+ \(sw5\): delete or renumber/);
  expect(await all()).toEqual(["192.0.2.5 sw5", "192.0.2.9 sw1"]);
  expect((await findDevice(store, "192.0.2.9"))?.uptime).toBeGreaterThan(1_000_000);
});

test("a recording takes the place of no device that was read live, under whatever address, unless forced", async () => {
  const { store, at, tools, ask, discover, all } = await lab();
  at.set("192.0.2.1", agent("sw1", 1_000_000, "192.0.2.1"));
  await discover("192.0.2.1");
  const was = await findDevice(store, "192.0.2.1");
  tools.recorded = true;
  const old = agent("sw1-old", 500, "192.0.2.1");
  at.set("192.0.2.1", old).set("203.0.113.1", old);
  for (const [device, action] of [
    ["192.0.2.1", "discover"],
    ["192.0.2.1", "macsuck"],
    ["203.0.113.1", "discover"],
  ] as const) {
    expect(await ask(device, action, false)).toEqual({
      status: "error",
      message:
        "sw1 (192.0.2.1) was read live, and nothing of the recording was stored: --dry-run shows what the recording " +
        "says, --force stores it in place of what is known",
    });
  }
  expect(await all()).toEqual(["192.0.2.1 sw1"]);
  expect(await findDevice(store, "192.0.2.1")).toEqual(was);
  await discover("192.0.2.1");
  expect(await all()).toEqual(["192.0.2.1 sw1-old"]);
  // Now it is a recording's, and another one of it is welcome.
  await store.db.updateTable("device").set({ last_discover: 0 }).execute();
  expect(await ask("192.0.2.1", "discover", false)).toMatchObject({ status: "done" });
});

test("uptimes agree over the time between two readings, and over their wrap", () => {
  const at = (uptime: number) =>
    agentTables([`${system.sysName}.0`, "1.3.6.1.2.1.4.20.1.2"], {
      [`${system.sysUpTime}.0`]: { 0: uptime },
      [`${system.sysObjectID}.0`]: { 0: "1.3.6" },
    });
  expect(isSameAgent(at(1000), at(61_000), 600_000)).toBe(true);
  expect(isSameAgent(at(2 ** 32 - 100), at(900), 10_000)).toBe(true);
  expect(isSameAgent(at(1000), at(1000), 600_000)).toBe(false);
  expect(isSameAgent(at(1_000_000), at(5_000_000), 0)).toBe(false);
});
