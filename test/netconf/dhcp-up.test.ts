/** The way up by DHCP, and what may go wrong on it: rules 1 to 3, 6 and 7 of the reference. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkOf } from "../../src/netconf/answer/check.ts";
import { Problem } from "../../src/problem.ts";
import { type FakeClient, idle, linesOfOperation, root, Scene, type SceneOptions } from "../fake/netconf.ts";

const dhcp = "iface eth0 inet dhcp\n";

async function scene(options: SceneOptions = {}): Promise<Scene> {
  const made = new Scene({ interfaces: dhcp, ...options });
  made.kernel.world.appear("eth0");
  await made.netconf.start();
  return made;
}

/** Bound, as most tests begin. */
async function bound(options?: SceneOptions): Promise<{ s: Scene; client: FakeClient }> {
  const s = await scene(options);
  s.onStart = s.binds(() => s.lease("10.77.0.52", { dns: ["10.77.0.1"], domain: "example.net" }));
  assert.equal((await s.up("eth0")).outcome, "done");
  await idle();
  return { s, client: s.clients[0]! };
}

describe("up by DHCP", () => {
  it("the eight steps, in order, are what the asker sees", async () => {
    const s = await scene();
    s.onStart = s.binds(() => s.lease("10.77.0.52", { dns: ["10.77.0.1"], domain: "example.net" }));
    const up = s.netconf.up({ names: ["eth0"] }, root);
    const lines = linesOfOperation(up);
    assert.deepEqual(await up.done, { outcome: "done", reason: "" });
    assert.deepEqual(lines, [
      "CTLSOCK_IFUP eth0: requested by root",
      "DHCP eth0: dhclient started",
      "LEASE eth0: PREINIT",
      "LINK eth0 up: done",
      "LEASE eth0: done",
      "LEASE eth0: BOUND 10.77.0.52/24 by 10.77.0.1 for 3600 s",
      "IFCFG eth0 10.77.0.52/24: done",
      "ROUTE eth0 default via 10.77.0.1 dev eth0: done",
      "DNS eth0 10.77.0.1 search example.net: done",
      "LEASE eth0: done",
      "DHCP eth0: done: 10.77.0.52/24",
      "CTLSOCK_IFUP eth0: done",
    ]);
    assert.equal(s.setup("eth0"), "configured");
    assert.deepEqual(s.journal.records.get("eth0")?.clients, [s.clients[0]!.record]);
    const address = s.kernel.world.state.addresses.find((one) => one.address === "10.77.0.52");
    assert.equal(address?.valid, 3600);
  });

  it("a renewal sets lifetimes, a new address takes the place of the old one", async () => {
    const { s, client } = await bound();
    s.clock.turn(1_800_000);
    s.kernel.world.elapse(1800);
    assert.equal((await s.hook(client, "renew", { lease: s.lease("10.77.0.52") })).status, 0);
    assert.equal(s.kernel.world.state.addresses.find((one) => one.address === "10.77.0.52")?.valid, 3600);
    await s.hook(client, "renew", { lease: s.lease("10.77.0.60") });
    assert.deepEqual(s.addresses("eth0"), ["10.77.0.60/24"]);
    assert.deepEqual(s.routes("eth0"), ["0.0.0.0/0 via 10.77.0.1"]);
    assert.deepEqual(s.dns.get("eth0")?.servers, []);
  });

  it("another host says later that the address is its own: it goes, and the script's answer declines the lease", async () => {
    const s = await scene({ settings: { dhcpWatch: 4000 } });
    let answer: { status: number; outcome: string } | undefined;
    s.onStart = async (client) => {
      await s.hook(client, "preinit");
      answer = await s.hook(client, "bound", { lease: s.lease("10.77.0.52") });
    };
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.deepEqual([s.addresses("eth0"), answer], [["10.77.0.52/24"], undefined]);
    s.asked.get("10.77.0.52")?.();
    await idle();
    assert.deepEqual([s.addresses("eth0"), answer?.status, answer?.outcome], [[], 1, "conflict"]);
    const { setup, error } = s.journal.records.get("eth0")!;
    assert.deepEqual([setup, error], ["deferred", "another host has 10.77.0.52"]);
    void s.hook(s.clients[0]!, "bound", { lease: s.lease("10.77.0.53") });
    await idle();
    assert.deepEqual([s.setup("eth0"), s.addresses("eth0")], ["configured", ["10.77.0.53/24"]]);
  });

  it("… while a long script holds the way up: when that has ended the client asks anew, for it was told nothing", async () => {
    const s = await scene({ settings: { dhcpWatch: 4000 }, interfaces: `${dhcp}  up long\n` });
    const long = Promise.withResolvers<number>();
    s.program = () => long.promise;
    s.onStart = s.binds(() => s.lease("10.77.0.52"));
    const up = s.up("eth0");
    await idle();
    s.asked.get("10.77.0.52")?.();
    s.clock.turn(31_000);
    long.resolve(0);
    await up;
    await idle();
    assert.deepEqual([s.addresses("eth0"), s.clients[0]!.calls], [[], ["renew"]]);
  });

  it("nobody says so: the script has its answer when the time is over, or when nobody need know any more", async () => {
    for (const end of [
      (s: Scene) => s.clock.turn(4000),
      (s: Scene) => s.netconf.renew({ name: "eth0" }, root),
      (s: Scene) => s.down("eth0"),
      (s: Scene) => s.netconf.stop(),
    ]) {
      const s = await scene({ settings: { dhcpWatch: 4000 } });
      const answers: number[] = [];
      s.onStart = async (client) => {
        await s.hook(client, "preinit");
        answers.push((await s.hook(client, "bound", { lease: s.lease("10.77.0.52") })).status);
      };
      assert.equal((await s.up("eth0")).outcome, "done");
      assert.deepEqual(answers, []);
      void end(s);
      await idle();
      assert.deepEqual(answers, [0]);
    }
  });

  it("hooks of dhclient's script hear of a lease when it is in force and when it is gone, and decline nothing", async () => {
    const s = await scene();
    s.clientHooks = ["/etc/dhcp/dhclient-exit-hooks.d/timesyncd"];
    const told: unknown[] = [];
    s.program = async (what, { env }) => {
      told.push([
        what.includes("/timesyncd'"),
        env.reason,
        env.new_ip_address ?? env.old_ip_address,
        s.addresses("eth0"),
      ]);
      return 2;
    };
    const answers: number[] = [];
    s.onStart = async (client) => {
      await s.hook(client, "preinit");
      answers.push((await s.hook(client, "bound", { lease: s.lease("10.77.0.52") })).status);
    };
    assert.equal((await s.up("eth0")).outcome, "done");
    const [client] = s.clients;
    client!.onRelease = () => s.hook(client!, "release", { old: s.lease("10.77.0.52") });
    await s.down("eth0");
    assert.deepEqual(told, [
      [true, "BOUND", "10.77.0.52", ["10.77.0.52/24"]],
      [true, "RELEASE", "10.77.0.52", []],
    ]);
    assert.deepEqual(answers, [0]);
  });

  it("a host without a name takes the lease's, and the next one of it; one that has its own keeps that", async () => {
    for (const [before, first, then] of [
      ["localhost", "web1.example.net", "web2"],
      ["(none)", "web1.example.net", "web2"],
      ["laptop", "laptop", "laptop"],
    ] as const) {
      const { s, client } = await (async () => {
        const s = await scene();
        s.hostName = before;
        s.onStart = s.binds(() => s.lease("10.77.0.52", { hostName: "web1.example.net" }));
        await s.up("eth0");
        return { s, client: s.clients[0]! };
      })();
      assert.equal(s.hostName, first);
      await s.hook(client, "renew", { lease: s.lease("10.77.0.52", { hostName: "web2" }) });
      assert.equal(s.hostName, then);
      await s.hook(client, "renew", { lease: s.lease("10.77.0.52", { hostName: "a".repeat(65) }) });
      assert.equal(s.hostName, then);
    }
    const off = await scene({ settings: { dhcpHostName: false } });
    off.hostName = "localhost";
    off.onStart = off.binds(() => off.lease("10.77.0.52", { hostName: "web1" }));
    assert.equal((await off.up("eth0")).outcome, "done");
    assert.equal(off.hostName, "localhost");
  });

  it("down releases the lease, and nothing is left", async () => {
    const { s, client } = await bound();
    client.onRelease = () => s.hook(client, "release", { old: s.lease("10.77.0.52") });
    const down = s.netconf.down({ names: ["eth0"] }, root);
    const lines = linesOfOperation(down);
    assert.equal((await down.done).outcome, "done");
    assert.deepEqual(client.calls, ["release"]);
    assert.ok(lines.includes("LEASE eth0: RELEASE 10.77.0.52/24"));
    assert.deepEqual([s.addresses("eth0"), s.isUp("eth0"), s.journal.records.size], [[], false, 0]);
    assert.deepEqual(s.dns.get("eth0"), { servers: [], search: [], options: [] });
  });

  it("rule 1: a client that dies before it is bound ends the wait at once; the link goes down again", async () => {
    const s = await scene();
    s.onStart = (client) => void s.hook(client, "preinit").then(() => client.die(9));
    const ended = await s.up("eth0");
    assert.equal(ended.outcome, "failed");
    assert.match(ended.reason, /dhclient ended with 9/);
    assert.deepEqual([s.isUp("eth0"), s.setup("eth0")], [false, "failed"]);
    assert.equal(s.journal.records.get("eth0")?.clients.length, 0);
  });

  it("rule 1: a link that was up before stays up", async () => {
    const s = await scene();
    s.kernel.world.do({ do: "link-set", name: "eth0", settings: { up: true } });
    await s.kernel.refresh();
    s.onStart = (client) => void s.hook(client, "preinit").then(() => client.die(9));
    assert.equal((await s.up("eth0")).outcome, "failed");
    assert.equal(s.isUp("eth0"), true);
  });

  it("what the policy puts in its place runs the stanza's own commands, each once, also when a lease comes later", async () => {
    const commands = ["pre-up before", "up after", "down back"].map((line) => `  ${line}\n`).join("");
    const s = await scene({ interfaces: `${dhcp}${commands}`, policy: "[cfg DHCP]\nFAIL,TIMEOUT LinkLocal\n" });
    const ran = () => s.ran.map(({ what }) => what.replace(/^.* /s, ""));
    s.onStart = (client) => void s.hook(client, "preinit").then(() => s.hook(client, "fail"));
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.deepEqual(ran(), ["before", "after"]);
    await s.hook(s.clients[0]!, "bound", { lease: s.lease("10.77.0.52") });
    assert.equal((await s.up("eth0")).outcome, "done");
    await idle();
    assert.deepEqual([ran(), s.addresses("eth0")], [["before", "after"], ["10.77.0.52/24"]]);
    await s.down("eth0");
    assert.deepEqual(ran(), ["before", "after", "back"]);
  });

  it("rule 1: … and the policy says what is next", async () => {
    const s = await scene({ policy: "[cfg DHCP]\nFAIL,TIMEOUT LinkLocal\n" });
    s.onStart = (client) => void s.hook(client, "preinit").then(() => client.die(9));
    const up = s.netconf.up({ names: ["eth0"] }, root);
    const lines = linesOfOperation(up);
    assert.equal((await up.done).outcome, "done");
    assert.ok(lines.includes("POLICY eth0: dhcp failed (dhcp: dhclient ended with 9) → LinkLocal"), lines.join("\n"));
    assert.deepEqual(s.addresses("eth0"), []);
    const [address] = s.kernel.world.state.addresses.filter(({ device, family }) => device === "eth0" && family === 4);
    assert.equal(address?.address, "169.254.7.1");
    await s.down("eth0");
    assert.equal(s.claims[0]?.released, true);
  });

  it("an IPv4LL address that the policy put in DHCP's place gives way to a lease, and comes back after it", async () => {
    const s = await scene({ policy: "[cfg DHCP]\nFAIL,TIMEOUT LinkLocal\n" });
    const four = () =>
      s.kernel.world.state.addresses
        .filter((one) => one.device === "eth0" && one.family === 4)
        .map((one) => one.address);
    s.onStart = (client) => void s.hook(client, "preinit").then(() => s.hook(client, "fail"));
    assert.equal((await s.up("eth0")).outcome, "done");
    const [client] = s.clients;
    assert.deepEqual([four(), client!.calls], [["169.254.7.1"], []]);
    // Its next tries fail, too.
    await s.hook(client!, "fail");
    assert.deepEqual([four(), s.setup("eth0")], [["169.254.7.1"], "configured"]);
    const lease = s.lease("10.77.0.52");
    await s.hook(client!, "bound", { lease });
    assert.deepEqual([four(), s.claims[0]?.released, s.setup("eth0")], [["10.77.0.52"], true, "configured"]);
    assert.equal((await s.up("eth0")).outcome, "done");
    assert.deepEqual(four(), ["10.77.0.52"]);
    await s.hook(client!, "expire", { old: lease });
    assert.deepEqual([four(), s.setup("eth0")], [[], "deferred"]);
    await s.hook(client!, "fail");
    await idle();
    assert.deepEqual([four(), s.setup("eth0")], [["169.254.7.1"], "configured"]);
    await s.down("eth0");
    assert.deepEqual([four(), client!.calls], [[], ["stop"]]);
  });

  it("… also when its client has died: another one is started in time; and after a restart", async () => {
    const s = await scene({ policy: "[cfg DHCP]\nFAIL,TIMEOUT LinkLocal\n" });
    s.onStart = (client) => void s.hook(client, "preinit").then(() => client.die(9));
    assert.equal((await s.up("eth0")).outcome, "done");
    s.onStart = s.binds(() => s.lease("10.77.0.52"));
    s.clock.turn(30_000);
    await idle(6);
    assert.deepEqual([s.clients.length, s.addresses("eth0")], [2, ["10.77.0.52/24"]]);
    s.kill();
    const next = await s.heir();
    await idle(6);
    assert.deepEqual([next.addresses("eth0"), next.claims.length, next.clients.length], [["10.77.0.52/24"], 0, 1]);
  });

  it("… and what the policy put in its place is as it should be, until the configuration says something else", async () => {
    const policy = "[cfg DHCP]\nFAIL Fixed\n[cfg Fixed]\nmethod static\naddress 203.0.113.5/24\n";
    const s = await scene({ policy, interfaces: `auto eth0\n${dhcp}  up true\n` });
    s.onStart = (client) => void s.hook(client, "preinit").then(() => client.die(9));
    assert.equal((await s.up("eth0")).outcome, "done");
    const around = { started: 0, managers: { of: () => "" } };
    assert.equal(checkOf(s.engine, around).same, true);
    const again = s.netconf.up({ names: ["eth0"] }, root);
    const lines = linesOfOperation(again);
    await again.done;
    assert.doesNotMatch(lines.join("\n"), /has changed/);
    // An apply of something else leaves it alone.
    s.interfaces = `${s.interfaces}auto eth0:1\niface eth0:1 inet static\n  address 198.51.100.1/24\n`;
    s.ran.length = 0;
    assert.equal((await s.netconf.apply({ timeout: 0 }, root).done).outcome, "done");
    assert.deepEqual([s.addresses("eth0").sort(), s.clients.length], [["198.51.100.1/24", "203.0.113.5/24"], 1]);
    assert.deepEqual(s.ran, []);
    s.interfaces = "auto eth0\niface eth0 inet static\n  address 192.0.2.1/24\n";
    assert.equal((await s.netconf.apply({ timeout: 0 }, root).done).outcome, "done");
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.1/24"]);
    s.interfaces = "";
    assert.equal((await s.netconf.apply({ timeout: 0 }, root).done).outcome, "done");
    assert.deepEqual(s.addresses("eth0"), []);
  });

  it("rule 2: nobody answers: deferred after its time, the client goes on, and a late lease finishes the way", async () => {
    const s = await scene({ interfaces: `${dhcp}  up echo ready\n` });
    s.onStart = (client) => void s.hook(client, "preinit");
    const up = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    s.clock.turn(60_000);
    assert.deepEqual(await up.done, { outcome: "deferred", reason: "no lease within 60 s" });
    assert.deepEqual([s.setup("eth0"), s.ran.length, s.clients[0]!.calls], ["deferred", 0, []]);
    await s.hook(s.clients[0]!, "bound", { lease: s.lease("10.77.0.52") });
    await idle();
    assert.deepEqual([s.setup("eth0"), s.addresses("eth0")], ["configured", ["10.77.0.52/24"]]);
    assert.deepEqual(
      s.ran.map(({ what }) => what),
      ["echo ready"],
    );
    assert.equal(s.clients.length, 1);
  });

  it("rule 2: the time of all is over while a script hangs: it is ended, what is up stays recorded", async () => {
    const s = await scene({ interfaces: "iface eth0 inet static\n  address 192.0.2.1/24\n  pre-up hang\n" });
    s.program = (_what, { signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(new Problem("cancelled", "killed"))),
      );
    const up = s.netconf.up({ names: ["eth0"], timeout: 10 }, root);
    await idle();
    s.clock.turn(10_000);
    assert.equal((await up.done).outcome, "timeout");
    assert.deepEqual([s.isUp("eth0"), s.setup("eth0"), s.addresses("eth0")], [false, "failed", []]);
  });

  it("rule 3: a hook that vanishes during IFCFG: what was begun is done, never half", async () => {
    const s = await scene();
    const gone = new AbortController();
    s.onStart = (client) => {
      void (async () => {
        await s.hook(client, "preinit");
        const answer = s.hook(client, "bound", { lease: s.lease("10.77.0.52"), signal: gone.signal });
        await idle(0);
        gone.abort();
        await answer;
      })();
    };
    const up = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    const half = [s.addresses("eth0").length, s.routes("eth0").length];
    assert.ok(half.join() === "0,0" || half.join() === "1,1", half.join());
    assert.deepEqual(s.journal.open, []);
    s.clock.turn(60_000);
    await up.done;
  });

  it("rule 6: an expired lease takes what it brought, and nothing else", async () => {
    const { s, client } = await bound({ interfaces: `${dhcp}iface eth0 inet static\n  address 192.0.2.1/24\n` });
    s.kernel.world.address("eth0", "198.51.100.9", 24);
    await s.kernel.refresh();
    assert.equal((await s.hook(client, "expire", { old: s.lease("10.77.0.52") })).status, 0);
    assert.deepEqual(s.addresses("eth0").sort(), ["192.0.2.1/24", "198.51.100.9/24"]);
    assert.equal(s.setup("eth0"), "deferred");
    await s.hook(client, "preinit");
    await s.hook(client, "bound", { lease: s.lease("10.77.0.61") });
    await idle();
    assert.equal(s.setup("eth0"), "configured");
    assert.ok(s.addresses("eth0").includes("10.77.0.61/24"));
  });

  it("rule 7: the carrier is lost while it waits: deferred; it comes back: the client asks at once", async () => {
    const s = await scene();
    s.onStart = (client) => void s.hook(client, "preinit");
    const up = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    s.kernel.world.cable("eth0", false);
    assert.deepEqual(await up.done, { outcome: "deferred", reason: "no carrier" });
    const [client] = s.clients;
    client!.onRenew = () => void s.hook(client!, "bound", { lease: s.lease("10.77.0.52") });
    s.kernel.world.cable("eth0", true);
    await idle();
    assert.deepEqual(client!.calls, ["renew"]);
    assert.deepEqual([s.setup("eth0"), s.addresses("eth0")], ["configured", ["10.77.0.52/24"]]);
  });

  it("rule 7: a link that was raised without a cable is given up soon, not after the client's time", async () => {
    const s = await scene();
    s.kernel.world.cable("eth0", false);
    s.onStart = (client) => void s.hook(client, "preinit");
    const up = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    s.clock.turn(5000);
    assert.deepEqual(await up.done, { outcome: "deferred", reason: "no carrier" });
    for (const on of [true, false]) {
      s.kernel.world.cable("eth0", on);
      await idle(20);
      s.clock.turn(61_000);
      await idle(20);
      const { setup, error } = s.engine.records.get("eth0") ?? assert.fail();
      assert.deepEqual([setup, error], ["deferred", on ? "no lease yet" : "no carrier"]);
    }
  });

  it("an address that another host has is declined by the script's status, and the wait goes on", async () => {
    const s = await scene();
    s.others.add("10.77.0.52");
    const statuses: number[] = [];
    s.onStart = (client) => {
      void (async () => {
        await s.hook(client, "preinit");
        for (const address of ["10.77.0.52", "10.77.0.53"]) {
          statuses.push((await s.hook(client, "bound", { lease: s.lease(address) })).status);
        }
      })();
    };
    assert.equal((await s.up("eth0")).outcome, "done");
    await idle();
    assert.deepEqual([statuses, s.addresses("eth0")], [[1, 0], ["10.77.0.53/24"]]);
  });

  it("what the kernel refuses of a lease fails the way up, and the script still ends with 0", async () => {
    const s = await scene();
    s.kernel.world.fail("EINVAL", { when: (step) => step.do === "address-add" });
    let status = -1;
    s.onStart = (client) => {
      void s.hook(client, "preinit").then(async () => {
        ({ status } = await s.hook(client, "bound", { lease: s.lease("10.77.0.52") }));
      });
    };
    const ended = await s.up("eth0");
    assert.equal(ended.outcome, "failed");
    assert.match(ended.reason, /EINVAL/);
    assert.deepEqual([status, s.clients[0]!.calls, s.addresses("eth0")], [0, ["stop"], []]);
  });

  it("a stored lease is used where its router answers", async () => {
    for (const answers of [true, false]) {
      const s = await scene();
      if (answers) s.others.add("10.77.0.1");
      let status = -1;
      s.onStart = (client) => {
        void s.hook(client, "preinit").then(async () => {
          const lease = s.lease("10.77.0.52", { routers: ["10.77.0.1"] });
          ({ status } = await s.hook(client, "timeout", { lease }));
          if (!answers) await s.hook(client, "fail");
        });
      };
      const ended = await s.up("eth0");
      await idle();
      assert.deepEqual([ended.outcome, status], answers ? ["done", 0] : ["deferred", 1]);
    }
  });

  it("a client that dies later leaves its address, and another one is started", async () => {
    const { s, client } = await bound();
    client.die(1);
    await idle();
    assert.deepEqual([s.setup("eth0"), s.addresses("eth0")], ["deferred", ["10.77.0.52/24"]]);
    s.clock.turn(30_000);
    await idle();
    assert.deepEqual([s.clients.length, s.setup("eth0")], [2, "configured"]);
  });

  it("what a client says that is not ours any more changes nothing", async () => {
    const { s, client } = await bound();
    await s.down("eth0");
    assert.equal((await s.hook(client, "bound", { lease: s.lease("10.77.0.52") })).outcome, "superseded");
    assert.deepEqual(s.addresses("eth0"), []);
  });

  it("without a daemon the client goes on by itself, and the way up is deferred", async () => {
    const s = await scene({ stays: false });
    s.onStart = (client) => void s.hook(client, "preinit");
    const up = s.netconf.up({ names: ["eth0"] }, root);
    await idle();
    s.clock.turn(60_000);
    assert.equal((await up.done).outcome, "deferred");
    assert.equal(s.journal.records.get("eth0")?.clients.length, 1);
  });

  it("a daemon that starts again finds its client, and hears it", async () => {
    const { s, client } = await bound();
    await s.netconf.stop();
    const next = new Scene({ interfaces: dhcp, journal: s.journal, kernel: s.kernel, clock: s.clock });
    next.living.add(client);
    await next.netconf.start();
    await idle();
    assert.equal(next.clients.length, 0);
    await next.hook(client, "renew", { lease: next.lease("10.77.0.77") });
    assert.deepEqual(next.addresses("eth0"), ["10.77.0.77/24"]);
  });
});
