/** `dns-nameservers`, `dns-search`, `dns-domain`, `dns-options` (resolvconf's options for interfaces(5)). */
import { allOptions, type Option, type Stanza } from "../interfaces/configuration.ts";
import type { Draft } from "./draft.ts";
import { address, type Reader, Unfit, words } from "./value.ts";

export const dnsOptions = [
  "dns-nameservers",
  "dns-nameserver",
  "dns-search",
  "dns-domain",
  "dns-options",
  "dns-sortlist",
];

export function addDns(stanza: Stanza, draft: Draft): void {
  const all = <Value>(read: Reader<Value>, ...names: string[]) =>
    allOptions(stanza, ...names).flatMap((given) => values(given, read, draft));
  const { servers, search, options } = draft.wanted.dns;
  draft.wanted.dns = {
    servers: unique([...servers, ...all(server, "dns-nameservers", "dns-nameserver")]),
    search: unique([...search, ...all(domain, "dns-domain"), ...all(domain, "dns-search")]),
    options: unique([...options, ...all(resolverOption, "dns-options")]),
  };
}

/** A word that is wrong is left out with a warning: for want of a name server no interface stays down. */
function values<Value>(given: Option, read: Reader<Value>, draft: Draft): Value[] {
  return words(given.value.replaceAll(",", " ")).flatMap((word) => {
    try {
      return [read(word)];
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      draft.warning(given.at, `${given.name} "${word}": ${error.message}; it is left out`);
      return [];
    }
  });
}

/** Also a link-local one with its zone, as glibc takes it: `fe80::1%eth0`. */
function server(text: string): string {
  const [, ip, zone] = /^(fe80:[^%]*)%([^\s%/]{1,15})$/i.exec(text) ?? [];
  return ip && zone ? `${address(6)(ip)}%${zone}` : address()(text);
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)];
}

/** RFC 1123 §2.1, with the underscores that are about. */
function domain(text: string): string {
  const plain = text.replace(/\.$/, "").toLowerCase();
  if (plain.length > 253 || !plain.split(".").every((label) => /^[a-z\d_]([a-z\d_-]{0,61}[a-z\d_])?$/.test(label))) {
    throw new Unfit("is no domain name, like example.org");
  }
  return plain;
}

/** resolv.conf(5): `ndots:2`, `edns0`. */
function resolverOption(text: string): string {
  if (!/^[a-z\d-]{1,30}(:\d{1,5})?$/.test(text)) throw new Unfit("is no option of resolv.conf(5), like ndots:2");
  return text;
}
