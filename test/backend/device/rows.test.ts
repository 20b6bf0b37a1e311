import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addresses, addressesObjects } from "../../../src/backend/device/addresses.ts";
import { bindings, bindingsObjects } from "../../../src/backend/device/arp.ts";
import { forwarding, forwardingContextObjects, forwardingObjects } from "../../../src/backend/device/forwarding.ts";
import { ports, portsObjects } from "../../../src/backend/device/ports.ts";
import type { About } from "../../../src/backend/device/reader.ts";
import { vlans, vlansObjects } from "../../../src/backend/device/vlans.ts";
import type { Tables } from "../../../src/snmp/tables.ts";
import { rawIndexes, recordings } from "./raw-rows.ts";
import { netdisco, present, readRecording } from "./recorded.ts";
import { rowCounts } from "./row-counts.ts";

const skip = present ? false : "the corpus is not there";
const distinct = (texts: Iterable<string>) => new Set(texts).size;
const all = (about: About) => [
  ...portsObjects(about),
  ...addressesObjects(about),
  ...vlansObjects(about),
  ...forwardingObjects(about),
  ...bindingsObjects(about),
];

/** Recordings of VLAN contexts that lie beside a recording. */
const contextsOf = (recording: string) => (recording === "cisco-c3560" ? ["2", "3"] : []);

/** The last numbers of an index: an address, without what stands before it. */
const tail = (index: string, length: number) => index.split(".").slice(-length).join(".");
const withoutZone = (index: string) => {
  const [kind, length, ...bytes] = index.split(".");
  return bytes.slice(0, kind === "3" || kind === "4" ? Number(length) - 4 : undefined).join(".");
};

function presentRows(recording: string) {
  const raw = (column: string) => rawIndexes(recording, column);
  const named = ["17.7.1.4.3.1.1"].flatMap((column) => raw(`1.3.6.1.2.1.${column}`));
  const current = raw("1.3.6.1.2.1.17.7.1.4.2.1.4").map((index) => tail(index, 1));
  const vtp = raw("1.3.6.1.4.1.9.9.46.1.3.1.1.4").map((index) => tail(index, 1));
  const makers = ["2011.5.25.42.3.1.1.1.1.2", "1991.1.1.3.2.7.1.21"].flatMap((column) => raw(`1.3.6.1.4.1.${column}`));
  const files = [recording, ...contextsOf(recording).map((name) => `${recording}@${name}`)];
  const macs = ["1.3.6.1.2.1.17.7.1.2.2.1.2", "1.3.6.1.2.1.17.4.3.1.2"].flatMap((column) =>
    files.flatMap((file) => rawIndexes(file, column)).map((index) => tail(index, 6)),
  );
  const huawei = raw("1.3.6.1.4.1.2011.5.25.42.2.1.3.1.4").map((index) => index.split(".").slice(0, 6).join("."));
  const old = raw("1.3.6.1.2.1.4.22.1.2").map((index) => `${index.split(".")[0]} ${tail(index, 4)}`);
  const modern = raw("1.3.6.1.2.1.4.35.1.4").map((index) => {
    const [ifIndex, ...address] = index.split(".");
    return `${ifIndex} ${withoutZone(address.join("."))}`;
  });
  return {
    addresses: distinct([
      ...raw("1.3.6.1.2.1.4.20.1.2"),
      ...raw("1.3.6.1.2.1.4.34.1.3").map(withoutZone),
      ...raw("1.0.8802.1.1.2.1.3.8.1.5").map(withoutZone),
    ]),
    bindings: distinct([...old, ...modern]),
    macs: distinct([...macs, ...huawei]),
    vlans: distinct([...named, ...current, ...vtp, ...makers]),
    portVlans: null,
  };
}

async function foundRows(recording: string) {
  const { about, tables } = await readRecording(recording, all);
  const { names } = ports(tables, about);
  const read = vlans(tables, about, names);
  const mine = addresses(tables, about, names);
  const bound = bindings(tables, about, names);
  const contexts = new Map<string, Tables>();
  for (const name of contextsOf(recording)) {
    contexts.set(name, (await readRecording(`${recording}@${name}`, forwardingContextObjects)).tables);
  }
  const seen = forwarding(tables, about, names, contexts);
  assert.ok([read.vlans, read.portVlans, mine, bound, seen].every(({ complete }) => complete));
  return {
    addresses: mine.rows.length,
    bindings: bound.rows.length,
    macs: distinct(seen.rows.map(({ mac }) => mac)),
    vlans: read.vlans.rows.length,
    portVlans: read.portVlans.rows.length,
  };
}

/** Its own address is a row that Netdisco makes itself: the one it reached the device by. */
function netdiscoRows(recording: string) {
  return {
    addresses: netdisco("device_ip", recording).filter((row) => row.alias !== row.ip).length,
    bindings: null,
    macs: distinct(netdisco("node", recording).map((row) => row.mac ?? "")),
    vlans: netdisco("device_vlan", recording).length,
    portVlans: netdisco("device_port_vlan", recording).length,
  };
}

describe("rows of the recordings", { skip }, () => {
  for (const recording of recordings) {
    test(`${recording}: found, present, and stored by Netdisco, as the table says`, async () => {
      const [there, found, stored] = [presentRows(recording), await foundRows(recording), netdiscoRows(recording)];
      const expected = rowCounts.filter((row) => row.recording === recording);
      const counted = expected.map(({ table }) => ({
        table,
        present: there[table],
        found: found[table],
        netdisco: stored[table],
      }));
      assert.deepEqual(
        counted,
        expected.map(({ table, present, found, netdisco }) => ({ table, present, found, netdisco })),
      );
    });
  }

  test("all five tables of each recording stand in it, and every difference has its reason", () => {
    assert.equal(rowCounts.length, recordings.length * 5);
    for (const { recording, table, present: there, found, netdisco: stored, why } of rowCounts) {
      const same = (there === null || there === found) && (stored === null || stored === found);
      assert.equal(why === "", same, `${recording} ${table}`);
    }
  });
});
