import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  accessLists,
  inZone,
  mayArpnip,
  mayDiscover,
  mayMacsuck,
  mayUseCredential,
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
    const use = (only: string[], no: string[]) =>
      mayUseCredential(settings({}), { ...credential, only, no }, device).reason;
    assert.equal(use([], []), "");
    assert.equal(use(["vendor:hp"], []), "credential a: only lists nothing that fits");
    assert.equal(use([], ["sw1"]), "credential a: no lists sw1");
  });
});
