import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Route } from "../../src/netconf/kernel/state.ts";
import { idle, linesOfOperation, MemoryJournal, root, Scene } from "../fake/netconf.ts";

const static0 = "iface eth0 inet static\n  address 192.0.2.1/24\n  gateway 192.0.2.254\n";

async function scene(interfaces: string, ...devices: string[]): Promise<Scene> {
  const made = new Scene({ interfaces });
  for (const name of devices) made.kernel.world.appear(name);
  await made.netconf.start();
  return made;
}

describe("up and down", () => {
  it("static: link, address and route, each an event, then the way back", async () => {
    const s = await scene(static0, "eth0");
    const up = s.netconf.up({ names: ["eth0"] }, root);
    const lines = linesOfOperation(up);
    assert.deepEqual(await up.done, { outcome: "done", reason: "" });
    assert.deepEqual(lines, [
      "CTLSOCK_IFUP eth0: requested by root",
      "LINK eth0 up: done",
      "IFCFG eth0 192.0.2.1/24: done",
      "ROUTE eth0 default via 192.0.2.254 dev eth0: done",
      "CTLSOCK_IFUP eth0: done",
    ]);
    assert.equal(s.setup("eth0"), "configured");
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.1/24"]);
    const down = s.netconf.down({ names: ["eth0"] }, root);
    const back = linesOfOperation(down);
    assert.deepEqual(await down.done, { outcome: "done", reason: "" });
    assert.deepEqual(back, [
      "CTLSOCK_IFDOWN eth0: requested by root",
      "ROUTE eth0 -default via 192.0.2.254 dev eth0: done",
      "IFCFG eth0 -192.0.2.1/24: done",
      "LINK eth0 down: done",
      "CTLSOCK_IFDOWN eth0: done",
    ]);
    assert.equal(s.isUp("eth0"), false);
    assert.deepEqual(s.addresses("eth0"), []);
    assert.equal(s.setup("eth0"), undefined);
  });

  it("what somebody else takes care of is left alone, unless it is taken over by force", async () => {
    const s = await scene(`auto eth0\n${static0}`, "eth0");
    s.managers.eth0 = "NetworkManager";
    const reason = "NetworkManager takes care of it";
    assert.deepEqual(await s.up("eth0"), { outcome: "conflict", reason: `${reason}; \`--force\` takes it over` });
    const all = s.netconf.up({ all: true }, root);
    assert.equal((await all.done).outcome, "done");
    assert.deepEqual(s.netconf.result(all.task).interfaces, [
      { name: "eth0", logical: "", outcome: "done", reason: `left alone: ${reason}` },
    ]);
    const apply = s.netconf.apply({}, root);
    await apply.done;
    assert.deepEqual(s.netconf.applied(apply.task).refused, [{ name: "eth0", reason, at: "" }]);
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0")], [[], false]);
    assert.equal((await s.netconf.up({ names: ["eth0"], force: true }, root).done).outcome, "done");
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.1/24"]);
    assert.equal((await s.up("eth0")).outcome, "done");
  });

  it("up again does nothing, and mends what has drifted", async () => {
    const s = await scene(static0, "eth0");
    await s.up("eth0");
    const before = s.kernel.world.log.length;
    assert.deepEqual(await s.up("eth0"), { outcome: "done", reason: "it is up" });
    assert.equal(s.kernel.world.log.length, before);
    s.kernel.world.do({ do: "link-set", name: "eth0", settings: { up: false } });
    await s.kernel.refresh();
    await s.up("eth0");
    assert.equal(s.isUp("eth0"), true);
    assert.deepEqual(s.routes("eth0"), ["0.0.0.0/0 via 192.0.2.254"]);
  });

  it("stanzas with scripts between them: up again, also by force, takes nothing away for a while", async () => {
    const two = `${static0}  up true\niface eth0 inet static\n  address 198.51.100.1/24\n  up true\n`;
    const s = await scene(two, "eth0");
    await s.up("eth0");
    for (const force of [false, true]) {
      const before = s.kernel.world.log.length;
      await s.netconf.up({ names: ["eth0"], force }, root).done;
      assert.deepEqual(s.kernel.world.log.slice(before), []);
    }
  });

  it("a live interface is adopted as it is: nothing is done to the kernel", async () => {
    const s = new Scene({ interfaces: static0 });
    s.kernel.world.appear("eth0");
    s.kernel.world.do({ do: "link-set", name: "eth0", settings: { up: true } });
    s.kernel.world.address("eth0", "192.0.2.1", 24, { broadcast: "192.0.2.255" });
    const route: Route = {
      ...{ family: 4, type: "unicast", destination: "0.0.0.0", prefix: 0, table: 254, protocol: 3, scope: "global" },
      ...{ metric: 0, source: "", mtu: 0, advmss: 0 },
      hops: [{ gateway: "192.0.2.254", device: "eth0", onlink: true, weight: 1 }],
    };
    s.kernel.world.do({ do: "route-add", route });
    await s.netconf.start();
    const before = s.kernel.world.log.length;
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.deepEqual(
      s.kernel.world.log.slice(before).map(({ step }) => step),
      [],
    );
    assert.equal(s.setup("eth0"), "configured");
    await s.down("eth0");
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0")], [[], false]);
  });

  it("what the kernel refuses is said with its line, and all of it is taken back", async () => {
    const s = await scene(static0, "eth0");
    s.kernel.world.fail("ENETUNREACH", { when: (step) => step.do === "route-add" });
    const up = s.netconf.up({ names: ["eth0"] }, root);
    const ended = await up.done;
    assert.equal(ended.outcome, "failed");
    assert.match(ended.reason, /default via 192\.0\.2\.254.*ENETUNREACH/);
    assert.equal(up.task.event.line?.line, 3);
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0"), s.setup("eth0")], [[], false, "failed"]);
    assert.deepEqual(s.journal.open, []);
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.equal(s.setup("eth0"), "configured");
  });

  it("a wrong stanza refuses what is of it, and down works without any configuration", async () => {
    const s = await scene(`${static0}iface eth1 inet static\n  address 300.1.1.1/24\n`, "eth0", "eth1");
    const up = s.netconf.up({ names: ["eth1"] }, root);
    assert.equal((await up.done).outcome, "refused");
    assert.equal(up.task.event.line?.line, 5);
    assert.equal((await s.up("eth0")).outcome, "done");
    s.interfaces = "nonsense\n";
    await s.netconf.reload(root).done;
    assert.equal((await s.down("eth0")).outcome, "done");
    assert.deepEqual(s.addresses("eth0"), []);
  });

  it("what ifstate lists goes down by the configuration, as what it lists; what nobody brought up stays", async () => {
    const s = await scene(static0.replace("eth0", "home"), "eth0");
    s.kernel.world.do({ do: "link-set", name: "eth0", settings: { up: true } });
    s.kernel.world.address("eth0", "192.0.2.1", 24);
    assert.equal((await s.down("eth0")).reason, "it is not configured");
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.1/24"]);
    s.listed.eth0 = "home";
    assert.deepEqual(await s.down("eth0"), { outcome: "done", reason: "" });
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0"), s.journal.records.size], [[], false, 0]);
  });

  it("where no record can be kept, down goes by the configuration and what of it is there", async () => {
    const bridge = "iface br0 inet static\n  address 203.0.113.1/24\n  bridge_ports eth1\n";
    const interfaces = `auto eth0 br0\n${static0}  post-down bye\niface eth0 inet dhcp\n${bridge}`;
    const first = await scene(interfaces, "eth0", "eth1");
    first.onStart = first.binds(() => first.lease("198.51.100.7", { routes: [] }));
    assert.equal((await first.netconf.up({ all: true }, root).done).outcome, "done");
    const { world } = first.kernel;
    world.address("eth0", "192.0.2.77", 24);
    const another = () => {
      const journal = new MemoryJournal();
      journal.lasting = false;
      return new Scene({ interfaces, journal, kernel: Object.assign(world.open(), { world }), stays: false });
    };
    const s = another();
    await s.netconf.start();
    const down = s.netconf.down({ names: ["eth0"] }, root);
    const lines = linesOfOperation(down);
    assert.equal((await down.done).outcome, "done");
    assert.match(lines.join("\n"), /no record of it[\s\S]*DHCP client[\s\S]*IFCFG eth0 -192\.0\.2\.1\/24: done/);
    assert.deepEqual(
      [s.addresses("eth0"), s.routes("eth0"), s.isUp("eth0")],
      [["198.51.100.7/24", "192.0.2.77/24"], [], false],
    );
    assert.deepEqual(
      s.ran.map(({ what }) => what),
      ["bye"],
    );
    const next = another();
    await next.netconf.start();
    assert.equal((await next.down("eth1")).reason, "it is not configured");
    assert.equal((await next.netconf.down({ all: true }, root).done).outcome, "done");
    assert.deepEqual([[...world.state.links.keys()], next.isUp("eth1")], [["lo", "eth0", "eth1"], false]);
  });

  it("a device is renamed before its interface comes up", async () => {
    const s = await scene("rename eth0=lan\niface lan inet static\n  address 192.0.2.1/24\n", "eth0");
    const up = s.netconf.up({ names: ["lan"] }, root);
    const lines = linesOfOperation(up);
    assert.equal((await up.done).outcome, "done");
    assert.equal(lines[1], "LINK lan was eth0: done");
    assert.deepEqual([[...s.kernel.world.state.links.keys()], s.addresses("lan")], [["lo", "lan"], ["192.0.2.1/24"]]);
    assert.equal((await s.up("lan")).reason, "it is up");
  });

  it("an interface that nobody knows is refused at once; one that is not up goes down with a word", async () => {
    const s = await scene(static0, "eth0");
    assert.throws(() => s.netconf.up({ names: ["eth9"] }, root), { code: "not-found" });
    assert.throws(() => s.netconf.up({ names: ["/wlan*"] }, root), { code: "not-found", message: /wlan/ });
    assert.throws(() => s.netconf.up({}, root), { code: "bad-options" });
    assert.deepEqual(await s.down("eth0"), { outcome: "done", reason: "it is not configured" });
  });
});

describe("all", () => {
  const many = (count: number) =>
    Array.from(
      { length: count },
      (_, at) => `auto eth${at}\niface eth${at} inet static\n  address 10.0.${at}.1/24\n`,
    ).join("");

  it("interfaces that come up at the same time are one plan", async () => {
    const s = await scene(many(20), ...Array.from({ length: 20 }, (_, at) => `eth${at}`));
    const up = s.netconf.up({ all: true }, root);
    assert.deepEqual(await up.done, { outcome: "done", reason: "" });
    assert.equal(s.journal.lines.filter((line) => "begin" in line).length, 1);
    assert.deepEqual([s.setup("eth19"), s.addresses("eth7")], ["configured", ["10.0.7.1/24"]]);
    assert.equal(s.netconf.result(up.task).interfaces.length, 20);
    const down = s.netconf.down({ all: true }, root);
    assert.deepEqual(await down.done, { outcome: "done", reason: "" });
    assert.equal(s.journal.records.size, 0);
    assert.equal(s.kernel.world.state.addresses.length, 0);
  });

  it("one that fails among them fails alone", async () => {
    const s = await scene(many(3), "eth0", "eth1", "eth2");
    s.kernel.world.fail("EINVAL", {
      times: 2,
      when: (step) => step.do === "address-add" && step.address.device === "eth1",
    });
    const ended = await s.netconf.up({ all: true }, root).done;
    assert.equal(ended.outcome, "failed");
    assert.match(ended.reason, /^eth1: /);
    assert.deepEqual([s.setup("eth0"), s.setup("eth1"), s.setup("eth2")], ["configured", "failed", "configured"]);
    assert.equal(s.isUp("eth1"), false);
  });

  it("rule 5: killed after any step of it, a start brings it to its end, and nothing is left half", async () => {
    const interfaces = `${many(2)}auto br0\niface br0 inet static\n  address 10.9.9.1/24\n  bridge_ports eth2\n`;
    const devices = ["eth0", "eth1", "eth2"];
    let cases = 0;
    for (let steps = 0; ; steps++) {
      const s = await scene(interfaces, ...devices);
      const { world } = s.kernel;
      const perform = s.kernel.perform.bind(s.kernel);
      s.kernel.perform = (...all) =>
        perform(...all).catch((error) => {
          s.journal.dead = true;
          throw error;
        });
      world.die(steps);
      const { outcome } = await s.netconf.up({ all: true }, root).done;
      world.die(Number.POSITIVE_INFINITY);
      const journal = new MemoryJournal(s.journal.replay);
      const next = new Scene({ interfaces, journal, kernel: Object.assign(world.open(), { world }) });
      await next.netconf.start();
      await idle(10);
      assert.deepEqual([...journal.open], []);
      for (const [name, { setup }] of journal.records) assert.equal(setup, "configured", name);
      assert.equal((await next.netconf.up({ all: true }, root).done).outcome, "done");
      await next.netconf.down({ all: true }, root).done;
      assert.deepEqual([[...world.state.links.keys()], world.state.addresses], [["lo", ...devices], []], `${steps}`);
      cases++;
      if (outcome === "done") break;
      assert.ok(steps < 50);
    }
    assert.ok(cases > 6, `${cases} cases`);
  });

  it("hardware that is late is deferred, and comes up when it is there", async () => {
    const s = await scene(many(2), "eth0");
    const ended = await s.netconf.up({ all: true }, root).done;
    assert.deepEqual(ended, { outcome: "deferred", reason: "eth1: there is no such device" });
    assert.deepEqual([s.setup("eth0"), s.setup("eth1")], ["configured", "deferred"]);
    for (let tries = 0; tries < 5; tries++) {
      s.clock.turn(300_000);
      await idle();
    }
    assert.equal(s.setup("eth1"), "deferred");
    s.kernel.world.appear("eth1");
    await idle();
    assert.deepEqual([s.setup("eth1"), s.addresses("eth1")], ["configured", ["10.0.1.1/24"]]);
    s.kernel.world.vanish("eth1");
    await idle();
    assert.equal(s.setup("eth1"), "deferred");
  });
});

describe("needs", () => {
  const vlan = `${static0}iface eth0.5 inet static\n  address 198.51.100.1/24\n`;

  it("what it stands on comes up first, and goes down with the last that needs it", async () => {
    const s = await scene(`${vlan}iface eth0.6 inet manual\n`, "eth0");
    const up = s.netconf.up({ names: ["eth0.5"] }, root);
    const lines = linesOfOperation(up);
    assert.equal((await up.done).outcome, "done");
    assert.ok(lines.indexOf("CTLSOCK_IFUP eth0: done") < lines.indexOf("LINK eth0.5 up: done"));
    await s.up("eth0.6");
    assert.deepEqual(s.journal.records.get("eth0")?.users, ["eth0.5", "eth0.6"]);
    assert.deepEqual(await s.down("eth0"), { outcome: "conflict", reason: "eth0.5, eth0.6 need it" });
    await s.down("eth0.5");
    assert.equal(s.setup("eth0"), "configured");
    await s.down("eth0.6");
    assert.equal(s.setup("eth0"), undefined);
    assert.deepEqual([...s.kernel.world.state.links.keys()], ["lo", "eth0"]);
  });

  it("what somebody asked for stays", async () => {
    const s = await scene(vlan, "eth0");
    await s.up("eth0");
    await s.up("eth0.5");
    await s.down("eth0.5");
    assert.equal(s.setup("eth0"), "configured");
  });

  it("what has no stanza of its own is raised for who needs it", async () => {
    const s = await scene("iface eth0.5 inet manual\n", "eth0");
    await s.up("eth0.5");
    assert.equal(s.isUp("eth0"), true);
    await s.down("eth0.5");
    assert.equal(s.isUp("eth0"), false);
    assert.equal(s.journal.records.size, 0);
  });

  it("a VLAN by its name is made for an alias on it, and goes with that; what is no name of one is not there", async () => {
    const s = await scene("iface eth0.5:1 inet static\n  address 192.0.2.1/24\niface x:1 inet manual\n", "eth0");
    assert.deepEqual(await s.up("eth0.5:1"), { outcome: "done", reason: "" });
    assert.deepEqual([s.addresses("eth0.5"), s.isUp("eth0")], [["192.0.2.1/24"], true]);
    await s.down("eth0.5:1");
    assert.deepEqual([...s.kernel.world.state.links.keys()], ["lo", "eth0"]);
    assert.equal((await s.up("x:1")).outcome, "notfound");
  });

  it("down -a takes users before what they need", async () => {
    const s = await scene(vlan, "eth0");
    await s.up("eth0.5");
    const ended = await s.netconf.down({ all: true }, root).done;
    assert.deepEqual(ended, { outcome: "done", reason: "" });
    assert.equal(s.journal.records.size, 0);
  });

  it("what fails below fails above, with the reason", async () => {
    const s = await scene(vlan, "eth0");
    s.kernel.world.fail("EPERM", { when: (step) => step.do === "link-set", times: 9 });
    const ended = await s.up("eth0.5");
    assert.equal(ended.outcome, "failed");
    assert.match(ended.reason, /it needs eth0: failed: .*EPERM/);
  });

  it("a circle of needs is refused with its path", async () => {
    const circle =
      "iface a inet manual\n  requires b\niface b inet manual\n  requires c\niface c inet manual\n  requires a\n";
    const s = await scene(circle, "a", "b", "c");
    const ended = await s.up("a");
    assert.equal(ended.outcome, "failed");
    assert.match(ended.reason, /a → b → c → a/);
    const all = await s.netconf.up({ names: ["a", "b", "c"] }, root).done;
    assert.equal(all.outcome, "failed");
    assert.equal(s.engine.events.living.size, 0);
  });

  it("a bridge takes its ports along: those with stanzas come up first, the others with it", async () => {
    const bridge = "iface br0 inet static\n  address 192.0.2.1/24\n  bridge_ports eth0 eth1\niface eth1 inet manual\n";
    const s = await scene(bridge, "eth0", "eth1");
    assert.equal((await s.up("br0")).outcome, "done");
    const { links } = s.kernel.world.state;
    assert.deepEqual([links.get("eth0")?.master, links.get("eth1")?.master], ["br0", "br0"]);
    assert.deepEqual([s.isUp("eth0"), s.isUp("eth1"), s.setup("eth1")], [true, true, "configured"]);
    assert.equal((await s.down("br0")).outcome, "done");
    assert.deepEqual(
      [...s.kernel.world.state.links.values()].map(({ name, up, master }) => [name, up, master]),
      [
        ["lo", false, ""],
        ["eth0", false, ""],
        ["eth1", false, ""],
      ],
    );
  });
});
