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
    servers: unique([...servers, ...all(address(), "dns-nameservers", "dns-nameserver")]),
    search: unique([...search, ...all(domain, "dns-domain"), ...all(domain, "dns-search")]),
    options: unique([...options, ...all(resolverOption, "dns-options")]),
  };
}

function values<Value>(given: Option, read: Reader<Value>, draft: Draft): Value[] {
  return words(given.value).flatMap((word) => {
    const value = draft.part(given, word, read);
    return value === undefined ? [] : [value];
  });
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
