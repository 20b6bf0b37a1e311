/** The kernel by iproute2 against the kernel by netlink: what they read, and what they do. */
import { openIpKernel } from "../../../src/netconf/kernel/ip-kernel.ts";
import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { openNetlinkKernel } from "../../../src/netconf/kernel/netlink-kernel.ts";
import type { KernelState } from "../../../src/netconf/kernel/state.ts";
import type { StepResult } from "../../../src/netconf/kernel/step.ts";
import type { Namespace, NamespaceLab } from "../../lab/netns.ts";
import { comparable } from "./differential.ts";
import { differing, plain } from "./plain-state.ts";
import { random, someStep } from "./random-steps.ts";

export function quiet(lab: NamespaceLab, name: string): Namespace {
  const space = lab.add(name);
  for (const which of ["all", "default"]) space.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
  return space;
}

/** Lifetimes run down between two readings; iproute2 6.1 does not tell who made an address, nor what is off or zero. */
function still(state: KernelState): string[] {
  const addresses = state.addresses.map((one) => ({
    ...one,
    protocol: 0,
    ...(one.valid === null ? {} : { valid: 9, preferred: 9 }),
  }));
  const said = ([, value]: [string, unknown]) => value !== false && value !== 0;
  const links = new Map(
    Array.from(state.links.values(), (link) => {
      const [data, port] = [link.data, link.port].map((all) => Object.fromEntries(Object.entries(all).filter(said)));
      return [link.name, { ...link, data: data ?? {}, port: port ?? {} }] as const;
    }),
  );
  return plain({ ...state, addresses, links });
}

/** @returns what they read differently of what many random steps have made; none: nothing */
export async function compareReadings(
  lab: NamespaceLab,
  seed: number,
  kinds: readonly string[],
  steps = 120,
): Promise<string[]> {
  using _ = quiet(lab, `reads${seed}`).enter();
  const [netlink, ip] = [openNetlinkKernel(), openIpKernel()];
  try {
    await netlink.refresh();
    const next = random(seed);
    const wrong = () => differing(still(ip.state), still(netlink.state));
    for (let count = 0; count < steps; count++) {
      await netlink.perform([someStep(next, kinds, netlink.state.links.keys())]);
      if (count % 10 < 9) continue;
      for (let turn = 0; turn < 100; turn++) {
        await Promise.all([netlink.refresh(), ip.refresh()]);
        if (wrong().length === 0) break;
      }
      if (wrong().length > 0) return wrong();
    }
    return [];
  } finally {
    netlink.close();
    ip.close();
  }
}

/** @returns the steps up to the first that ended differently; none: all were done alike */
export async function compareDoings(
  lab: NamespaceLab,
  seed: number,
  kinds: readonly string[],
  rounds: number,
): Promise<string[]> {
  const [one, other] = [quiet(lab, `netlink${seed}`), quiet(lab, `ip${seed}`)];
  const [netlink, ip] = [open(one, openNetlinkKernel), open(other, openIpKernel)];
  try {
    await Promise.all([netlink.refresh(), inside(other, () => ip.refresh())]);
    const next = random(seed);
    const given = new Set<string>();
    const trace: string[] = [];
    for (let count = 0; count < rounds; count++) {
      const steps = Array.from({ length: 4 }, () => someStep(next, kinds, netlink.state.links.keys()));
      for (const [mac] of JSON.stringify(steps).matchAll(/02:00:00:00:01:0\d/g)) given.add(mac);
      const by = (kernel: Kernel, space: Namespace) => inside(space, () => kernel.perform(steps, { goOn: true }));
      const [expected, found] = [await by(netlink, one), await by(ip, other)];
      trace.push(...steps.map((step, at) => `${word(expected[at])} ${word(found[at])} ${JSON.stringify(step)}`));
      if (expected.map(word).join() !== found.map(word).join()) return trace.slice(-20);
      const wrong = () => differing(comparable(ip.state, given), comparable(netlink.state, given));
      for (let turn = 0; wrong().length > 0; turn++) {
        if (turn === 100) return [...trace.slice(-20), ...wrong()];
        await Promise.all([netlink.refresh(), inside(other, () => ip.refresh())]);
      }
    }
    return [];
  } finally {
    netlink.close();
    ip.close();
  }
}

function open(space: Namespace, make: () => Kernel): Kernel {
  using _ = space.enter();
  return make();
}

async function inside<Result>(space: Namespace, work: () => Promise<Result>): Promise<Result> {
  using _ = space.enter();
  return await work();
}

function word(result: StepResult | undefined): string {
  return result?.ok ? "done" : (result?.code ?? "nothing");
}
