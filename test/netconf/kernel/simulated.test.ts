import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { KernelChange, KernelState, Route } from "../../../src/netconf/kernel/state.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";
import { address, route } from "./objects.ts";

const up = (name: string): Step => ({ do: "link-set", name, settings: { up: true } });
const down = (name: string): Step => ({ do: "link-set", name, settings: { up: false } });
const add = (device: string, text: string, prefix: number): Step => ({
  do: "address-add",
  address: address(device, text, prefix),
});
const veth: Step = { do: "link-add", name: "v0", kind: "veth", data: {}, peer: "v1" };

/** In short: `local 10.0.0.1/32 dev v0 255 0`. */
function short({ type, destination, prefix, hops, table, metric }: Route): string {
  const via = hops.map(({ gateway, device }) => `${gateway && `via ${gateway} `}dev ${device}`).join(" ");
  return `${type} ${destination}/${prefix} ${via} ${table} ${metric}`;
}

function routes(state: KernelState, family: 4 | 6): string[] {
  return state.routes
    .filter((one) => one.family === family)
    .map(short)
    .sort();
}

async function done(kernel: ReturnType<typeof simulatedKernel>, ...steps: Step[]): Promise<void> {
  const results = await kernel.perform(steps);
  assert.deepEqual(
    results.map((result, at) => [steps[at]?.do, result]),
    steps.map((step) => [step.do, { ok: true }]),
  );
}

async function refused(kernel: ReturnType<typeof simulatedKernel>, step: Step): Promise<string> {
  const [result] = await kernel.perform([step]);
  return result && !result.ok ? `${result.code} ${result.errno}` : "done";
}

describe("addresses and their routes", () => {
  it("an address on a link that is down has its local route only; the others come when the link does", async () => {
    const kernel = simulatedKernel();
    await done(kernel, veth, add("v0", "10.0.0.1", 24), add("v0", "2001:db8::1", 64));
    assert.deepEqual(routes(kernel.state, 4), ["local 10.0.0.1/32 dev v0 255 0"]);
    assert.deepEqual(routes(kernel.state, 6), ["local 2001:db8::1/128 dev v0 255 0"]);
    await done(kernel, up("v0"));
    assert.deepEqual(routes(kernel.state, 4), [
      "broadcast 10.0.0.255/32 dev v0 255 0",
      "local 10.0.0.1/32 dev v0 255 0",
      "unicast 10.0.0.0/24 dev v0 254 0",
    ]);
    assert.deepEqual(routes(kernel.state, 6), [
      "local 2001:db8::1/128 dev v0 255 0",
      "unicast 2001:db8::/64 dev v0 254 256",
    ]);
    assert.equal(kernel.state.links.get("v0")?.operstate, "LOWERLAYERDOWN");
    await done(kernel, up("v1"));
    assert.equal(kernel.state.links.get("v0")?.operstate, "UP");
    assert.ok(kernel.state.addresses.some(({ address: text }) => text.startsWith("fe80::")));
    await done(kernel, down("v0"));
    assert.deepEqual(routes(kernel.state, 4), ["local 10.0.0.1/32 dev v0 255 0"]);
    assert.deepEqual(
      kernel.state.addresses.filter(({ device }) => device === "v0").map((one) => one.address),
      ["10.0.0.1"],
    );
  });

  it("a second address of a subnet is secondary and goes with the first; without addresses no route is left", async () => {
    const kernel = simulatedKernel();
    const far = route({ destination: "10.9.0.0", prefix: 16, gateway: "10.0.0.254", device: "v0" });
    await done(kernel, veth, up("v0"), add("v0", "10.0.0.1", 24), add("v0", "10.0.0.2", 24));
    await done(kernel, { do: "route-add", route: far });
    assert.ok(kernel.state.addresses.find(({ address: text }) => text === "10.0.0.2")?.flags.includes("secondary"));
    await done(kernel, { do: "address-delete", address: address("v0", "10.0.0.1", 24) });
    assert.deepEqual(kernel.state.addresses, []);
    assert.deepEqual(routes(kernel.state, 4), []);
  });
});

describe("refusals", () => {
  it("have the kernel's numbers", async () => {
    const kernel = simulatedKernel();
    await done(kernel, veth, add("v0", "10.0.0.1", 24));
    const via = (gateway: string, onlink = false): Step => ({
      do: "route-add",
      route: route({ destination: "10.9.0.0", prefix: 16, gateway, device: "v0", onlink }),
    });
    assert.equal(await refused(kernel, via("10.5.5.5", true)), "ENETDOWN 100");
    await done(kernel, up("v0"));
    assert.equal(await refused(kernel, via("10.5.5.5")), "ENETUNREACH 101");
    await done(kernel, via("10.5.5.5", true), via("10.0.0.254"));
    assert.equal(await refused(kernel, up("none")), "ENODEV 19");
    assert.equal(await refused(kernel, { do: "link-delete", name: "lo" }), "EOPNOTSUPP 95");
    assert.equal(await refused(kernel, { do: "link-add", name: "q", kind: "quark", data: {} }), "EOPNOTSUPP 95");
    const bridge = (name: string): Step => ({ do: "link-add", name, kind: "bridge", data: {} });
    await done(kernel, bridge("br0"), bridge("br1"));
    const master: Step = { do: "link-set", name: "br1", settings: { master: "br0" } };
    assert.equal(await refused(kernel, master), "ELOOP 40");
    const vlan: Step = { do: "link-add", name: "v0.5", kind: "vlan", lower: "v0", data: { id: 5 } };
    await done(kernel, down("v0"), vlan);
    assert.equal(await refused(kernel, up("v0.5")), "ENETDOWN 100");
  });

  it("what is so already counts as done", async () => {
    const kernel = simulatedKernel();
    await done(kernel, veth, veth, { do: "link-delete", name: "none" });
    await done(kernel, { do: "address-delete", address: address("v0", "10.0.0.1", 24) });
    await done(kernel, { do: "route-delete", route: route({ device: "v0" }) });
  });
});

describe("links", () => {
  it("a deleted link takes its other end, links above, addresses and routes along, and frees its ports", async () => {
    const kernel = simulatedKernel();
    await done(
      kernel,
      veth,
      { do: "link-add", name: "v0.5", kind: "vlan", lower: "v0", data: { id: 5 } },
      { do: "link-add", name: "br0", kind: "bridge", data: {} },
      { do: "link-set", name: "v1", settings: { master: "br0" } },
      { do: "link-set", name: "v0.5", settings: { master: "br0" } },
      add("v0", "10.0.0.1", 24),
      { do: "link-delete", name: "br0" },
    );
    assert.deepEqual([kernel.state.links.get("v1")?.master, kernel.state.links.get("v1")?.vlans], ["", []]);
    await done(kernel, { do: "link-delete", name: "v1" });
    assert.deepEqual([...kernel.state.links.keys()], ["lo"]);
    assert.deepEqual(kernel.state.addresses, []);
    assert.deepEqual(kernel.state.routes, []);
  });

  it("numbers are not given again; a name is, and what has it follows", async () => {
    const kernel = simulatedKernel();
    await done(kernel, veth, add("v0", "10.0.0.1", 24));
    const first = kernel.state.links.get("v0")?.index ?? 0;
    await done(kernel, { do: "link-set", name: "v0", settings: { name: "wan" } });
    assert.deepEqual(
      kernel.state.addresses.map(({ device, label }) => [device, label]),
      [["wan", ""]],
    );
    await done(kernel, { do: "link-delete", name: "wan" }, veth);
    assert.ok((kernel.state.links.get("v0")?.index ?? 0) > first);
  });
});

describe("the world", () => {
  it("is heard of by watchers, after what was lost as well", async () => {
    const kernel = simulatedKernel();
    await done(kernel, veth, up("v0"), up("v1"));
    const heard: string[] = [];
    const watch = kernel.watch((change: KernelChange) =>
      heard.push(change.what === "overrun" ? "overrun" : `${change.what} ${change.after ? "came" : "went"}`),
    );
    kernel.world.address("v0", "192.0.2.1", 32);
    assert.equal(kernel.state.addresses.length, 2);
    await Promise.resolve();
    assert.deepEqual(heard, ["address came", "route came"]);
    assert.equal(kernel.state.addresses.length, 3);
    kernel.world.lose();
    kernel.world.vanish("v1");
    await Promise.resolve();
    assert.equal(heard.length, 2);
    kernel.world.overrun();
    await Promise.resolve();
    assert.equal(heard[2], "overrun");
    assert.equal(kernel.state.links.size, 1);
    watch.close();
  });

  it("carriers, hardware, time, failures, death", async () => {
    const kernel = simulatedKernel();
    const { world } = kernel;
    world.appear("eth0", { carrier: false });
    await done(kernel, up("eth0"));
    assert.equal(kernel.state.links.get("eth0")?.operstate, "DOWN");
    world.cable("eth0", true);
    await kernel.refresh();
    assert.equal(kernel.state.links.get("eth0")?.operstate, "UP");
    const lease = { ...address("eth0", "192.0.2.7", 24), valid: 60, preferred: 30 };
    await done(kernel, { do: "address-add", address: lease });
    world.elapse(40);
    await kernel.refresh();
    const found = kernel.state.addresses.find(({ family }) => family === 4);
    assert.deepEqual([found?.valid, found?.flags], [20, ["deprecated"]]);
    world.elapse(20);
    await kernel.refresh();
    assert.equal(kernel.state.addresses.filter(({ family }) => family === 4).length, 0);
    world.fail("ENOBUFS", { skip: 1 });
    const results = await kernel.perform([up("lo"), down("eth0"), up("eth0")]);
    assert.deepEqual(results, [{ ok: true }, { ok: false, errno: 105, code: "ENOBUFS", message: "ENOBUFS" }]);
    world.die(1);
    await assert.rejects(kernel.perform([down("lo"), up("lo")]));
    assert.equal(world.state.links.get("lo")?.up, false);
  });

  it("settings are there for each link, and a new one has what is the default then", async () => {
    const kernel = simulatedKernel();
    await done(kernel, { do: "sysctl", key: ["ipv6", "conf", "default", "accept_ra"], value: "0" }, veth);
    assert.equal(kernel.sysctl(["ipv6", "conf", "v0", "accept_ra"]), "0");
    assert.equal(kernel.sysctl(["ipv6", "conf", "none", "accept_ra"]), undefined);
    assert.equal(await refused(kernel, { do: "sysctl", key: ["ipv6", "conf", "v0", "quark"], value: "1" }), "ENOENT 2");
    await done(kernel, up("v0"), add("v0", "2001:db8::1", 64));
    await done(kernel, { do: "sysctl", key: ["ipv6", "conf", "v0", "disable_ipv6"], value: "1" });
    assert.deepEqual(kernel.state.addresses, []);
    assert.equal(await refused(kernel, add("v0", "2001:db8::1", 64)), "EACCES 13");
  });
});
