import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ApplyResult } from "../../src/console/interfaces/control.ts";
import type { Step } from "../../src/netconf/kernel/step.ts";
import { Problem } from "../../src/problem.ts";
import { idle, linesOfOperation, MemoryJournal, root, Scene, type SceneOptions } from "../fake/netconf.ts";
import { newAddress } from "./plan/random-wanted.ts";

const before = `auto eth0 eth1
iface eth0 inet static
  address 192.0.2.1/24
  gateway 192.0.2.254
iface eth1 inet static
  address 198.51.100.1/24
  down bye1
`;
const after = `auto eth0 eth2 eth0.7
iface eth0 inet static
  address 192.0.2.9/24
  gateway 192.0.2.254
iface eth2 inet static
  address 203.0.113.1/24
  pre-up hello2
  up there2
iface eth0.7 inet manual
`;

/** @param found steps that somebody else has done before */
async function scene(
  interfaces = before,
  options: SceneOptions & { found?: readonly Step[] } = {},
  outcome = "done",
): Promise<Scene> {
  const s = new Scene({ interfaces, ...options });
  for (const name of ["eth0", "eth1", "eth2"]) s.kernel.world.appear(name);
  await s.kernel.perform(options.found ?? []);
  await s.netconf.start();
  assert.equal((await s.netconf.up({ all: true }, root).done).outcome, outcome);
  return s;
}

/** All of what `after` says of eth2, and more. */
const found: Step[] = [
  { do: "link-set", name: "eth2", settings: { up: true } },
  { do: "address-add", address: newAddress("eth2", "203.0.113.1", 24, { broadcast: "203.0.113.255" }) },
  { do: "address-add", address: newAddress("eth2", "203.0.113.77", 32) },
];

const picture = (s: Scene) => {
  const { links, addresses, routes } = s.kernel.world.state;
  return {
    links: [...links.values()].map(({ name, up, mtu, master }) => [name, up, mtu, master]),
    addresses: addresses.map(({ device, address, prefix }) => `${device} ${address}/${prefix}`).sort(),
    routes: routes
      .map(({ destination, prefix, table, hops }) => `${destination}/${prefix} ${table} ${hops[0]?.device}`)
      .sort(),
    setups: [...s.journal.records.values()].map(({ name, setup }) => `${name} ${setup}`).sort(),
  };
};

/** Why what was before is in force; "": it is not. What is told stands on disk. */
function former(s: Scene): string {
  const { rolledBack } = s.engine.confirmation;
  if (rolledBack) assert.deepEqual(s.pending.held, rolledBack);
  return rolledBack?.why ?? "";
}

async function apply(s: Scene, options = {}): Promise<{ outcome: string; reason: string; result: ApplyResult }> {
  const operation = s.netconf.apply(options, root);
  const ended = await operation.done;
  return { ...ended, result: s.netconf.applied(operation.task) };
}

describe("apply", () => {
  it("from one configuration to another as one plan; confirmed, it stays", async () => {
    const s = await scene();
    s.interfaces = after;
    s.ran.length = 0;
    const begins = s.journal.lines.filter((line) => "begin" in line).length;
    const { outcome, result } = await apply(s);
    assert.equal(outcome, "done");
    assert.equal(s.journal.lines.filter((line) => "begin" in line).length, begins + 1);
    assert.deepEqual(
      [s.addresses("eth0"), s.addresses("eth1"), s.addresses("eth2")],
      [["192.0.2.9/24"], [], ["203.0.113.1/24"]],
    );
    assert.deepEqual(picture(s).setups, ["eth0 configured", "eth0.7 configured", "eth2 configured"]);
    assert.deepEqual(
      s.ran.map(({ what }) => what),
      ["bye1", "hello2", "there2"],
    );
    assert.deepEqual(s.journal.records.get("eth0")?.users, ["eth0.7"]);
    assert.equal(result.deadline, s.clock.now() + 120_000);
    assert.ok(result.steps.some((line) => line.includes("192.0.2.9/24")));
    assert.deepEqual(result.differences.map(({ name }) => name).sort(), ["eth0", "eth0.7", "eth1", "eth2"]);
    assert.deepEqual((await s.netconf.confirm({}, root).done).outcome, "done");
    s.clock.turn(200_000);
    await idle();
    assert.deepEqual([s.pending.held, s.addresses("eth0")], [undefined, ["192.0.2.9/24"]]);
  });

  it("what is `auto` stays when those that needed it have gone, whoever was met first", async () => {
    const s = await scene("");
    s.interfaces = "auto br0 eth0\niface br0 inet manual\n  bridge_ports eth0\niface eth0 inet manual\n";
    assert.equal((await apply(s, { timeout: 0 })).outcome, "done");
    assert.equal(s.kernel.world.state.links.get("eth0")?.master, "br0");
    s.interfaces = "auto eth0\niface eth0 inet static\n  address 192.0.2.1/24\n";
    assert.equal((await apply(s, { timeout: 0 })).outcome, "done");
    assert.deepEqual([s.addresses("eth0"), picture(s).setups], [["192.0.2.1/24"], ["eth0 configured"]]);
    s.interfaces = "auto br0\niface br0 inet manual\n  bridge_ports eth0 eth1\niface eth1 inet manual\n";
    assert.equal((await apply(s, { timeout: 0 })).outcome, "done");
    s.interfaces = "auto br0\niface br0 inet manual\n  bridge_ports none\niface eth1 inet manual\n";
    assert.equal((await apply(s, { timeout: 0 })).outcome, "done");
    assert.deepEqual(picture(s).setups, ["br0 configured"]);
  });

  it("nobody confirms: all of it is taken back, scripts run again, and the former configuration is in force", async () => {
    const s = await scene();
    const was = picture(s);
    s.interfaces = after;
    await apply(s);
    s.ran.length = 0;
    s.clock.turn(120_000);
    await idle();
    assert.deepEqual(picture(s), was);
    assert.match(former(s), /nobody has confirmed it in time/);
    assert.ok(s.engine.configuration.stanzas.some(({ name }) => name === "eth1"));
    assert.equal((await s.up("eth1")).outcome, "done");
    assert.equal((await s.netconf.reload(root).done).outcome, "done");
    assert.deepEqual([former(s), s.pending.held], ["", undefined]);
  });

  it("what was up before Reeve knew it is up again when it is taken back, with the addresses that it had", async () => {
    const bridge = `${after}iface br0 inet static\n  address 192.0.2.77/24\n  bridge_ports eth1\nauto br0\n`;
    const more: Step[] = [
      { do: "link-add", name: "br0", kind: "bridge", data: {} },
      { do: "link-set", name: "eth1", settings: { master: "br0", up: true } },
      { do: "link-set", name: "br0", settings: { up: true } },
      { do: "address-add", address: newAddress("br0", "192.0.2.77", 24, { broadcast: "192.0.2.255" }) },
    ];
    const s = await scene("auto eth0\niface eth0 inet manual\n", { found: [...found, ...more] });
    const was = picture(s);
    s.interfaces = bridge;
    assert.equal((await apply(s)).outcome, "done");
    assert.equal((await s.netconf.rollback({}, root).done).outcome, "done");
    await idle();
    assert.deepEqual(picture(s), was);
    assert.equal((await apply(s)).outcome, "done");
    assert.equal((await s.netconf.confirm({}, root).done).outcome, "done");
    assert.equal((await s.netconf.down({ all: true }, root).done).outcome, "done");
    assert.deepEqual([s.addresses("eth2"), s.addresses("br0")], [["203.0.113.77/32"], []]);
  });

  it("a failure anywhere takes all of it back at once", async () => {
    const s = await scene();
    const was = picture(s);
    s.interfaces = after;
    s.kernel.world.fail("EINVAL", { when: (step) => step.do === "address-add" && step.address.device === "eth2" });
    const { outcome, reason } = await apply(s);
    assert.equal(outcome, "failed");
    assert.match(reason, /203\.0\.113\.1.*EINVAL/);
    await idle();
    assert.deepEqual(picture(s), was);
    assert.notEqual(former(s), "");
    s.interfaces = after;
    assert.equal((await apply(s)).outcome, "done");
    assert.equal(former(s), "");
    assert.equal((await s.netconf.confirm({}, root).done).outcome, "done");
    assert.equal(s.pending.held, undefined);
  });

  it("a script that fails takes all of it back as well", async () => {
    for (const failing of ["hello2", "there2"]) {
      const s = await scene(before, { found });
      const was = picture(s);
      s.interfaces = after;
      s.program = async (what) => (what === failing ? 1 : 0);
      const { outcome, reason } = await apply(s);
      await idle();
      assert.equal(outcome, "failed", failing);
      assert.match(reason, new RegExp(failing));
      assert.deepEqual(picture(s), was, failing);
      assert.match(former(s), new RegExp(failing));
    }
  });

  it("a dry run tells what would be done, and does nothing", async () => {
    const s = await scene();
    const was = [picture(s), s.kernel.world.log.length];
    s.interfaces = after;
    s.scripts.up = ["/if-up.d/ntp"];
    s.scripts["post-down"] = ["/if-post-down.d/tidy"];
    s.clock.turn(2000);
    const { outcome, result } = await apply(s, { dryRun: true });
    assert.equal(outcome, "done");
    assert.ok(result.steps.length > 5);
    // Of eth0, which stays up, none.
    const eth1 = ["eth1: down bye1", "eth1: post-down /if-post-down.d/tidy"];
    const eth2 = ["eth2: pre-up hello2", "eth2: up there2", "eth2: up /if-up.d/ntp"];
    assert.deepEqual(result.scripts, [...eth1, ...eth2, "eth0.7: up /if-up.d/ntp"]);
    assert.deepEqual([picture(s), s.kernel.world.log.length], was);
    s.ran.length = 0;
    assert.deepEqual((await apply(s)).result.scripts, result.scripts);
    assert.deepEqual(
      s.ran.map(({ what }) => what).sort(),
      result.scripts.map((line) => line.replace(/^\S+: \S+ /, "")).sort(),
    );
  });

  it("what an interface has not run yet for want of a lease runs when that comes, whatever is applied meanwhile", async () => {
    const dhcp = "auto eth0\niface eth0 inet dhcp\n  pre-up before\n  up there\n";
    const s = new Scene({ interfaces: dhcp });
    s.kernel.world.appear("eth0");
    await s.netconf.start();
    const up = s.netconf.up({ all: true }, root).done;
    await idle(10);
    s.clock.turn(60_000);
    assert.equal((await up).outcome, "deferred");
    s.interfaces = dhcp.replace("  up", "  mtu 1400\n  up");
    const applying = apply(s, { timeout: 0 });
    await idle(10);
    s.clock.turn(60_000);
    const { outcome, result } = await applying;
    assert.deepEqual([outcome, result.scripts], ["deferred", ["eth0: up there"]]);
    await s.hook(s.clients.at(-1)!, "bound", { lease: s.lease("10.77.0.52") });
    await idle(10);
    assert.deepEqual([s.setup("eth0"), s.ran.map(({ what }) => what)], ["configured", ["before", "there"]]);
  });

  it("nothing to do waits for no confirm; without a time it holds at once", async () => {
    const s = await scene();
    const { outcome, result } = await apply(s);
    assert.deepEqual([outcome, result.deadline, result.id, s.pending.held], ["done", null, 0, undefined]);
    s.interfaces = after;
    assert.equal((await apply(s, { timeout: 0 })).result.deadline, null);
    assert.equal(s.pending.held, undefined);
  });

  it("who loses only its `auto` stays up, also as its stanza says now; who loses its stanza goes", async () => {
    const s = await scene();
    const manual = before.replace("auto eth0 eth1\n", "auto eth1\n");
    s.interfaces = manual;
    await s.netconf.reload(root).done;
    assert.deepEqual((await apply(s)).result.steps, []);
    assert.deepEqual([s.setup("eth0"), s.addresses("eth0")], ["configured", ["192.0.2.1/24"]]);
    s.interfaces = manual.replace("192.0.2.1/24", "192.0.2.3/24");
    assert.equal((await apply(s, { timeout: 0 })).outcome, "done");
    assert.deepEqual([s.setup("eth0"), s.addresses("eth0")], ["configured", ["192.0.2.3/24"]]);
    const again = s.netconf.up({ all: true }, root);
    await again.done;
    assert.deepEqual(
      s.netconf.result(again.task).interfaces.map(({ name }) => name),
      ["eth1"],
    );
    s.interfaces = manual.replace(/iface eth0[\s\S]*(?=iface eth1)/, "");
    assert.equal((await apply(s, { timeout: 0 })).outcome, "done");
    assert.deepEqual([s.setup("eth0"), s.addresses("eth0"), s.isUp("eth0")], [undefined, [], false]);
  });

  it("one at a time: while one waits for its confirm another is refused, and up and down go on", async () => {
    const s = await scene();
    s.interfaces = after;
    const { result } = await apply(s);
    assert.equal((await apply(s)).outcome, "conflict");
    assert.equal((await s.netconf.confirm({ id: result.id + 1 }, root).done).outcome, "conflict");
    assert.equal((await s.netconf.rollback({ id: result.id }, root).done).outcome, "done");
    assert.equal((await s.netconf.confirm({}, root).done).outcome, "conflict");
  });

  it("a wrong stanza leaves its interface as it is, and says so; so do names that were not asked for", async () => {
    const s = await scene();
    s.interfaces = after.replace("192.0.2.9/24", "192.0.2.999/24");
    const operation = s.netconf.apply({}, root);
    const lines = linesOfOperation(operation);
    assert.equal((await operation.done).outcome, "done");
    const [{ name, at } = assert.fail(), ...more] = s.netconf.applied(operation.task).refused;
    assert.deepEqual([name, more], ["eth0", []]);
    assert.match(at, /^\/etc\/network\/interfaces:\d+:\d+$/);
    assert.ok(
      lines.some((line) => line.startsWith("CTLSOCK_APPLY: eth0 stays as it is: ") && line.endsWith(` (${at})`)),
      lines.join("\n"),
    );
    assert.deepEqual([s.addresses("eth0"), s.addresses("eth2")], [["192.0.2.1/24"], ["203.0.113.1/24"]]);
    await s.netconf.confirm({}, root).done;
    s.interfaces = after;
    await apply(s, { names: ["eth0"] });
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.9/24"]);
  });

  it("commands of a stanza that changed run: down by the old ones, up by the new", async () => {
    const s = await scene();
    s.interfaces = before.replace("down bye1", "up new1\n  down bye1");
    s.ran.length = 0;
    const { outcome, result } = await apply(s);
    assert.deepEqual([outcome, result.scripts], ["done", ["eth1: down bye1", "eth1: up new1"]]);
    assert.deepEqual(
      s.ran.map(({ what }) => what),
      ["bye1", "new1"],
    );
    assert.deepEqual(s.addresses("eth1"), ["198.51.100.1/24"]);
  });

  it("from a lease to a fixed address and back by rollback: clients stop and start again", async () => {
    const dhcp = "auto eth0\niface eth0 inet dhcp\n";
    const s = new Scene({ interfaces: dhcp });
    s.kernel.world.appear("eth0");
    s.onStart = s.binds(() => s.lease("10.77.0.52"));
    await s.netconf.start();
    await s.up("eth0");
    s.interfaces = "auto eth0\niface eth0 inet static\n  address 10.77.0.5/24\n";
    assert.equal((await apply(s)).outcome, "done");
    assert.deepEqual([s.addresses("eth0"), s.living.size], [["10.77.0.5/24"], 0]);
    s.clock.turn(120_000);
    await idle(10);
    assert.deepEqual([s.addresses("eth0"), s.living.size, s.setup("eth0")], [["10.77.0.52/24"], 1, "configured"]);
  });

  it("what was deferred before is so again when it is taken back, and comes up when it can", async () => {
    const late = `${before.replace("auto eth0", "auto eth0 eth9")}iface eth9 inet static\n  address 203.0.113.9/24\n`;
    const changed = late.replace("192.0.2.1/24", "192.0.2.9/24");
    for (const edited of [changed, changed.replace("113.9/24", "113.8/24\n  up hello"), after]) {
      for (const dies of [false, true]) {
        let s = await scene(late, {}, "deferred");
        s.interfaces = edited;
        assert.equal((await apply(s)).outcome, "done");
        assert.equal(s.setup("eth9"), edited === after ? undefined : "deferred");
        await s.netconf.rollback({}, root).done;
        if (dies) s.kill();
        if (dies) s = await s.heir();
        for (let tries = 0; tries < 4; tries++) {
          await idle(20);
          assert.deepEqual(
            [s.setup("eth9"), s.journal.records.get("eth9")?.error],
            ["deferred", "there is no such device"],
          );
          s.clock.turn(300_000);
        }
        s.kernel.world.appear("eth9");
        await idle(20);
        assert.deepEqual([s.setup("eth9"), s.addresses("eth9")], ["configured", ["203.0.113.9/24"]]);
      }
    }
  });

  it("after the daemon's death: in time it waits on, too late it takes back; after a boot the former configuration counts", async () => {
    for (const [later, boot, address] of [
      [60, "b", "192.0.2.9/24"],
      [121, "b", "192.0.2.1/24"],
      [10, "other", "192.0.2.9/24"],
    ] as const) {
      const s = await scene();
      s.interfaces = after;
      await apply(s);
      const next = new Scene({ interfaces: after, journal: s.journal, kernel: s.kernel, pending: s.pending });
      next.uptime = s.uptime + later;
      next.world.pending.here.boot = boot;
      await next.netconf.start();
      await idle(10);
      assert.deepEqual(next.addresses("eth0"), [address], `${later} ${boot}`);
      assert.equal(former(next) === "", later === 60);
      if (later !== 60) continue;
      next.clock.turn(60_000);
      await idle(10);
      assert.deepEqual(next.addresses("eth0"), ["192.0.2.1/24"]);
    }
  });

  it("what was taken back stays so: the next daemon, another boot and a one-shot go by what was configured before", async () => {
    const s = await scene();
    s.interfaces = after;
    await apply(s);
    assert.equal((await s.netconf.rollback({}, root).done).outcome, "done");
    const pending = { held: structuredClone(s.pending.held) };
    const open = async (interfaces: string, { stays, boot = "b" }: { stays: boolean; boot?: string }) => {
      const next = new Scene({ interfaces, stays, pending });
      for (const name of ["eth0", "eth1", "eth2"]) next.kernel.world.appear(name);
      next.world.pending.here.boot = boot;
      await next.netconf.start();
      return next;
    };
    for (const stays of [true, false]) {
      for (const boot of ["b", "other"]) {
        const next = await open(after, { stays, boot });
        assert.match(former(next), /root wants it/);
        assert.equal((await next.netconf.up({ all: true }, root).done).outcome, "done");
        assert.deepEqual([next.addresses("eth0"), next.addresses("eth2")], [["192.0.2.1/24"], []]);
      }
    }
    // An apply of nothing but what is so already ends it as any other does.
    const next = await open(after, { stays: true });
    await next.netconf.up({ all: true }, root).done;
    assert.equal((await apply(next, { timeout: 0 })).outcome, "done");
    assert.deepEqual([former(next), pending.held], ["", undefined]);
    assert.deepEqual(next.addresses("eth0"), ["192.0.2.9/24"]);
  });

  it("of applies that are taken back one after the other what was configured before the first counts; confirmed, the last", async () => {
    const s = await scene();
    for (const address of ["192.0.2.9/24", "192.0.2.10/24"]) {
      s.interfaces = before.replace("192.0.2.1/24", address);
      assert.equal((await apply(s)).outcome, "done");
      assert.equal(former(s), "");
      assert.equal((await s.netconf.rollback({}, root).done).outcome, "done");
      assert.deepEqual(s.addresses("eth0"), ["192.0.2.1/24"]);
      assert.notEqual(former(s), "");
    }
    assert.equal((await apply(s)).outcome, "done");
    assert.equal((await s.netconf.confirm({}, root).done).outcome, "done");
    assert.deepEqual([former(s), s.pending.held], ["", undefined]);
    s.kill();
    const next = await s.heir();
    assert.equal((await next.netconf.up({ all: true }, root).done).outcome, "done");
    assert.deepEqual([former(next), next.addresses("eth0")], ["", ["192.0.2.10/24"]]);
  });

  it("a file that was put right, or another file, ends it without a word", async () => {
    const s = await scene();
    s.interfaces = after;
    await apply(s);
    await s.netconf.rollback({}, root).done;
    for (const text of [before, `# as it was\n\n${before}`]) {
      const next = new Scene({ interfaces: text, pending: { held: structuredClone(s.pending.held) } });
      await next.netconf.start();
      assert.deepEqual([former(next), next.pending.held, [...next.engine.warnings]], ["", undefined, []]);
    }
    const other = new Scene({ interfaces: after, pending: { held: structuredClone(s.pending.held) } });
    const { configuration } = other.world.files;
    other.world.files.configuration = async () => ({ ...(await configuration()), files: ["/etc/other"] });
    await other.netconf.start();
    assert.equal(former(other), "");
    assert.notEqual(other.pending.held, undefined);
  });

  it("a reload that cannot be noted on disk changes nothing; one while an apply waits leaves that waiting", async () => {
    const s = await scene();
    s.interfaces = after;
    await apply(s);
    assert.equal((await s.netconf.reload(root).done).outcome, "done");
    assert.ok(s.pending.held && "inverse" in s.pending.held);
    await s.netconf.rollback({}, root).done;
    const { remove } = s.world.pending;
    s.world.pending.remove = () => {
      throw new Problem("io", "read-only");
    };
    assert.equal((await s.netconf.reload(root).done).outcome, "failed");
    assert.ok(s.engine.configuration.stanzas.some(({ name }) => name === "eth1"));
    assert.notEqual(former(s), "");
    s.world.pending.remove = remove;
    assert.equal((await s.netconf.reload(root).done).outcome, "done");
    assert.equal(former(s), "");
  });

  it("killed at any moment of a rollback, the next one ends up in the same state", async () => {
    let cases = 0;
    for (const moment of [0, 1, 2, 3, 4, 5, 6, 7, 8, "before it is noted", "after it is noted"] as const) {
      const s = await scene();
      const was = picture(s);
      s.interfaces = after;
      await apply(s);
      s.mortal = true;
      const { write } = s.world.pending;
      s.world.pending.write = (kept) => {
        if (moment === "before it is noted") s.kill();
        if (!s.dead) write(kept);
        s.kill();
      };
      if (typeof moment === "number") s.kernel.world.die(moment);
      const ended = s.netconf.rollback({}, root).done;
      await Promise.race([ended, s.died.promise]);
      assert.ok(s.dead, `${moment}`);
      let next = await s.heir();
      await idle(20);
      if (next.engine.pending) assert.equal((await next.netconf.rollback({}, root).done).outcome, "done");
      await idle(20);
      next.kill();
      next = await next.heir();
      await idle(20);
      assert.deepEqual(picture(next), was, `${moment}`);
      assert.notEqual(former(next), "", `${moment}`);
      assert.ok(next.engine.configuration.stanzas.some(({ name }) => name === "eth1"));
      cases++;
    }
    assert.equal(cases, 11);
  });

  it("killed at any moment of one that waits for no confirm, kernel and configuration are of the same side", async () => {
    for (const fails of [false, true]) {
      let cases = 0;
      // Before the first of them nothing of it has begun: the file counts, as for any start.
      for (let moment = 1; ; moment++) {
        const s = await scene();
        s.interfaces = after;
        s.program = async (what) => (fails && what === "there2" ? 1 : 0);
        let left = moment;
        const mortal = (work: () => void) => {
          if (left-- === 0) s.kill();
          if (!s.dead) work();
          if (left-- === 0) s.kill();
        };
        const { write, remove } = s.world.pending;
        s.world.pending.write = (kept) => mortal(() => write(kept));
        s.world.pending.remove = () => mortal(remove);
        for (const name of ["begin", "end"] as const) {
          const original = s.journal[name].bind(s.journal) as (...all: unknown[]) => unknown;
          Object.assign(s.journal, {
            [name]: (...all: unknown[]) => {
              let result: unknown;
              mortal(() => {
                result = original(...all);
              });
              return result;
            },
          });
        }
        await Promise.race([s.netconf.apply({ timeout: 0 }, root).done, s.died.promise]);
        if (!s.dead) break;
        s.program = async () => 0;
        const next = await s.heir();
        await idle(20);
        const isNew = next.addresses("eth0").includes("192.0.2.9/24");
        assert.equal(
          next.engine.configuration.stanzas.some(({ name }) => name === "eth2"),
          isNew,
          `${moment}`,
        );
        assert.equal(former(next) === "", isNew, `${moment}`);
        assert.equal(next.pending.held === undefined, isNew, `${moment}`);
        cases++;
      }
      assert.ok(cases >= (fails ? 15 : 7), `${cases} cases`);
    }
  });

  it("a carrier that comes while an apply is taken back starts nothing", async () => {
    for (let steps = 4; ; steps++) {
      const s = await scene();
      const was = picture(s);
      s.interfaces = after;
      const { world } = s.kernel;
      const perform = s.kernel.perform.bind(s.kernel);
      s.kernel.perform = (...all) => {
        return perform(...all).catch((error) => {
          s.journal.dead = true;
          throw error;
        });
      };
      world.die(steps);
      if ((await s.netconf.apply({}, root).done).outcome === "done") return assert.ok(steps > 8);
      await idle();
      world.die(Number.POSITIVE_INFINITY);
      const kernel = Object.assign(world.open(), { world });
      const next = new Scene({ interfaces: after, journal: new MemoryJournal(s.journal.replay), kernel });
      const performNext = kernel.perform.bind(kernel);
      let times = 0;
      kernel.perform = async (...all) => {
        if (times++ === 0) for (const is of [false, true]) for (const name of ["eth0", "eth2"]) world.cable(name, is);
        await idle();
        return await performNext(...all);
      };
      await next.netconf.start();
      const lines = next.journal.lines.filter((line) => "begin" in line || "end" in line);
      assert.deepEqual(
        lines.slice(0, 1).map((line) => "end" in line && line.outcome),
        ["undone"],
      );
      await idle(20);
      assert.deepEqual(picture(next), was, `after ${steps} steps`);
    }
  });

  it("killed after any step, it is the old or the new one", async () => {
    let cases = 0;
    for (let steps = 0; ; steps++) {
      const s = await scene(before, { found });
      const was = picture(s);
      s.interfaces = after;
      const { world } = s.kernel;
      const pending = { held: s.pending.held };
      const perform = s.kernel.perform.bind(s.kernel);
      s.kernel.perform = (...all) =>
        perform(...all).catch((error) => {
          s.journal.dead = true;
          pending.held ??= structuredClone(s.pending.held);
          throw error;
        });
      world.die(steps);
      const { outcome } = await s.netconf.apply({}, root).done;
      await idle();
      world.die(Number.POSITIVE_INFINITY);
      const died = outcome !== "done";
      if (!died) pending.held = s.pending.held;
      const journal = new MemoryJournal(s.journal.replay);
      const kernel = Object.assign(world.open(), { world });
      const next = new Scene({ interfaces: after, journal, pending, kernel });
      await next.netconf.start();
      await idle(20);
      if (died) {
        assert.deepEqual(picture(next), was, `after ${steps} steps`);
        assert.notEqual(former(next), "", `after ${steps} steps`);
      } else assert.deepEqual(next.addresses("eth0"), ["192.0.2.9/24"]);
      cases++;
      if (!died) break;
      assert.ok(steps < 100);
    }
    assert.ok(cases > 8, `${cases} cases`);
  });
});
