import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { cdp, cdpObjects } from "../../../src/backend/device/cdp.ts";
import { lldp, lldpObjects } from "../../../src/backend/device/lldp.ts";
import type { About, PortNames } from "../../../src/backend/device/reader.ts";
import { routed, routedObjects } from "../../../src/backend/device/routed.ts";
import { cdp as cdpMib } from "../../../src/snmp/mib/cdp.ts";
import { interfaces } from "../../../src/snmp/mib/interfaces.ts";
import { ip } from "../../../src/snmp/mib/ip.ts";
import { lldp as mib } from "../../../src/snmp/mib/lldp.ts";
import { routing } from "../../../src/snmp/mib/routing.ts";
import { Tables } from "../../../src/snmp/tables.ts";
import type { Value } from "../../../src/snmp/value.ts";
import { corpus, haveCorpus, recorded } from "../../network/recorded.ts";
import { neighbourCounts } from "./neighbour-rows.ts";
import { recordings } from "./raw-rows.ts";

const about: About = { objectId: "", enterprise: 0, description: "" };
const bytes = (...values: number[]) => Uint8Array.from(values);
const ascii = (text: string) => new TextEncoder().encode(text);

/** Everything wanted was read to its end, and this is all there is. */
function tablesOf(objects: readonly string[], cells: Record<string, Record<string, Value>>): Tables {
  const tables = new Tables();
  for (const oid of objects) tables.set(oid, { rows: new Map(Object.entries(cells[oid] ?? {})), complete: true });
  return tables;
}

function names(ports: Record<number, string>, bridge: Record<number, number> = {}): PortNames {
  return { name: (ifIndex) => ports[ifIndex] ?? "", ofBridgePort: (port) => bridge[port] };
}

/** One LLDP neighbour on local port 3, with what a test wants to add. */
function lldpTables(cells: Record<string, Record<string, Value>>): Tables {
  return tablesOf(lldpObjects(about), {
    [mib.lldpRemChassisIdSubtype]: { "0.3.1": 4 },
    [mib.lldpRemChassisId]: { "0.3.1": bytes(0, 0x1c, 0x73, 1, 2, 3) },
    [mib.lldpRemPortIdSubtype]: { "0.3.1": 5 },
    [mib.lldpRemPortId]: { "0.3.1": ascii("Eth1/7\0\0\0\0") },
    ...cells,
  });
}

describe("neighbours in recordings", { skip: haveCorpus ? false : `no recordings in ${corpus}` }, () => {
  it(`finds every row of ${recordings.length} recordings, or says why not`, { timeout: 60_000 }, async () => {
    const netdisco = netdiscoPorts();
    for (const expected of neighbourCounts) {
      const { neighbours, tables } = await recorded(expected.recording);
      const found = (protocol: keyof typeof neighbours) => neighbours[protocol].rows.length;
      const ports = new Set([...neighbours.lldp.rows, ...neighbours.cdp.rows].map(({ local_port }) => local_port));
      assert.deepEqual(
        {
          recording: expected.recording,
          lldp: { present: tables.rows(mib.lldpRemChassisId).size, found: found("lldp") },
          cdp: { present: tables.rows(cdpMib.cdpCacheDeviceId).size, found: found("cdp") },
          ospf: { present: tables.rows(routing.ospfNbrRtrId).size, found: found("ospf") },
          bgp: { present: tables.rows(routing.bgpPeerState).size, found: found("bgp") },
          netdiscoPorts: netdisco.get(expected.recording) ?? 0,
          ports: ports.size,
          why: expected.why,
        },
        expected,
      );
      assert.ok(!ports.has(""), `${expected.recording}: every local port of LLDP and CDP is known`);
      for (const part of Object.values(neighbours))
        assert.equal(part.complete, true, part.reason ?? expected.recording);
    }
    assert.deepEqual(
      neighbourCounts.map(({ recording }) => recording),
      recordings,
    );
  });

  it("tells nothing else than Netdisco of the ports it knows, but more neighbours", { timeout: 60_000 }, async () => {
    const rows = netdiscoRows();
    let compared = 0;
    for (const recording of recordings) {
      const { neighbours } = await recorded(recording);
      const ours = [...neighbours.lldp.rows, ...neighbours.cdp.rows];
      for (const row of rows.filter((row) => row.recording === recording)) {
        const here = ours.filter(({ local_port }) => local_port === row.port);
        const fits = here.some(
          (fact) =>
            fact.remote_ip === row.remote_ip &&
            fact.remote_id === row.remote_id &&
            [fact.remote_port, fact.remote_port_descr].includes(row.remote_port),
        );
        assert.ok(fits, `${recording} ${row.port}: ${JSON.stringify(row)} is not among ${JSON.stringify(here)}`);
        compared++;
      }
    }
    assert.equal(compared, 33);
  });
});

function netdiscoRows() {
  const devices = new Map(
    readFileSync(`${corpus}netdisco/devices.tsv`, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("\t") as [string, string]),
  );
  const [head = [], ...rows] = csv(readFileSync(`${corpus}netdisco/db/device_port.csv`, "utf8"));
  const cell = (row: string[], name: string) => row[head.indexOf(name)] ?? "";
  return rows
    .filter((row) => cell(row, "remote_ip") !== "")
    .map((row) => ({
      recording: devices.get(cell(row, "ip")) ?? "",
      port: cell(row, "port"),
      remote_ip: cell(row, "remote_ip"),
      remote_id: cell(row, "remote_id"),
      remote_port: cell(row, "remote_port"),
    }));
}

function netdiscoPorts(): Map<string, number> {
  return new Map(
    [...Map.groupBy(netdiscoRows(), ({ recording }) => recording)].map(([name, rows]) => [name, rows.length]),
  );
}

function csv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\n") rows.push([]);
    if (end === "") break;
  }
  return rows;
}

describe("LLDP", () => {
  it("reads ids, capabilities, MED and the management address of the index", () => {
    const part = lldp(
      lldpTables({
        [mib.lldpRemSysName]: { "0.3.1": ascii("sw2.example.org") },
        [mib.lldpRemSysCapEnabled]: { "0.3.1": bytes(0x24, 0) },
        [mib.lldpRemManAddrIfSubtype]: {
          "0.3.1.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1": 2,
          "0.3.1.1.4.127.0.0.1": 2,
          "0.3.1.1.4.192.0.2.7": 2,
          "0.3.1.6.6.1.2.3.4.5.6": 2,
        },
        [mib.lldpXMedRemDeviceClass]: { "0.3.1": 3 },
        [mib.lldpXMedRemModelName]: { "0.3.1": ascii("T42") },
        [mib.lldpXMedRemSerialNum]: { "0.3.1": ascii("S1") },
      }),
      about,
      names({ 3: "Gi3" }),
    );
    assert.equal(part.complete, true);
    const [row] = part.rows;
    assert.deepEqual(
      [row?.local_port, row?.remote_ip, row?.remote_port, row?.remote_id, row?.remote_id_kind, row?.remote_name],
      ["Gi3", "192.0.2.7", "Eth1/7", "00:1c:73:01:02:03", "mac", "sw2.example.org"],
    );
    assert.deepEqual(row?.capabilities, ["bridge", "telephone"]);
    assert.deepEqual([row?.remote_model, row?.remote_serial], ["T42", "S1"]);
  });

  it("finds a management address under another time mark only where port and neighbour mean one row", () => {
    const address = { [mib.lldpRemManAddrIfSubtype]: { "9.3.1.1.4.192.0.2.7": 2 } };
    assert.equal(lldp(lldpTables(address), about, names({ 3: "3" })).rows[0]?.remote_ip, "192.0.2.7");
    const two = lldpTables({ ...address, [mib.lldpRemChassisId]: { "0.3.1": ascii("a"), "5.3.1": ascii("b") } });
    assert.deepEqual(
      lldp(two, about, names({ 3: "3" })).rows.map(({ remote_ip }) => remote_ip),
      ["", ""],
    );
  });

  const local = (id: Record<string, Value>, subtype: number, extra: Record<string, Record<string, Value>> = {}) =>
    lldpTables({
      [mib.lldpLocPortId]: id,
      [mib.lldpLocPortIdSubtype]: Object.fromEntries(Object.keys(id).map((key) => [key, subtype])),
      [interfaces.ifName]: { "3": ascii("Gi0/3"), "10103": ascii("Te1/1/3") },
      ...extra,
    });
  const portOf = (tables: Tables, bridge: Record<number, number> = {}) =>
    lldp(tables, about, names({ 3: "three", 10103: "GigabitEthernet0/3" }, bridge)).rows[0]?.local_port;

  it("the local port's id decides against its number", () => {
    assert.equal(portOf(local({ "3": ascii("TenGigabitEthernet1/1/3") }, 5)), "GigabitEthernet0/3");
  });

  it("a MAC address, even as text, and an alias name the local port, if only one has it", () => {
    const macs = { [interfaces.ifPhysAddress]: { "3": bytes(0, 1, 2, 3, 4, 5), "10103": bytes(0, 1, 2, 3, 4, 6) } };
    assert.equal(portOf(local({ "3": ascii("00:01:02:03:04:06") }, 3, macs)), "GigabitEthernet0/3");
    assert.equal(portOf(local({ "3": bytes(0, 1, 2, 3, 4, 6) }, 3, macs)), "GigabitEthernet0/3");
    const aliases = { [interfaces.ifAlias]: { "3": ascii("up"), "10103": ascii("Core") } };
    assert.equal(portOf(local({ "3": ascii("core") }, 1, aliases)), "GigabitEthernet0/3");
  });

  it("without local names the number is the ifIndex or the bridge port, whichever is not ruled out", () => {
    assert.equal(portOf(lldpTables({})), "three");
    const down = lldpTables({ [interfaces.ifOperStatus]: { "3": 2, "10103": 1 } });
    assert.equal(portOf(down, { 3: 10103 }), "GigabitEthernet0/3");
    assert.equal(portOf(lldpTables({}), { 3: 10103 }), "", "both fit: a guess would be wrong half the time");
    const other = local({ "3": ascii("nothing"), "4": ascii("Gi0/3") }, 5);
    assert.equal(portOf(other, { 3: 10103, 4: 3 }), "GigabitEthernet0/3", "port 4 shows that numbers are bridge ports");
  });

  it("a cut-off column makes the part incomplete, and the rows it has stay", () => {
    const tables = lldpTables({});
    tables.set(mib.lldpRemSysDesc, { rows: new Map(), complete: false, reason: "no answer" });
    const part = lldp(tables, about, names({ 3: "3" }));
    assert.deepEqual([part.rows.length, part.complete, part.reason], [1, false, "no answer"]);
    // Without its port's id it would be another neighbour beside the one that is stored.
    tables.set(mib.lldpRemPortId, { rows: new Map(), complete: false, reason: "no answer" });
    assert.deepEqual(lldp(tables, about, names({ 3: "3" })).rows, []);
    assert.equal(lldp(new Tables(), about, names({})).complete, false);
  });
});

describe("CDP", () => {
  const read = (cells: Record<string, Record<string, Value>>, bridge = {}) =>
    cdp(tablesOf(cdpObjects(about), cells), about, names({ 7: "Gi7" }, bridge)).rows;

  it("reads addresses as bytes and as text, and no address of another kind", () => {
    const device = { [cdpMib.cdpCacheDeviceId]: { "7.1": ascii("SEP001122334455") } };
    const of = (type: number, address: Value) =>
      read({
        ...device,
        [cdpMib.cdpCacheAddressType]: { "7.1": type },
        [cdpMib.cdpCacheAddress]: { "7.1": address },
      })[0]?.remote_ip;
    assert.deepEqual(
      [
        of(1, bytes(192, 0, 2, 1)),
        of(1, ascii("192.0.2.1")),
        of(65535, bytes()),
        of(1, bytes(0, 0, 0, 0)),
        of(20, new Uint8Array(16).fill(0x20)),
      ],
      ["192.0.2.1", "192.0.2.1", "", "", "2020:2020:2020:2020:2020:2020:2020:2020"],
    );
  });

  it("takes name and serial number out of the id, capabilities out of bytes or digits, and ports by either number", () => {
    const [row] = read(
      {
        [cdpMib.cdpCacheDeviceId]: { "2.1": ascii("n5k(SSI183706KP)") },
        [cdpMib.cdpCacheCapabilities]: { "2.1": ascii("144") },
        [cdpMib.cdpCachePlatform]: { "2.1": ascii("cisco AIR-AP2802") },
      },
      { 2: 7 },
    );
    assert.deepEqual(
      [row?.local_port, row?.remote_id, row?.remote_name, row?.remote_serial, row?.capabilities],
      ["Gi7", "n5k(SSI183706KP)", "n5k", "SSI183706KP", ["station", "telephone", "wlanAccessPoint"]],
    );
  });
});

describe("routing protocols", () => {
  it("leaves out what is down, and finds the port by its network", () => {
    const tables = tablesOf(routedObjects(about), {
      [routing.ospfNbrRtrId]: {
        "192.0.2.2.0": "198.51.100.1",
        "192.0.2.3.0": "198.51.100.2",
        "0.0.0.0.7": bytes(198, 51, 100, 3),
      },
      [routing.ospfNbrState]: { "192.0.2.2.0": 8, "192.0.2.3.0": 1, "0.0.0.0.7": 8 },
      [routing.bgpPeerState]: { "203.0.113.9": 6, "203.0.113.8": 3 },
      [routing.bgpPeerLocalAddr]: { "203.0.113.9": "192.0.2.1" },
      [routing.bgpPeerRemoteAs]: { "203.0.113.9": 64500 },
      [ip.ipAdEntIfIndex]: { "192.0.2.1": 5, "192.0.3.1": 6 },
      [ip.ipAdEntNetMask]: { "192.0.2.1": "255.255.255.0", "192.0.3.1": bytes(255, 255, 255, 255) },
    });
    const { ospf, bgp } = routed(tables, about, names({ 5: "Vlan5", 6: "lo", 7: "Tu7" }));
    const told = [...ospf.rows, ...bgp.rows].map((row) => [
      row.local_port,
      row.remote_ip,
      row.remote_id,
      row.remote_type,
    ]);
    assert.deepEqual(told, [
      ["Vlan5", "192.0.2.2", "198.51.100.1", ""],
      ["Tu7", "", "198.51.100.3", ""],
      ["Vlan5", "203.0.113.9", "", "AS 64500"],
    ]);
    assert.equal(ospf.complete && bgp.complete, true);
  });
});
