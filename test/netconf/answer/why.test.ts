/** What `why` names as the cause is what made the interface as it is now. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EventTree } from "../../../src/console/interfaces/control.ts";
import { why } from "../../../src/netconf/answer/why.ts";
import { idle, root, Scene } from "../../fake/netconf.ts";

const before = "auto eth0 eth1\niface eth0 inet static\n  address 192.0.2.1/24\niface eth1 inet manual\n";

async function scene(): Promise<Scene> {
  const s = new Scene({ interfaces: before });
  for (const name of ["eth0", "eth1"]) s.kernel.world.appear(name);
  await s.netconf.start();
  assert.equal((await s.netconf.up({ all: true }, root).done).outcome, "done");
  return s;
}

function whyOf(s: Scene, name = "eth0") {
  const { sentence, event } = why(s.engine, { started: 0, managers: { of: () => "" } }, name);
  const lines = (one: EventTree): string[] => [...one.steps.map(({ line }) => line), ...one.children.flatMap(lines)];
  return { sentence, kind: event?.kind, steps: event ? lines(event).join("\n") : "" };
}

describe("why", () => {
  it("after a rollback: the rollback, not the apply that it took back", async () => {
    const s = await scene();
    s.interfaces = before.replace(".1/24", ".9/24");
    assert.equal((await s.netconf.apply({}, root).done).outcome, "done");
    const applied = whyOf(s);
    assert.equal(applied.kind, "CTLSOCK_APPLY");
    assert.match(applied.steps, /192\.0\.2\.9\/24/);
    assert.equal(whyOf(s, "eth1").kind, "CTLSOCK_IFUP");
    s.clock.turn(120_000);
    await idle(20);
    assert.deepEqual(s.addresses("eth0"), ["192.0.2.1/24"]);
    const { kind, steps } = whyOf(s);
    assert.equal(kind, "ROLLBACK");
    assert.match(steps, /address replace 192\.0\.2\.1\/24/);
  });

  it("who asks for what is there already does not hide what made it so", async () => {
    const s = await scene();
    const made = whyOf(s);
    assert.match(made.steps, /192\.0\.2\.1\/24/);
    for (let time = 0; time < 3; time++) {
      await s.netconf.up({ names: ["eth0"] }, root).done;
      await s.netconf.apply({ timeout: 0 }, root).done;
    }
    assert.deepEqual(whyOf(s), made);
  });

  it("what others changed is no longer as the configuration says", async () => {
    const s = await scene();
    assert.equal(whyOf(s).sentence, "it is as /etc/network/interfaces:2:1 says");
    s.kernel.world.do({ do: "link-set", name: "eth0", settings: { up: false } });
    await idle();
    assert.equal(
      whyOf(s).sentence,
      "it was brought up as /etc/network/interfaces:2:1 says, and differs since: up (missing)",
    );
  });

  it("what was taken down was brought up before", async () => {
    const s = await scene();
    await s.netconf.down({ names: ["eth0"] }, { ...root, by: "alice" }).done;
    assert.equal(whyOf(s).sentence, "it was taken down by alice; it is in `auto`");
  });
});
