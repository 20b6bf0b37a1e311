/** Devices that are pulled out and plugged in again, on the simulated kernel. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { idle, root, Scene } from "../fake/netconf.ts";

const cards = ["eth0", "eth1", "eth2"];

async function scene(interfaces: string, ...more: string[]): Promise<Scene> {
  const s = new Scene({ interfaces });
  for (const name of cards) s.kernel.world.appear(name);
  await s.netconf.start();
  assert.equal((await s.netconf.up({ all: true }, root).done).outcome, "done");
  for (const name of more) assert.equal((await s.up(name)).outcome, "done");
  return s;
}

async function unplug(s: Scene, name: string): Promise<void> {
  s.kernel.world.vanish(name);
  await idle(20);
}

async function plug(s: Scene, name: string, kind = ""): Promise<void> {
  s.kernel.world.appear(name, { kind });
  await idle(20);
}

const setups = (s: Scene) => [...s.journal.records.values()].map(({ name, setup }) => `${name} ${setup}`).sort();
const ports = (s: Scene, master: string) =>
  [...s.kernel.world.state.links.values()].filter((link) => link.master === master).map(({ name }) => name);

describe("a device that is pulled out and plugged in again", () => {
  it("is down and waited for meanwhile, scripts included, where it is to be up; else it is down", async () => {
    const text = "iface eth0 inet static\n  address 192.0.2.1/24\n  up hello\n  down bye\n";
    for (const [first, more, waits] of [
      ["auto eth0", [], ["eth0 deferred"]],
      ["allow-hotplug eth0", [], ["eth0 deferred"]],
      ["", ["eth0"], []],
    ] as const) {
      const s = await scene(`${first}\n${text}`, ...more);
      if (first.startsWith("allow"))
        assert.equal((await s.netconf.hotplug({ name: "eth0", action: "add" }, root).done).outcome, "done");
      await unplug(s, "eth0");
      assert.deepEqual(setups(s), waits, first);
      await plug(s, "eth0");
      const back = waits.length > 0;
      assert.deepEqual([s.addresses("eth0"), s.isUp("eth0")], back ? [["192.0.2.1/24"], true] : [[], false], first);
      assert.deepEqual(
        s.ran.map(({ what }) => what),
        ["hello", "bye", ...(back ? ["hello"] : [])],
      );
    }
  });

  it("takes its VLANs and aliases along, and brings them back", async () => {
    const s = await scene(`auto eth0 eth0.5 eth0.5.6 eth0:1
iface eth0 inet static
  address 192.0.2.1/24
iface eth0:1 inet static
  address 192.0.2.2/24
iface eth0.5 inet static
  address 198.51.100.1/24
iface eth0.5.6 inet static
  address 203.0.113.1/24
`);
    const all = ["eth0", "eth0.5", "eth0.5.6", "eth0:1"];
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(
        setups(s),
        all.map((name) => `${name} configured`),
      );
      assert.deepEqual(s.addresses("eth0.5.6"), ["203.0.113.1/24"]);
      assert.deepEqual(s.addresses("eth0").sort(), ["192.0.2.1/24", "192.0.2.2/24"]);
      await unplug(s, "eth0");
      assert.deepEqual(
        setups(s),
        all.map((name) => `${name} deferred`),
      );
      await plug(s, "eth0");
    }
  });

  it("leaves the bridge that it was a port of, and is its port again, with or without a stanza", async () => {
    for (const own of ["", "iface eth0 inet manual\n  up hello\n"]) {
      const s = await scene(
        `auto br0\niface br0 inet static\n  address 192.0.2.1/24\n  bridge_ports eth0 eth1\n${own}`,
      );
      const was = setups(s);
      await unplug(s, "eth0");
      assert.deepEqual(
        [ports(s, "br0"), s.addresses("br0"), s.setup("br0")],
        [["eth1"], ["192.0.2.1/24"], "configured"],
      );
      await plug(s, "eth0");
      assert.deepEqual([ports(s, "br0").sort(), s.isUp("eth0"), setups(s)], [["eth0", "eth1"], true, was]);
      assert.equal(s.ran.length, own ? 2 : 0);
    }
  });

  it("may be software that somebody else makes anew; what Reeve makes itself is no such device", async () => {
    const s = new Scene({
      interfaces: `auto tap0 br0
iface tap0 inet static
  address 192.0.2.1/24
  up hello
iface br0 inet manual
  bridge_ports eth0
`,
    });
    for (const [name, kind] of [
      ["tap0", "tun"],
      ["eth0", ""],
      ["br0", "bridge"],
    ] as const)
      s.kernel.world.appear(name, { kind });
    await s.netconf.start();
    await s.netconf.up({ all: true }, root).done;
    await unplug(s, "tap0");
    await unplug(s, "br0");
    assert.deepEqual([s.setup("tap0"), s.setup("br0")], ["deferred", "configured"]);
    await plug(s, "tap0", "tun");
    assert.deepEqual([s.addresses("tap0"), s.isUp("tap0"), s.ran.length], [["192.0.2.1/24"], true, 2]);
  });

  it("in the middle of DHCP: its client ends, and another one is started for the new device", async () => {
    for (const quick of [false, true]) {
      const s = new Scene({ interfaces: "auto eth0\niface eth0 inet dhcp\n" });
      s.kernel.world.appear("eth0");
      await s.netconf.start();
      const up = s.netconf.up({ all: true }, root).done;
      await idle(10);
      s.kernel.world.vanish("eth0");
      if (!quick) await idle(20);
      s.onStart = s.binds(() => s.lease("10.77.0.52"));
      await plug(s, "eth0");
      assert.notEqual((await up).outcome, "done");
      assert.deepEqual(
        s.clients.map(({ calls }) => calls),
        [["stop"], []],
      );
      assert.deepEqual([s.setup("eth0"), s.addresses("eth0")], ["configured", ["10.77.0.52/24"]]);
      await unplug(s, "eth0");
      await plug(s, "eth0");
      assert.deepEqual([s.setup("eth0"), s.living.size], ["configured", 1]);
    }
  });

  it("that is late at boot comes up when it is there, and what is on it", async () => {
    const s = new Scene({
      interfaces: "auto eth9.5 eth9\niface eth9 inet manual\niface eth9.5 inet static\n  address 192.0.2.1/24\n",
    });
    await s.netconf.start();
    assert.equal((await s.netconf.up({ all: true }, root).done).outcome, "deferred");
    assert.deepEqual(setups(s), ["eth9 deferred", "eth9.5 deferred"]);
    await plug(s, "eth9");
    assert.deepEqual([setups(s), s.addresses("eth9.5")], [["eth9 configured", "eth9.5 configured"], ["192.0.2.1/24"]]);
  });

  it("keeps nothing else from being applied, or from being taken back; what is applied meanwhile counts when it is back", async () => {
    const text = `auto eth0 eth1 eth1.5 eth1.5.6
iface eth0 inet static
  address 192.0.2.1/24
iface eth1 inet manual
iface eth1.5 inet static
  address 198.51.100.1/24
iface eth1.5.6 inet manual
`;
    for (const late of [false, true]) {
      for (const taken of [false, true]) {
        const s = new Scene({ interfaces: text });
        for (const name of late ? ["eth0"] : ["eth0", "eth1"]) s.kernel.world.appear(name);
        await s.netconf.start();
        await s.netconf.up({ all: true }, root).done;
        if (!late) await unplug(s, "eth1");
        const waiting = ["eth0 configured", "eth1 deferred", "eth1.5 deferred", "eth1.5.6 deferred"];
        assert.deepEqual(setups(s), waiting);
        s.interfaces = text.replaceAll(".1/24", ".9/24");
        assert.equal((await s.netconf.apply({}, root).done).outcome, "done");
        assert.deepEqual([s.addresses("eth0"), setups(s)], [["192.0.2.9/24"], waiting]);
        assert.equal((await s.netconf[taken ? "rollback" : "confirm"]({}, root).done).outcome, "done");
        await idle(20);
        assert.deepEqual(setups(s), waiting);
        await plug(s, "eth1");
        const host = taken ? 1 : 9;
        assert.deepEqual(
          [s.addresses("eth0"), s.addresses("eth1.5")],
          [[`192.0.2.${host}/24`], [`198.51.100.${host}/24`]],
        );
        assert.equal(s.setup("eth1.5.6"), "configured");
      }
    }
  });
});
