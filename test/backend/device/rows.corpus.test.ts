import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addresses, addressesObjects } from "../../../src/backend/device/addresses.ts";
import { bindings, bindingsObjects } from "../../../src/backend/device/arp.ts";
import { forwarding, forwardingContextObjects, forwardingObjects } from "../../../src/backend/device/forwarding.ts";
import { ports, portsObjects } from "../../../src/backend/device/ports.ts";
import type { About } from "../../../src/backend/device/reader.ts";
import { vlans, vlansObjects } from "../../../src/backend/device/vlans.ts";
import type { Tables } from "../../../src/snmp/tables.ts";
import { contextsOf, distinct, presentRows } from "./present-rows.ts";
import { recordings } from "./raw-rows.ts";
import { netdisco, present, readRecording } from "./recorded.ts";
import { rowCounts } from "./row-counts.ts";

const skip = present ? false : "the corpus is not there";
const all = (about: About) => [
  ...portsObjects(about),
  ...addressesObjects(about),
  ...vlansObjects(about),
  ...forwardingObjects(about),
  ...bindingsObjects(about),
];

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
