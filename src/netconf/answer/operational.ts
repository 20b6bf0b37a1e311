/** What a link can do, in systemd-networkd's words (networkctl(1)). Pure. */
import type { Operational } from "../../console/interfaces/control.ts";
import type { KernelState } from "../kernel/state.ts";

const order: readonly Operational[] = [
  "missing",
  "off",
  "no-carrier",
  "dormant",
  "enslaved",
  "carrier",
  "degraded",
  "routable",
];

/** True: it can do at least as much. */
export function atLeast(is: Operational, wanted: Operational): boolean {
  return order.indexOf(is) >= order.indexOf(wanted);
}

/**
 * `degraded`: only addresses of the link itself; `routable`: one of more than that, which duplicate address detection
 * has let pass; `enslaved`: a port of a bond or bridge without addresses of its own.
 */
export function operationalOf({ links, addresses }: KernelState, name: string): Operational {
  const link = links.get(name);
  if (link === undefined) return "missing";
  if (!link.up) return "off";
  if (link.operstate === "DORMANT") return "dormant";
  if (!link.carrier) return "no-carrier";
  const own = addresses.filter(({ device }) => device === name);
  const usable = own.filter(({ flags }) => !flags.includes("tentative") && !flags.includes("dadfailed"));
  if (usable.some(({ scope }) => scope === "global" || scope === "site")) return "routable";
  // A vrf is a routing table, not a cable: its ports go on by themselves.
  if (link.master !== "" && links.get(link.master)?.kind !== "vrf") return "enslaved";
  if (usable.some(({ scope }) => scope === "link")) return "degraded";
  return "carrier";
}

/** The best of all but the loopback. */
export function operationalOfHost(state: KernelState): Operational {
  const all = Array.from(state.links.values(), (link) =>
    link.type === "loopback" ? "missing" : operationalOf(state, link.name),
  );
  return all.reduce((best, one) => (atLeast(one, best) ? one : best), "missing" as Operational);
}
