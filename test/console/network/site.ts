/** A small network: two switches that are linked, a router, and Alice's machine, which the inventory knows. */

import { storeInventory } from "../../../src/store/host.ts";
import { resolveLinks, saveLinks } from "../../../src/store/link.ts";
import { openLinksOf } from "../../../src/store/link-list.ts";
import { saveForwarding } from "../../../src/store/node.ts";
import { saveBindings } from "../../../src/store/node-ip.ts";
import { saveDns, saveNames } from "../../../src/store/node-name.ts";
import type { Store } from "../../../src/store/store.ts";
import { discovered, facts, mac, neighbour, port, start, system, whole } from "../../store/suite/made-up-device.ts";

export const alice = mac(0xa1);

export interface Site {
  one: number;
  two: number;
  router: number;
  /** Number of Alice's machine in the inventory. */
  host: number;
}

/** sw1 port 24 (in the aggregate Po1) ↔ sw2 port 1; Alice on sw2 port 5; r1 has her address. All at `at`. */
export async function storeSite(store: Store, at = start): Promise<Site> {
  const module = (index: number, parent: number, name: string, kind: string) => ({
    ...{ index, parent, name, class: kind, description: `${name} of sw1`, type: "", pos: index, hw_ver: "" },
    ...{ fw_ver: "", sw_ver: "1.2", serial: `S${index}`, model: "M1", fru: true },
  });
  const first = facts("sw1", {
    system: system("sw1", { vendor: "cisco", model: "C3560", location: "Room 7", mac: mac(0x100) }),
    ports: whole([
      port("5", 5, { mac: mac(0x105), up: "down", name: "spare" }),
      port("24", 24, { mac: mac(0x118), slave_of: "Po1" }),
      port("Po1", 100, { is_master: true }),
    ]),
    vlans: whole([{ vlan: 10, description: "office" }]),
    portVlans: whole([
      { port: "24", vlan: 10, native: false, egress_tag: true, vlantype: "" },
      { port: "5", vlan: 10, native: true, egress_tag: false, vlantype: "" },
    ]),
    addresses: whole([
      { alias: "192.0.2.1", prefix: 24, port: "Po1", vrf: "" },
      { alias: "2001:db8::1", prefix: 64, port: "Po1", vrf: "" },
    ]),
    modules: whole([module(3, 1, "fan", "fan"), module(1, 0, "chassis", "chassis"), module(2, 1, "board", "module")]),
  });
  const one = (await discovered(store, "192.0.2.1", first, at)).id;
  const second = facts("sw2", {
    system: system("sw2", { mac: mac(0x200) }),
    ports: whole([port("1", 1), port("5", 5, { name: "Alice's desk" }), port("9", 9, { up: "down" })]),
  });
  const two = (await discovered(store, "192.0.2.2", second, at)).id;
  const router = (await discovered(store, "192.0.2.3", facts("r1"), at)).id;
  const seen = (device: number, rows: [mac: string, port: string, vlan: number][]) =>
    saveForwarding(store, device, whole(rows.map(([of, on, vlan]) => ({ mac: of, port: on, vlan }))), at);
  await seen(one, [
    [alice, "Po1", 10],
    [mac(0x200), "Po1", 1],
  ]);
  await seen(two, [
    [alice, "5", 10],
    [mac(0x118), "1", 1],
  ]);
  await saveLinks(store, one, "lldp", whole([neighbour("24", mac(0x200), "1")]), at);
  const [link] = await openLinksOf(store, one);
  const judged = { remote_device: two, remote_device_port: "1", confidence: 95, reason: "its chassis id is sw2's" };
  await resolveLinks(store, [{ id: link!.id, ...judged }]);
  await saveBindings(store, router, whole([{ ip: "10.0.0.5", mac: alice, vrf: "", port: "Vlan10", state: "" }]), at);
  await saveDns(store, new Map([["10.0.0.5", "alice.example.org"]]));
  const name = { mac: alice, ip: "10.0.0.5", nbname: "ALICE-PC", domain: "OFFICE", server: false, nbuser: "" };
  await saveNames(store, [name], at);
  const sections = {
    HARDWARE: [{ NAME: "alice-notebook", USERID: "alice.w" }],
    NETWORKS: [{ DESCRIPTION: "eth0", MACADDR: alice, IPADDRESS: "10.0.0.5" }],
  };
  const document = { deviceId: "alice-notebook-1", tag: "", agent: "test", collected: at, sections, incomplete: [] };
  const host = await storeInventory(store, document, { address: "10.0.0.5", now: at });
  return { one, two, router, host: host.id };
}
