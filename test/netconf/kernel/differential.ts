/** The same random steps to the kernel in memory and to the real one, compared after each. */
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import { simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { KernelState, LinkValue } from "../../../src/netconf/kernel/state.ts";
import type { StepResult } from "../../../src/netconf/kernel/step.ts";
import type { NamespaceLab } from "../../lab/netns.ts";
import { differing, plain } from "./plain-state.ts";
import { random, someStep } from "./random-steps.ts";

export interface DifferentialOptions {
  kinds: readonly string[];
  /** Steps of each seed. */
  steps: number;
  /** Whether this kernel renames links that are up. */
  liveRename: boolean;
}

/** @returns the first difference, with all steps that led to it; none: what was compared */
export async function compareKernels(
  lab: NamespaceLab,
  seed: number,
  { kinds, steps, liveRename }: DifferentialOptions,
): Promise<string[]> {
  const space = lab.add(`r${seed}`);
  for (const which of ["all", "default"]) space.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
  using _ = space.enter();
  const real = openNetlinkKernel();
  try {
    await real.refresh();
    const played = simulatedKernel(real.state, { liveRename, readSysctl: (key) => real.sysctl(key) });
    const next = random(seed);
    const given = new Set<string>();
    const trace: string[] = [`seed ${seed}: really, in memory`];
    for (let count = 0; count < steps; count++) {
      const step = someStep(next, kinds, played.state.links.keys());
      for (const [mac] of JSON.stringify(step).matchAll(/02:00:00:00:01:0\d/g)) given.add(mac);
      const [really] = await real.perform([step]);
      const [here] = await played.perform([step]);
      const said = really?.ok === false ? really.message : "";
      trace.push(`${codeOf(really)} ${codeOf(here)} ${JSON.stringify(step)} ${said}`);
      if (codeOf(really) !== codeOf(here)) return trace;
      const wrong = await settled(real, () =>
        differing(comparable(played.state, given), comparable(real.state, given)),
      );
      if (wrong.length > 0) return [...trace, ...wrong];
    }
    return [];
  } finally {
    real.close();
  }
}

function codeOf(result: StepResult | undefined): string {
  return result?.ok ? "done" : (result?.code ?? "nothing");
}

/** Carriers come a moment after what brought them: the kernel tells of them once a second. */
async function settled(kernel: Kernel, compare: () => string[]): Promise<string[]> {
  for (let turn = 0; ; turn++) {
    const wrong = compare();
    if (wrong.length === 0 || turn === 200) return wrong;
    await new Promise((resolve) => setTimeout(resolve, turn < 10 ? 2 : 50));
    await kernel.refresh();
  }
}

const compared = [
  "forward_delay",
  "ageing_time",
  "priority",
  "mode",
  "id",
  "table",
  "local",
  "remote",
  "link",
  "protocol",
];

/** Hardware addresses are each kernel's own choice, and link-local ones follow from them; data is what was asked for. */
export function comparable(state: KernelState, given: ReadonlySet<string>): string[] {
  const links = new Map(
    Array.from(state.links.values(), (link) => {
      const { address, type, data, port } = link;
      const known = given.has(address) || type !== "ether" ? address : "";
      const said = compared.flatMap((name): [string, LinkValue][] =>
        data[name] === undefined ? [] : [[name, data[name]]],
      );
      // Unless said, the cost follows from the speed.
      const asPort: Record<string, LinkValue> = { cost: port.cost === 5, hairpin: port.hairpin === true };
      // A tunnel's follows from the way to its other end.
      const mtu = type === "gre" ? 0 : link.mtu;
      // What stands on a link that is down hears nothing of its carrier.
      const deaf = link.kind.startsWith("macv") && state.links.get(link.lower)?.up === false;
      const heard = deaf ? { carrier: false, operstate: "" } : {};
      const own = {
        // A vrf leaves its former ports with what others had set for a while (cycle_netdev).
        promiscuous: false,
        mtu,
        address: known,
        permanentAddress: "",
        data: Object.fromEntries(said),
        port: asPort,
        vlans: [],
      };
      return [link.name, { ...link, ...own, ...heard }] as const;
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
