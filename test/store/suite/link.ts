import { expect, test } from "bun:test";
import { deleteDevice } from "../../../src/store/device-change.ts";
import { mergeDevices } from "../../../src/store/device-merge.ts";
import { deviceIds, identityCounts, knownDevices, likenesses } from "../../../src/store/known-device.ts";
import { resolveLinks, saveLinks } from "../../../src/store/link.ts";
import { linksAt, openLinksOf } from "../../../src/store/link-list.ts";
import { addManualLink, removeManualLink } from "../../../src/store/manual-link.ts";
import { cutOff, day, discovered, facts, mac, neighbour, port, start, system, whole } from "./made-up-device.ts";
import { problemOf, type Suite } from "./subject.ts";

export const networkLinks: Suite = (subject) => {
  const device = async (name: string, ip: string, read = facts(name)) =>
    (await discovered(subject().store, ip, read)).id;

  test("many neighbours on a port, each an interval; protocols end only their own", async () => {
    const { store } = subject();
    const id = await device("sw1", "192.0.2.1");
    const lldp = [
      neighbour("1", mac(7), "24"),
      neighbour("1", mac(8), "1"),
      neighbour("2", "phone", "", { remote_id_kind: "text" }),
    ];
    const cdp = [neighbour("1", "sw7", "Gi0/24", { protocol: "cdp", remote_id_kind: "text" })];
    await saveLinks(store, id, "lldp", whole(lldp), start);
    await saveLinks(store, id, "cdp", whole(cdp), start);
    const events = await saveLinks(store, id, "lldp", whole([lldp[0]!, lldp[0]!]), start + day);
    expect(events.map(({ kind, port: where }) => `${kind} ${where}`)).toEqual(["link-gone 1", "link-gone 2"]);
    await saveLinks(store, id, "cdp", cutOff([]), start + day);
    const then = async (at?: number) =>
      (await linksAt(store, id, at)).map((row) => `${row.protocol} ${row.port} ${row.remote_id}`);
    expect(await then()).toEqual([`lldp 1 ${mac(7)}`, "cdp 1 sw7"]);
    expect(await then(start)).toEqual([`lldp 1 ${mac(7)}`, `lldp 1 ${mac(8)}`, "cdp 1 sw7", "lldp 2 phone"]);
    expect(await then(start - 1)).toEqual([]);
    expect((await openLinksOf(store, id, "2")).length).toBe(0);
  });

  test("a neighbour that is upgraded or renamed stays the same one; its judgement stays with it", async () => {
    const { store } = subject();
    const [one, two] = [await device("sw1", "192.0.2.1"), await device("sw2", "192.0.2.2")];
    await saveLinks(store, one, "lldp", whole([neighbour("1", mac(7), "24", { remote_name: "old" })]), start);
    const [row] = await openLinksOf(store, one);
    const judged = { remote_device: two, remote_device_port: "24", confidence: 95, reason: "chassis MAC" };
    await resolveLinks(store, [
      { id: row!.id, ...judged },
      { id: 4711, ...judged },
    ]);
    const changed = neighbour("1", mac(7), "24", { remote_name: "new", remote_ip: "192.0.2.2", remote_os_ver: "2" });
    expect(await saveLinks(store, one, "lldp", whole([changed]), start + day)).toEqual([]);
    expect(await openLinksOf(store, one)).toMatchObject([
      {
        id: row!.id,
        ...judged,
        remote_name: "new",
        remote_ip: "192.0.2.2",
        seen_from: start,
        seen_to: start + day,
        open: 1,
      },
    ]);
    expect(await linksAt(store, two)).toMatchObject([{ device: one, remote_device_port: "24" }]);
    await deleteDevice(store, two);
    expect(await openLinksOf(store, one)).toMatchObject([
      { remote_device: null, remote_device_port: "", confidence: null },
    ]);
  });

  test("routing neighbours are known by address; what is no address is none", async () => {
    const { store } = subject();
    const id = await device("r1", "192.0.2.1");
    const peers = ["10.0.0.1", "10.0.0.2"].map((ip) =>
      neighbour("", "1.1.1.1", "", { protocol: "bgp", remote_ip: ip }),
    );
    await saveLinks(store, id, "bgp", whole(peers), start);
    await saveLinks(
      store,
      id,
      "lldp",
      whole([neighbour("1", "", "x", { remote_ip: "junk", remote_name: "n" })]),
      start,
    );
    expect((await openLinksOf(store, id)).map((row) => row.remote_ip)).toEqual(["10.0.0.1", "10.0.0.2", ""]);
  });

  test("links by hand stay through polls until somebody takes them away", async () => {
    const { store } = subject();
    const [one, two] = [await device("sw1", "192.0.2.1"), await device("sw2", "192.0.2.2")];
    await addManualLink(store, { device: one, port: "1", remote_device: two, remote_port: "2" }, start);
    await saveLinks(store, one, "lldp", whole([]), start + 1);
    expect(await openLinksOf(store, one)).toMatchObject([{ protocol: "manual", remote_device: two, confidence: 100 }]);
    expect(await removeManualLink(store, one, "2", start + 2)).toBe(false);
    expect(await removeManualLink(store, one, "1", start + 2)).toBe(true);
    expect(await openLinksOf(store, one)).toEqual([]);
    const problem = await problemOf(
      addManualLink(store, { device: one, port: "1", remote_device: 9999, remote_port: "" }, start),
    );
    expect(problem.code).toBe("not-found");
  });

  test("known devices are found by all that neighbours may say of them", async () => {
    const { store } = subject();
    const read = facts("Core1.example.org", {
      system: system("Core1.example.org", { mac: mac(1), chassis_id: "CHASSIS-1", serial: "abc123" }),
      identities: [
        { kind: "base_mac", value: mac(2) },
        { kind: "serial", value: "abc123" },
      ],
      addresses: whole([{ alias: "10.1.1.1", prefix: 24, port: "1", vrf: "red" }]),
      ports: whole([port("1", 1, { mac: mac(3) }), port("2", 2)]),
    });
    const core = await device("core1", "192.0.2.1", read);
    const other = await device("sw2", "192.0.2.2");
    for (const keys of [
      ...[{ addresses: ["192.0.2.1"] }, { addresses: ["10.1.1.1"] }, { macs: [mac(1)] }, { macs: [mac(2)] }],
      ...[
        { macs: [mac(3)] },
        { chassisIds: ["chassis-1"] },
        { serials: ["ABC123"] },
        { names: ["core1"] },
        { ids: [core] },
      ],
    ]) {
      expect([keys, await deviceIds(store, keys)]).toEqual([keys, [core]]);
    }
    for (const keys of [
      {},
      { names: ["core"] },
      { macs: ["x\0"] },
      { addresses: ["core1", "10.1.1.2"] },
      { ids: [9999] },
    ]) {
      expect([keys, await deviceIds(store, keys)]).toEqual([keys, []]);
    }
    expect(await knownDevices(store, { names: ["core1"] })).toEqual([
      {
        ...{ id: core, label: "Core1.example.org", addresses: ["192.0.2.1", "10.1.1.1"], macs: [mac(1), mac(2)] },
        ...{ chassisIds: ["CHASSIS-1"], serials: ["abc123"], names: ["Core1.example.org"] },
        ports: [
          { port: "1", ifindex: 1, name: "", descr: "1", mac: mac(3), bridge_port: null },
          { port: "2", ifindex: 2, name: "", descr: "2", mac: null, bridge_port: null },
        ],
      },
    ]);
    const reading = { identities: [{ kind: "serial" as const, value: "ABC123" }], names: ["SW2.x"], addresses: [] };
    expect((await likenesses(store, reading, "198.51.100.1")).map(({ id }) => id)).toEqual([core, other]);
    expect(await identityCounts(store, [{ kind: "serial", value: "abc123" }])).toEqual(new Map([["serial abc123", 1]]));
    await mergeDevices(store, other, core, {}, start);
    expect(await deviceIds(store, { macs: [mac(3)] })).toEqual([other]);
  });
};
