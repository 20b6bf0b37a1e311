/** What an interface shall be like with the leases it has: what the configuration wants, and what they bring. Pure. */
import type { Lease } from "./dhcp/lease.ts";
import { wantedOfLease } from "./dhcp/lease-wanted.ts";
import { option, type Stanza } from "./interfaces/configuration.ts";
import type { Family } from "./kernel/state.ts";
import type { Wanted, WantedDns } from "./plan/wanted.ts";

export interface HeldLease {
  family: Family;
  lease: Lease;
}

/**
 * @param base what the stanzas want, or what is owned: what earlier leases brought is left out of it
 * @param stanzas for the MTU, which a lease says only where they say none
 * @param now epoch milliseconds
 */
export function withLeases(
  base: Wanted,
  stanzas: readonly Stanza[],
  leases: readonly HeldLease[],
  now: number,
): Wanted {
  const own = withoutLeases(base, stanzas);
  const configured = own.settings.is.mtu !== undefined;
  const wanted = { ...own, addresses: [...own.addresses], routes: [...own.routes] };
  for (const { family, lease } of leases) {
    const metric = Number(own.dynamic.find((method) => method.family === family)?.options.metric);
    const brought = wantedOfLease(lease, {
      iface: own.name,
      now,
      ...(Number.isInteger(metric) ? { metric } : {}),
    });
    wanted.addresses.push(...brought.addresses);
    wanted.routes.push(...brought.routes);
    if (brought.mtu !== undefined && !configured) {
      wanted.settings = { ...wanted.settings, is: { ...wanted.settings.is, mtu: brought.mtu } };
    }
  }
  return wanted;
}

/** What they want by themselves. */
function withoutLeases(wanted: Wanted, stanzas: readonly Stanza[]): Wanted {
  const { mtu, ...settings } = wanted.settings.is;
  const said = stanzas.some((stanza) => option(stanza, "mtu"));
  return {
    ...wanted,
    settings: { ...wanted.settings, is: mtu === undefined || !said ? settings : { ...settings, mtu } },
    addresses: wanted.addresses.filter(({ from }) => from === "configuration"),
    routes: wanted.routes.filter(({ from }) => from === "configuration"),
  };
}

/** All that an interface brings to the resolver, each once: what stands in the configuration first. */
export function dnsOf(base: Wanted, leases: readonly HeldLease[], now: number): WantedDns {
  const all = [base.dns, ...leases.map(({ lease }) => wantedOfLease(lease, { iface: base.name, now }).dns)];
  const each = (of: (dns: WantedDns) => readonly string[]) => [...new Set(all.flatMap(of))];
  return {
    servers: each(({ servers }) => servers),
    search: each(({ search }) => search),
    options: each((dns) => dns.options),
  };
}
