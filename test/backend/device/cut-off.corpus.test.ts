/** Every column of recordings cut off in turn, at its beginning and in its middle: nothing that is known may suffer. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addresses, addressesObjects } from "../../../src/backend/device/addresses.ts";
import { bindings, bindingsObjects } from "../../../src/backend/device/arp.ts";
import { cdp, cdpObjects } from "../../../src/backend/device/cdp.ts";
import { lldp, lldpObjects } from "../../../src/backend/device/lldp.ts";
import { modules, modulesObjects } from "../../../src/backend/device/modules.ts";
import { ports, portsObjects } from "../../../src/backend/device/ports.ts";
import { power, powerObjects } from "../../../src/backend/device/power.ts";
import type { About } from "../../../src/backend/device/reader.ts";
import { routed, routedObjects } from "../../../src/backend/device/routed.ts";
import { stpLinkObjects, stpLinks } from "../../../src/backend/device/stp-links.ts";
import { system, systemObjects, systemUnread } from "../../../src/backend/device/system.ts";
import { vlans, vlansObjects } from "../../../src/backend/device/vlans.ts";
import type { Part } from "../../../src/network/facts.ts";
import { nameOf } from "../../../src/snmp/mib/names.ts";
import { Tables } from "../../../src/snmp/tables.ts";
import { present, readRecording } from "./recorded.ts";

const recordings = [
  ...["cisco-c3560", "dlink-des3200", "hpe-procurve-516733-b21", "juniper-mx960-13-3r9-13", "comware"],
  ...["arista-dcs-7150s-52-cl", "huawei-s5720"],
];

type Row = Record<string, unknown>;

const link = ["local_port", "remote_id", "remote_port", "remote_ip"];
const keys: Record<string, readonly string[]> = {
  ...{ ports: ["port"], addresses: ["vrf", "alias"], vlans: ["vlan"], portVlans: ["port", "vlan"] },
  ...{ power: ["module"], portPower: ["port"], modules: ["index"], bindings: ["ip", "mac", "vrf"] },
  ...{ lldp: link.slice(0, 3), cdp: link.slice(0, 3), stp: link.slice(0, 3), ospf: link, bgp: link },
};
/** A part of these that was cut off only adds rows and fills fields: the store takes no other value. */
const joint = new Set(["modules", "portVlans"]);

function everything(tables: Tables, about: About): Record<string, Part<Row>> {
  const { part, names } = ports(tables, about);
  const found = {
    ports: part,
    addresses: addresses(tables, about, names),
    ...vlans(tables, about, names),
    ...power(tables, about, names),
    modules: modules(tables, about),
    lldp: lldp(tables, about, names),
    cdp: cdp(tables, about, names),
    ...routed(tables, about, names),
    stp: stpLinks(tables, about, names),
    bindings: bindings(tables, about, names),
  };
  return found as unknown as Record<string, Part<Row>>;
}

function objects(about: About) {
  const all = [systemObjects, portsObjects, addressesObjects, vlansObjects, powerObjects, modulesObjects, lldpObjects];
  return [...all, cdpObjects, routedObjects, stpLinkObjects, bindingsObjects].flatMap((of) => of(about));
}

const isEmpty = (value: unknown) =>
  value === "" || value === 0 || value === null || value === false || (Array.isArray(value) && value.length === 0);

/** What a part with a column cut off would take away from what is stored, or put in its place. */
function harm(name: string, whole: Part<Row>, cut: Part<Row>): string[] {
  const key = (row: Row) => (keys[name] ?? []).map((field) => row[field]).join(" | ");
  const before = new Map(whole.rows.map((row) => [key(row), row]));
  const after = new Map(cut.rows.map((row) => [key(row), row]));
  const found: string[] = [];
  if (cut.complete) for (const one of before.keys()) if (!after.has(one)) found.push(`takes away ${one}`);
  const isLink = keys[name]?.[0] === "local_port";
  for (const [one, row] of after) {
    const stored = before.get(one);
    if (stored === undefined) {
      if (isLink) found.push(`invents ${one}`);
      continue;
    }
    if (joint.has(name) && !cut.complete) continue;
    for (const [field, value] of Object.entries(row)) {
      if (JSON.stringify(value) === JSON.stringify(stored[field])) continue;
      if (isEmpty(value) && (!cut.complete || cut.unread?.includes(field))) continue;
      // Capabilities that are possible for those that are on, the version where the platform may say the same.
      if (isLink && ["capabilities", "remote_os_ver"].includes(field)) continue;
      found.push(`${field} of ${one}: ${stored[field]} becomes ${value}`);
    }
  }
  return found;
}

describe("a column that is cut off", { skip: present ? false : "no corpus" }, () => {
  for (const name of recordings) {
    test(`${name}: takes nothing away and puts nothing wrong in its place`, async () => {
      const { about, tables } = await readRecording(name, objects);
      const whole = everything(tables, about);
      const said = system(tables, about);
      const found: string[] = [];
      let cuts = 0;
      for (const oid of tables.oids) {
        const rows = [...tables.rows(oid)];
        if (rows.length === 0) continue;
        for (const kept of new Set([0, Math.floor(rows.length / 2)])) {
          cuts++;
          const cut = new Tables().add(tables);
          cut.set(oid, { rows: new Map(rows.slice(0, kept)), complete: false, reason: "no answer" });
          const parts = everything(cut, about);
          for (const [part, before] of Object.entries(whole)) {
            for (const what of harm(part, before, parts[part] as Part<Row>)) {
              found.push(`${nameOf(oid)} cut after ${kept}: ${part}: ${what}`);
            }
          }
          const unread = new Set<string>([...systemUnread(cut, about), "uptime"]);
          for (const [field, value] of Object.entries(system(cut, about))) {
            const stored = said[field as keyof typeof said];
            if (value === stored || value === "" || value === null || unread.has(field)) continue;
            found.push(`${nameOf(oid)} cut after ${kept}: system.${field}: ${stored} becomes ${value}`);
          }
        }
      }
      assert.deepEqual(found.slice(0, 20), []);
      assert.ok(cuts > 60);
    });
  }
});
