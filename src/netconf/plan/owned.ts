/** What is ours of an interface: to begin with, and while it is not known how far a plan has come. Pure. */
import { addressKey, routeKey, ruleKey } from "../kernel/state.ts";
import { either, vlanKey } from "./because.ts";
import { nothing, type Owned, type Wanted } from "./wanted.ts";

export function nothingOwned(name: string): Owned {
  return { wanted: nothing(name), former: { settings: {}, sysctls: {}, ports: {} }, made: false, madePorts: [] };
}

/**
 * While a plan leads from one to the other, or when it failed half-way: whatever either has may be there, and is ours. Of
 * ethtool settings, which cannot be read back, those that both have.
 */
export function eitherOwned(former: Owned | undefined, goal: Owned): Owned {
  if (!former) return goal;
  return {
    wanted: eitherWanted(former.wanted, goal.wanted),
    former: {
      settings: { ...goal.former.settings, ...former.former.settings },
      sysctls: { ...goal.former.sysctls, ...former.former.sysctls },
      ports: { ...goal.former.ports, ...former.former.ports },
    },
    made: former.made || goal.made,
    madePorts: [...new Set([...former.madePorts, ...goal.madePorts])],
  };
}

/** What either has; of what both have, that of the second. */
export function eitherWanted(a: Wanted, b: Wanted): Wanted {
  const link = b.link ?? a.link;
  const port = b.port ?? a.port;
  return {
    ...b,
    ...(link ? { link } : {}),
    ...(port ? { port } : {}),
    settings: { ...b.settings, is: { ...a.settings.is, ...b.settings.is } },
    vlans: either(a.vlans, b.vlans, vlanKey),
    addresses: either(a.addresses, b.addresses, addressKey),
    routes: either(a.routes, b.routes, routeKey),
    rules: either(a.rules, b.rules, ruleKey),
    forwarding: either(a.forwarding, b.forwarding, (entry) => JSON.stringify(entry)),
    sysctls: either(a.sysctls, b.sysctls, ({ key }) => key.join("/")),
    ethtool: b.ethtool.filter(({ is }) => a.ethtool.some((other) => JSON.stringify(other.is) === JSON.stringify(is))),
    ports: either(a.ports, b.ports, ({ name }) => name),
  };
}
