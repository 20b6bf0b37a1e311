/** A CAN controller from its stanza to a kernel in memory: its timing is set while it is down, and once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ipText } from "../../../src/netconf/kernel/ip-line.ts";
import { freshState, simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { Link } from "../../../src/netconf/kernel/state.ts";
import { difference } from "../../../src/netconf/plan/difference.ts";
import { up } from "../plan/random-wanted.ts";
import { groundOf } from "../plan/scene.ts";

const from = "configuration";

describe("a CAN controller", () => {
  it("gets its timing while it is down, and is left alone when that is near enough", async () => {
    const state = freshState();
    const lo = state.links.get("lo") as Link;
    const can0 = { ...lo, index: 2, name: "can0", kind: "can", type: "can", address: "", mtu: 16, up: true, data: {} };
    const kernel = simulatedKernel({ ...state, links: new Map([...state.links, ["can0", can0]]) });
    const be = async (data: Record<string, number | string[]>) => {
      const wanted = up("can0");
      wanted.link = { is: { kind: "can", lower: "", peer: "", data }, from };
      wanted.settings = { is: { up: true }, from };
      const { steps } = difference(wanted, groundOf(kernel, new Map()));
      const results = await kernel.perform(steps.map(({ step }) => step));
      assert.ok(
        results.every(({ ok }) => ok),
        JSON.stringify(results),
      );
      return steps.map(({ step }) => ipText(step));
    };
    const data = { bitrate: 500_000, sample_point: 0.875, ctrlmode: ["ONE-SHOT"] };
    const modes = "loopback off listen-only off triple-sampling off one-shot on berr-reporting off";
    assert.deepEqual(await be(data), [
      "ip link set dev can0 down",
      `ip link set dev can0 type can bitrate 500000 sample-point 0.875 ${modes}`,
      "ip link set dev can0 up",
    ]);
    assert.deepEqual(await be(data), []);
    assert.deepEqual(await be({ ...data, sample_point: 0.9 }), []);
    assert.deepEqual(await be({ ...data, bitrate: 250_000 }), [
      ...["ip link set dev can0 down", "ip link set dev can0 type can bitrate 250000", "ip link set dev can0 up"],
    ]);
  });
});
