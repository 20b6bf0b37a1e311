import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import { contextOf } from "../../../src/netconf/methods/context.ts";
import { wantedOf } from "../../../src/netconf/methods/wanted-of.ts";
import {
  cycleText,
  type Graph,
  graphOf,
  orderOf,
  unusedWithout,
  usersOf,
  withNeeds,
  withUsers,
} from "../../../src/netconf/plan/graph.ts";
import { nothing } from "../../../src/netconf/plan/wanted.ts";
import { memoryFiles } from "../interfaces/files.ts";

function graph(...lines: string[]): Graph {
  const context = contextOf(parseConfiguration(lines.join("\n"), "interfaces", memoryFiles({})));
  return graphOf([...context.stanzas].map(([name, stanzas]) => wantedOf(name, stanzas, context).wanted));
}

const tower = graph(
  "iface br0 inet manual",
  "  bridge_ports bond0.5 eth9",
  "iface bond0.5 inet manual",
  "iface bond0 inet manual",
  "  bond-slaves eth0 eth1",
  "iface eth0 inet manual",
  "iface tun0",
  "  tunnel-mode gre",
  "  tunnel-remote 192.0.2.1",
  "  tunnel-dev br0",
  "iface lo inet loopback",
  "iface br0:1 inet manual",
);

describe("order", () => {
  it("is bottom up, what needs nothing of each other at a time", () => {
    assert.deepEqual(orderOf(tower).layers, [
      ["eth0", "lo", "eth9", "eth1"],
      ["bond0"],
      ["bond0.5"],
      ["br0"],
      ["tun0", "br0:1"],
    ]);
    assert.deepEqual(orderOf(tower).cycles, []);
  });

  it("puts a port that joins by itself after its master, wherever else it is named", () => {
    const both = graph("iface bond0", "  bond-slaves eth0 eth1", "iface eth0", "  bond-master bond0");
    assert.deepEqual(orderOf(both).layers, [["eth1"], ["bond0"], ["eth0"]]);
  });

  it("knows what a port stands on that is made along with its bridge", () => {
    const { needs } = graph(
      "iface br0 inet manual",
      "  bridge_ports bond0.7",
      "iface bond0 inet manual",
      "  bond-slaves none",
    );
    assert.deepEqual(
      needs.get("br0")?.map(({ to }) => to),
      ["bond0", "bond0.7"],
    );
  });

  it("of two ends of a veth, the one that makes it comes first", () => {
    const pair = graph("iface b inet manual", "iface a", "  link-type veth", "  veth-peer-name b");
    assert.deepEqual(orderOf(pair).layers, [["a"], ["b"]]);
  });

  it("of a thousand links on each other is told at once", () => {
    const wanted = Array.from({ length: 1000 }, (_, at) => ({
      ...nothing(`v${at}`),
      requires: at ? [`v${at - 1}`] : [],
    }));
    assert.equal(orderOf(graphOf(wanted.reverse())).layers.length, 1000);
  });
});

describe("cycles", () => {
  const lines = [
    ...["iface a", "  requires b", "iface b", "  requires c", "iface c", "  requires a", "iface d", "  requires b"],
    ...["iface br0", "  bridge-ports bond0", "iface bond0", "  bond-members eth0", "  requires br0", "iface lo"],
  ];
  const { layers, cycles, refused } = orderOf(graph(...lines));

  it("are told with their way and their lines", () => {
    assert.deepEqual(cycles.map(cycleText), [
      "a → b → c → a: a requires b (interfaces:2:3), b requires c (interfaces:4:3), c requires a (interfaces:6:3)",
      "br0 → bond0 → br0: br0 has as a port bond0 (interfaces:10:3), bond0 requires br0 (interfaces:13:3)",
    ]);
  });

  it("refuse what is in them and what needs it, and nothing else", () => {
    assert.deepEqual([...refused.keys()].sort(), ["a", "b", "bond0", "br0", "c", "d"]);
    assert.equal(refused.get("d"), cycles[0]);
    assert.deepEqual(layers, [["lo", "eth0"]]);
  });
});

describe("who uses whom", () => {
  it("directly, and all the way", () => {
    assert.deepEqual(usersOf(tower).get("br0"), ["tun0", "br0:1"]);
    assert.deepEqual([...withNeeds(tower, ["bond0.5"])].sort(), ["bond0", "bond0.5", "eth0", "eth1"]);
    assert.deepEqual([...withUsers(tower, ["bond0.5"])].sort(), ["bond0.5", "br0", "br0:1", "tun0"]);
  });

  // ifupdown-ng's deferred-teardown fixtures.
  const shared = graph(
    "iface br0",
    "  requires bond0",
    "iface bond0",
    "  requires eth0 eth1",
    "iface tun0",
    "  requires eth0",
  );

  it("leaves what another uses, takes what nobody does", () => {
    assert.deepEqual([...unusedWithout(shared, ["br0"], () => false)], ["br0", "bond0", "eth1"]);
    assert.deepEqual([...unusedWithout(shared, ["br0", "tun0"], () => false)].sort(), [
      "bond0",
      "br0",
      "eth0",
      "eth1",
      "tun0",
    ]);
    assert.deepEqual([...unusedWithout(shared, ["tun0"], () => false)], ["tun0"]);
  });

  it("leaves what somebody asked for, and what that needs", () => {
    assert.deepEqual([...unusedWithout(shared, ["br0"], (name) => name === "bond0")], ["br0"]);
  });
});

/** Random graphs without cycles: each layer's needs stand in layers before, and every name stands in one. */
describe("random graphs", () => {
  it("are ordered so that nothing comes before what it needs", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let round = 0; round < 50; round++) {
      const size = 2 + random(20);
      const wanted = Array.from({ length: size }, (_, at) => {
        const requires = at === 0 ? [] : [...new Set(Array.from({ length: random(4) }, () => `n${random(at)}`))];
        return { ...nothing(`n${at}`), requires };
      });
      const graph = graphOf(wanted);
      const { layers, cycles } = orderOf(graph);
      assert.deepEqual(cycles, []);
      assert.equal(layers.flat().length, size);
      const place = new Map(layers.flatMap((layer, at) => layer.map((name) => [name, at] as const)));
      for (const [name, needs] of graph.needs) for (const { to } of needs) assert.ok(place.get(to)! < place.get(name)!);
    }
  });
});
