import { expect, test } from "bun:test";
import { arpDevices, arpTables, interfacesOf } from "../../../src/store/arp-table.ts";
import { deleteDevice } from "../../../src/store/device-change.ts";
import { mergeDevices } from "../../../src/store/device-merge.ts";
import { saveForwarding } from "../../../src/store/node.ts";
import { saveBindings } from "../../../src/store/node-ip.ts";
import { cutOff, day, discovered, facts, mac, port, start, system, whole } from "./made-up-device.ts";
import type { Suite } from "./subject.ts";

export const networkArpTables: Suite = (subject) => {
  const device = async (number: number) => {
    const read = facts(`r${number}`, {
      system: system(`r${number}`, { mac: mac(number * 256) }),
      ports: whole([port("1", 1, { mac: mac(number * 256 + 1) }), port("2", 2, { bridge_port: 7, slave_of: "po" })]),
      addresses: whole([{ alias: `198.51.100.${number}`, prefix: 30, port: "1", vrf: "" }]),
    });
    return (await discovered(subject().store, `192.0.2.${number}`, read)).id;
  };
  const binding = (ip: string, address: string, at: string) => ({ ip, mac: address, vrf: "", port: at, state: "" });

  async function tablesOf(ids: number[]) {
    const all = [];
    for await (const some of arpTables(subject().store, ids)) all.push(...some);
    return all;
  }

  test("open bindings with their ports; of a bridge are those whose neighbours it has learned, too", async () => {
    const { store } = subject();
    const [one, two] = [await device(1), await device(2)];
    const there = binding("198.51.100.2", mac(7), "1");
    await saveBindings(store, one, whole([there, binding("198.51.100.9", mac(9), "2")]), start);
    await saveBindings(store, one, whole([there]), start + 1000);
    const ports = [
      { port: "1", type: "ethernetCsmacd", slave_of: "", bridged: false },
      { port: "2", type: "ethernetCsmacd", slave_of: "po", bridged: true },
    ];
    const bindings = [{ device: one, ip: "198.51.100.2", mac: mac(7), port: "1" }];
    const byName = <Table extends { ports: readonly { port: string }[] }>(table?: Table) =>
      table && { ...table, ports: table.ports.toSorted((a, b) => (a.port < b.port ? -1 : 1)) };
    const [first, second] = await tablesOf([one, two]);
    expect(byName(first)).toEqual({ device: one, bindings, ports });
    expect(byName(second)).toEqual({ device: two, bindings: [], ports });
    await saveForwarding(store, one, whole([{ mac: mac(7), port: "2", vlan: 1 }]), start);
    expect((await tablesOf([one]))[0]?.ports.map(({ bridged }) => bridged)).toEqual([true, true]);
    await saveForwarding(store, one, whole([]), start + 1000);
    expect(byName((await tablesOf([one]))[0])?.ports[0]?.bridged).toBe(false);
  });

  test("how old and how whole each table is", async () => {
    const { store } = subject();
    const [one, two, three] = [await device(1), await device(2), await device(3)];
    await saveBindings(store, one, whole([]), start);
    await saveBindings(store, two, cutOff([]), start);
    const at = async (now: number) =>
      [...(await arpDevices(store, now)).values()].map(({ id, current, complete }) => ({ id, current, complete }));
    expect(await at(start + day)).toEqual([
      { id: one, current: true, complete: true },
      { id: two, current: true, complete: false },
      { id: three, current: false, complete: false },
    ]);
    expect((await at(start + 8 * day)).map(({ current }) => current)).toEqual([false, false, false]);
    await deleteDevice(store, two, { archive: true, now: start });
    expect((await at(start)).map(({ id }) => id)).toEqual([one, three]);
  });

  test("interfaces by MAC address and by address, of merged devices as the kept one's", async () => {
    const { store } = subject();
    const [one, two] = [await device(1), await device(2)];
    const found = async (macs: string[], ips: string[]) =>
      (await interfacesOf(store, macs, ips)).map(({ device: id, label, port: name, mac: address, ip }) =>
        [id, label, name, address, ip].join(" "),
      );
    expect(await found([mac(0x101)], [])).toEqual([`${one} r1 1 ${mac(0x101)} `]);
    expect(await found([mac(0x200), mac(0x999)], [])).toEqual([`${two} r2  ${mac(0x200)} `]);
    expect(await found([], ["198.51.100.2"])).toEqual([`${two} r2 1 ${mac(0x201)} 198.51.100.2`]);
    expect(await found([], ["192.0.2.2", "fe80::1", "no address"])).toEqual([`${two} r2   192.0.2.2`]);
    expect(await found([], [])).toEqual([]);
    await mergeDevices(store, one, two, {}, start);
    expect(await found([], ["198.51.100.2"])).toEqual([`${one} r1 1 ${mac(0x201)} 198.51.100.2`]);
  });
};
