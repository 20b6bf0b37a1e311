import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addresses, addressesObjects } from "../../../src/backend/device/addresses.ts";
import { bindingContextObjects, bindingContexts, bindings, bindingsObjects } from "../../../src/backend/device/arp.ts";
import { inetAddress } from "../../../src/backend/device/inet-key.ts";
import type { PortNames } from "../../../src/backend/device/reader.ts";
import { ip } from "../../../src/snmp/mib/ip.ts";
import type { Oid, Value } from "../../../src/snmp/value.ts";
import { agentTables, bytes, hex, maker } from "./agent-tables.ts";

const generic = maker(0);
const cisco = maker(9);
const names: PortNames = { name: (ifIndex) => (ifIndex > 0 ? `if${ifIndex}` : ""), ofBridgePort: () => undefined };
const v6 = "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1";
const linkLocal = "254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1";

const own = (columns: Record<Oid, Record<string, Value>>, about = generic, cut: Oid[] = []) =>
  addresses(agentTables(addressesObjects(about), columns, cut), about, names);
const told = (columns: Record<Oid, Record<string, Value>>, about = generic) =>
  own(columns, about).rows.map(({ alias, prefix, port, vrf }) => `${alias}/${prefix} ${port} ${vrf}`.trim());

describe("indexes with addresses", () => {
  test("of all four kinds, and of none", () => {
    assert.equal(inetAddress([1, 4, 192, 0, 2, 1]), "192.0.2.1");
    assert.equal(inetAddress([2, 16, ...v6.split(".").map(Number)]), "2001:db8::1");
    assert.equal(inetAddress([3, 8, 192, 0, 2, 1, 0, 0, 0, 7]), "192.0.2.1");
    assert.equal(inetAddress([4, 20, ...linkLocal.split(".").map(Number), 18, 0, 3, 198]), "fe80::1");
    for (const wrong of [
      [],
      [1, 4, 1, 2, 3],
      [1, 5, 1, 2, 3, 4],
      [1, 4, 1, 2, 3, 256],
      [24558368, 16, ...new Array(16).fill(0)],
    ]) {
      assert.equal(inetAddress(wrong), undefined);
    }
  });
});

describe("a device's addresses", () => {
  test("come from the new table with the prefix that it points to, from the old one with its mask", () => {
    assert.deepEqual(
      told({
        [ip.ipAddressIfIndex]: { "1.4.192.0.2.1": 1, [`2.16.${v6}`]: 2, "1.4.192.0.2.65": 3 },
        [ip.ipAddressPrefix]: {
          "1.4.192.0.2.1": "1.3.6.1.2.1.4.32.1.5.1.1.4.192.0.2.0.24",
          [`2.16.${v6}`]: `1.3.6.1.2.1.4.32.1.5.2.2.16.${v6}.64`,
          "1.4.192.0.2.65": "0.0",
        },
        [ip.ipAdEntIfIndex]: { "192.0.2.65": 3, "192.0.2.129": 4, "192.0.2.193": 5 },
        [ip.ipAdEntNetMask]: { "192.0.2.65": "255.255.255.192", "192.0.2.129": "255.0.255.0" },
      }),
      ["192.0.2.1/24 if1", "2001:db8::1/64 if2", "192.0.2.65/26 if3", "192.0.2.129/null if4", "192.0.2.193/null if5"],
    );
  });

  test("of NX-OS, whose pointers leave out kind and length", () => {
    const pointed = { "1.4.10.40.1.1": "1.3.6.1.2.1.4.32.1.151060550.1.10.40.1.1.32" };
    assert.deepEqual(told({ [ip.ipAddressIfIndex]: { "1.4.10.40.1.1": 6 }, [ip.ipAddressPrefix]: pointed }), [
      "10.40.1.1/32 if6",
    ]);
  });

  test("are none that every device has: loopback, link-local, unspecified, broadcast, multicast", () => {
    assert.deepEqual(
      told({
        [ip.ipAddressIfIndex]: {
          [`4.20.${linkLocal}.0.0.0.2`]: 1,
          "2.16.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1": 1,
          "1.4.192.0.2.255": 1,
        },
        [ip.ipAddressType]: { "1.4.192.0.2.255": 3 },
        [ip.ipAdEntIfIndex]: { "127.0.0.1": 1, "0.0.0.0": 1, "169.254.1.1": 1, "224.0.0.1": 1, "255.255.255.255": 1 },
      }),
      [],
    );
  });

  test("have the VRF of their interface; the same one may be in two", () => {
    const vrf = { "4.82.69.68.49.2": 1 };
    assert.deepEqual(
      told({ [ip.ipAdEntIfIndex]: { "10.0.0.1": 1, "10.0.0.2": 2 }, [ip.mplsL3VpnIfVpnClassification]: vrf }),
      ["10.0.0.1/null if1", "10.0.0.2/null if2 RED1"],
    );
  });

  test("are told by LLDP alone of some management ports", () => {
    assert.deepEqual(
      told({
        [ip.lldpLocManAddrIfId]: { "1.4.192.0.2.9": 7, "1.4.192.0.2.8": 7 },
        [ip.lldpLocManAddrIfSubtype]: { "1.4.192.0.2.9": 2, "1.4.192.0.2.8": 3 },
      }),
      ["192.0.2.9/null if7", "192.0.2.8/null"],
    );
  });

  test("are incomplete when a table was cut off, the VRF too", () => {
    assert.equal(own({}, generic, [ip.ipAdEntIfIndex]).complete, false);
    const cut = own({}, generic, [ip.mplsL3VpnIfVpnClassification]);
    assert.deepEqual([cut.complete, cut.unread], [false, ["vrf"]]);
    assert.equal(own({}).complete, true);
  });
});

describe("bindings", () => {
  const one = hex("001122334455");
  const two = hex("001122334466");
  const read = (columns: Record<Oid, Record<string, Value>>, about = generic, cut: Oid[] = []) =>
    bindings(agentTables(bindingsObjects(about), columns, cut), about, names);
  const lines = (columns: Record<Oid, Record<string, Value>>) =>
    read(columns).rows.map((row) => `${row.ip} ${row.mac} ${row.port} ${row.state}`.trim());

  test("come from both tables, the one with states deciding", () => {
    assert.deepEqual(
      lines({
        [ip.ipNetToPhysicalPhysAddress]: { "2.1.4.192.0.2.1": one, [`2.2.16.${v6}`]: two },
        [ip.ipNetToPhysicalState]: { "2.1.4.192.0.2.1": 1, [`2.2.16.${v6}`]: 2 },
        [ip.ipNetToMediaPhysAddress]: { "2.192.0.2.1": two, "3.192.0.2.2": two },
        [ip.ipv6NetToMediaPhysAddress]: { [`2.${linkLocal}`]: one },
        [ip.ipv6IfNetToMediaState]: { [`2.${linkLocal}`]: 3 },
      }),
      [
        "192.0.2.1 00:11:22:33:44:55 if2 reachable",
        "2001:db8::1 00:11:22:33:44:66 if2 stale",
        "192.0.2.2 00:11:22:33:44:66 if3",
        "fe80::1 00:11:22:33:44:55 if2 delay",
      ],
    );
  });

  test("are not those that are invalid, incomplete, or to no single machine", () => {
    assert.deepEqual(
      lines({
        [ip.ipNetToPhysicalPhysAddress]: {
          "2.1.4.192.0.2.1": one,
          "2.1.4.192.0.2.2": one,
          "2.1.4.192.0.2.3": one,
          "2.1.4.224.0.0.1": hex("01005e000001"),
        },
        [ip.ipNetToPhysicalState]: { "2.1.4.192.0.2.1": 7, "2.1.4.192.0.2.2": 5 },
        [ip.ipNetToPhysicalType]: { "2.1.4.192.0.2.3": 2 },
        // Dead in the new table, so not alive by the old one.
        [ip.ipNetToMediaPhysAddress]: {
          "2.192.0.2.1": one,
          "2.192.0.2.4": hex("000000000000"),
          "2.192.0.2.255": hex("ffffffffffff"),
          "2.192.0.2.5": hex("01005e000001"),
          "2.192.0.2.6": bytes("0:1b:c:fb:28:18"),
          "2.192.0.2.7": hex("0011"),
          "2.192.0.2": one,
        },
      }),
      ["192.0.2.6 00:1b:0c:fb:28:18 if2"],
    );
  });

  test("have the VRF of their interface or context; a context that is silent is incomplete by itself", () => {
    const columns = {
      [ip.cvVrfName]: { 1: bytes("RED"), 2: bytes("BLUE") },
      [ip.cvVrfInterfaceType]: { "1.2": 1, "2.3": 1 },
      [ip.ipNetToMediaPhysAddress]: { "1.192.0.2.1": one, "2.192.0.2.1": two },
    };
    const tables = agentTables(bindingsObjects(cisco), columns);
    assert.deepEqual(
      bindingContexts(tables, cisco).map(({ name }) => name),
      ["RED", "BLUE"],
    );
    const red = agentTables(bindingContextObjects(cisco), { [ip.ipNetToMediaPhysAddress]: { "2.192.0.2.8": two } });
    const part = bindings(tables, cisco, names, new Map([["RED", red]]));
    assert.deepEqual(
      part.rows.map((row) => `${row.vrf} ${row.ip}`),
      [" 192.0.2.1", "RED 192.0.2.1", "RED 192.0.2.8"],
    );
    assert.equal(part.complete, true);
    assert.deepEqual(part.incompleteVrfs, ["BLUE"]);
  });

  test("are incomplete when a table was cut off", () => {
    assert.equal(read({}, generic, [ip.ipNetToMediaPhysAddress]).complete, false);
    assert.equal(read({}).complete, true);
  });
});
