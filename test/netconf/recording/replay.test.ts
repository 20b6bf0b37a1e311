/** Whatever happens is recorded, and the engine does the same again when it is told the same. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import { Netconf } from "../../../src/netconf/netconf.ts";
import { recorded } from "../../../src/netconf/recording/record.ts";
import { replay } from "../../../src/netconf/recording/replay.ts";
import { applyDelta, emptyState, stateDelta } from "../../../src/netconf/recording/state-delta.ts";
import { idle, root, Scene, type SceneOptions } from "../../fake/netconf.ts";

/** A scene whose engine is recorded. */
function scene(options: SceneOptions): { s: Scene; lines: string[] } {
  const lines: string[] = [];
  const s = new Scene(options);
  const netconf = new Netconf(recorded(s.world, (line) => void lines.push(line)));
  Object.assign(s, { netconf });
  // As a socket's, each call of a hook has a turn of the event loop to itself.
  const hook = s.hook.bind(s);
  s.hook = async (...all) => {
    await idle(1);
    return await hook(...all);
  };
  s.kernel.world.appear("eth0");
  s.kernel.world.appear("eth1");
  return { s, lines };
}

async function same(lines: string[]): Promise<void> {
  const { trees, differences } = await replay(lines);
  assert.deepEqual(differences, []);
  assert.equal(trees.length, lines.filter((line) => line.startsWith('{"tree"')).length);
  assert.ok(trees.length > 0);
}

const interfaces = `auto eth0
iface eth0 inet dhcp
  up greet
iface eth1 inet static
  address 192.0.2.1/24
  requires eth0
`;

describe("a recording", () => {
  it("of a day with DHCP, scripts, a cable that is pulled, an apply that nobody confirms", async () => {
    const { s, lines } = scene({ interfaces });
    s.onStart = s.binds(() => s.lease("10.77.0.52", { dns: ["10.77.0.1"] }));
    s.program = async (_what, { onLine }) => {
      onLine?.("hello", "stdout");
      await idle(1);
      return 0;
    };
    await s.netconf.start();
    assert.equal((await s.up("eth1")).outcome, "done");
    const [client] = s.clients;
    client!.onRenew = () => void s.hook(client!, "reboot", { lease: s.lease("10.77.0.60") });
    s.kernel.world.cable("eth0", false);
    await idle(20);
    s.clock.turn(5000);
    s.kernel.world.cable("eth0", true);
    await idle(20);
    assert.deepEqual(s.addresses("eth0"), ["10.77.0.60/24"]);
    s.interfaces = "auto eth0\niface eth0 inet static\n  address 10.77.0.5/24\n";
    assert.equal((await s.netconf.apply({}, root).done).outcome, "done");
    s.clock.turn(120_000);
    await idle(60);
    assert.equal(s.setup("eth1"), "configured");
    await s.down("eth1");
    await s.netconf.stop();
    assert.ok(lines.length > 100);
    await same(lines);
  });

  it("of failures: the kernel refuses, a client dies, somebody is not allowed, an asker gives up", async () => {
    const { s, lines } = scene({ interfaces, policy: "[cfg DHCP] FAIL,TIMEOUT LinkLocal\n" });
    await s.netconf.start();
    s.onStart = (client) => void s.hook(client, "preinit").then(() => client.die(3));
    s.kernel.world.fail("EPERM", { when: (step) => step.do === "address-add" });
    const first = s.netconf.up({ names: ["eth0"] }, root);
    const second = s.netconf.up({ names: ["eth0"] }, root);
    second.cancel("its asker has gone");
    await first.done;
    assert.throws(() => s.netconf.up({ names: ["eth0"] }, { uid: 7, name: "", groups: [], by: "7" }));
    assert.equal((await s.up("eth0")).outcome, "done");
    s.claims.at(-1)?.lose();
    await idle(30);
    await s.netconf.stop();
    await same(lines);
  });

  it("of a start after a death in the middle of a plan", async () => {
    const before = new Scene({ interfaces });
    for (const name of ["eth0", "eth1"]) before.kernel.world.appear(name);
    before.onStart = before.binds(() => before.lease("10.77.0.52"));
    await before.netconf.start();
    await before.up("eth0");
    before.journal.begin({ what: "up", records: {}, plan: [] });
    const kernel = Object.assign(before.kernel.world.open(), { world: before.kernel.world });
    const { s, lines } = scene({
      interfaces,
      journal: before.journal,
      kernel: kernel as ReturnType<typeof simulatedKernel>,
    });
    for (const client of before.clients) s.living.add(client);
    await s.netconf.start();
    await idle(20);
    assert.equal((await s.up("eth1")).outcome, "done");
    await s.netconf.stop();
    await same(lines);
  });

  it("that was changed is found out, with the line", async () => {
    const { s, lines } = scene({ interfaces });
    s.onStart = s.binds(() => s.lease("10.77.0.52"));
    await s.netconf.start();
    await s.up("eth0");
    await s.netconf.stop();
    const other = lines.map((line) => (line.includes('"do":"run"') ? line.replace("greet", "grunt") : line));
    const { differences } = await replay(other);
    assert.match(differences[0] ?? "", /^line \d+: it called otherwise.*greet/);
    await assert.rejects(replay(lines.slice(1)), { code: "bad-request" });
    await assert.rejects(replay([...lines, '{"t":']), { code: "bad-request" });
    await same(lines);
  });
});

describe("what is different between two states", () => {
  it("is told in few words, and gives the one from the other exactly", () => {
    const kernel = simulatedKernel();
    for (let count = 0; count < 20; count++) kernel.world.appear(`e${count}`);
    const before = kernel.world.state;
    kernel.world.vanish("e7");
    kernel.world.appear("new");
    kernel.world.do({ do: "link-set", name: "e3", settings: { up: true } });
    const after = kernel.world.state;
    const delta = stateDelta(before, after)!;
    assert.deepEqual(applyDelta(before, delta), after);
    assert.ok((delta.links?.length ?? 0) < 8);
    assert.equal(stateDelta(after, { ...after }), undefined);
    assert.deepEqual(applyDelta(emptyState, stateDelta(emptyState, after)!), after);
  });
});
