/** What a reading that was cut off may do to what is stored: add, and refresh what it has; never empty it. */
import { expect, test } from "bun:test";
import type { DeviceFacts } from "../../../src/network/facts.ts";
import { getDevice } from "../../../src/store/device.ts";
import { dumpDevice } from "../../../src/store/device-dump.ts";
import { likenesses } from "../../../src/store/known-device.ts";
import { openLinksOf } from "../../../src/store/link-list.ts";
import { nodesAt, saveForwarding } from "../../../src/store/node.ts";
import { bindingsAt, saveBindings } from "../../../src/store/node-ip.ts";
import { cutOff, day, discovered, facts, mac, neighbour, port, start, system, whole } from "./made-up-device.ts";
import type { Suite } from "./subject.ts";

const card = {
  ...{ index: 1, description: "line card", type: "", parent: 0, name: "slot 1", class: "module", pos: 1, hw_ver: "A" },
  ...{ fw_ver: "", sw_ver: "", serial: "CARD1", model: "LC", fru: true },
};

export const networkCutOff: Suite = (subject) => {
  test("fields of rows that are there, but empty, keep what they were in every table", async () => {
    const { store } = subject();
    const full: Partial<Omit<DeviceFacts, "neighbours">> = {
      ports: whole([port("1", 1, { name: "uplink" })]),
      addresses: whole([{ alias: "10.0.0.1", prefix: 24, port: "1", vrf: "" }]),
      vlans: whole([{ vlan: 10, description: "office" }]),
      portVlans: whole([{ port: "1", vlan: 10, native: true, egress_tag: false, vlantype: "static" }]),
      power: whole([{ module: 1, power: 370, status: "on" }]),
      portPower: whole([{ port: "1", module: 1, admin: true, status: "searching", class: "class3", power: 100 }]),
      modules: whole([card]),
    };
    const there = neighbour("1", "00:11:22:33:44:66", "7", { remote_ip: "192.0.2.9", remote_name: "sw9" });
    const { id } = await discovered(
      store,
      "192.0.2.1",
      facts("sw1", { ...full, neighbours: { lldp: whole([there]) } }),
    );
    const stored = await dumpDevice(store, id);
    const poor = facts("sw1", {
      ports: cutOff([port("1", 1, { name: "", descr: "", duplex: "" })]),
      addresses: cutOff([{ alias: "10.0.0.1", prefix: null, port: "", vrf: "" }]),
      vlans: cutOff([{ vlan: 10, description: "" }]),
      portVlans: cutOff([{ port: "1", vlan: 10, native: false, egress_tag: true, vlantype: "" }]),
      power: cutOff([{ module: 1, power: null, status: "" }]),
      portPower: cutOff([{ port: "1", module: 1, admin: false, status: "", class: "", power: null }]),
      modules: cutOff([{ ...card, description: "", name: "", class: "container", serial: "", model: "", fru: null }]),
      neighbours: { lldp: cutOff([neighbour("1", "00:11:22:33:44:66", "7")]) },
    });
    expect((await discovered(store, "192.0.2.1", poor, start + day)).events).toEqual([]);
    const after = await dumpDevice(store, id);
    const dates = /^(first|last)_(seen|discover)|^seen_to$|_complete$/;
    const undated = (rows: object) =>
      JSON.parse(JSON.stringify(rows, (name, value) => (dates.test(name) ? undefined : value))) as object;
    expect(undated(after)).toEqual(undated(stored));
  });

  test("system: what was guessed of less fills gaps alone, unless the device describes itself otherwise", async () => {
    const { store } = subject();
    const { id } = await discovered(store, "192.0.2.1", facts("sw1", { system: system("sw1", { fan: "" }) }));
    const guess = { model: "S2", serial: "other", os_ver: "2.0", fan: "good", num_ports: 1 };
    const input = { systemComplete: false, systemUnread: ["model", "serial", "fan", "num_ports"] as const };
    await discovered(store, "192.0.2.1", facts("sw1", { system: system("sw1", guess) }), start + 1, input);
    const known = { model: "S24", serial: "SN-sw1", num_ports: 2, fan: "good", os_ver: "2.0" };
    expect(await getDevice(store, id)).toMatchObject(known);
    const new_ = system("sw1", { ...guess, description: "new software" });
    await discovered(store, "192.0.2.1", facts("sw1", { system: new_ }), start + 2, input);
    expect(await getDevice(store, id)).toMatchObject({ ...known, ...guess });
  });

  test("a binding whose port has no name now keeps the one it had", async () => {
    const { store } = subject();
    const { id } = await discovered(store, "192.0.2.1", facts("sw1"));
    const binding = { ip: "10.0.0.9", mac: "00:11:22:33:44:99", vrf: "", port: "Vlan1", state: "reachable" };
    await saveBindings(store, id, whole([binding]), start);
    await saveBindings(store, id, { ...whole([{ ...binding, port: "", state: "" }]), unread: ["port"] }, start + 1);
    expect(await bindingsAt(store, id)).toMatchObject([{ port: "Vlan1", state: "" }]);
    await saveBindings(store, id, whole([{ ...binding, port: "", state: "stale" }]), start + 2);
    await saveBindings(store, id, cutOff([{ ...binding, port: "", state: "" }]), start + 3);
    expect(await bindingsAt(store, id)).toMatchObject([{ port: "", state: "stale" }]);
  });

  test("who a device is stands after a reading that did not tell it, but not against another value", async () => {
    const { store } = subject();
    const said = [
      { kind: "serial", value: "SN1" },
      { kind: "base_mac", value: "00:11:22:33:44:55" },
    ] as const;
    await discovered(store, "192.0.2.1", facts("sw1", { identities: [...said] }));
    const now = async () => {
      const [found] = await likenesses(store, { identities: [], names: [], addresses: [] }, "192.0.2.1");
      return found?.identities.map(({ value }) => value).sort();
    };
    const both = ["00:11:22:33:44:55", "SN1"];
    const part = { systemComplete: false };
    await discovered(store, "192.0.2.1", facts("sw1", { identities: [said[0]] }), start + 1, part);
    expect(await now()).toEqual(both);
    // A clock that went back does not make it unknown.
    await discovered(store, "192.0.2.1", facts("sw1", { identities: [...said] }), start - day);
    expect(await now()).toEqual(both);
    const other = { kind: "serial", value: "SN2" } as const;
    await discovered(store, "192.0.2.1", facts("sw1", { identities: [other] }), start + 2, part);
    expect(await now()).toEqual(["SN2"]);
  });

  test("after a poll with a clock far ahead, the right time counts again", async () => {
    const { store } = subject();
    const year = 365 * day;
    const { id } = await discovered(store, "192.0.2.1", facts("sw1"));
    const at = (address: string) => whole([{ mac: address, port: "1", vlan: 1 }]);
    await saveForwarding(store, id, at(mac(1)), start);
    await saveForwarding(store, id, at(mac(2)), start + 4 * year);
    await saveForwarding(store, id, at(mac(3)), start + day);
    expect((await nodesAt(store, id)).map((node) => node.mac)).toEqual([mac(3)]);
    expect((await getDevice(store, id))?.last_macsuck).toBe(start + day);
    // One that is a little late still ends nothing.
    await saveForwarding(store, id, at(mac(4)), start + day - 1000);
    expect((await nodesAt(store, id)).map((node) => node.mac)).toEqual([mac(3), mac(4)]);
    const rows = await store.db.selectFrom("node").selectAll().where("device", "=", id).execute();
    for (const { seen_from, seen_to } of rows) expect(seen_to).toBeGreaterThanOrEqual(seen_from);
    const links = (...ids: string[]) => ({
      neighbours: { lldp: whole(ids.map((remote) => neighbour("1", remote, "7"))) },
    });
    await discovered(store, "192.0.2.1", facts("sw1", links("ahead")), start + 4 * year);
    await discovered(store, "192.0.2.1", facts("sw1", links("now")), start + 2 * day);
    expect((await openLinksOf(store, id)).map(({ remote_id }) => remote_id)).toEqual(["now"]);
  });
};
