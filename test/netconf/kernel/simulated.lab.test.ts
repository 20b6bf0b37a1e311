/** The kernel in memory does what a real one does: random steps to both, compared after each. */
import { afterAll, describe, expect, test } from "bun:test";
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { KernelState } from "../../../src/netconf/kernel/state.ts";
import type { StepResult } from "../../../src/netconf/kernel/step.ts";
import { namespacesOrSkip } from "../../lab/netns.ts";
import { differing, plain } from "./plain-state.ts";
import { plainKinds, random, someStep } from "./random-steps.ts";

const lab = await namespacesOrSkip("simulated kernel");
const runs = Number(process.env.REEVE_SIMULATION_RUNS ?? 6);
const first = Number(process.env.REEVE_SIMULATION_SEED ?? 1);

/** Hardware addresses are each kernel's own choice, and link-local addresses follow from them; data is what was asked for. */
function comparable(state: KernelState, given: ReadonlySet<string>): string[] {
  const links = new Map(
    Array.from(state.links.values(), (link) => {
      const { address, carrier, operstate } = link;
      const known = given.has(address) ? address : link.type === "ether" ? "" : address;
      const { forward_delay, ageing_time, priority, mode, id } = link.data;
      const data = { forward_delay, ageing_time, priority, mode, id } as Record<string, string>;
      const { cost, hairpin } = link.port;
      // Unless said, the cost follows from the speed.
      const port = { said: cost === 5, hairpin } as Record<string, boolean>;
      return [link.name, { ...link, address: known, carrier, operstate, data, port, vlans: [] }] as const;
    }),
  );
  return plain({
    ...state,
    links,
    addresses: state.addresses
      .filter(({ address }) => !address.startsWith("fe80::"))
      .map((one) => ({ ...one, protocol: 0, ...(one.valid === null ? {} : { valid: 9, preferred: 9 }) })),
    routes: state.routes.filter(({ destination }) => !destination.startsWith("fe80::")),
    forwarding: [],
  });
}

/** Carriers come a moment after what brought them: the kernel tells of them once a second. */
async function settled(kernel: Kernel, wanted: () => string[], read: () => string[]): Promise<string[]> {
  for (let turn = 0; ; turn++) {
    const wrong = differing(wanted(), read());
    if (wrong.length === 0 || turn === 60) return wrong;
    await new Promise((resolve) => setTimeout(resolve, turn < 10 ? 2 : 50));
    await kernel.refresh();
  }
}

function codeOf(result: StepResult | undefined): string {
  return result?.ok ? "done" : result ? result.code : "nothing";
}

describe.skipIf(!lab)("simulated kernel", () => {
  afterAll(() => lab?.remove());
  test(
    "ends each random step as the real one does",
    async () => {
      let compared = 0;
      for (let seed = first; seed < first + runs; seed++) {
        const space = lab!.add(`r${seed}`);
        for (const which of ["all", "default"]) space.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
        using _ = space.enter();
        const real = openNetlinkKernel();
        await real.refresh();
        const played = simulatedKernel(real.state, { liveRename: true, readSysctl: real.sysctl });
        const next = random(seed);
        const given = new Set<string>();
        const trace: string[] = [`seed ${seed}`];
        for (let count = 0; count < 60; count++) {
          const step = someStep(next, plainKinds, played.state.links.keys());
          for (const [mac] of JSON.stringify(step).matchAll(/02:00:00:00:01:0\d/g)) given.add(mac);
          const [really] = await real.perform([step]);
          const [here] = await played.perform([step]);
          trace.push(
            `${codeOf(really)} ${codeOf(here)} ${JSON.stringify(step)} ${really?.ok === false ? really.message : ""}`,
          );
          if (codeOf(really) !== codeOf(here)) expect(trace.join("\n")).toBe("the same result");
          const wrong = await settled(
            real,
            () => comparable(played.state, given),
            () => comparable(real.state, given),
          );
          if (wrong.length > 0) expect([...trace, "+ in memory, - really", ...wrong].join("\n")).toBe("the same state");
          compared++;
        }
        real.close();
      }
      console.log(`${compared} steps compared`);
    },
    runs * 30_000,
  );
});
