import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  accessLists,
  credentialAllowed,
  deviceSubject,
  inZone,
  mayArpnip,
  mayDiscover,
  mayMacsuck,
} from "../../src/backend/permission.ts";
import { type Key, keys, type Settings } from "../../src/config/keys.ts";

function settings(change: Partial<Settings>): Settings {
  const presets = Object.entries(keys as Record<string, Key<unknown>>).map(([name, key]) => [name, key.default]);
  return { ...(Object.fromEntries(presets) as Settings), ...change };
}

const device = { addresses: ["192.0.2.7"], names: ["sw1"], props: { vendor: "cisco" }, tags: [], customFields: {} };

describe("what lists allow", () => {
  it("is everything where there are none", () => {
    assert.deepEqual(mayDiscover(settings({}), device), { allowed: true, reason: "" });
  });

  it("is told with the list and the item that decide", () => {
    const strict = settings({
      "backend.hostGroups": { lab: ["192.0.2.0/28"] },
      "backend.discoverNo": ["10.0.0.0/8", "group:lab"],
      "backend.macsuckOnly": ["vendor:juniper"],
    });
    assert.deepEqual(mayDiscover(strict, device), {
      allowed: false,
      reason: "backend.discoverNo lists group:lab (192.0.2.0/28)",
    });
    assert.equal(mayMacsuck(strict, device).reason, "backend.macsuckOnly lists nothing that fits");
    assert.ok(mayArpnip(strict, device).allowed);
  });

  it("ends at the zone", () => {
    const elsewhere = settings({ "backend.zone": ["198.51.100.0/24"] });
    assert.equal(inZone(elsewhere, device).reason, "not in this backend's zone: backend.zone lists nothing that fits");
    assert.ok(!mayArpnip(elsewhere, device).allowed);
    assert.ok(inZone(settings({ "backend.zone": ["!198.51.100.0/24"] }), device).allowed);
  });

  it("is refused as a whole when a list is wrong, a group's too", () => {
    const message = /^backend\.arpnipNo: "1\.2" is no address/;
    assert.throws(() => accessLists(settings({ "backend.arpnipNo": ["1.2"] })), { code: "config", message });
    const unused = settings({ "backend.hostGroups": { x: ["1.2"] } });
    assert.throws(() => accessLists(unused), { code: "config", message: /^backend\.hostGroups\.x: / });
  });

  it("holds for credentials", () => {
    const credential = { tag: "a", version: 2 as const, contextPrefix: "vlan-", read: true, write: false };
    const use = (only: string[], no: string[]) => credentialAllowed(settings({}), { ...credential, only, no }, device);
    assert.equal(use([], []), true);
    assert.equal(use(["vendor:hp"], []), false);
    assert.equal(use([], ["sw1"]), false);
    assert.throws(() => use(["1.2"], []), { code: "config", message: /^credential a: only: "1\.2"/ });
  });
});

describe("a device as lists see it", () => {
  it("has the address it was asked for by as well as its own", () => {
    const row = {
      ip: "192.0.2.7",
      dns: "sw1.example.org",
      name: "sw1",
      vendor: "cisco",
      tags: '["core"]',
      custom_fields: '{"a":1}',
    };
    const subject = deviceSubject(row, "[2001:db8::7]:1161");
    assert.deepEqual(subject.addresses, ["192.0.2.7", "2001:db8::7"]);
    assert.deepEqual(subject.names, ["sw1.example.org", "sw1"]);
    assert.deepEqual([subject.tags, subject.customFields, subject.props.vendor], [["core"], { a: "1" }, "cisco"]);
  });

  it("that nobody knows has only what it was asked for by", () => {
    assert.deepEqual(deviceSubject(undefined, "192.0.2.7:161").addresses, ["192.0.2.7"]);
    assert.deepEqual(deviceSubject(undefined, "2001:db8::7").addresses, ["2001:db8::7"]);
    assert.deepEqual(deviceSubject(undefined, "sw1:161"), {
      addresses: [],
      names: ["sw1"],
      props: { ip: undefined },
      tags: [],
      customFields: {},
    });
  });
});
