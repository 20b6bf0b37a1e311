/** What waiting for the network waits for, and what nobody need wait for. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { online, waitOnline } from "../../../src/netconf/answer/wait-online.ts";
import { idle, root, Scene } from "../../fake/netconf.ts";

async function scene(interfaces: string): Promise<Scene> {
  const s = new Scene({ interfaces });
  s.kernel.world.appear("eth0");
  await s.netconf.start();
  return s;
}

describe("waiting until interfaces can be used", () => {
  it("ends at once where all is deferred, though a link has an address of its own", async () => {
    const s = await scene("auto eth0\niface eth0 inet dhcp\n");
    const up = s.netconf.up({ all: true }, root);
    const told: string[] = [];
    const never = new AbortController().signal;
    const waiting = waitOnline(s.engine, {}, (line) => told.push(line), never);
    await idle();
    assert.match(told.join(), /^waits for eth0: /);
    s.kernel.world.do({ do: "link-set", name: "eth0", settings: { up: true } });
    s.kernel.world.address("eth0", "fe80::1", 64, { family: 6, scope: "link" });
    s.clock.turn(60_000);
    await idle(20);
    assert.equal((await up.done).outcome, "deferred");
    assert.deepEqual(await waiting, {
      online: false,
      interfaces: [{ name: "eth0", operational: "degraded", waitsFor: "" }],
    });
    assert.equal(online(s.engine, { any: true }).online, true);
  });

  it("says what it waits for where all are up and none is routable", async () => {
    const s = await scene("auto eth0\niface eth0 inet manual\n");
    await s.netconf.up({ all: true }, root).done;
    s.kernel.world.address("eth0", "fe80::1", 64, { family: 6, scope: "link" });
    await idle();
    const told: string[] = [];
    const gone = new AbortController();
    const waiting = waitOnline(s.engine, {}, (line) => told.push(line), gone.signal);
    await idle();
    gone.abort();
    assert.equal((await waiting).online, false);
    assert.deepEqual(told, ["waits for a routable interface"]);
  });
});
