import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  forwarding,
  forwardingContextObjects,
  forwardingContexts,
  forwardingObjects,
} from "../../../src/backend/device/forwarding.ts";
import type { PortNames } from "../../../src/backend/device/reader.ts";
import { bridge } from "../../../src/snmp/mib/bridge.ts";
import { ciscoVlan } from "../../../src/snmp/mib/cisco-vlan.ts";
import { huaweiVlan, vlan } from "../../../src/snmp/mib/vlan.ts";
import type { Tables } from "../../../src/snmp/tables.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";
import { agentTables, bytes, hex, maker } from "./agent-tables.ts";

const { dot1qTpFdbPort, dot1qTpFdbStatus, dot1dTpFdbPort, dot1dBasePortIfIndex } = bridge;
const generic = maker(0);
const cisco = maker(9);

/** Bridge port n is interface 100 + n, named `p` and n; 9 has no mapping. */
const names: PortNames = {
  name: (ifIndex) => (ifIndex > 100 ? `p${ifIndex - 100}` : ""),
  ofBridgePort: (port) => (port === 9 ? undefined : 100 + port),
};
const read = (columns: Record<Oid, Record<string, Value>>, cut: Oid[] = [], about = generic) =>
  agentTables(forwardingObjects(about), columns, cut);
const lines = (tables: Tables, about = generic, contexts = new Map<string, Tables>()) =>
  forwarding(tables, about, names, contexts).rows.map(({ mac, port, vlan: number }) => `${mac} ${port} ${number}`);
const mac = (last: number) => `0.17.34.51.68.${last}`;
const spelled = (last: number) => `00:11:22:33:44:${last.toString(16).padStart(2, "0")}`;

describe("Q-BRIDGE", () => {
  test("has its VLAN by the table of FDB ids; an id that several VLANs share tells none", () => {
    const tables = read({
      [vlan.dot1qVlanFdbId]: { "0.50": 2, "7.60": 3, "0.61": 3 },
      [dot1qTpFdbPort]: { [`2.${mac(1)}`]: 4, [`3.${mac(2)}`]: 4, [`77.${mac(3)}`]: 4 },
    });
    assert.deepEqual(lines(tables), [`${spelled(1)} p4 50`, `${spelled(2)} p4 0`, `${spelled(3)} p4 0`]);
  });

  test("takes the id for the VLAN where there is no such table, and drops the row where it was cut off", () => {
    const columns = { [dot1qTpFdbPort]: { [`50.${mac(1)}`]: 4, [`5000.${mac(2)}`]: 4 } };
    assert.deepEqual(lines(read(columns)), [`${spelled(1)} p4 50`, `${spelled(2)} p4 0`]);
    const cut = forwarding(read(columns, [vlan.dot1qVlanFdbId]), generic, names);
    assert.deepEqual(cut.rows, []);
    assert.equal(cut.complete, false);
  });

  test("leaves out its own, managed and invalid entries, broken addresses and groups", () => {
    const tables = read({
      [dot1qTpFdbPort]: {
        [`1.${mac(1)}`]: 1,
        [`1.${mac(2)}`]: 1,
        [`1.${mac(3)}`]: 1,
        [`1.${mac(4)}`]: 1,
        "1.1.0.94.0.0.251": 1,
        "1.0.0.0.0.0.0": 1,
        "1.0.17.34.51.68": 1,
        "1.0.17.34.51.68.300": 1,
      },
      [dot1qTpFdbStatus]: { [`1.${mac(1)}`]: 3, [`1.${mac(2)}`]: 4, [`1.${mac(3)}`]: 5, [`1.${mac(4)}`]: 2 },
    });
    assert.deepEqual(lines(tables), [`${spelled(1)} p1 1`]);
  });

  test("believes rows without a status where there is no such column, not where it was cut off", () => {
    const columns = {
      [dot1qTpFdbPort]: { [`1.${mac(1)}`]: 1, [`1.${mac(2)}`]: 1 },
      [dot1qTpFdbStatus]: { [`1.${mac(1)}`]: 3 },
    };
    assert.equal(lines(read({ [dot1qTpFdbPort]: columns[dot1qTpFdbPort] ?? {} })).length, 2);
    assert.deepEqual(lines(read(columns, [dot1qTpFdbStatus])), [`${spelled(1)} p1 1`]);
  });

  test("does not know port 0 and ports without a mapping; where the mapping was cut off it drops the row", () => {
    const columns = { [dot1qTpFdbPort]: { [`1.${mac(1)}`]: 0, [`1.${mac(2)}`]: 9 } };
    assert.deepEqual(lines(read(columns)), [`${spelled(1)}  1`, `${spelled(2)}  1`]);
    assert.deepEqual(lines(read(columns, [dot1dBasePortIfIndex])), [`${spelled(1)}  1`]);
  });

  test("and BRIDGE together tell each address once; an own one does not come back without its status", () => {
    const tables = read({
      [dot1qTpFdbPort]: { [`1.${mac(1)}`]: 1, [`1.${mac(2)}`]: 1 },
      [dot1qTpFdbStatus]: { [`1.${mac(1)}`]: 3, [`1.${mac(2)}`]: 4 },
      [dot1dTpFdbPort]: { [mac(1)]: 1, [mac(2)]: 1, [mac(3)]: 2 },
    });
    assert.deepEqual(lines(tables), [`${spelled(1)} p1 1`, `${spelled(3)} p2 0`]);
  });
});

describe("contexts", () => {
  const vtp = {
    [ciscoVlan.vtpVlanState]: { "1.1": 1, "1.2": 1, "1.3": 2, "1.4": 1, "1.1002": 1, "1.5": 1 },
    [ciscoVlan.vtpVlanType]: { "1.1": 1, "1.2": 1, "1.3": 1, "1.4": 1, "1.1002": 2, "1.5": 1 },
    [ciscoVlan.vmVlan]: { 101: 1, 102: 2, 103: 3, 105: 1002 },
    [ciscoVlan.vlanTrunkPortDynamicStatus]: { 104: 1 },
    [ciscoVlan.vlanTrunkPortVlansEnabled]: { 104: hex("04") },
    [dot1dTpFdbPort]: { [mac(9)]: 1 },
  };
  const base = read(vtp, [], cisco);
  const context = (columns: Record<Oid, Record<string, Value>>, cut: Oid[] = []) =>
    agentTables(forwardingContextObjects(), columns, cut);

  test("are asked for VLANs that a port is in: not suspended ones, the old four, or those of no port", () => {
    assert.deepEqual(forwardingContexts(base, cisco), [
      { kind: "vlan", name: "1" },
      { kind: "vlan", name: "2" },
      { kind: "vlan", name: "5" },
    ]);
    assert.deepEqual(forwardingContexts(base, generic), []);
    const withQBridge = read({ ...vtp, [dot1qTpFdbPort]: { [`1.${mac(1)}`]: 1 } }, [], cisco);
    assert.deepEqual(forwardingContexts(withQBridge, cisco), []);
  });

  test("bring their own mapping of ports; what is not answered is incomplete by VLAN", () => {
    const contexts = new Map([
      ["2", context({ [dot1dTpFdbPort]: { [mac(1)]: 1 }, [dot1dBasePortIfIndex]: { 1: 150 } })],
      ["5", context({ [dot1dTpFdbPort]: { [mac(2)]: 1 } }, [dot1dTpFdbPort, dot1dBasePortIfIndex])],
    ]);
    const part = forwarding(base, cisco, names, contexts);
    // The plain community shows VLAN 1. The row of VLAN 5 has no port that anybody knows.
    assert.deepEqual(
      part.rows.map(({ mac: address, port, vlan: number }) => `${address} ${port} ${number}`),
      [`${spelled(1)} p50 2`, `${spelled(9)} p1 1`],
    );
    assert.equal(part.complete, true);
    assert.deepEqual(part.incompleteVlans, [1, 5]);
    const cut = forwarding(read(vtp, [dot1dTpFdbPort], cisco), cisco, names, contexts);
    assert.deepEqual([cut.complete, cut.incompleteVlans], [false, []], "nothing at all may be closed then");
    assert.match(part.reason ?? "", /VLANs that did not answer to their end: 1, 5/);
  });
});

test("Huawei's own table gives the VLAN that BRIDGE does not", () => {
  const tables = read(
    { [huaweiVlan.hwDynFdbPort]: { [`${mac(1)}.30.1.48`]: 106 }, [dot1dTpFdbPort]: { [mac(1)]: 6, [mac(2)]: 6 } },
    [],
    maker(2011),
  );
  assert.deepEqual(lines(tables, maker(2011)), [`${spelled(1)} p6 30`, `${spelled(2)} p6 0`]);
});

describe("JUNOS", () => {
  const juniper = maker(2636);
  const columns = (port: number) => ({
    [vlan.dot1qVlanStaticName]: { 7: bytes("beta+7"), 8: bytes("alpha+8"), 9: bytes("Zeta+9") },
    [vlan.dot1qVlanStaticEgressPorts]: { 7: bytes("4,6"), 8: bytes("5"), 9: bytes("6") },
    [dot1qTpFdbPort]: { [`196608.${mac(1)}`]: port, [`131072.${mac(2)}`]: 6 },
  });

  test("counts tables by the place of their VLAN's name, where the ports bear that out", () => {
    // In the order of bytes: Zeta (2), alpha (3), beta (4).
    assert.deepEqual(lines(read(columns(5), [], juniper), juniper), [`${spelled(1)} p5 8`, `${spelled(2)} p6 9`]);
  });

  test("else a table has the one VLAN that its ports are in, or none", () => {
    assert.deepEqual(lines(read(columns(4), [], juniper), juniper), [`${spelled(1)} p4 7`, `${spelled(2)} p6 0`]);
  });

  test("and no row while the names were cut off", () => {
    assert.deepEqual(lines(read(columns(5), [vlan.dot1qVlanStaticName], juniper), juniper), []);
  });
});
