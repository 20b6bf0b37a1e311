/** Name servers of several interfaces together, and the text that tells a resolver of them: resolv.conf(5). */
import { isIPv4, isIPv6 } from "node:net";
import { domainName } from "../dhcp/checks.ts";
import type { WantedDns } from "../plan/wanted.ts";

/** What has been written by Reeve says so in its first line. */
export const mark = "# Written by Reeve, for what its interfaces bring; without any, what was here before comes back.";

/** More than any resolver asks. */
const most = { servers: 16, search: 32, options: 16 };

export const nothingBrought: WantedDns = { servers: [], search: [], options: [] };

export function isNothing({ servers, search, options }: WantedDns): boolean {
  return servers.length + search.length + options.length === 0;
}

/**
 * What passes the border: addresses (with the zone of a link-local one), domains, words of options. The rest is left out,
 * whoever let it through before.
 * @param routing keeps domains that only say which link is asked (`~corp.test`, systemd-resolved)
 */
export function checked({ servers, search, options }: WantedDns, routing = false): WantedDns {
  const domain = (text: string) => {
    const only = text.startsWith("~");
    if (only && !routing) return [];
    if (text === "~.") return [text];
    const name = domainName(only ? text.slice(1) : text);
    return name === undefined ? [] : [only ? `~${name}` : name];
  };
  return {
    servers: [...new Set(servers.filter(isServer))].slice(0, most.servers),
    search: [...new Set(search.flatMap(domain))].slice(0, most.search),
    options: [...new Set(options.filter((text) => /^[a-z][a-z0-9-]{0,31}(:\d{1,6})?$/.test(text)))].slice(
      0,
      most.options,
    ),
  };
}

function isServer(text: string): boolean {
  const [address = "", zone, ...more] = text.split("%");
  if (more.length > 0) return false;
  if (zone === undefined) return isIPv4(address) || isIPv6(address);
  return isIPv6(address) && /^[\w.@-]{1,15}$/.test(zone);
}

/** In the order in which interfaces came, everything once. */
export function merge(all: Iterable<WantedDns>): WantedDns {
  const list = [...all];
  const each = (of: (dns: WantedDns) => readonly string[]) => list.flatMap(of);
  return checked({
    servers: each(({ servers }) => servers),
    search: each(({ search }) => search),
    options: each(({ options }) => options),
  });
}

/** Lines for resolvconf(8), or of the file. */
export function resolvConf({ servers, search, options }: WantedDns): string {
  return [
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(search.length > 0 ? [`search ${search.join(" ")}\n`] : []),
    ...(options.length > 0 ? [`options ${options.join(" ")}\n`] : []),
  ].join("");
}
