import { expect, test } from "bun:test";
import { openStore } from "../../../src/store/database.ts";
import { allDevices, devices, findDevice, getDevice, setGates } from "../../../src/store/device.ts";
import { deleteDevice, renumberDevice, setDeviceText, setPortState } from "../../../src/store/device-change.ts";
import { copyDevice } from "../../../src/store/device-copy.ts";
import { dumpDevice, dumpDevices } from "../../../src/store/device-dump.ts";
import { candidatesByIdentity, listMerges, mergeDevices, undoMerge } from "../../../src/store/device-merge.ts";
import { portsAt } from "../../../src/store/device-port.ts";
import { logPortChange, portLog } from "../../../src/store/device-port-log.ts";
import { knownAddresses } from "../../../src/store/known-device.ts";
import { listEvents } from "../../../src/store/network-event.ts";
import { nodesAt, saveForwarding } from "../../../src/store/node.ts";
import { saveBindings } from "../../../src/store/node-ip.ts";
import { cutOff, day, discovered, facts, mac, neighbour, port, start, system, whole } from "./made-up-device.ts";
import { problemOf, type Suite } from "./subject.ts";

export const networkDevices: Suite = (subject) => {
  const discover = (ip: string, read = facts("sw1"), now = start, more = {}) =>
    discovered(subject().store, ip, read, now, more);

  test("a new device: one event; the same again: none, and hardly anything is written", async () => {
    const { store } = subject();
    const first = await discover("192.0.2.1", facts("sw1"), start, { credential: { version: 2, readTag: "lab" } });
    expect(first).toMatchObject({ isNew: true, events: [{ kind: "device-new", changes: { name: [null, "sw1"] } }] });
    const again = await discover("192.0.2.1", facts("sw1", { system: system("sw1", { uptime: 200 }) }), start + day);
    expect(again).toEqual({ id: first.id, isNew: false, events: [] });
    expect(await getDevice(store, first.id)).toMatchObject({
      ...{ ip: "192.0.2.1", name: "sw1", uptime: 200, created: start, last_discover: start + day },
      ...{ last_discover_complete: start + day, snmp_ver: 2, snmp_auth_tag_read: "lab", last_macsuck: null },
    });
    expect(await listEvents(store)).toHaveLength(1);
  });

  test("what changes is told with before and after", async () => {
    const { store } = subject();
    const { id } = await discover("192.0.2.1");
    const read = facts("sw1", {
      system: system("sw1", { os_ver: "1.1", uptime: 5 }),
      ports: whole([port("1", 1, { up: "down", lastchange: 7 }), port("3", 3)]),
      vlans: whole([{ vlan: 10, description: "office" }]),
      modules: whole([]),
      neighbours: { lldp: whole([neighbour("1", mac(7), "24")]) },
    });
    const { events } = await discover("192.0.2.1", read, start + day);
    expect(events.map(({ kind, port: where, changes }) => [kind, where, changes])).toEqual([
      ["device-changed", "", { os_ver: ["1.0", "1.1"] }],
      ["port-new", "3", {}],
      ["port-changed", "1", { up: ["up", "down"], lastchange: [0, 7] }],
      ["port-gone", "2", {}],
      ["vlan-new", "", { vlan: [10, 10], description: [null, "office"] }],
      ["link-new", "1", expect.objectContaining({ protocol: [null, "lldp"], remote_id: [null, mac(7)] })],
    ]);
    const stored = await listEvents(store, { device: id, from: start + day });
    expect(stored.map(({ kind }) => kind)).toEqual(events.map(({ kind }) => kind).reverse());
    expect(await listEvents(store, { kinds: ["port-gone"], port: "2" })).toMatchObject([
      { device: id, at: start + day },
    ]);
  });

  test("a reboot's new ifLastChange on every port is no event", async () => {
    await discover("192.0.2.1");
    const read = facts("sw1", { ports: whole([port("1", 1, { lastchange: 3 }), port("2", 2, { lastchange: 4 })]) });
    expect((await discover("192.0.2.1", read, start + day)).events).toEqual([]);
    const { store } = subject();
    expect((await portsAt(store, (await findDevice(store, "sw1"))!.id)).map((row) => row.lastchange)).toEqual([3, 4]);
  });

  test("a part that was cut off adds and refreshes, and takes nothing away", async () => {
    const { store } = subject();
    const full = facts("sw1", {
      addresses: whole([
        { alias: "192.0.2.1", prefix: 24, port: "1", vrf: "" },
        { alias: "2001:DB8:0::1", prefix: 64, port: "1", vrf: "" },
        { alias: "not one", prefix: null, port: "", vrf: "" },
      ]),
      vlans: whole([1, 2].map((vlan) => ({ vlan, description: `v${vlan}` }))),
      portVlans: whole([{ port: "1", vlan: 1, native: true, egress_tag: false, vlantype: "static" }]),
      power: whole([{ module: 1, power: 370, status: "on" }]),
      portPower: whole([
        { port: "1", module: 1, admin: true, status: "deliveringPower", class: "class3", power: 4000 },
      ]),
      modules: whole([
        {
          ...{
            index: 1,
            description: "chassis",
            type: "",
            parent: 0,
            name: "",
            class: "chassis",
            pos: null,
            hw_ver: "",
          },
          ...{ fw_ver: "", sw_ver: "", serial: "SN1", model: "S24", fru: true },
        },
      ]),
      neighbours: { lldp: whole([neighbour("1", mac(7), "24")]), bgp: whole([neighbour("", "10.0.0.9", "")]) },
    });
    const { id } = await discover("192.0.2.1", full);
    const none = facts("sw1", {
      ...{
        addresses: cutOff([]),
        ports: cutOff([port("2", 2, { up: "down" })]),
        vlans: cutOff([]),
        portVlans: cutOff([]),
      },
      ...{ power: cutOff([]), portPower: cutOff([]), modules: cutOff([]) },
      neighbours: { lldp: cutOff([]), cdp: cutOff([]), stp: cutOff([]), ospf: cutOff([]), bgp: cutOff([]) },
    });
    const before = await dumpDevice(store, id);
    const { events } = await discover("192.0.2.1", none, start + day);
    expect(events.map(({ kind }) => kind)).toEqual(["port-changed"]);
    const after = await dumpDevice(store, id);
    for (const table of Object.keys(before) as (keyof typeof before)[]) {
      expect([table, after[table].length]).toEqual([table, before[table].length]);
    }
    expect(after.device_ip.map((row) => [row.alias, row.subnet])).toEqual([
      ["192.0.2.1", "192.0.2.0/24"],
      ["2001:db8::1", "2001:db8::/64"],
    ]);
    expect(after.device_module).toEqual(before.device_module);
    expect((await getDevice(store, id))?.last_discover_complete).toBe(start);

    const gone = await discover("192.0.2.1", facts("sw1", { ports: whole([]) }), start + 2 * day);
    expect(gone.events.map(({ kind }) => String(kind)).sort()).toEqual([
      ...["address-gone", "address-gone", "link-gone", "link-gone", "module-gone", "port-gone", "port-gone"],
      ...["port-power-gone", "port-vlan-gone", "power-gone", "vlan-gone", "vlan-gone"],
    ]);
    const empty = await dumpDevice(store, id);
    expect(
      Object.entries(empty)
        .filter(([, rows]) => rows.length > 0)
        .map(([table]) => table),
    ).toEqual(["device"]);
  });

  test("fields that were not read keep what they were; an empty one that was read is empty", async () => {
    const { store } = subject();
    const named = facts("sw1", {
      ports: whole([port("1", 1, { name: "uplink", stp: "forwarding", faststart: true })]),
    });
    const { id } = await discover("192.0.2.1", named);
    const blank = [port("1", 1, { name: "", stp: "", faststart: false })];
    await discover(
      "192.0.2.1",
      facts("sw1", { ports: { ...whole(blank), unread: ["stp", "faststart"] } }),
      start + day,
    );
    expect(await portsAt(store, id)).toMatchObject([{ name: "", stp: "forwarding", faststart: 1 }]);
    const poor = facts("sw1", { system: system("sw1", { location: "", os_ver: "2.0", mac: null }) });
    await discover("192.0.2.1", poor, start + day, { systemComplete: false });
    expect(await getDevice(store, id)).toMatchObject({ location: "lab", os_ver: "2.0" });
    await discover("192.0.2.1", poor, start + 2 * day);
    expect((await getDevice(store, id))?.location).toBe("");
  });

  test("ports as of any time: changed, gone, back again", async () => {
    const { store } = subject();
    const { id } = await discover("192.0.2.1");
    const ports = [port("1", 1, { up: "down", vlan: 20 })];
    await discover("192.0.2.1", facts("sw1", { ports: whole(ports) }), start + day);
    const back = [port("1", 1, { vlan: 30 }), port("2", 7, { name: "new card" }), port("3", 3)];
    await discover("192.0.2.1", facts("sw1", { ports: whole(back) }), start + 2 * day);
    const then = async (time?: number) =>
      (await portsAt(store, id, time)).map((row) => `${row.port}:${row.ifindex}:${row.up}:${row.vlan}`).join(" ");
    expect(await then(start - 1)).toBe("");
    expect(await then(start)).toBe("1:1:up:1 2:2:up:1");
    expect(await then(start + 1.5 * day)).toBe("1:1:down:20");
    expect(await then(start + 2 * day)).toBe("1:1:up:30 3:3:up:1 2:7:up:1");
    expect(await then()).toBe("1:1:up:30 3:3:up:1 2:7:up:1");
  });

  test("found by number, address, HOST:PORT, own address and name; what fits two is none", async () => {
    const { store } = subject();
    const own = (name: string, alias: string) =>
      facts(name, {
        addresses: whole([alias, "127.0.0.1", "10.9.9.9"].map((ip) => ({ alias: ip, prefix: 24, port: "", vrf: "" }))),
      });
    const one = await discover("192.0.2.1", own("sw1.example.org", "10.0.0.1"));
    const two = await discover("2001:db8::2", own("SW2", "10.0.0.2"));
    const lab = await discovered(store, "192.0.2.1", facts("sw3"), start, { target: { ip: "192.0.2.1", port: 1161 } });
    const found = async (wanted: string | number) => (await findDevice(store, wanted))?.id;
    for (const wanted of [
      one.id,
      `${one.id}`,
      "192.0.2.1",
      "::ffff:192.0.2.1",
      "192.0.2.1:161",
      "10.0.0.1",
      "SW1",
      "sw1.example.org.",
    ]) {
      expect([wanted, await found(wanted)]).toEqual([wanted, one.id]);
    }
    for (const wanted of ["2001:DB8:0::2", "[2001:db8::2]", "[2001:db8::2]:161", "sw2", "10.0.0.2"]) {
      expect([wanted, await found(wanted)]).toEqual([wanted, two.id]);
    }
    expect(await found("192.0.2.1:1161")).toBe(lab.id);
    const asked = ["192.0.2.1", "10.0.0.1", "2001:db8::2", "::ffff:10.0.0.2", "10.9.9.9", "127.0.0.1", "192.0.2.9", ""];
    expect([...(await knownAddresses(store, asked))]).toEqual(asked.slice(0, 4));
    for (const wanted of ["", "10.9.9.9", "127.0.0.1", "192.0.2.1:99", "sw", "sw_", "%", "192.0.2.0/24", "\0", 4711]) {
      expect([wanted, await found(wanted)]).toEqual([wanted, undefined]);
    }
  });

  test("listed: searched, filtered, sorted, paged", async () => {
    const { store } = subject();
    await discover("10.0.0.10", facts("b", { system: system("b", { vendor: "acme_x", location: "Bonn" }) }));
    await discover("10.0.0.9", facts("A"), start + 1);
    await discover("10.0.0.2", facts("c", { system: system("c", { vendor: "ACME%" }) }));
    const names = async (query: Parameters<typeof devices>[1]) =>
      (await devices(store, query)).devices.map((device) => device.name).join("");
    expect(await names({})).toBe("Abc");
    expect(await names({ sort: "ip" })).toBe("cAb");
    expect((await names({ sort: "last_discover", descending: true }))[0]).toBe("A");
    expect(await names({ search: "bonn" })).toBe("b");
    expect(await names({ search: "acme%" })).toBe("c");
    expect(await names({ search: "acme s24" })).toBe("Abc");
    expect(await names({ vendor: "acme_x" })).toBe("b");
    expect(await names({ limit: 1, offset: 1 })).toBe("b");
    expect((await devices(store, { limit: 1 })).total).toBe(3);
    const all: string[] = [];
    for await (const { name } of allDevices(store)) all.push(name);
    expect(all.join("")).toBe("bAc");
  });

  test("one device under two addresses: merged, found under both, and parted again", async () => {
    const { store } = subject();
    const one = await discover("192.0.2.1", facts("sw1"));
    const two = await discover("192.0.2.2", facts("sw1", { system: system("other") }), start + 1);
    await saveForwarding(store, two.id, whole([{ mac: mac(1), port: "1", vlan: 1 }]), start + 1);
    const candidates = await candidatesByIdentity(store, [{ kind: "serial", value: "SN-sw1" }], two.id);
    expect(candidates).toMatchObject([{ device: one.id, ip: "192.0.2.1", current: true }]);
    expect(await candidatesByIdentity(store, [{ kind: "chassis_id", value: "SN-sw1" }])).toEqual([]);

    const merge = await mergeDevices(store, one.id, two.id, { serial: "SN-sw1" }, start + day);
    for (const wanted of ["192.0.2.2", two.id, "other"]) expect((await findDevice(store, wanted))?.id).toBe(one.id);
    expect([...(await knownAddresses(store, ["192.0.2.2"]))]).toEqual(["192.0.2.2"]);
    expect((await devices(store)).total).toBe(1);
    expect(await listMerges(store, one.id)).toMatchObject([
      { id: merge, merged: two.id, reason: { serial: "SN-sw1" } },
    ]);
    expect(await nodesAt(store, two.id)).toEqual([]);
    expect(await nodesAt(store, two.id, { at: start + 1 })).toHaveLength(1);
    expect((await discover("192.0.2.2", facts("sw1"), start + day)).id).toBe(one.id);
    expect((await candidatesByIdentity(store, [{ kind: "serial", value: "SN-sw1" }]))[1]?.device).toBe(one.id);
    expect((await problemOf(mergeDevices(store, two.id, one.id, {}, start))).code).toBe("bad-options");

    await undoMerge(store, merge, start + 2 * day);
    expect((await findDevice(store, "192.0.2.2"))?.id).toBe(two.id);
    expect((await problemOf(undoMerge(store, merge, start))).code).toBe("conflict");
    expect((await listEvents(store, { device: one.id })).map(({ kind }) => kind).slice(0, 2)).toContain(
      "device-unmerged",
    );
  });

  test("merges of merges stay one step deep, and come apart in layers", async () => {
    const { store } = subject();
    const ids: number[] = [];
    for (const name of ["a", "b", "c"]) ids.push((await discover(`192.0.2.${ids.length + 1}`, facts(name))).id);
    const [a, b, c] = ids as [number, number, number];
    await mergeDevices(store, b, c, {}, start);
    const outer = await mergeDevices(store, a, b, {}, start);
    expect((await findDevice(store, c))?.id).toBe(a);
    await undoMerge(store, outer, start);
    expect([(await findDevice(store, c))?.id, (await findDevice(store, b))?.id]).toEqual([b, b]);
  });

  test("renumbered: everything stays; another's address is refused", async () => {
    const { store } = subject();
    const one = await discover("192.0.2.1");
    const two = await discover("192.0.2.2", facts("sw2"));
    await saveForwarding(store, one.id, whole([{ mac: mac(1), port: "1", vlan: 1 }]), start);
    expect((await problemOf(renumberDevice(store, one.id, "192.0.2.2"))).code).toBe("conflict");
    expect((await problemOf(renumberDevice(store, one.id, "nowhere"))).code).toBe("bad-options");
    await renumberDevice(store, one.id, "192.0.2.9", start + day);
    expect((await findDevice(store, "192.0.2.9"))?.id).toBe(one.id);
    expect(await nodesAt(store, one.id)).toHaveLength(1);
    expect((await discover("192.0.2.9", facts("sw1"), start + day)).isNew).toBe(false);
    await mergeDevices(store, one.id, two.id, {}, start + day);
    await renumberDevice(store, one.id, "192.0.2.2", start + day);
    expect((await findDevice(store, "192.0.2.9"))?.id).toBe(one.id);
    await deleteDevice(store, one.id, { archive: true });
    const other = await discover("192.0.2.5", facts("sw5"));
    await renumberDevice(store, other.id, "192.0.2.2");
    expect((await findDevice(store, "192.0.2.2"))?.id).toBe(other.id);
  });

  test("deleted: gone with its rows, its event stays; archived: comes back with its history", async () => {
    const { store } = subject();
    const one = await discover("192.0.2.1");
    await saveForwarding(store, one.id, whole([{ mac: mac(1), port: "1", vlan: 1 }]), start);
    await saveBindings(store, one.id, whole([{ ip: "10.0.0.1", mac: mac(1), vrf: "", port: "", state: "" }]), start);
    await deleteDevice(store, one.id, { archive: true, now: start + day });
    expect(await findDevice(store, "192.0.2.1")).toBeUndefined();
    expect(await knownAddresses(store, ["192.0.2.1"])).toEqual(new Set());
    expect((await devices(store)).total).toBe(0);
    const back = await discover("192.0.2.1", facts("sw1"), start + 2 * day);
    expect(back).toMatchObject({ id: one.id, isNew: true });
    expect(await nodesAt(store, one.id)).toEqual([]);
    expect(await nodesAt(store, one.id, { at: start })).toHaveLength(1);
    await deleteDevice(store, one.id, { now: start + 3 * day });
    expect((await problemOf(deleteDevice(store, one.id))).code).toBe("not-found");
    for (const table of ["device", "device_port", "device_identity", "node", "node_ip"] as const) {
      expect([table, await store.db.selectFrom(table).selectAll().execute()]).toEqual([table, []]);
    }
    expect((await listEvents(store, { kinds: ["device-gone"] })).map(({ changes }) => changes.name)).toEqual([
      ["sw1", null],
      ["sw1", null],
    ]);
  });

  test("what is written to a device shows at once, with an event and a log", async () => {
    const { store } = subject();
    const { id } = await discover("192.0.2.1");
    await setPortState(store, id, "1", { up_admin: "down" }, start + 1);
    await setDeviceText(store, id, { location: "attic" }, start + 1);
    await setDeviceText(store, id, { location: "attic" }, start + 2);
    await setGates(store, id, { uptime: 1 });
    expect(await portsAt(store, id)).toMatchObject([{ up_admin: "down" }, { up_admin: "up" }]);
    expect(await getDevice(store, id)).toMatchObject({ location: "attic", gates: '{"uptime":1}' });
    expect((await listEvents(store, { from: start + 1 })).map(({ kind }) => kind)).toEqual([
      "device-changed",
      "port-changed",
    ]);
    expect((await problemOf(setPortState(store, id, "9", { up: "up" }))).code).toBe("not-found");
    const change = {
      device: id,
      port: "1",
      at: start,
      username: "alice",
      userip: "",
      action: "portcontrol",
      log: "down",
    };
    await logPortChange(store, { ...change, reason: "flood\0ing", outcome: "done" });
    expect(await portLog(store, id, "1")).toMatchObject([{ username: "alice", reason: "flooding" }]);
  });

  test("text with NUL, halves of surrogates and great length is stored clean", async () => {
    const { store } = subject();
    const odd = facts("sw\0\ud800", { ports: whole([port("a\0b", 1, { descr: "x".repeat(100_000) })]) });
    const { id } = await discover("192.0.2.1", { ...odd, identities: [{ kind: "serial", value: "S\0N" }] });
    expect((await getDevice(store, id))?.name).toBe("sw\ufffd");
    const [row] = await portsAt(store, id);
    expect([row?.port, row?.descr.length]).toEqual(["ab", 4000]);
    expect((await candidatesByIdentity(store, [{ kind: "serial", value: "SN" }])).length).toBe(1);
  });

  test("copied into a scratch store, a dry run goes on from what is known", async () => {
    const { store } = subject();
    const lldp = { lldp: whole([neighbour("1", mac(7), "24")]) };
    const { id } = await discover("192.0.2.1", facts("sw1", { neighbours: lldp }));
    await saveForwarding(store, id, whole([{ mac: mac(1), port: "1", vlan: 1 }]), start);
    const scratch = await openStore({ url: ":memory:" });
    try {
      expect(await copyDevice(store, scratch, id)).toBe(true);
      expect(await copyDevice(store, scratch, id + 1)).toBe(false);
      expect(await dumpDevices(scratch)).toEqual(await dumpDevices(store));
      const again = await discovered(scratch, "192.0.2.1", facts("sw1", { neighbours: lldp }), start + 1);
      expect(again).toEqual({ id, isNew: false, events: [] });
      const dump = await dumpDevice(scratch, id);
      expect(dump.node).toEqual([
        {
          switch: "192.0.2.1",
          mac: mac(1),
          port: "1",
          vlan: 1,
          active: true,
          time_first: start,
          time_recent: start,
          time_last: start,
        },
      ]);
      expect(dump.neighbors).toMatchObject([
        { ip: "192.0.2.1", local_port: "1", remote_id: mac(7), capabilities: ["bridge"] },
      ]);
      expect(dump.device_port[0]).toMatchObject({ ip: "192.0.2.1", port: "1", is_master: false, tags: [] });
      expect(dump.device_port.map((row) => [row.port, row.is_uplink, row.remote_id, row.remote_port])).toEqual([
        ["1", true, mac(7), "24"],
        ["2", false, "", ""],
      ]);
    } finally {
      await scratch.close();
    }
  });
};
