import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { About } from "../../../src/backend/device/reader.ts";
import { stpLinkObjects, stpLinks } from "../../../src/backend/device/stp-links.ts";
import { directoryOf, type KnownDevice } from "../../../src/network/known.ts";
import { evidenceOf, links } from "../../../src/network/link.ts";
import { bridge } from "../../../src/snmp/mib/bridge.ts";
import type { Tables } from "../../../src/snmp/tables.ts";
import type { Value } from "../../../src/snmp/value.ts";
import { haveCorpus, recorded } from "../../network/recorded.ts";
import { hexBytes, tablesOf } from "./recorded.ts";

const about: About = { objectId: "", enterprise: 0, description: "" };
const names = {
  name: (ifIndex: number) => `Ethernet${ifIndex - 100}`,
  ofBridgePort: (port: number) => (port < 50 ? 100 + port : undefined),
};
const own = "00:1c:73:00:00:01";
const other = "8c604f19167c";

/** Ports 1 (towards the root), 2 (blocked by another bridge) and 3 (our own). */
function switchTables(cells: Record<string, Record<string, Value>> = {}, incomplete: readonly string[] = []): Tables {
  const all = Object.fromEntries(stpLinkObjects(about).map((oid) => [oid, {}]));
  return tablesOf(
    {
      ...all,
      [bridge.dot1dBaseBridgeAddress]: { 0: hexBytes(own) },
      [bridge.dot1dStpRootPort]: { 0: 1 },
      [bridge.dot1dStpPortState]: { 1: 5, 2: 2, 3: 5 },
      [bridge.dot1dStpPortDesignatedBridge]: {
        1: hexBytes(`6001${other}`),
        2: hexBytes("8000d494e8107360"),
        3: hexBytes(`8000${own}`),
      },
      [bridge.dot1dStpPortDesignatedPort]: { 1: hexBytes("8093"), 2: hexBytes("8032"), 3: hexBytes("8003") },
      ...cells,
    },
    incomplete,
  );
}

const told = (tables: Tables) =>
  stpLinks(tables, about, names).rows.map(({ local_port, remote_id, remote_port }) => [
    local_port,
    remote_id,
    remote_port,
  ]);

const sw = (id: number, mac: string, bridge_port: number | null): KnownDevice => ({
  ...{ id, label: `sw${id}`, addresses: [], macs: [mac], chassisIds: [], serials: [], names: [] },
  ports: [
    { port: "Ethernet1/19", ifindex: 436281344, name: "", descr: "Ethernet1/19", mac: null, bridge_port },
    { port: "Ethernet1/47", ifindex: 147, name: "147", descr: "Ethernet1/47", mac: null, bridge_port: 175 },
  ],
});

describe("links by spanning tree", () => {
  it("are those of the root port and of ports that another bridge blocks", () => {
    const part = stpLinks(switchTables(), about, names);
    assert.equal(part.complete, true);
    assert.deepEqual(told(switchTables()), [
      ["Ethernet1", "8c:60:4f:19:16:7c", "bridge port 147"],
      ["Ethernet2", "d4:94:e8:10:73:60", "bridge port 50"],
    ]);
  });

  it("are none where a forwarding port that does not lead to the root names another bridge (a vPC's peer)", () => {
    const vpc = { 3: hexBytes("80018c604f191c01") };
    assert.deepEqual(told(switchTables({ [bridge.dot1dStpPortDesignatedBridge]: vpc })), []);
    assert.deepEqual(told(switchTables({ [bridge.dot1dStpRootPort]: { 0: 0 } })).length, 1);
  });

  it("are none on disabled ports, of zeros, of ids cut short, of the bridge itself, or of ports without interface", () => {
    const designated = (value: Value) => ({ [bridge.dot1dStpPortDesignatedBridge]: { 1: value } });
    const disabled = { [bridge.dot1dStpPortState]: { 1: 1, 2: 1 } };
    assert.deepEqual(told(switchTables(disabled)), []);
    for (const value of ["0000000000000000", "8c604f19167c", "", `8000${own}`, "80000180c2000000"]) {
      assert.deepEqual(told(switchTables(designated(hexBytes(value)))), [], value);
    }
    const far = {
      [bridge.dot1dStpRootPort]: { 0: 77 },
      [bridge.dot1dStpPortState]: { 77: 5 },
      [bridge.dot1dStpPortDesignatedBridge]: { 77: hexBytes(`6001${other}`) },
    };
    assert.deepEqual(told(switchTables(far)), []);
  });

  it("say that they are not all where a column was cut off", () => {
    const part = stpLinks(switchTables({}, [bridge.dot1dStpPortDesignatedBridge]), about, names);
    assert.equal(part.complete, false);
    assert.match(part.reason ?? "", /dot1dStpPortDesignatedBridge: cut off/);
  });

  it("lead to the port with that bridge port number, never to one that is merely called so", () => {
    const [fact] = stpLinks(switchTables(), about, names).rows;
    const find = (device: KnownDevice) => evidenceOf(fact!, 1, directoryOf([sw(1, own, null), device]));
    assert.equal(find(sw(2, "8c:60:4f:19:16:7c", 147)).remotePort, "Ethernet1/19");
    assert.match(find(sw(2, "8c:60:4f:19:16:7c", 147)).reason, /STP: chassis MAC address .*, bridge port 147/);
    assert.equal(find(sw(2, "8c:60:4f:19:16:7c", 4096 + 147)).remotePort, "Ethernet1/19", "an aggregate of NX-OS");
    const unknown = find(sw(2, "8c:60:4f:19:16:7c", null));
    assert.deepEqual([unknown.remoteDevice, unknown.remotePort], [2, undefined]);
  });
});

describe("links by spanning tree in recordings", { skip: haveCorpus ? false : "no recordings" }, () => {
  it("agree with LLDP: the ProCurve's port 17 leads to Ethernet1/19 of the Nexus", async () => {
    const procurve = await recorded("hpe-procurve-516733-b21", 1);
    const nexus = await recorded("cisco-n5000-uk9", 2);
    const directory = directoryOf([procurve.device, nexus.device]);
    const { stp, lldp } = procurve.neighbours;
    assert.deepEqual(
      stp.rows.map(({ local_port, remote_id, remote_port }) => [local_port, remote_id, remote_port]),
      [["17", "8c:60:4f:19:16:7c", "bridge port 147"]],
    );
    const evidence = [...stp.rows, ...lldp.rows].map((fact) => evidenceOf(fact, 1, directory));
    const [link, ...others] = links(evidence).filter(({ b }) => b.device === 2);
    assert.deepEqual(others, []);
    assert.deepEqual([link?.a.port, link?.b.port], ["17", "Ethernet1/19"]);
    assert.deepEqual(link?.protocols.toSorted(), ["lldp", "stp"]);
    assert.deepEqual(link?.contradictions, []);
    assert.deepEqual(nexus.neighbours.stp.rows, [], "the root has none, whatever its vPCs name");
  });

  it("tell the Huawei switch's bridge towards the root, where nothing else does", async () => {
    const { neighbours } = await recorded("huawei-s5720");
    assert.deepEqual(neighbours.lldp.rows, []);
    assert.deepEqual(
      neighbours.stp.rows.map(({ local_port, remote_id, remote_port }) => [local_port, remote_id, remote_port]),
      [["XGigabitEthernet0/0/1", "d4:94:e8:10:73:60", "bridge port 50"]],
    );
  });
});
