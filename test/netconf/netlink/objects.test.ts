import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalNewAddress, canonicalRoute } from "../../../src/netconf/kernel/compare.ts";
import type { Forwarding } from "../../../src/netconf/kernel/state.ts";
import { addressAdd, addressDelete, readAddress } from "../../../src/netconf/netlink/address.ts";
import { forwardingAdd, readForwarding } from "../../../src/netconf/netlink/forwarding.ts";
import { readLink, readVlans } from "../../../src/netconf/netlink/link.ts";
import type { Names } from "../../../src/netconf/netlink/link-data.ts";
import { linkAdd, linkSet, vlanChange } from "../../../src/netconf/netlink/link-request.ts";
import { attribute, joined, message, NLM_F, nested, readMessages } from "../../../src/netconf/netlink/message.ts";
import { s32, u8, u16, u32 } from "../../../src/netconf/netlink/number.ts";
import { readRoute, routeAdd, routeDelete } from "../../../src/netconf/netlink/route.ts";
import { readRule, ruleAdd } from "../../../src/netconf/netlink/rule.ts";
import { Problem } from "../../../src/problem.ts";
import { kinds, rule, usual } from "../kernel/netlink-scenario.ts";
import { address, route } from "../kernel/objects.ts";

const steps = [...usual, ...kinds].flatMap((stage) => stage.steps);
const known = ["lo", ...new Set(steps.flatMap((step) => ("name" in step ? [step.name] : []))), "v1"];
const names: Names = {
  nameOf: (index) => known[index - 1] ?? "",
  indexOf: (name) => (known.includes(name) ? known.indexOf(name) + 1 : undefined),
};
const payload = (bytes: Uint8Array) => readMessages(bytes).messages[0]!.payload;

describe("what is asked for, read as if the kernel said it", () => {
  it("addresses", () => {
    let count = 0;
    for (const step of steps) {
      if (step.do !== "address-add" && step.do !== "address-delete") continue;
      const bytes = step.do === "address-add" ? addressAdd(step.address, names) : addressDelete(step.address, names);
      const is = readAddress(payload(bytes), names)!.address;
      const { flags, ...rest } = canonicalNewAddress(step.address);
      const wanted =
        step.do === "address-add" ? { ...rest, flags } : { ...rest, valid: null, preferred: null, flags: [] };
      assert.deepEqual({ ...is, label: "", broadcast: "" }, { ...wanted, label: "", broadcast: "" });
      if (step.do === "address-add") assert.deepEqual([is.label, is.broadcast], [rest.label, rest.broadcast]);
      count++;
    }
    assert.ok(count > 10);
    const own = readAddress(
      payload(addressAdd(address("lo", "192.0.2.1", 32, { protocol: 77, label: "lo" }), names)),
      names,
    );
    assert.deepEqual([own?.address.protocol, own?.address.label], [77, ""]);
  });

  it("routes", () => {
    let count = 0;
    for (const step of steps) {
      if (step.do !== "route-add") continue;
      const { hops, ...wanted } = canonicalRoute(step.route);
      const is = readRoute(payload(routeAdd(step.route, NLM_F.REPLACE, names)), names)!.route;
      // What IPv6 assumes is the kernel's matter; of its several hops, the order is ours.
      assert.deepEqual(canonicalRoute(is), { ...wanted, hops });
      count++;
    }
    assert.ok(count > 15);
    const gone = readRoute(
      payload(routeDelete(route({ gateway: "192.0.2.9", device: "v1", table: 70_000 }), names)),
      names,
    )!;
    assert.deepEqual([gone.route.protocol, gone.route.scope, gone.route.table], [0, "nowhere", 70_000]);
  });

  it("rules", () => {
    for (const step of steps) {
      if (step.do === "rule-add") assert.deepEqual(readRule(payload(ruleAdd(step.rule))), step.rule);
    }
    const vrf = rule({ l3mdev: true, table: 0 });
    assert.deepEqual(readRule(payload(ruleAdd(vrf))), vrf);
  });

  it("far ends", () => {
    for (const step of steps) {
      if (step.do !== "forwarding-add") continue;
      assert.deepEqual(readForwarding(payload(forwardingAdd(step.entry, names)), names)?.entry, step.entry);
    }
    const learned: Forwarding = { device: "v1", address: "02:00:00:00:00:01", destination: "192.0.2.1", vlan: 0 };
    const bytes = payload(forwardingAdd(learned, names));
    bytes[10]! |= 0x10; // NTF_EXT_LEARNED
    assert.equal(readForwarding(bytes, names), undefined);
  });

  it("links", () => {
    let count = 0;
    for (const step of steps) {
      if (step.do !== "link-add") continue;
      const { request, later } = linkAdd(step, names);
      const link = readLink(payload(request), names);
      assert.deepEqual([link.name, link.kind], [step.name, step.kind]);
      assert.equal(link.address, step.settings?.address ?? "");
      assert.equal(link.lower || (link.data.link ?? ""), step.lower ?? step.data.link ?? "");
      assert.equal(later.up, step.settings?.up);
      count++;
    }
    assert.ok(count > 30);
    const [generation, rest] = linkSet(
      "v1",
      { addressGeneration: "none", up: true, arp: false, mtu: 1400, alias: "x" },
      names,
    );
    assert.equal(readLink(payload(generation!), names).addressGeneration, "none");
    const { up, arp, mtu, alias } = readLink(payload(rest!), names);
    assert.deepEqual([up, arp, mtu, alias], [true, false, 1400, "x"]);
  });
});

describe("VLANs of a port", () => {
  const port = (...entries: [flags: number, vlan: number][]) =>
    payload(
      message(
        16,
        0,
        joined([u8(7), u8(0), u16(1), s32(2), u32(0), u32(0)]),
        nested(26, ...entries.map(([flags, vlan]) => attribute(2, joined([u16(flags), u16(vlan)])))),
      ),
    );

  it("are taken out of ranges", () => {
    const vlans = readVlans(port([6, 1], [8, 10], [16, 12], [4, 20]));
    assert.deepEqual(
      vlans.map(({ vlan, pvid, untagged }) => [vlan, pvid, untagged]),
      [
        [1, true, true],
        [10, false, false],
        [11, false, false],
        [12, false, false],
        [20, false, true],
      ],
    );
    assert.deepEqual(
      readVlans(payload(vlanChange("add", "v1", { vlan: 7, pvid: true, untagged: false }, true, names))),
      [{ vlan: 7, pvid: true, untagged: false }],
    );
  });

  it("that cannot be are none", () => {
    assert.deepEqual(readVlans(port([0, 0], [0, 4095], [8, 9], [16, 5], [16, 4094])), [
      { vlan: 4094, pvid: false, untagged: false },
    ]);
  });
});

describe("what nothing of ours makes", () => {
  it("is left out", () => {
    const one = payload(routeAdd(route({ device: "v1" }), 0, names));
    const other = (at: number, byte: number) =>
      readRoute(
        Uint8Array.from(one, (each, place) => (place === at ? byte : each)),
        names,
      );
    assert.ok(other(3, 0));
    assert.equal(other(3, 8), undefined, "type of service");
    assert.equal(other(2, 24), undefined, "from one source only");
    assert.equal(other(9, 2), undefined, "remembered");
    assert.equal(other(1, 33), undefined, "no such prefix");
    assert.equal(other(7, 0), undefined, "no such type");
    const plain = payload(ruleAdd(rule({})));
    assert.ok(readRule(plain));
    assert.equal(readRule(joined([plain, attribute(14, u32(0))])), undefined, "suppressed");
    assert.equal(readRule(joined([plain, attribute(22, u8(6))])), undefined, "one protocol only");
    assert.ok(readRule(joined([plain, attribute(14, u32(0xffff_ffff))])));
  });
});

describe("what cannot be said", () => {
  it("is refused", () => {
    for (const wrong of [
      () => addressAdd(address("nobody", "192.0.2.1", 24), names),
      () => addressAdd(address("v1", "192.0.2.1%v1", 24), names),
      () => routeAdd(route({ gateway: "here", device: "v1" }), 0, names),
      () => routeAdd(route({ destination: "2001:db8::", family: 4, prefix: 8, device: "v1" }), 0, names),
      () => ruleAdd(rule({ from: "192.0.2.0/33" })),
      () => ruleAdd(rule({ from: "192.0.2.0/24/2" })),
      () => ruleAdd(rule({ to: "2001:db8::/32" })),
      () => linkSet("v1", { master: "nobody" }, names),
      () => linkSet("v1", { mtu: -1 }, names),
      () => linkSet("v1", { address: "zz:00" }, names),
      () => linkSet("nobody", { name: "somebody" }, names),
    ]) {
      assert.throws(wrong, (error) => error instanceof Problem && /^(bad-request|not-found)$/.test(error.code));
    }
  });
});
