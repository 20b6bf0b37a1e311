/** What was there before Reeve brought an interface up stays where that fails: somebody may be logged in over it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Route } from "../../src/netconf/kernel/state.ts";
import type { Step } from "../../src/netconf/kernel/step.ts";
import { idle, root, Scene } from "../fake/netconf.ts";
import { newAddress } from "./plan/random-wanted.ts";

const gateway: Route = {
  ...{ family: 4, type: "unicast", destination: "0.0.0.0", prefix: 0, table: 254, protocol: 3, scope: "global" },
  ...{ metric: 0, source: "", mtu: 0, advmss: 0 },
  hops: [{ gateway: "192.0.2.254", device: "eth0", onlink: false, weight: 1 }],
};

/** How a boot loader or another tool left it. */
const live: Step[] = [
  { do: "link-set", name: "eth0", settings: { mtu: 9000, up: true } },
  { do: "address-add", address: newAddress("eth0", "192.0.2.1", 24, { broadcast: "192.0.2.255" }) },
  { do: "route-add", route: gateway },
];
const liveBridge: Step[] = [
  { do: "link-add", name: "br0", kind: "bridge", data: { forward_delay: 200 } },
  { do: "link-set", name: "eth1", settings: { master: "br0", up: true } },
  { do: "link-set", name: "eth2", settings: { master: "br0", up: true, mtu: 1450 } },
  { do: "link-set", name: "br0", settings: { up: true } },
  { do: "address-add", address: newAddress("br0", "198.51.100.1", 24, { broadcast: "198.51.100.255" }) },
];

const eth0 =
  "iface eth0 inet static\n  address 192.0.2.1/24\n  gateway 192.0.2.254\n  mtu 1400\n  address 192.0.2.2/24\n";
const br0 = `iface br0 inet static
  bridge_ports eth1 eth2 eth3
  bridge_fd 15
  address 198.51.100.1/24
  requires eth0
`;
/** Goes wrong when all of the others is done. */
const fails = (name: string) => `iface ${name} inet6 dhcp\n`;

async function scene(interfaces: string, found: readonly Step[]): Promise<Scene> {
  const s = new Scene({ interfaces });
  for (const name of ["eth0", "eth1", "eth2", "eth3"]) s.kernel.world.appear(name);
  await s.kernel.perform(found);
  await s.netconf.start();
  return s;
}

const picture = ({ kernel }: Scene) => {
  const { links, addresses, routes } = kernel.world.state;
  return structuredClone({
    links: [...links.values()].map(({ name, up, mtu, master, data }) => ({ name, up, mtu, master, data })),
    addresses: addresses.map(({ device, address, prefix, broadcast }) => ({ device, address, prefix, broadcast })),
    routes: routes.map(({ destination, prefix, hops }) => `${destination}/${prefix} ${hops[0]?.device}`).sort(),
  });
};

/** True: none of these addresses, links and routes was ever taken away. */
const untouched = (s: Scene, since: number) =>
  s.kernel.world.log
    .slice(since)
    .every(
      ({ step }) =>
        !(
          (step.do === "address-delete" && !/\.2$/.test(step.address.address)) ||
          step.do === "link-delete" ||
          step.do === "route-delete" ||
          (step.do === "link-set" &&
            (step.settings.up === false || step.settings.master === "") &&
            step.name !== "eth3")
        ),
    );

describe("an interface that was up before Reeve knew it", () => {
  it("is as it was when coming up fails: link, MTU, addresses and routes", async () => {
    const s = await scene(eth0 + fails("eth0"), live);
    s.onStart = (client) => client.die(1);
    const [was, since] = [picture(s), s.kernel.world.log.length];
    for (let times = 0; times < 2; times++) {
      assert.equal((await s.up("eth0")).outcome, "failed");
      assert.deepEqual(picture(s), was);
    }
    assert.ok(untouched(s, since));
    assert.equal((await s.down("eth0")).outcome, "done");
    assert.deepEqual(picture(s), was);

    s.interfaces = eth0;
    await s.netconf.reload(root).done;
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.1/24", "192.0.2.2/24"]);
    assert.equal((await s.down("eth0")).outcome, "done");
    assert.deepEqual([s.addresses("eth0"), s.routes("eth0"), s.isUp("eth0")], [[], [], false]);
  });

  it("a bridge with its ports, their settings, and what it needs, too", async () => {
    const s = await scene(eth0 + br0 + fails("br0"), [...live, ...liveBridge]);
    s.onStart = (client) => client.die(1);
    const [was, since] = [picture(s), s.kernel.world.log.length];
    assert.equal((await s.up("br0")).outcome, "failed");
    assert.ok(s.kernel.world.log.some(({ step }) => step.do === "link-set" && step.settings.master === "br0"));
    await idle();
    assert.deepEqual(picture(s), was);
    assert.ok(untouched(s, since));
    assert.deepEqual([s.setup("br0"), s.setup("eth0")], ["failed", undefined]);
  });

  it("stays when it is interrupted, runs out of time, or a script fails before and after", async () => {
    for (const how of ["cancel", "timeout", "pre-up", "up"]) {
      const s = await scene(`${eth0}  ${how} false\n${fails("eth0")}`, live);
      const [was, since] = [picture(s), s.kernel.world.log.length];
      s.program = async (what) => (what === "false" ? 1 : 0);
      const up = s.netconf.up({ names: ["eth0"], timeout: 20 }, root);
      await idle(10);
      if (how === "cancel") up.cancel("it was interrupted");
      if (how === "timeout") s.clock.turn(20_000);
      assert.ok(!["done", "deferred"].includes((await up.done).outcome), how);
      assert.ok(untouched(s, since), how);
      if (how === "pre-up") assert.deepEqual(picture(s), was);
      else assert.ok(s.addresses("eth0").includes("192.0.2.1/24"), how);
    }
  });

  it("keeps the address of a lease that somebody else had got; the server is not told that it is free", async () => {
    const leased: Step[] = [
      { do: "link-set", name: "eth0", settings: { up: true } },
      { do: "address-add", address: newAddress("eth0", "192.0.2.50", 24, { broadcast: "192.0.2.255" }) },
    ];
    const s = await scene(`iface eth0 inet dhcp\n${fails("eth0")}`, leased);
    const was = picture(s);
    s.onStart = (client) => {
      if (client.record.family === 6) setTimeout(() => client.die(1));
      else s.binds(() => s.lease("192.0.2.50", { broadcast: "192.0.2.255" }))(client);
    };
    assert.equal((await s.up("eth0")).outcome, "failed");
    assert.deepEqual(s.clients.find(({ record }) => record.family === 4)?.calls, ["stop"]);
    assert.deepEqual(picture(s).addresses, was.addresses);
    assert.equal(s.isUp("eth0"), true);
  });

  it("stays as it is when the kernel refuses what it was like, and what was made goes all the same", async () => {
    const s = await scene(br0.replace("  requires eth0\n", "") + fails("br0"), liveBridge);
    s.onStart = (client) => client.die(1);
    s.kernel.world.fail("EINVAL", {
      when: (step) => step.do === "link-data" && step.data.forward_delay === 200,
      times: 9,
    });
    const was = picture(s);
    assert.equal((await s.up("br0")).outcome, "failed");
    const { links, addresses } = picture(s);
    assert.deepEqual(addresses, was.addresses);
    const ports = (all: typeof links) => all.map(({ name, up, master }) => ({ name, up, master }));
    assert.deepEqual(ports(links), ports(was.links));
  });

  it("is as it was when an apply fails, or is taken back", async () => {
    for (const wrong of [fails("br0"), ""]) {
      const s = await scene("", [...live, ...liveBridge]);
      s.onStart = (client) => client.die(1);
      const [was, since] = [picture(s), s.kernel.world.log.length];
      s.interfaces = `auto br0\n${eth0}${br0}${wrong}`;
      const { outcome } = await s.netconf.apply({}, root).done;
      assert.equal(outcome, wrong ? "failed" : "done");
      if (!wrong) await s.netconf.rollback({}, root).done;
      await idle();
      assert.deepEqual(picture(s), was);
      assert.ok(untouched(s, since));
    }
  });

  it("is as it was when something else that is needed beside it does not come up", async () => {
    const s = await scene(`${eth0}${br0}  requires eth0 eth1\n${fails("eth1")}`, live);
    s.onStart = (client) => client.die(1);
    const was = picture(s);
    assert.equal((await s.up("br0")).outcome, "failed");
    await idle();
    assert.deepEqual([s.setup("eth0"), picture(s)], [undefined, was]);
  });

  it("stays up when what needed it goes down, as long as nobody asks for it by name", async () => {
    const s = await scene(`${eth0}iface eth0.5 inet static\n  address 203.0.113.1/24\n`, live);
    const was = picture(s);
    await s.up("eth0.5");
    assert.equal(s.setup("eth0"), "configured");
    await s.down("eth0.5");
    assert.deepEqual(picture(s), was);
    assert.equal(s.setup("eth0"), undefined);
    await s.up("eth0.5");
    await s.up("eth0");
    await s.down("eth0.5", "eth0");
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0")], [[], false]);
  });

  it("ifdown -a leaves up what is only `inet manual`, and has nothing to do with it any more", async () => {
    const s = await scene(
      `auto eth0 eth1 eth2 br0
iface eth0 inet manual
  mtu 1400
iface eth1 inet manual
iface eth1 inet6 static
  address 2001:db8::1/64
iface eth2 inet6 manual
iface eth3 inet manual
iface br0 inet manual
  bridge_ports eth3
`,
      [],
    );
    assert.equal((await s.netconf.up({ all: true }, root).done).outcome, "done");
    const down = s.netconf.down({ all: true, along: true, manualStays: true }, root);
    assert.deepEqual(await down.done, { outcome: "done", reason: "" });
    assert.deepEqual(
      ["eth0", "eth1", "eth2", "eth3"].map((name) => s.isUp(name)),
      [true, false, false, false],
    );
    assert.equal(s.kernel.world.state.links.get("eth0")?.mtu, 1400);
    assert.deepEqual([s.kernel.world.state.links.has("br0"), s.journal.records.size], [false, 0]);
    // By its name it goes down.
    await s.up("eth0");
    await s.netconf.down({ names: ["eth0"], along: true }, root).done;
    assert.equal(s.isUp("eth0"), false);
  });
});
