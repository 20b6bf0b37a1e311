import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { carriers, treeOf } from "../../../src/console/interfaces/tree.ts";

const link = (name: string, { master = "", lower = "" } = {}) => ({ name, master, lower });
const some = [
  link("lo"),
  link("eth0", { master: "bond0" }),
  link("eth1", { master: "bond0" }),
  link("bond0", { master: "br0" }),
  link("br0"),
  link("bond0.20", { lower: "bond0" }),
  link("tap0", { master: "br9" }),
];

function drawn(links: ReturnType<typeof link>[]): string[] {
  return treeOf(links).map(({ link: { name }, depth }) => `${" ".repeat(depth)}${name}`);
}

describe("which interface stands on which", () => {
  it("ports below their master, VLANs below what carries them, else in the order given", () => {
    assert.deepEqual(drawn(some), ["lo", "br0", " bond0", "  eth0", "  eth1", "  bond0.20", "tap0"]);
  });

  it("a VLAN that is a port stands with its bridge", () => {
    const links = [link("eth0"), link("br1"), link("eth0.5", { lower: "eth0", master: "br1" })];
    assert.deepEqual(drawn(links), ["eth0", "br1", " eth0.5"]);
  });

  it("circles and what is deep are drawn, each once", () => {
    const circle = [link("a", { lower: "b" }), link("b", { lower: "a" }), link("c", { lower: "c" })];
    assert.deepEqual(drawn(circle), ["c", "a", " b"]);
    const deep = Array.from({ length: 8 }, (_, n) => link(`v${n}`, { lower: n === 0 ? "" : `v${n - 1}` }));
    assert.equal(treeOf(deep).length, 8);
    assert.equal(Math.max(...treeOf(deep).map(({ depth }) => depth)), 4);
  });

  it("what packets of an interface go through: what is below it, its ports, and theirs", () => {
    assert.deepEqual(carriers(some, "br0"), ["br0", "bond0", "eth0", "eth1"]);
    assert.deepEqual(carriers(some, "bond0.20"), ["bond0.20", "bond0", "eth0", "eth1"]);
    assert.deepEqual(carriers(some, "eth7"), ["eth7"]);
  });
});
