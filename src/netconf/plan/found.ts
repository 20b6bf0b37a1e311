/**
 * What an apply wants, was there already and had been put there by somebody else. It becomes ours by that; where the apply is
 * taken back it is let go again, and stays: an interface that was up before Reeve knew it is up afterwards. Pure.
 */
import { canonicalRoute } from "../kernel/compare.ts";
import { addressKey, type Forwarding, type KernelState, ruleKey } from "../kernel/state.ts";
import { forwardingKey } from "./link-part.ts";
import { nothingOwned } from "./owned.ts";
import type { Ground } from "./planned.ts";
import { routePlace } from "./planner.ts";
import { serves } from "./route-part.ts";
import { type Because, nothing, type Owned, type Wanted } from "./wanted.ts";

/** By interface: its link, that it is up, its ports, addresses, routes … as far as they were found. */
export type Found = Readonly<Record<string, Wanted>>;

/** @param owned what is ours when all is done @param ground before the first step */
export function foundOf(owned: ReadonlyMap<string, Owned>, { state, owned: before }: Omit<Ground, "sysctl">): Found {
  const found = Array.from(owned, ([name, now]) => {
    const ours = before.get(name) ?? nothingOwned(name);
    return [name, there(disowned(now, ours.wanted).wanted, state)] as const;
  });
  return Object.fromEntries(found);
}

function there(wanted: Wanted, state: KernelState): Wanted {
  const { name, link: made, settings } = wanted;
  const link = state.links.get(name);
  const addresses = new Set(state.addresses.map(addressKey));
  const rules = new Set(state.rules.map(ruleKey));
  const forwarding = new Set(state.forwarding.map(forwardingKey));
  const master = settings.is.master !== undefined && settings.is.master === link?.master;
  return {
    ...nothing(name),
    ...(link && made ? { link: made } : {}),
    settings: {
      ...settings,
      is: { ...(settings.is.up && link?.up ? { up: true } : {}), ...(master ? { master: link.master } : {}) },
    },
    vlans: wanted.vlans.filter(({ is }) => link?.vlans.some(({ vlan }) => vlan === is.vlan)),
    addresses: wanted.addresses.filter(({ is }) => addresses.has(addressKey(is))),
    routes: wanted.routes.filter(({ is }) => {
      const route = canonicalRoute(is);
      return state.routes.some((one) => routePlace(one) === routePlace(route) && serves(one, route));
    }),
    rules: wanted.rules.filter(({ is }) => rules.has(ruleKey(is))),
    forwarding: wanted.forwarding.filter(({ is }) => forwarding.has(forwardingKey(is))),
    ports: wanted.ports.filter(({ is }) => state.links.get(is.name)?.master === name),
  };
}

/** Without what was found. */
export function disowned(owned: Owned, found: Wanted | undefined): Owned {
  if (!found) return owned;
  const { link, settings, ...wanted } = owned.wanted;
  const { up, master, ...rest } = settings.is;
  const left = {
    ...(up !== undefined && found.settings.is.up === undefined ? { up } : {}),
    ...(master !== undefined && found.settings.is.master === undefined ? { master } : {}),
  };
  const ports = new Set(found.ports.map(({ is }) => is.name));
  return {
    ...owned,
    made: owned.made && !found.link,
    madePorts: owned.madePorts.filter((name) => !ports.has(name)),
    wanted: {
      ...wanted,
      ...(link && !found.link ? { link } : {}),
      settings: { ...settings, is: { ...rest, ...left } },
      vlans: without(wanted.vlans, found.vlans, ({ vlan, self }) => `${vlan} ${self}`),
      addresses: without(wanted.addresses, found.addresses, addressKey),
      routes: without(wanted.routes, found.routes, (route) => JSON.stringify(canonicalRoute(route))),
      rules: without(wanted.rules, found.rules, ruleKey),
      forwarding: without<Forwarding>(wanted.forwarding, found.forwarding, forwardingKey),
      ports: wanted.ports.filter(({ is }) => !ports.has(is.name)),
    },
  };
}

function without<Thing>(
  all: readonly Because<Thing>[],
  found: readonly Because<Thing>[],
  key: (thing: Thing) => string,
): Because<Thing>[] {
  const gone = new Set(found.map(({ is }) => key(is)));
  return all.filter(({ is }) => !gone.has(key(is)));
}
