/**
 * What goes along with a step that nobody meant it of: foreign addresses and routes of a link that was down for a moment,
 * secondaries of a primary, ports of a bridge that was made anew. It is put back, as far as the kernel takes it.
 */
import { asNew } from "../kernel/simple-inverse.ts";
import { type Address, type Link, protocols, type Route } from "../kernel/state.ts";
import type { Step } from "../kernel/step.ts";
import { shownAddress } from "./address-part.ts";
import { forwardingKey } from "./link-part.ts";
import { type About, addressMeant, type Planner } from "./planner.ts";
import { enslave } from "./port-part.ts";
import { identity, shownRoute } from "./route-part.ts";

export function putBack(planner: Planner): void {
  if (planner.steps.every(({ step }) => onlyAdds(step))) return;
  const { links, addresses, routes, forwarding } = planner.ground.state;
  const { meant } = planner;
  const linked = [...links.values()].filter(
    ({ name, master, up }) => (master && !meant.has(`master ${name}`)) || (up && !meant.has(`up ${name}`)),
  );
  const addressed = addresses.filter((one) => !byItself(one) && !meant.has(addressMeant(one)));
  const routed = routes.filter((one) => !passing(one) && !meant.has(identity(one)));
  const forwarded = forwarding.filter((one) => !meant.has(`forwarding ${forwardingKey(one)}`));
  // Else it need not be known what becomes of them.
  if (linked.length + addressed.length + routed.length + forwarded.length === 0) return;
  putBackLinks(planner, linked);
  putBackAddresses(planner, addressed);
  putBackRoutes(planner, routed);
  const { space } = planner;
  for (const entry of forwarded) {
    if (space.forwarding.includes(entry) || !space.links.has(entry.device)) continue;
    if (space.forwarding.some((one) => forwardingKey(one) === forwardingKey(entry))) continue;
    planner.try({ do: "forwarding-add", entry }, about(entry.device, `forwarding ${entry.address}`));
  }
}

function about(device: string, what: string): About {
  return { iface: device, kind: "missing", what };
}

function putBackLinks(planner: Planner, links: readonly Link[]): void {
  const { meant } = planner;
  for (const { name, master, up, vlans } of links) {
    const link = planner.link(name);
    if (!link) continue;
    if (master && !link.master && !meant.has(`master ${name}`) && planner.link(master)) {
      enslave(planner, name, master, about(name, `port of ${master}`));
      for (const vlan of vlans) {
        const there = planner.link(name)?.vlans.some((one) => one.vlan === vlan.vlan);
        if (!there) planner.try({ do: "vlan-add", name, self: false, vlan }, about(name, `VLAN ${vlan.vlan}`));
      }
    }
    if (up && !planner.link(name)?.up && !meant.has(`up ${name}`)) {
      planner.try({ do: "link-set", name, settings: { up } }, about(name, "up"));
    }
  }
}

function putBackAddresses(planner: Planner, addresses: readonly Address[]): void {
  const { space } = planner;
  const there = new Set(space.addresses);
  for (const address of addresses) {
    const { device, family } = address;
    const link = space.links.get(device);
    // A link that is down keeps those of IPv4 alone.
    if (there.has(address) || !link || (family === 6 && !link.up)) continue;
    if (space.addresses.some((one) => sameObject(one, address))) continue;
    const step = { do: "address-add", address: asNew(address) } as const;
    planner.try(step, about(device, `address ${shownAddress(address)}`));
  }
}

function putBackRoutes(planner: Planner, routes: readonly Route[]): void {
  const { space } = planner;
  const same = new Set(space.routes);
  const there = new Set(space.routes.map(identity));
  for (const route of routes) {
    if (same.has(route) || there.has(identity(route))) continue;
    if (!route.hops.every(({ device }) => space.links.get(device)?.up)) continue;
    planner.try({ do: "route-add", route }, about(route.hops[0]?.device ?? "", shownRoute(route)));
  }
}

/** Of the kernel, of a router's advertisements: they come back by themselves. */
function passing({ protocol }: Route): boolean {
  return protocol === protocols.kernel || protocol === protocols.ra;
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
