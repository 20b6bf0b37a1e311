import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changesBetween } from "../../../src/netconf/kernel/changes.ts";
import { ipQueries, stateOf } from "../../../src/netconf/kernel/ip-state.ts";
import { freshState, simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import { address } from "./objects.ts";

/** What the programs print, by the words that ask for it. */
function read(said: Record<string, unknown>) {
  return stateOf(
    ipQueries.map((words) => {
      const answer = said[words.filter((word) => !word.startsWith("-")).join(" ")] ?? said[words.join(" ")];
      return answer === undefined ? "" : JSON.stringify(answer);
    }),
  );
}

const link = {
  ifindex: 3,
  link: "v1",
  ifname: "v0",
  flags: ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
  mtu: 1500,
  operstate: "UP",
  txqlen: 1000,
  link_type: "ether",
  address: "d2:d7:00:3d:5f:36",
  inet6_addr_gen_mode: "eui64",
};

describe("what ip prints", () => {
  it("of links, with the data of their kind and as ports, in our types", () => {
    const bridge = {
      info_kind: "veth",
      info_slave_kind: "bridge",
      info_slave_data: { state: "forwarding", cost: 2, hairpin: false, id: "0x8001", unheard: 1 },
    };
    const bond = {
      info_kind: "bond",
      info_data: { mode: "active-backup", arp_validate: null, use_carrier: 1, arp_ip_target: ["192.0.2.1"] },
    };
    const vlans = [
      { vlan: 1, flags: ["PVID", "Egress Untagged"] },
      { vlan: 10, vlanEnd: 12 },
    ];
    const state = read({
      "ip link show": [
        { ...link, master: "br0", linkinfo: bridge },
        { ...link, ifindex: 4, ifname: "bond0", link: null, linkinfo: bond, flags: ["NOARP"] },
      ],
      "bridge vlan show": [{ ifname: "v0", vlans }],
    });
    const [port, other] = ["v0", "bond0"].map((name) => state.links.get(name));
    assert.deepEqual([port?.up, port?.carrier, port?.lower, port?.master], [true, true, "v1", "br0"]);
    assert.deepEqual([port?.port.cost, port?.port.hairpin, port?.port.unheard], [2, false, undefined]);
    assert.deepEqual(
      port?.vlans.map(({ vlan, pvid }) => `${vlan} ${pvid}`),
      ["1 true", "10 false", "11 false", "12 false"],
    );
    assert.deepEqual([other?.arp, other?.up, other?.lower], [false, false, ""]);
    const { mode, arp_validate, use_carrier, arp_ip_target } = other?.data ?? {};
    assert.deepEqual([mode, arp_validate, use_carrier, arp_ip_target], ["active-backup", "none", true, ["192.0.2.1"]]);
  });

  it("of addresses: peers, labels that say something, lifetimes, flags", () => {
    const forEver = 4294967295;
    const life = { valid_life_time: forEver, preferred_life_time: forEver };
    const inet = { family: "inet", local: "192.0.2.1", prefixlen: 24, scope: "global", label: "v0", ...life };
    const lease = { ...inet, local: "192.0.2.2", secondary: true, dynamic: true, valid_life_time: 60, label: "v0:1" };
    const inet6 = { family: "inet6", local: "2001:db8::1", address: "2001:db8::2", prefixlen: 128, scope: "link" };
    const addr_info = [inet, lease, { ...inet6, tentative: true, ...life }];
    const { addresses } = read({ "ip address show": [{ ...link, addr_info }] });
    assert.deepEqual(
      addresses.map(({ address: text, peer, label, valid, flags, scope }) => [text, peer, label, valid, flags, scope]),
      [
        ["192.0.2.1", "", "", null, ["permanent"], "global"],
        ["192.0.2.2", "", "v0:1", 60, ["secondary"], "global"],
        ["2001:db8::1", "2001:db8::2", "", null, ["tentative", "permanent"], "link"],
      ],
    );
  });

  it("of routes and rules, by number", () => {
    const hop = { gateway: "192.0.2.4", dev: "v0", weight: 3, flags: ["onlink"] };
    const state = read({
      "ip -json -N -4 route show table all": [
        {
          type: "1",
          dst: "default",
          gateway: "192.0.2.254",
          dev: "v0",
          table: "254",
          protocol: "16",
          scope: "0",
          flags: [],
        },
        { type: "1", dst: "10.0.0.0/8", table: "77", protocol: "4", scope: "0", nexthops: [hop, hop], flags: [] },
        { type: "7", dst: "192.0.2.9", table: "254", protocol: "4", scope: "0", metrics: [{ mtu: 1400 }], flags: [] },
      ],
      "ip -json -N -6 route show table all": [
        {
          type: "6",
          dst: "2001:db8::/32",
          dev: "lo",
          table: "254",
          protocol: "3",
          scope: "0",
          metric: 1024,
          flags: [],
        },
      ],
      "ip -json -details -N -4 rule show": [
        {
          priority: 100,
          not: null,
          src: "10.0.0.0",
          srclen: 8,
          fwmark: "0x1",
          fwmask: "0xff",
          table: "77",
          protocol: "4",
        },
        { priority: 101, src: "all", action: "6", protocol: "0" },
        { priority: 102, src: "all", l3mdev: null, fwmark: "0x5", protocol: "2" },
      ],
    });
    assert.deepEqual(
      state.routes.map(({ type, destination, prefix, protocol, hops, mtu }) => [
        ...[type, `${destination}/${prefix}`, protocol, hops.length, hops[0]?.weight, hops[0]?.onlink, mtu],
      ]),
      [
        ["unicast", "0.0.0.0/0", 16, 1, 1, false, 0],
        ["unicast", "10.0.0.0/8", 4, 2, 3, true, 0],
        ["unreachable", "192.0.2.9/32", 4, 0, undefined, undefined, 1400],
        ["blackhole", "2001:db8::/32", 3, 0, undefined, undefined, 0],
      ],
    );
    assert.deepEqual(
      state.rules.map((rule) => [rule.action, rule.from, rule.invert, rule.fwmask, rule.table, rule.l3mdev]),
      [
        ["lookup", "10.0.0.0/8", true, 255, 77, false],
        ["blackhole", "", false, 0, 0, false],
        ["lookup", "", false, 0xffffffff, 0, true],
      ],
    );
  });

  it("of forwarding entries: far ends and what was set by hand", () => {
    const { forwarding } = read({
      "bridge fdb show": [
        { mac: "33:33:00:00:00:01", ifname: "v0", flags: ["self"], state: "permanent" },
        { mac: "02:00:00:00:00:01", ifname: "v0", master: "br0", state: "static" },
        { mac: "00:00:00:00:00:00", ifname: "vx0", dst: "192.0.2.9", state: "permanent" },
      ],
    });
    assert.deepEqual(
      forwarding.map(({ device, destination }) => [device, destination]),
      [
        ["v0", ""],
        ["vx0", "192.0.2.9"],
      ],
    );
  });

  it("and nothing else is taken for a state", () => {
    assert.throws(() => stateOf(["not JSON"]));
    assert.throws(() => stateOf(['{"ifname":"v0"}']));
  });
});

describe("changes", () => {
  it("are what went, what came, and what is different now, links by their number", async () => {
    const kernel = simulatedKernel();
    await kernel.perform([
      { do: "link-add", name: "d0", kind: "dummy", data: {} },
      { do: "link-add", name: "d1", kind: "dummy", data: {} },
      { do: "address-add", address: address("d0", "192.0.2.1", 24) },
    ]);
    const before = kernel.state;
    await kernel.perform([
      { do: "link-set", name: "d1", settings: { name: "d2" } },
      { do: "address-delete", address: address("d0", "192.0.2.1", 24) },
      { do: "address-add", address: address("d0", "192.0.2.2", 24) },
    ]);
    const changes = changesBetween(before, kernel.state).map((change) => {
      if (change.what !== "link" && change.what !== "address") return change.what;
      const name = (one: typeof change.before) => one && ("name" in one ? one.name : one.address);
      return `${change.what} ${name(change.before) ?? ""} -> ${name(change.after) ?? ""}`;
    });
    assert.deepEqual(changes, ["link d1 -> d2", "address 192.0.2.1 -> ", "address  -> 192.0.2.2", "route", "route"]);
    assert.deepEqual(changesBetween(freshState(), freshState()), []);
  });
});
