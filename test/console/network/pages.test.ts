import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { z } from "zod";
import { type Frame, renderPage } from "../../../src/console/layout.tsx";
import type { DeviceDetail, JobRow, Located, Neighbour, PortDetail } from "../../../src/console/network/answer.ts";
import { network } from "../../../src/console/network/declaration.ts";
import { neighboursOf } from "../../../src/console/network/neighbours.ts";
import { pages } from "../../../src/console/network/pages.tsx";
import type { PageResult } from "../../../src/console/page.ts";
import { Problem } from "../../../src/problem.ts";
import { frame } from "../frame.ts";

const hostile = `"><script>alert('1')</script>`;
const at = 1_790_000_000_000;

const neighbour: Neighbour = {
  ...{ port: "24", device: null, label: hostile, address: "192.0.2.9", remotePort: hostile, type: hostile },
  ...{ capabilities: ["bridge"], protocols: ["lldp"], confidence: 40, reason: hostile, toldByOther: false, since: at },
};

const port: PortDetail = {
  ...{ port: "24", ifIndex: 24, name: hostile, description: "", up: "up", upAdmin: "up", free: false, type: "" },
  ...{ speed: "1.0 Gbps", duplex: "full", mac: "", mtu: 1500, stp: "blocking", vlan: 10, pvid: 1, slaveOf: "Po1" },
  ...{
    members: [],
    errorDisabled: "",
    power: { status: "deliveringPower", milliwatts: 6400 },
    neighbours: [neighbour],
  },
  nodes: [
    {
      ...{ mac: "02:00:00:00:00:a1", vlan: 10, since: at, lastSeen: at, addresses: ["10.0.0.5"], name: hostile },
      host: { id: 7, name: hostile },
    },
  ],
  ...{ nodeCount: 4, place: { edge: true, explanation: "edge: x" }, lastUsed: at, vlans: [], authentication: "" },
  ...{ nodesCut: false, device: { id: 1, address: "192.0.2.1", name: "sw1" } },
};

const device: DeviceDetail = {
  ...{
    id: 1,
    address: "192.0.2.1",
    name: hostile,
    vendor: "acme",
    model: "S24",
    os: "acmeos",
    osVersion: "1",
    serial: "",
  },
  ...{ location: hostile, ports: 1, portsUp: 1, created: at, lastDiscover: at, lastMacsuck: null, lastArpnip: null },
  ...{ description: hostile, contact: "", dns: "", mac: "", chassisId: "", engineId: "", objectId: "", fans: "" },
  ...{ vendorClass: "generic", snmpVersion: 2, uptime: 1000, vtpDomain: "", pseudo: false, discoverComplete: at },
  ...{ macsuckComplete: null, arpnipComplete: null },
  merged: [{ id: 2, address: "192.0.2.7", name: hostile, at }],
  counts: { ports: 1, neighbours: 1, modules: 0, addresses: 0, vlans: 0, nodes: 1 },
};

const job: JobRow = {
  ...{ id: 9, action: "discover", stage: "", device: hostile, known: null, port: "", extra: "", status: "queued" },
  ...{ message: "", user: "", reason: hostile, entered: at, started: null, finished: null, notBefore: 0 },
  ...{ cancelling: false, reasons: ["No backend runs: start one with `reeve backend`.", hostile] },
};

const located: Located = {
  mac: "02:00:00:00:00:a1",
  people: [hostile],
  hosts: [{ id: 7, name: hostile, interface: hostile }],
  ...{ names: [], addresses: [] },
  places: [
    {
      ...{ device: { id: 1, address: "192.0.2.1", name: hostile }, port: "24", vlan: 10, from: at, to: at, open: true },
      ...{
        current: true,
        kind: "uplink",
        edge: false,
        explanation: `hidden: port 24 is an uplink to ${hostile} by LLDP`,
      },
    },
  ],
};

/** Answers as the module does, and holds every call to the declared schema. */
class Module {
  calls: [command: string, options: Record<string, unknown>][] = [];
  answers: Record<string, unknown> = {
    devices: { total: 1, devices: [device] },
    device,
    ports: { total: 1, all: 1, up: 1, down: 0, free: 0, ports: [port] },
    port,
    neighbours: [neighbour],
    ...{ modules: [], addresses: [], vlans: [] },
    history: { events: [{ id: 3, at, port: "24", kind: "port-changed", what: hostile }], before: null, writes: [] },
    where: { as: "mac", asked: hostile, device: null, persons: [], unseen: [], located: [located], cut: false },
    jobs: { total: 1, jobs: [job] },
    job,
    queue: { running: 0, waiting: 1, delayed: 0, endedLastHour: 0, resting: 0, backends: [] },
    ...{ enqueue: { job: 9 }, portcontrol: { job: 9 }, portname: { job: 9 }, cancel: { cancelled: "cancelled" } },
  };

  call = async (path: string, given: Record<string, unknown>): Promise<never> => {
    const name = path.replace(/^network\//, "") as keyof typeof network.commands;
    const schema: z.ZodType = network.commands[name].options;
    this.calls.push([name, schema.parse(given) as Record<string, unknown>]);
    const answer = this.answers[name];
    if (answer instanceof Problem) throw answer;
    return answer as never;
  };
}

function pageFor(path: string, method: "GET" | "POST") {
  const { pathname } = new URL(path, "http://reeve.test");
  for (const page of pages) {
    const shape = new RegExp(`^${page.path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);
    const found = shape.exec(pathname);
    if (found && (page.method ?? "GET") === method) return { page, params: { ...found.groups } };
  }
  throw new Error(`no page for ${method} ${path}`);
}

async function ask(module: Module, path: string, change: Partial<Frame> = {}, form?: string): Promise<PageResult> {
  const { page, params } = pageFor(path, form === undefined ? "GET" : "POST");
  return page.render({ ...frame(path, change), params, call: module.call }, new URLSearchParams(form));
}

async function html(module: Module, path: string, change: Partial<Frame> = {}, form?: string): Promise<string> {
  const result = await ask(module, path, change, form);
  assert.ok("body" in result, JSON.stringify(result));
  return renderPage(result, frame(path, change), [network]);
}

const user = { name: "bob", administrator: false };

describe("Network", () => {
  it("escapes what devices, machines and people call themselves on every page", async () => {
    for (const path of [
      "/network",
      "/network/devices/1",
      ...["neighbours", "overview", "history"].map((tab) => `/network/devices/1?tab=${tab}`),
      "/network/devices/1/port?port=24",
      "/network/control?device=1&port=24",
      "/network/where?search=x",
      "/network/jobs",
      "/network/jobs/9",
    ]) {
      const text = await html(new Module(), path);
      assert.ok(!text.includes("<script>alert"), path);
      assert.ok(text.includes("&lt;script&gt;alert"), path);
    }
  });
  it("offers to change something to administrators alone", async () => {
    const changing =
      /Control|Cancel job|Queue a job|action="\/network\/enqueue"|name="xsrf" value="[^"]+"\/><input type="hidden" name="device"/;
    for (const path of [
      "/network",
      "/network/devices/1",
      "/network/devices/1/port?port=24",
      "/network/jobs",
      "/network/jobs/9",
    ]) {
      assert.doesNotMatch(await html(new Module(), path, { user }), changing, path);
    }
    assert.match(await html(new Module(), "/network/devices/1"), /Control 24 …/);
    assert.doesNotMatch(await html(new Module(), "/network/devices/1?at=2026-09-01T10:00"), /Control 24 …/);
  });
  it("says what to do when there is no device yet", async () => {
    const module = new Module();
    module.answers.devices = { total: 0, devices: [] };
    assert.match(await html(module, "/network"), /reeve backend do discover -d ADDRESS/);
    assert.doesNotMatch(await html(module, "/network", { user }), /Or have a running backend|enqueue/);
  });
  it("asks for what the address says, a time in UTC among it", async () => {
    const module = new Module();
    await html(module, "/network/devices/1?tab=ports&show=free&at=2026-09-01T10:00&search=a+b&sort=-vlan");
    assert.deepEqual(module.calls[1], [
      "ports",
      {
        ...{ device: 1, show: "free", at: Date.UTC(2026, 8, 1, 10), search: "a b", sort: "vlan", descending: true },
        ...{ limit: 500, offset: 0, unused: 30 },
      },
    ]);
    await assert.rejects(ask(module, "/network/devices/1?at=yesterday"), /expected a time/);
    await assert.rejects(ask(module, "/network/devices/one"), /no such device/);
  });
  it("tabs keep the time that was asked for", async () => {
    const text = await html(new Module(), "/network/devices/1?at=2026-09-01T10:00");
    assert.match(text, /href="\/network\/devices\/1\?tab=neighbours&amp;at=2026-09-01T10%3A00"/);
    assert.match(text, /The device was not known yet/);
  });
  it("says why a place is hidden, and that no edge is known", async () => {
    const text = await html(new Module(), "/network/where?search=02:00:00:00:00:a1");
    assert.match(text, /hidden: port 24 is an uplink to/);
    assert.match(text, /ports that lead on to other switches only/);
    assert.match(text, /href="\/hosts\/7"/);
  });
  it("gives ports as CSV without formulas", async () => {
    const module = new Module();
    module.answers.ports = { total: 1, all: 1, up: 1, down: 0, free: 0, ports: [{ ...port, name: "=1+1" }] };
    const result = await ask(module, "/network/devices/1?format=csv");
    assert.ok("file" in result);
    assert.match(result.content, /,'=1\+1,/);
    assert.doesNotMatch(result.content, /Control/);
  });
  it("controls a port only for a reason, and leads to the job", async () => {
    const module = new Module();
    const path = "/network/control?device=1&port=24";
    const without = await ask(module, path, {}, "action=down&reason=+");
    assert.ok("body" in without);
    assert.equal(without.status, 422);
    assert.deepEqual(
      module.calls.map(([name]) => name),
      ["port"],
    );
    assert.deepEqual(await ask(module, path, {}, "action=down&reason=it+burns&force=yes"), {
      location: "/network/jobs/9",
    });
    const asked = { device: 1, port: "24", reason: "it burns" };
    assert.deepEqual(module.calls.at(-1), ["portcontrol", { ...asked, action: "down", force: true }]);
    await ask(module, path, {}, "action=name&reason=it+burns&name=oven");
    assert.deepEqual(module.calls.at(-1), ["portname", { ...asked, name: "oven" }]);
  });
  it("follows a job while it has not ended", async () => {
    const module = new Module();
    const waiting = await html(module, "/network/jobs/9");
    assert.match(waiting, /data-current="\/command\/network\/watch\?id=9"/);
    assert.match(waiting, /start one with <code>reeve backend<\/code>\./);
    module.answers.job = { ...job, status: "done", message: "42 ports", started: at, finished: at + 1500 };
    const ended = await html(module, "/network/jobs/9", { partial: "job" });
    assert.doesNotMatch(ended, /data-current/);
    assert.match(ended, /42 ports\./);
    assert.match(ended, /1\.5 s/);
  });
  it("says at its field what is wrong with a job that is to be queued", async () => {
    const module = new Module();
    module.answers.enqueue = new Problem("not-found", "there is no device x yet: discover it first");
    const text = await html(module, "/network/enqueue", {}, "action=macsuck&device=x");
    assert.match(text, /id="enqueue-device-error"[^>]*>There is no device x yet: discover it first\./);
    const empty = await html(module, "/network/enqueue", {}, "action=macsuck");
    assert.match(empty, /id="enqueue-device-error"/);
  });
});

describe("neighbours", () => {
  const devices = new Map([1, 2].map((id) => [id, { id, address: `192.0.2.${id}`, name: `sw${id}` }] as const));
  const link = (change: object) =>
    ({
      ...{ id: 1, device: 1, port: "24", protocol: "lldp", remote_key: "", remote_device: 2, remote_device_port: "1" },
      ...{ confidence: 95, reason: "chassis", seen_from: 5, seen_to: 9, open: 1, remote_ip: "", remote_port: "1" },
      ...{ remote_port_descr: "", remote_id: "", remote_id_kind: "mac", remote_name: "other", remote_type: "" },
      ...{ capabilities: "[]", remote_vendor: "", remote_model: "", remote_os_ver: "", remote_serial: "" },
      ...change,
    }) as Parameters<typeof neighboursOf>[1][number];

  it("are one for each port and device, whoever tells of them and by what", () => {
    const other = { device: 2, port: "1", remote_device: 1, remote_device_port: "24", remote_port: "24" };
    const links = [
      link({ ...other, protocol: "cdp", confidence: 99, reason: "cdp", seen_from: 3 }),
      link({}),
      link({ id: 3, remote_device: null, remote_name: "phone", confidence: null }),
    ];
    const found = neighboursOf(1, links, devices);
    assert.deepEqual(
      found.map(({ port: on, label, remotePort, protocols, confidence, reason, since, toldByOther }) => ({
        ...{ on, label, remotePort, protocols, confidence, reason, since, toldByOther },
      })),
      [
        {
          ...{ on: "24", label: "sw2", remotePort: "1", protocols: ["lldp", "cdp"], confidence: 99, reason: "cdp" },
          ...{ since: 3, toldByOther: false },
        },
        {
          ...{ on: "24", label: "phone", remotePort: "1", protocols: ["lldp"], confidence: null, reason: "chassis" },
          ...{ since: 5, toldByOther: false },
        },
      ],
    );
  });
});
