import { expect, test } from "bun:test";
import type { InventoryDocument } from "../../../src/inventory/document.ts";
import { placeOf } from "../../../src/network/edge.ts";
import { mergeDevices } from "../../../src/store/device-merge.ts";
import { storeInventory } from "../../../src/store/host.ts";
import { resolveLinks, saveLinks } from "../../../src/store/link.ts";
import { openLinksOf } from "../../../src/store/link-list.ts";
import { saveForwarding } from "../../../src/store/node.ts";
import { saveBindings } from "../../../src/store/node-ip.ts";
import { saveDns, saveNames } from "../../../src/store/node-name.ts";
import { edgeContext } from "../../../src/store/port-view.ts";
import { whereIs } from "../../../src/store/where-is.ts";
import { counted, day, discovered, facts, mac, neighbour, port, start, system, whole } from "./made-up-device.ts";
import { problemOf, type Suite } from "./subject.ts";

const alice = mac(0xa1);

export const networkSearch: Suite = (subject) => {
  /** sw1 port 24 (in the aggregate Po1) ↔ sw2 port 1; Alice on sw2 port 5; r1 has her address. */
  async function site() {
    const { store } = subject();
    const ports = (own: number) => [
      port("5", 5, { mac: mac(own + 5) }),
      port("24", 24, { mac: mac(own + 24), slave_of: "Po1" }),
      port("Po1", 100, { is_master: true }),
    ];
    const one = (await discovered(store, "192.0.2.1", facts("sw1", { ports: whole(ports(0x100)) }))).id;
    const read = facts("sw2", {
      system: system("sw2", { mac: mac(0x200) }),
      ports: whole([port("1", 1), port("5", 5)]),
    });
    const two = (await discovered(store, "192.0.2.2", read)).id;
    const router = (await discovered(store, "192.0.2.3", facts("r1"))).id;
    await saveForwarding(
      store,
      one,
      whole([
        { mac: alice, port: "Po1", vlan: 10 },
        { mac: mac(0x200), port: "Po1", vlan: 1 },
      ]),
      start,
    );
    await saveForwarding(
      store,
      two,
      whole([
        { mac: alice, port: "5", vlan: 10 },
        { mac: mac(0x118), port: "1", vlan: 1 },
      ]),
      start,
    );
    await saveLinks(store, one, "lldp", whole([neighbour("24", mac(0x200), "1")]), start);
    const [link] = await openLinksOf(store, one);
    const judged = { remote_device: two, remote_device_port: "1", confidence: 95, reason: "chassis" };
    await resolveLinks(store, [{ id: link!.id, ...judged }]);
    await saveBindings(
      store,
      router,
      whole([{ ip: "10.0.0.5", mac: alice, vrf: "", port: "Vlan10", state: "" }]),
      start,
    );
    await saveDns(store, new Map([["10.0.0.5", "alice.example.org"]]));
    await saveNames(
      store,
      [{ mac: alice, ip: "10.0.0.5", nbname: "ALICE-PC", domain: "OFFICE", server: false, nbuser: "" }],
      start,
    );
    return { store, one, two, router };
  }

  test("by MAC, IP, DNS and NetBIOS name: the same places, with what an edge is judged by", async () => {
    const { store, one, two, router } = await site();
    for (const query of [
      ...[{ mac: "0200.0000.00A1" }, { ip: "10.0.0.5" }, { ip: "::ffff:10.0.0.5" }, { name: "alice.example.org" }],
      ...[{ name: "Alice" }, { name: "alice-pc" }],
    ]) {
      const found = await whereIs(store, query);
      expect([query, found.macs]).toEqual([query, [alice]]);
      const places = found.sightings.map((sighting) => [
        sighting.deviceName,
        sighting.port,
        placeOf(sighting, found.context).kind,
      ]);
      expect(places.sort()).toEqual([
        ["sw1", "Po1", "uplink"],
        ["sw2", "5", "edge"],
      ]);
      expect(found.sightings[0]).toMatchObject({ mac: alice, vlan: 10, seen_from: start, seen_to: start, open: true });
      expect(found.bindings).toMatchObject([{ ip: "10.0.0.5", device: router, dns: "alice.example.org", open: true }]);
      expect(found.names).toMatchObject([{ nbname: "ALICE-PC", domain: "OFFICE" }]);
    }
    const { context } = await whereIs(store, { mac: alice });
    expect(context.port(one, "Po1")).toEqual({
      ...{ device: one, deviceLabel: "sw1", port: "Po1", slaveOf: "", members: ["24"], neighbours: [], macs: 2 },
      leadsTo: [{ device: two, label: "sw2", sees: true }],
    });
    expect(context.port(one, "24")?.neighbours).toEqual([
      { protocols: ["lldp"], label: "sw2", device: two, capabilities: ["bridge"], confidence: 0.95, sees: true },
    ]);
    const other = await edgeContext(store, [{ device: two, port: "1" }], [mac(0x118)]);
    expect(other.port(two, "1")?.neighbours).toMatchObject([{ device: one, label: "sw1", protocols: ["lldp"] }]);
    expect(other.ownerOf(mac(0x118))).toEqual({ device: one, label: "sw1" });
    expect(other.port(two, "99")).toBeUndefined();
  });

  test("what two protocols tell of one stranger is one neighbour, by the name that one of them knows", async () => {
    const { store } = subject();
    const told = neighbour("1", mac(7), "24", { remote_name: "sw9" });
    const tree = neighbour("1", mac(7), "bridge port 3", { protocol: "stp" });
    const read = facts("sw1", { neighbours: { lldp: whole([told]), stp: whole([tree]) } });
    const { id } = await discovered(store, "192.0.2.1", read);
    const { port: view } = await edgeContext(store, [{ device: id, port: "1" }], []);
    expect(view(id, "1")?.neighbours).toMatchObject([{ label: "sw9", protocols: ["lldp", "stp"] }]);
  });

  test("a device's own address, name and IP lead to it", async () => {
    const { store, two } = await site();
    for (const query of [{ mac: mac(0x200) }, { ip: "192.0.2.2" }, { name: "SW2" }]) {
      const found = await whereIs(store, query);
      expect([query, found.device?.id, found.macs]).toEqual([query, two, [mac(0x200)]]);
      expect(found.sightings.map((sighting) => placeOf(sighting, found.context).kind)).toEqual(["device"]);
    }
  });

  test("as of a time: a machine that has moved, an address that is another's now", async () => {
    const { store, two, router } = await site();
    await saveForwarding(store, two, whole([{ mac: alice, port: "7", vlan: 10 }]), start + day);
    const bound = (who: string) => whole([{ ip: "10.0.0.5", mac: who, vrf: "", port: "Vlan10", state: "" }]);
    await saveBindings(store, router, bound(mac(0xb0)), start + day);
    const places = async (at?: number) =>
      (await whereIs(store, { mac: alice }, at)).sightings.filter((row) => row.device === two).map((row) => row.port);
    expect([await places(start), await places(start + day), (await places()).sort()]).toEqual([
      ["5"],
      ["7"],
      ["5", "7"],
    ]);
    const owners = async (at?: number) => (await whereIs(store, { ip: "10.0.0.5" }, at)).macs;
    expect(await owners(start + day)).toEqual([mac(0xb0), alice]);
    expect(await owners(start)).toEqual([alice]);
    expect((await owners()).sort()).toEqual([alice, mac(0xb0)].sort());
  });

  test("inventoried machines are found by MAC, address and name, and lead to their port", async () => {
    const { store } = await site();
    const sections: InventoryDocument["sections"] = {
      HARDWARE: [{ NAME: "Laptop7" }],
      NETWORKS: [
        { DESCRIPTION: "eth0", MACADDR: alice, IPADDRESS: "10.0.0.77" },
        { DESCRIPTION: "wlan0", MACADDR: mac(0xa2) },
      ],
    };
    const document = { deviceId: "laptop7", agent: "test", collected: start, sections, incomplete: [] };
    await storeInventory(store, document, { address: "", now: start });
    for (const query of [{ mac: alice }, { ip: "10.0.0.77" }, { name: "laptop7" }]) {
      const found = await whereIs(store, query);
      expect([query, found.hosts[0]]).toMatchObject([query, { name: "Laptop7", interface: "eth0", mac: alice }]);
      expect(found.sightings.length).toBe(2);
    }
  });

  test("sightings of a merged device are those of the one it is", async () => {
    const { store, one, two } = await site();
    await mergeDevices(store, one, two, {}, start + 1);
    const found = await whereIs(store, { mac: alice });
    expect(found.sightings.map(({ device, port: where, open }) => [device, where, open])).toEqual([
      [one, "Po1", true],
      [one, "5", false],
    ]);
  });

  test("nothing found, nothing asked, and what is no address", async () => {
    const { store } = await site();
    for (const query of [{ mac: mac(99) }, { ip: "203.0.113.1" }, { name: "%" }, { name: "a_ice" }, { name: "x\0" }]) {
      const found = await whereIs(store, query);
      expect([query, found.sightings, found.bindings, found.hosts]).toEqual([query, [], [], []]);
    }
    for (const query of [{}, { mac: "alice" }, { ip: "alice" }, { name: " " }]) {
      expect((await problemOf(whereIs(store, query))).code).toBe("bad-options");
    }
  });

  test("a MAC address on every uplink of 40 switches costs few queries", async () => {
    const { store, statements } = counted(subject().store);
    for (let number = 0; number < 40; number++) {
      const { id } = await discovered(subject().store, `10.9.0.${number + 1}`, facts(`s${number}`));
      await saveForwarding(subject().store, id, whole([{ mac: alice, port: "1", vlan: 1 }]), start);
    }
    const found = await whereIs(store, { mac: alice });
    expect(found.sightings.length).toBe(40);
    expect(statements.length).toBeLessThanOrEqual(20);
  });
};
