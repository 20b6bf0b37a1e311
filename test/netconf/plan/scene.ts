/** A host in memory for tests of plans: network cards, foreign things on them, and a picture of all there is. */

import type { Kernel } from "../../../src/netconf/kernel/kernel.ts";
import { attributesOf } from "../../../src/netconf/kernel/kinds.ts";
import { type SimulatedWorld, simulatedKernel } from "../../../src/netconf/kernel/simulated.ts";
import type { Address, KernelState, Link, Route } from "../../../src/netconf/kernel/state.ts";
import type { Ground, Plan, PlanOptions } from "../../../src/netconf/plan/planned.ts";
import { transaction } from "../../../src/netconf/plan/transaction.ts";
import { nothing, type Owned, type Wanted } from "../../../src/netconf/plan/wanted.ts";
import { cards, type Dice, newRoute, newRule } from "./random-wanted.ts";

export type Scene = Kernel & { readonly world: SimulatedWorld };

/** Cards that are down, and somebody else's device, address, routes, rule. */
export async function populated(kernel: Scene, dice: Dice): Promise<void> {
  const { world } = kernel;
  for (const [at, name] of [...cards, "wlan0"].entries()) {
    const address = `00:00:5e:00:53:0${at}`;
    world.appear(name, { carrier: name === "wlan0" || dice.chance(0.8), address, permanentAddress: address });
  }
  world.do({ do: "link-set", name: "wlan0", settings: { up: true } });
  world.address("wlan0", "203.0.113.7", 24);
  world.address("wlan0", "2001:db8:f00::7", 64);
  world.do({ do: "route-add", route: newRoute("0.0.0.0", 0, "203.0.113.1", "wlan0", { metric: 600, protocol: 16 }) });
  world.do({ do: "rule-add", rule: newRule(500, 77) });
  if (dice.chance(0.5)) world.address("eth0", "198.51.100.9", 24);
  if (dice.chance(0.3)) world.do({ do: "route-add", route: newRoute("0.0.0.0", 0, "203.0.113.2", "wlan0") });
  await kernel.refresh();
}

/** The same host once more. */
export function copy({ world }: Scene): Scene {
  return simulatedKernel(world.state, { sysctls: Object.fromEntries(world.sysctls()) });
}

export function groundOf(kernel: Kernel, owned: ReadonlyMap<string, Owned>): Ground {
  return { state: kernel.state, sysctl: (key) => kernel.sysctl(key), owned };
}

/** All that is wanted, and nothing of what is owned beside. */
export function planFor(
  kernel: Kernel,
  wanted: ReadonlyMap<string, Wanted>,
  owned: ReadonlyMap<string, Owned>,
  options?: PlanOptions,
): Plan {
  const gone = [...owned.keys()].filter((name) => !wanted.has(name)).map(nothing);
  return transaction([...wanted.values(), ...gone], groundOf(kernel, owned), options);
}

/** All that a host in memory holds, with what was set in /proc/sys/net. @param exactly as `stateText` */
export function picture(kernel: Scene, exactly = false) {
  const sysctls = kernel.world.sysctls().filter(([key, value]) => {
    const [family = "", conf = "", , name = ""] = key.split("/");
    return kernel.sysctl([family, conf, "default", name]) !== value;
  });
  return { ...stateText(kernel.world.state, exactly), sysctls };
}

/**
 * All that a kernel holds, but for what it chooses itself.
 * @param exactly what it makes of hardware addresses counts, too: those of new links and of a bond's ports, link-local
 *   ones; the MTU that a bridge has from its ports, and their numbers; who has a carrier; which
 *   port of a bond is in use; the kernel's own local routes; which of several
 *   addresses is the first; what duplicate address detection says
 */
export function stateText({ links, addresses, routes, rules, forwarding }: KernelState, exactly = false) {
  const texts = (all: readonly object[]) => all.map((one) => JSON.stringify(Object.entries(one).sort())).sort();
  const plain = ({ index: _index, operstate: _operstate, ...link }: Link) => {
    const [master, lower] = [links.get(link.master), links.get(link.lower || String(link.data.link ?? ""))];
    const given = !exactly && (link.kind !== "" || master?.kind === "bond");
    const fits = !exactly && [link, lower].some((one) => one?.kind === "bridge");
    const set = attributesOf(master?.kind ?? "", "port");
    const told = Object.entries(link.port).filter(([name]) => exactly || (name !== "state" && !set[name]?.readOnly));
    const port = Object.fromEntries(told);
    const { active_slave: _active, ...data } = link.data;
    return {
      ...link,
      port,
      ...(!exactly && { data }),
      ...(given && { address: "" }),
      ...(fits && { mtu: 0 }),
      ...(!exactly && { carrier: false }),
    };
  };
  const counts = ({ destination, protocol, table }: Route) =>
    exactly || protocol !== 2 || (table !== 255 && !/^f[ef]/.test(destination));
  const first = (address: Address) =>
    exactly ? address : { ...address, flags: address.flags.filter((flag) => !/^(secondary|tentative)$/.test(flag)) };
  const unsaid = (route: Route) => (exactly || route.protocol !== 2 ? route : { ...route, source: "" });
  return {
    links: texts(Array.from(links.values(), plain)),
    addresses: texts(addresses.filter(({ protocol }) => exactly || protocol !== 3).map(first)),
    routes: texts(routes.filter(counts).map(unsaid)),
    // The first vrf brings one, which stays.
    rules: texts(rules.filter(({ l3mdev }) => !l3mdev)),
    forwarding: texts(forwarding),
  };
}
