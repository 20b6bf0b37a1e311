import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { engineIdKind } from "../../src/network/engine-id.ts";
import type { IdentityFact } from "../../src/network/facts.ts";
import { judge, type KnownLikeness, type Likeness, recognise } from "../../src/network/identity.ts";

type Facts = Partial<Record<IdentityFact["kind"], string | string[]>>;

function device(facts: Facts, names: string[] = [], addresses: string[] = []): Likeness {
  const identities = Object.entries(facts).flatMap(([kind, values]) =>
    [values].flat().map((value) => ({ kind: kind as IdentityFact["kind"], value })),
  );
  return { identities, names, addresses };
}

const base = "00:1c:73:b4:fd:69";
const other = "00:1c:73:b4:aa:01";
const macEngine = "80000009038c604f191620";
const textEngine = "80001f880474657374696e67";
const ports = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `00:1c:73:00:00:${(from + index).toString(16).padStart(2, "0")}`);

function same(a: Likeness, b: Likeness, seenOn?: (fact: IdentityFact) => number): boolean {
  const options = seenOn ? { seenOn } : {};
  const [there, back] = [judge(a, b, options), judge(b, a, options)];
  assert.equal(there.same, back.same, "symmetric");
  return there.same;
}

describe("one device or two", () => {
  it("one strong fact is enough", () => {
    assert.equal(same(device({ base_mac: base }), device({ base_mac: base })), true);
    assert.equal(
      same(device({ base_mac: base }), device({ chassis_id: base })),
      true,
      "a base MAC address as LLDP tells it",
    );
    assert.equal(same(device({ engine_id: macEngine }), device({ engine_id: macEngine })), true);
    assert.equal(same(device({ port_mac: ports(1, 9) }), device({ port_mac: ports(2, 9) })), true);
  });

  it("of the weaker ones it takes two, and one of them of the hardware", () => {
    const serial = { serial: "FOC1408Z61U" };
    assert.equal(same(device(serial), device(serial)), false);
    assert.equal(
      same(device({ ...serial, engine_id: textEngine }), device({ ...serial, engine_id: textEngine })),
      true,
    );
    assert.equal(
      same(device(serial, ["sw1"], ["192.0.2.1"]), device(serial, ["sw1"], ["198.51.100.1", "192.0.2.1"])),
      true,
    );
    assert.equal(same(device({}, ["sw1"], ["192.0.2.1"]), device({}, ["sw1"], ["192.0.2.1"])), false);
  });

  it("one serial number on two chassis is two devices, and one MAC address with two serial numbers", () => {
    const serial = "FOC1408Z61U";
    const engine_id = textEngine;
    assert.equal(
      same(device({ serial, engine_id, base_mac: base }), device({ serial, engine_id, base_mac: other })),
      false,
    );
    assert.equal(
      same(device({ serial, engine_id, chassis_id: base }), device({ serial, engine_id, chassis_id: other })),
      false,
    );
    const pair = judge(device({ base_mac: base, serial: "AAA11111" }), device({ base_mac: base, serial: "BBB22222" }));
    assert.equal(pair.same, false, "a pair that shares its system address (MLAG, clusters)");
    assert.match(pair.against.join(), /serial number: AAA11111 and BBB22222/);
  });

  it("machines copied from one image share the engine id, not the ports", () => {
    const clone = (from: number) =>
      device({ engine_id: textEngine, port_mac: ports(from, 3) }, ["vm"], [`192.0.2.${from}`]);
    assert.equal(same(clone(1), clone(100)), false);
  });

  it("a stack is one while one of its members is in both", () => {
    const stack = (...serial: string[]) => device({ serial, base_mac: base });
    assert.equal(same(stack("AAA11111", "BBB22222"), stack("BBB22222", "CCC33333")), true);
  });

  it("never believes zeros, multicast, virtual routers, what comes from an IP address, and what many have", () => {
    const worthless: Facts[] = [
      { base_mac: "00:00:00:00:00:00" },
      { base_mac: "01:80:c2:00:00:00" },
      { chassis_id: "00:00:5e:00:01:01" },
      { base_mac: "00:00:0c:07:ac:01" },
      { chassis_id: "192.0.2.1" },
      { engine_id: "80000a4c010ac40101" },
      { engine_id: "80000000000000000000" },
      { engine_id: "800000090300000000000000" },
      { serial: "0000000000" },
      { serial: "" },
      { port_mac: ["02:00:00:00:00:04", "02:00:00:00:00:05", "00:00:5e:00:01:01"] },
    ];
    for (const facts of worthless) {
      const both = device({ serial: [], ...facts }, ["sw1"], ["192.0.2.1"]);
      const verdict = judge(both, both);
      assert.equal(verdict.same, false, JSON.stringify([facts, verdict]));
    }
    assert.equal(
      same(device({ base_mac: base }), device({ base_mac: base }), () => 7),
      false,
    );
  });

  it("engine ids are of a kind", () => {
    const kinds: [string, string][] = [
      ["80000a4c010ac40101", "worthless"],
      ["800000090300e8046278f201", "mac"],
      ["80000009038c604f191620", "mac"],
      ["0000000b0000ac162d927d21", "mac"],
      ["f5717f001c73b4fd6900", "mac"],
      ["0000000900000000a1c0a80101", "worthless"],
      ["00000009000000a1c0a80101", "worthless"],
      [textEngine, "chosen"],
      ["80001f8880e9bd0c1d6f2a5b60", "chosen"],
      ["8000", "worthless"],
      ["", "worthless"],
    ];
    for (const [hex, kind] of kinds) assert.equal(engineIdKind(hex), kind, hex);
  });
});

describe("who answers at an address", () => {
  const known: KnownLikeness = {
    id: 1,
    ip: "192.0.2.1",
    ...device({ base_mac: base, serial: "AAA11111" }, ["sw1"], ["192.0.2.1", "192.0.2.2"]),
  };

  it("the device as before, even if it tells less this time", () => {
    assert.equal(recognise(known, "192.0.2.1", [known]).verdict, "known");
    assert.equal(recognise(device({}), "192.0.2.1", [known]).verdict, "known");
    assert.equal(
      recognise(device({ serial: "BBB22222", base_mac: base }, ["sw1"]), "192.0.2.1", [known]).verdict,
      "known",
    );
  });

  it("one switch under two addresses is one device", () => {
    const found = recognise(known, "192.0.2.2", [known]);
    assert.deepEqual([found.verdict, found.device?.id], ["alias", 1]);
  });

  it("a device whose address has changed", () => {
    const moved = { ...known, addresses: ["198.51.100.1"], addressesComplete: true };
    const found = recognise(moved, "198.51.100.1", [known]);
    assert.deepEqual([found.verdict, found.device?.id], ["renumbered", 1]);
    const silent = recognise({ ...moved, addressesComplete: false }, "198.51.100.1", [known]);
    assert.deepEqual(
      [silent.verdict, silent.device?.id],
      ["alias", 1],
      "a table that was not read takes no address away",
    );
    const ported = recognise({ ...known, addressesComplete: true }, "192.0.2.1:1161", [
      { ...known, ip: "192.0.2.1:161" },
    ]);
    assert.equal(ported.verdict, "alias");
  });

  it("another device where a known one was, and a new one", () => {
    const stranger = device({ base_mac: other, serial: "CCC33333" }, ["sw9"], ["192.0.2.1"]);
    assert.deepEqual(
      [recognise(stranger, "192.0.2.1", [known]).verdict, recognise(stranger, "192.0.2.9", [known]).verdict],
      ["replaced", "new"],
    );
    assert.equal(recognise(stranger, "192.0.2.9", []).verdict, "new");
  });

  it("another known device has moved in: it is that one, not the one that was here", () => {
    const moved: KnownLikeness = {
      id: 2,
      ip: "192.0.2.50",
      ...device({ base_mac: other, serial: "CCC33333" }, ["sw9"], ["192.0.2.50"]),
    };
    const found = recognise({ ...moved, addresses: ["192.0.2.1"], addressesComplete: true }, "192.0.2.1", [
      known,
      moved,
    ]);
    assert.deepEqual([found.verdict, found.device?.id], ["renumbered", 2]);
  });

  it("two known devices that turn out to be one", () => {
    const twin: KnownLikeness = { ...known, id: 2, ip: "192.0.2.2" };
    const found = recognise(known, "192.0.2.1", [known, twin]);
    assert.deepEqual([found.verdict, found.device?.id, found.twins.map(({ id }) => id)], ["known", 1, [2]]);
  });
});
