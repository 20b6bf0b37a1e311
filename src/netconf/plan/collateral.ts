/**
 * What goes along with a step that nobody meant it of: foreign addresses and routes of a link that was down for a moment,
 * secondaries of a primary, ports of a bridge that was made anew. It is put back, as far as the kernel takes it.
 */
import { asNew } from "../kernel/simple-inverse.ts";
import { type Address, protocols } from "../kernel/state.ts";
import type { Step } from "../kernel/step.ts";
import { shownAddress } from "./address-part.ts";
import { forwardingKey } from "./link-part.ts";
import { type About, addressMeant, type Planner } from "./planner.ts";
import { enslave } from "./port-part.ts";
import { identity, shownRoute } from "./route-part.ts";

export function putBack(planner: Planner): void {
  if (planner.steps.every(({ step }) => onlyAdds(step))) return;
  const { space, ground, meant } = planner;
  const about = (device: string, what: string): About => ({ iface: device, kind: "missing", what });
  for (const { name, master, up, vlans } of ground.state.links.values()) {
    const link = space.links.get(name);
    if (!link) continue;
    if (master && !link.master && !meant.has(`master ${name}`) && space.links.has(master)) {
      enslave(planner, name, master, about(name, `port of ${master}`));
      for (const vlan of vlans) {
        const there = space.link(name).vlans.some((one) => one.vlan === vlan.vlan);
        if (!there) planner.try({ do: "vlan-add", name, self: false, vlan }, about(name, `VLAN ${vlan.vlan}`));
      }
    }
    if (up && !space.link(name).up && !meant.has(`up ${name}`)) {
      planner.try({ do: "link-set", name, settings: { up } }, about(name, "up"));
    }
  }
  const addresses = new Set(space.addresses);
  for (const address of ground.state.addresses) {
    const { device, family } = address;
    const link = space.links.get(device);
    // A link that is down keeps those of IPv4 alone.
    if (addresses.has(address) || !link || (family === 6 && !link.up) || byItself(address)) continue;
    if (meant.has(addressMeant(address)) || space.addresses.some((one) => sameObject(one, address))) continue;
    const step = { do: "address-add", address: asNew(address) } as const;
    planner.try(step, about(device, `address ${shownAddress(address)}`));
  }
  const routes = new Set(space.routes);
  const there = new Set(space.routes.map(identity));
  for (const route of ground.state.routes) {
    if (routes.has(route) || route.protocol === protocols.kernel || route.protocol === protocols.ra) continue;
    if (there.has(identity(route)) || meant.has(identity(route))) continue;
    if (!route.hops.every(({ device }) => space.links.get(device)?.up)) continue;
    planner.try({ do: "route-add", route }, about(route.hops[0]?.device ?? "", shownRoute(route)));
  }
  for (const entry of ground.state.forwarding) {
    if (space.forwarding.includes(entry) || !space.links.has(entry.device)) continue;
    const key = forwardingKey(entry);
    if (meant.has(`forwarding ${key}`) || space.forwarding.some((one) => forwardingKey(one) === key)) continue;
    planner.try({ do: "forwarding-add", entry }, about(entry.device, `forwarding ${entry.address}`));
  }
}

/** Nothing goes along with it. */
function onlyAdds(step: Step): boolean {
  if (step.do === "link-set") return step.settings.up === true && Object.keys(step.settings).length === 1;
  return ["link-add", "address-add", "rule-add", "vlan-add", "forwarding-add"].includes(step.do);
}

function sameObject(one: Address, other: Address): boolean {
  return addressMeant(one) === addressMeant(other);
}

/** The kernel makes these: of the loopback, link-local ones, those of router advertisements (IFA_PROTO 1 to 3). */
export function byItself({ protocol, scope, family, flags }: Address): boolean {
  const advertised = protocol >= 1 && protocol <= 3;
  return advertised || (family === 6 && scope !== "global") || flags.includes("temporary");
}
