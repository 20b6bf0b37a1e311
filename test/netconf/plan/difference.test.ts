/** What is planned for one interface, case by case: as few steps as the kernel allows, in the order that it takes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ipText } from "../../../src/netconf/kernel/ip-line.ts";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import { difference } from "../../../src/netconf/plan/difference.ts";
import { nothingOwned } from "../../../src/netconf/plan/owned.ts";
import type { PlanOptions } from "../../../src/netconf/plan/planned.ts";
import { transaction } from "../../../src/netconf/plan/transaction.ts";
import { nothing, type Owned, type Wanted } from "../../../src/netconf/plan/wanted.ts";
import { Problem } from "../../../src/problem.ts";
import { newAddress, newPort, newRoute, newRule, up } from "./random-wanted.ts";
import { groundOf, type Scene } from "./scene.ts";

const from = "configuration";

class Host {
  readonly kernel: Scene = simulatedKernel();
  readonly owned = new Map<string, Owned>();
  notices: string[] = [];

  constructor(...cards: string[]) {
    for (const name of cards) this.kernel.world.appear(name);
  }

  /** Plans, carries out, keeps what is owned then. @returns the `ip` lines */
  async be(wanted: Wanted, options?: PlanOptions): Promise<string[]> {
    await this.kernel.refresh();
    const { steps, owned, also, notices } = difference(wanted, groundOf(this.kernel, this.owned), options);
    const results = await this.kernel.perform(steps.map(({ step }) => step));
    assert.deepEqual(
      results.flatMap((result, at) => (result.ok ? [] : [[steps[at]?.step, result]])),
      [],
    );
    for (const [name, one] of [...also, [wanted.name, owned] as const]) this.owned.set(name, one);
    this.notices = notices.map(({ text }) => text);
    return steps.map(({ step }) => ipText(step));
  }

  async refused(wanted: Wanted): Promise<string> {
    await this.kernel.refresh();
    try {
      difference(wanted, groundOf(this.kernel, this.owned));
    } catch (error) {
      assert.ok(error instanceof Problem);
      return `${error.code}: ${error.message}`;
    }
    return assert.fail("it was planned");
  }

  get addresses(): string[] {
    return this.kernel.world.state.addresses
      .filter(({ protocol }) => protocol === 0)
      .map(({ device, address, prefix }) => `${device} ${address}/${prefix}`);
  }

  get routes(): string[] {
    return this.kernel.world.state.routes
      .filter(({ protocol }) => protocol !== 2)
      .map(({ destination, prefix, hops }) => `${destination}/${prefix} ${hops.map((hop) => hop.gateway).join()}`);
  }
}

function card(name: string, addresses: [string, number][], gateway?: string): Wanted {
  const wanted = up(name);
  for (const [address, prefix] of addresses) wanted.addresses.push({ is: newAddress(name, address, prefix), from });
  if (gateway) wanted.routes.push({ is: newRoute("0.0.0.0", 0, gateway, name), from });
  return wanted;
}

describe("a network card", () => {
  it("comes up, link first, routes last; is left alone when it is as wanted; goes down in reverse", async () => {
    const host = new Host("eth0");
    const wanted = card("eth0", [["192.0.2.1", 24]], "192.0.2.254");
    wanted.settings = { is: { up: true, mtu: 1400 }, from };
    wanted.rules.push({ is: newRule(100, 7, { from: "192.0.2.0/24" }), from });
    wanted.sysctls.push({ is: { key: ["ipv6", "conf", "eth0", "accept_ra"], value: "0" }, from });
    assert.deepEqual(await host.be(wanted), [
      "ip link set dev eth0 mtu 1400",
      "sysctl -w net/ipv6/conf/eth0/accept_ra=0",
      "ip link set dev eth0 up",
      "ip address replace 192.0.2.1/24 dev eth0",
      "ip -4 route replace default via 192.0.2.254 dev eth0 table 254 proto 4 scope global",
      "ip -4 rule add from 192.0.2.0/24 priority 100 lookup 7",
    ]);
    assert.deepEqual(await host.be(wanted), []);
    const down = await host.be(nothing("eth0"));
    assert.deepEqual(
      down.map((line) => line.replace(/ (priority|scope|proto|table|label).*/, "")),
      [
        "ip -4 rule delete from 192.0.2.0/24",
        "ip -4 route delete default via 192.0.2.254 dev eth0",
        "ip address delete 192.0.2.1/24 dev eth0",
        "ip link set dev eth0 down",
        "ip link set dev eth0 mtu 1500",
        "sysctl -w net/ipv6/conf/eth0/accept_ra=1",
      ],
    );
    assert.deepEqual(await host.be(nothing("eth0")), []);
  });

  it("that is as wanted already is adopted without a step, and goes down all the same", async () => {
    const host = new Host("eth0");
    const { world } = host.kernel;
    world.do({ do: "link-set", name: "eth0", settings: { up: true } });
    world.address("eth0", "192.0.2.1", 24, { broadcast: "192.0.2.255" });
    world.do({ do: "route-add", route: newRoute("0.0.0.0", 0, "192.0.2.254", "eth0", { protocol: 3 }) });
    assert.deepEqual(await host.be(card("eth0", [["192.0.2.1", 24]], "192.0.2.254")), []);
    await host.be(nothing("eth0"));
    assert.deepEqual([host.addresses, host.routes, world.state.links.get("eth0")?.up], [[], [], false]);
  });

  it("gets its new address before the old one goes, and its default route is replaced", async () => {
    const host = new Host("eth0");
    await host.be(card("eth0", [["192.0.2.1", 24]], "192.0.2.254"));
    assert.deepEqual(await host.be(card("eth0", [["198.51.100.1", 24]], "198.51.100.254")), [
      "ip address replace 198.51.100.1/24 dev eth0",
      "ip -4 route replace default via 198.51.100.254 dev eth0 table 254 proto 4 scope global",
      "ip address delete 192.0.2.1/24 dev eth0",
    ]);
  });

  it("keeps what the kernel deletes with a primary address", async () => {
    const host = new Host("eth0");
    await host.be(
      card("eth0", [
        ["192.0.2.1", 24],
        ["192.0.2.2", 24],
      ]),
    );
    host.kernel.world.address("eth0", "192.0.2.77", 24);
    await host.be(
      card("eth0", [
        ["192.0.2.2", 24],
        ["192.0.2.3", 24],
      ]),
    );
    assert.deepEqual(host.addresses.sort(), ["eth0 192.0.2.2/24", "eth0 192.0.2.3/24", "eth0 192.0.2.77/24"]);
    await host.be(nothing("eth0"));
    assert.deepEqual(host.addresses, ["eth0 192.0.2.77/24"]);
  });

  it("is given lifetimes and flags in place, IPv6 prefixes and IPv4 labels by deletion", async () => {
    const host = new Host("eth0");
    const six = (prefix: number, more: object) => {
      const wanted = up("eth0");
      wanted.addresses.push({ is: newAddress("eth0", "2001:db8::1", prefix, more), from });
      return wanted;
    };
    await host.be(six(64, {}));
    assert.match((await host.be(six(64, { flags: ["noprefixroute"] }))).join("|"), /^ip address replace \S+ [^|]*$/);
    assert.match((await host.be(six(64, { valid: 300, preferred: 200 }))).join("|"), /^ip address replace [^|]*$/);
    const [first, second, ...more] = await host.be(six(80, {}));
    assert.match(first ?? "", /^ip address delete 2001:db8::1\/64/);
    assert.match(second ?? "", /^ip address replace 2001:db8::1\/80/);
    assert.deepEqual(more, []);
    const four = (label: string) => {
      const wanted = up("eth1");
      wanted.addresses.push({ is: newAddress("eth1", "192.0.2.1", 24, { label }), from });
      return wanted;
    };
    host.kernel.world.appear("eth1");
    await host.be(four("eth1"));
    assert.equal((await host.be(four("eth1:1"))).length, 2);
  });

  it("has the lifetimes of a lease set when it is renewed, and not before", async () => {
    const host = new Host("eth0");
    const leased = (valid: number) => {
      const wanted = up("eth0");
      wanted.addresses.push({ is: newAddress("eth0", "192.0.2.9", 24, { valid, preferred: valid }), from: "lease" });
      return wanted;
    };
    await host.be(leased(3600));
    host.kernel.world.elapse(1800);
    assert.deepEqual(await host.be(leased(1790)), []);
    assert.deepEqual(await host.be(leased(1805), { parts: ["address"] }), []);
    assert.equal((await host.be(leased(1805), { renew: true })).length, 1);
    // Whoever asks for much more than there is means it.
    assert.equal((await host.be(leased(3600))).length, 1);
  });

  it("has the routes that others need first, and is not planned for a gateway that cannot be", async () => {
    const host = new Host("eth0");
    const wanted = card("eth0", [["192.0.2.1", 32]]);
    wanted.routes.push({ is: newRoute("0.0.0.0", 0, "198.51.100.1", "eth0"), from });
    wanted.routes.push({ is: newRoute("198.51.100.1", 32, "", "eth0"), from });
    const lines = await host.be(wanted);
    assert.deepEqual(
      lines.slice(-2).map((line) => line.split(" ")[4]),
      ["198.51.100.1/32", "default"],
    );
  });

  it("leaves a default route of the same metric to whoever has it, and says so", async () => {
    const host = new Host("eth0", "eth1");
    await host.be(card("eth0", [["192.0.2.1", 24]], "192.0.2.254"));
    const second = card("eth1", [["198.51.100.1", 24]], "198.51.100.254");
    await host.be(second);
    assert.match(host.notices.join(), /route default via 198\.51\.100\.254 dev eth1 is left out: eth0 has it/);
    assert.deepEqual(host.routes, ["0.0.0.0/0 192.0.2.254"]);
    await host.be(nothing("eth1"));
    assert.deepEqual(host.routes, ["0.0.0.0/0 192.0.2.254"]);
    await host.be(second);
    await host.be(nothing("eth0"));
    assert.equal((await host.be(second)).length, 1);
    assert.deepEqual(host.routes, ["0.0.0.0/0 198.51.100.254"]);
  });

  it("takes nothing away that another interface wants as well", async () => {
    const host = new Host("eth0", "eth1");
    const both = (name: string, address: string) => {
      const wanted = card(name, [[address, 24]]);
      wanted.rules.push({ is: newRule(100, 7), from });
      wanted.sysctls.push({ is: { key: ["ipv4", "ip_forward"], value: "1" }, from });
      return wanted;
    };
    await host.be(both("eth0", "192.0.2.1"));
    await host.be(both("eth1", "198.51.100.1"));
    await host.be(nothing("eth0"));
    const left = () => [
      host.kernel.world.state.rules.some(({ priority }) => priority === 100),
      host.kernel.sysctl(["ipv4", "ip_forward"]),
    ];
    assert.deepEqual(left(), [true, "1"]);
    host.owned.delete("eth0");
    await host.be(nothing("eth1"));
    assert.deepEqual(left(), [false, "1"]);
  });

  it("leaves a route that somebody else has put in the place of ours", async () => {
    const host = new Host("eth0");
    await host.be(card("eth0", [["192.0.2.1", 24]], "192.0.2.254"));
    host.kernel.world.do({ do: "route-add", route: newRoute("0.0.0.0", 0, "192.0.2.99", "eth0") });
    await host.be(card("eth0", [["192.0.2.1", 24]]));
    assert.deepEqual(host.routes, ["0.0.0.0/0 192.0.2.99"]);
  });

  it("is put down for a hardware address, and what that costs others is put back", async () => {
    const host = new Host("eth0");
    const { world } = host.kernel;
    await host.be(card("eth0", [["192.0.2.1", 24]], "192.0.2.254"));
    world.address("eth0", "2001:db8:f::1", 64);
    world.do({ do: "route-add", route: newRoute("203.0.113.0", 24, "192.0.2.33", "eth0", { protocol: 3 }) });
    const wanted = card("eth0", [["192.0.2.1", 24]], "192.0.2.254");
    wanted.settings = { is: { up: true, address: "02:00:00:00:00:77" }, from };
    const lines = await host.be(wanted);
    assert.deepEqual(lines.slice(0, 3), [
      "ip link set dev eth0 down",
      "ip link set dev eth0 address 02:00:00:00:00:77",
      "ip link set dev eth0 up",
    ]);
    assert.deepEqual(host.addresses, ["eth0 192.0.2.1/24", "eth0 2001:db8:f::1/64"]);
    assert.deepEqual(host.routes.sort(), ["0.0.0.0/0 192.0.2.254", "203.0.113.0/24 192.0.2.33"]);
  });

  it("is planned for in parts", async () => {
    const host = new Host("eth0");
    const wanted = card("eth0", [["192.0.2.1", 24]], "192.0.2.254");
    assert.deepEqual(await host.be(wanted, { parts: ["link"] }), ["ip link set dev eth0 up"]);
    assert.deepEqual(await host.be(wanted, { parts: ["address"] }), ["ip address replace 192.0.2.1/24 dev eth0"]);
    assert.equal((await host.be(wanted, { parts: ["route"] })).length, 1);
    assert.deepEqual(await host.be(wanted), []);
    assert.equal((await host.be(nothing("eth0"), { parts: ["route"] })).length, 1);
    assert.deepEqual(host.owned.get("eth0")?.wanted.addresses, wanted.addresses);
    assert.equal((await host.be(nothing("eth0"), { parts: ["address"] })).length, 1);
    assert.deepEqual(await host.be(nothing("eth0"), { parts: ["link"] }), ["ip link set dev eth0 down"]);
    assert.deepEqual(host.owned.get("eth0"), nothingOwned("eth0"));
  });

  it("that is not there is a problem, unless it goes down", async () => {
    const host = new Host();
    assert.equal(await host.refused(up("eth7")), "not-found: there is no device eth7");
    assert.deepEqual(await host.be(nothing("eth7")), []);
  });
});

describe("a link of ours", () => {
  it("is changed where it stands where the kernel does so, and made anew where it does not", async () => {
    const host = new Host("eth0");
    const bridge = (data: object) => up("br0", "bridge", { data });
    const vlan = (id: number) => up("v", "vlan", { lower: "eth0", data: { id } });
    await host.be(bridge({ forward_delay: 200 }));
    assert.deepEqual(await host.be(bridge({ forward_delay: 400 })), [
      "ip link set dev br0 type bridge forward_delay 400",
    ]);
    assert.deepEqual(await host.be(bridge({})), ["ip link set dev br0 type bridge forward_delay 1500"]);
    await host.be(up("eth0"));
    await host.be(vlan(5));
    assert.deepEqual(
      (await host.be(vlan(6))).map((line) => line.split(" ").slice(0, 3).join(" ")),
      ["ip link delete", "ip link add", "ip link set"],
    );
  });

  it("takes all that lies upon it along when it is made anew", async () => {
    const host = new Host("eth0");
    const lower = (id: number) => up("v", "vlan", { lower: "eth0", data: { id } });
    const upper = up("v.q", "vlan", { lower: "v", data: { id: 7 } });
    upper.addresses.push({ is: newAddress("v.q", "192.0.2.1", 24), from });
    const bridge = up("br0", "bridge");
    bridge.ports.push({ is: newPort("v"), from });
    for (const wanted of [up("eth0"), lower(5), upper, bridge]) await host.be(wanted);
    await host.be(lower(6));
    const { links } = host.kernel.world.state;
    assert.deepEqual(
      [links.get("v")?.data.id, links.get("v")?.master, links.get("v.q")?.lower, links.get("v.q")?.up],
      [6, "br0", "v", true],
    );
    assert.deepEqual(host.addresses, ["v.q 192.0.2.1/24"]);
    for (const wanted of [lower(6), upper, bridge]) assert.deepEqual(await host.be(wanted), []);
  });

  it("stays where something foreign lies upon it", async () => {
    const host = new Host("eth0");
    await host.be(up("eth0"));
    await host.be(up("v", "vlan", { lower: "eth0", data: { id: 5 } }));
    host.kernel.world.do({ do: "link-add", name: "theirs", kind: "vlan", lower: "v", data: { id: 9 } });
    const anew = await host.refused(up("v", "vlan", { lower: "eth0", data: { id: 6 } }));
    assert.match(anew, /^conflict: theirs lies upon v, which would be made anew, and is not of Reeve/);
    assert.match(await host.refused(nothing("v")), /^conflict: theirs lies upon v, which would be deleted/);
  });

  it("takes the place of nothing foreign, but adopts what is as wanted", async () => {
    const host = new Host("eth0");
    const { world } = host.kernel;
    world.do({ do: "link-add", name: "br0", kind: "dummy", data: {} });
    world.do({ do: "link-add", name: "v", kind: "vlan", lower: "eth0", data: { id: 5 } });
    assert.match(
      await host.refused(up("br0", "bridge")),
      /^conflict: there is a br0 that is not of Reeve: bridge instead of dummy/,
    );
    const other = await host.refused(up("v", "vlan", { lower: "eth0", data: { id: 6 } }));
    assert.match(other, /^conflict: there is a v that is not of Reeve: id 6 instead of 5/);
    await host.be(up("eth0"));
    assert.deepEqual(await host.be(up("v", "vlan", { lower: "eth0", data: { id: 5 } })), []);
    assert.deepEqual(await host.be(nothing("v")), ["ip link delete dev v"]);
    assert.deepEqual(await host.be(nothing("br0")), []);
  });

  it("is not deleted in the place of somebody else's that has its name meanwhile", async () => {
    const host = new Host();
    await host.be(up("x0", "dummy"));
    host.kernel.world.vanish("x0");
    host.kernel.world.do({ do: "link-add", name: "x0", kind: "bridge", data: {} });
    const lines = await host.be(nothing("x0"));
    assert.ok(!lines.some((line) => line.includes("delete")));
    assert.equal(host.kernel.world.state.links.get("x0")?.kind, "bridge");
  });

  it("has its ports down for a bond, and gives each back as it was", async () => {
    const host = new Host("eth0", "eth1");
    const { world } = host.kernel;
    world.do({ do: "link-set", name: "eth1", settings: { up: true } });
    const bond = up("bond0", "bond", { data: { mode: "active-backup" } });
    bond.ports.push({ is: newPort("eth0"), from }, { is: newPort("eth1"), from }, { is: newPort("eth9"), from });
    const lines = await host.be(bond);
    assert.deepEqual(
      lines.filter((line) => line.includes("eth")),
      ["ip link set dev eth0 master bond0", "ip link set dev eth1 down", "ip link set dev eth1 master bond0"],
    );
    assert.deepEqual(host.notices, ["port eth9 is not there"]);
    const changed = up("bond0", "bond", { data: { mode: "802.3ad" } });
    changed.ports.push(...bond.ports);
    await host.be(changed);
    const ports = () =>
      [...world.state.links.values()].flatMap(({ name, master, up: on }) =>
        name.startsWith("eth") ? [`${name} ${master} ${on}`] : [],
      );
    assert.deepEqual(ports(), ["eth0 bond0 true", "eth1 bond0 true"]);
    assert.equal(world.state.links.get("bond0")?.data.mode, "802.3ad");
    await host.be(nothing("bond0"));
    assert.deepEqual(ports(), ["eth0  false", "eth1  true"]);
  });

  it("takes a port from a master of ours, and from no other", async () => {
    const host = new Host("eth0", "eth1");
    const { world } = host.kernel;
    world.do({ do: "link-add", name: "theirs", kind: "bridge", data: {} });
    world.do({ do: "link-set", name: "eth1", settings: { master: "theirs" } });
    const bridge = (name: string, port: string) => {
      const wanted = up(name, "bridge");
      wanted.ports.push({ is: newPort(port), from });
      return wanted;
    };
    assert.match(
      await host.refused(bridge("br0", "eth1")),
      /^conflict: eth1 is a port of theirs, and that was not done by Reeve/,
    );
    await host.be(bridge("br0", "eth0"));
    await host.be(bridge("br1", "eth0"));
    assert.equal(world.state.links.get("eth0")?.master, "br1");
    await host.be(nothing("br1"));
    assert.equal(world.state.links.get("eth0")?.master, "br0");
    await host.be(nothing("br0"));
    assert.deepEqual([world.state.links.get("eth0")?.master, world.state.links.get("eth0")?.up], ["", false]);
  });

  it("a VXLAN with one far end is made anew for several, and the other way round", async () => {
    const host = new Host();
    const tunnel = (far: object, destinations: string[]) => ({
      ...up("x0", "vxlan", { data: { id: 5, port: 4789, ...far } }),
      forwarding: destinations.map((destination) => ({
        is: { device: "x0", address: "00:00:00:00:00:00", destination, vlan: 0 },
        from,
      })) as Wanted["forwarding"],
    });
    const one = (remote: string) => tunnel({ remote }, []);
    await host.be(one("192.0.2.1"));
    assert.deepEqual(await host.be(one("192.0.2.2")), ["ip link set dev x0 type vxlan remote 192.0.2.2"]);
    for (const wanted of [tunnel({}, ["192.0.2.2", "192.0.2.3"]), one("192.0.2.2")]) {
      assert.equal((await host.be(wanted))[0], "ip link delete dev x0");
      assert.deepEqual(await host.be(wanted), []);
    }
  });

  it("a bridge has the MTU that is wanted, whatever that of its ports", async () => {
    const host = new Host("eth0");
    await host.be({ ...up("eth0"), settings: { is: { up: true, mtu: 1400 }, from } });
    const bridge = up("br0", "bridge");
    bridge.settings.is = { up: true, mtu: 1500 };
    bridge.ports.push({ is: newPort("eth0", { own: true, settings: {} }), from });
    await host.be(bridge);
    assert.equal(host.kernel.world.state.links.get("br0")?.mtu, 1500);
    assert.deepEqual(await host.be(bridge), []);
  });

  it("what lies upon a link gets its MTU back with it, but for what is told its own", async () => {
    const host = new Host("eth0");
    const card = (mtu?: number): Wanted => ({
      ...up("eth0"),
      settings: { is: { up: true, ...(mtu && { mtu }) }, from },
    });
    const upon = (name: string, lower: string, settings = {}): Wanted => ({
      ...up(name, "macvlan", { lower, data: { mode: "bridge" } }),
      settings: { is: { up: true, ...settings }, from },
    });
    await host.be(card(1400));
    for (const one of [upon("m0", "eth0"), upon("m1", "eth0", { mtu: 1400 })]) await host.be(one);
    host.kernel.world.do({ do: "link-add", name: "m2", kind: "macvlan", lower: "eth0", data: {} });
    await host.kernel.refresh();
    await host.be(card());
    const mtus = ["eth0", "m0", "m1", "m2"].map((name) => host.kernel.world.state.links.get(name)?.mtu);
    assert.deepEqual(mtus, [1500, 1500, 1400, 1400]);
  });

  it("a port that gets or loses a stanza of its own ends as it was before both", async () => {
    const host = new Host("eth0");
    const link = () => {
      const { up: isUp, mtu, master, addressGeneration } = host.kernel.world.state.links.get("eth0")!;
      return [isUp, mtu, master, addressGeneration];
    };
    const was = link();
    const own = { ...up("eth0"), settings: { is: { up: true, mtu: 1400 }, from } } as const;
    const bridge = (port: object) => ({
      ...up("br0", "bridge"),
      ports: [{ is: newPort("eth0", port), from }] as const,
    });
    const withStanza = [own, { ...bridge({ own: true, settings: {} }) }];
    const without = [nothing("eth0"), bridge({ settings: { up: true, addressGeneration: "none" } })];
    const be = async (...all: readonly object[]) => {
      await host.kernel.refresh();
      const { steps, owned } = transaction(all as Wanted[], groundOf(host.kernel, host.owned));
      await host.kernel.perform(steps.map(({ step }) => step));
      for (const [name, one] of owned) host.owned.set(name, one);
    };
    for (let times = 0; times < 2; times++) {
      await be(...withStanza);
      assert.deepEqual(link(), [true, 1400, "br0", "eui64"]);
      await be(...without);
      assert.deepEqual(link(), [true, 1500, "br0", "none"]);
    }
    await be(nothing("eth0"), nothing("br0"));
    assert.deepEqual(link(), was);
  });

  it("carries the VLANs that are wanted, and the kernel's own again when it may", async () => {
    const host = new Host("eth0");
    const bridge = (vlansOnly: boolean, ...vlans: number[]) => {
      const wanted = up("br0", "bridge", { data: { vlan_filtering: true } });
      const list = vlans.map((vlan) => ({ vlan, pvid: false, untagged: false }));
      wanted.ports.push({ is: newPort("eth0", { vlansOnly, vlans: list }), from });
      return wanted;
    };
    const vlans = () =>
      host.kernel.world.state.links.get("eth0")?.vlans.map(({ vlan, pvid }) => `${vlan}${pvid ? " pvid" : ""}`);
    await host.be(bridge(false, 10, 11));
    assert.deepEqual(vlans(), ["1 pvid", "10", "11"]);
    await host.be(bridge(true, 10));
    assert.deepEqual(vlans(), ["10"]);
    await host.be(bridge(false));
    assert.deepEqual(vlans(), ["1 pvid"]);
    assert.deepEqual(await host.be(bridge(false)), []);
  });

  it("makes a port of its own (bridge_ports eth0.5), and deletes it with the bridge", async () => {
    const host = new Host("eth0");
    const bridge = up("br0", "bridge");
    const link = { kind: "vlan", lower: "eth0", peer: "", data: { id: 5 } };
    bridge.ports.push({ is: newPort("eth0.5", { link }), from });
    await host.be(up("eth0"));
    await host.be(bridge);
    assert.equal(host.kernel.world.state.links.get("eth0.5")?.master, "br0");
    await host.be(nothing("br0"));
    assert.deepEqual([...host.kernel.world.state.links.keys()], ["lo", "eth0"]);
  });

  it("leaves a bridge's foreign ports in it, also when the bridge is made anew or a bond changes its mode", async () => {
    const host = new Host("eth0", "eth1");
    const { world } = host.kernel;
    const bond = (mode: string) => up("bond0", "bond", { data: { mode } });
    await host.be(bond("balance-rr"));
    world.do({ do: "link-set", name: "eth1", settings: { master: "bond0" } });
    await host.be(bond("active-backup"));
    assert.equal(world.state.links.get("eth1")?.master, "bond0");
  });
});

describe("a transaction", () => {
  it("moves an address and the default route from one interface to another without losing the route", async () => {
    const host = new Host("eth0", "eth1");
    await host.be(card("eth0", [["192.0.2.1", 24]], "192.0.2.254"));
    const wanted = [up("eth0"), card("eth1", [["198.51.100.1", 24]], "198.51.100.254")];
    await host.kernel.refresh();
    const { steps } = transaction(wanted, groundOf(host.kernel, host.owned));
    assert.ok(!steps.some(({ step }) => step.do === "route-delete"));
    await host.kernel.perform(steps.map(({ step }) => step));
    assert.deepEqual(host.routes, ["0.0.0.0/0 198.51.100.254"]);
    assert.deepEqual(host.addresses, ["eth1 198.51.100.1/24"]);
  });

  it("says of each step which line wants it", async () => {
    const host = new Host("eth0");
    await host.kernel.refresh();
    const [mtuAt, upAt, addressAt] = [2, 3, 4].map((line) => ({ file: "i", line, column: 1 }));
    const wanted: Wanted = {
      ...up("eth0"),
      settings: { is: { mtu: 1400, up: true }, from, lines: { mtu: mtuAt!, up: upAt! } },
      addresses: [{ is: newAddress("eth0", "192.0.2.1", 24), from, at: addressAt! }],
    };
    const { steps } = difference(wanted, groundOf(host.kernel, host.owned));
    assert.deepEqual(
      steps.map(({ what, at }) => [what, at?.line]),
      [
        ["mtu 1400 instead of 1500", 2],
        ["up", 3],
        ["address 192.0.2.1/24", 4],
      ],
    );
  });
});
