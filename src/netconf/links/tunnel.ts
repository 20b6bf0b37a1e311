/** Tunnels: ifupdown's methods, ifupdown-ng's `tunnel-…` and `gre-…`, ifupdown2's spellings of them. */
import { allOptions, type Option, option, type Stanza } from "../interfaces/configuration.ts";
import type { Family, LinkValue } from "../kernel/state.ts";
import type { Data, Draft } from "../methods/draft.ts";
import { address, device, familyOf, flag, integer, type Reader, Unfit, words } from "../methods/value.ts";
import type { Options } from "./data.ts";

/** Mode → kind of link, what it runs over, and what else says it. */
const modes: Readonly<Record<string, { kind: string; over: Family; data?: Record<string, LinkValue> }>> = {
  gre: { kind: "gre", over: 4 },
  gretap: { kind: "gretap", over: 4 },
  ip6gre: { kind: "ip6gre", over: 6 },
  ip6gretap: { kind: "ip6gretap", over: 6 },
  ipip: { kind: "ipip", over: 4 },
  sit: { kind: "sit", over: 4 },
  ip6ip6: { kind: "ip6tnl", over: 6, data: { proto: "ip6ip6" } },
  ipip6: { kind: "ip6tnl", over: 6, data: { proto: "ipip6" } },
  ip6tnl: { kind: "ip6tnl", over: 6, data: { proto: "any" } },
};
const spellings: Readonly<Record<string, string>> = {
  "gre/ip": "gre",
  "gre/ipv6": "ip6gre",
  "ip/ip": "ipip",
  "ipv6/ip": "sit",
  "ipv6/ipv6": "ip6ip6",
  "ip/ipv6": "ipip6",
  ip4ip6: "ipip6",
  any: "ip6tnl",
};

/** Field of a tunnel → options that say it. The last, without a prefix, are ifupdown's own words. */
const fields = {
  mode: ["tunnel-mode", "gre-mode", "mode"],
  local: ["tunnel-local", "gre-local", "local"],
  remote: ["tunnel-remote", "tunnel-endpoint", "gre-remote", "endpoint"],
  device: ["tunnel-dev", "tunnel-physdev", "gre-dev"],
  ttl: ["tunnel-ttl", "gre-ttl", "tunnel-hoplimit", "ttl"],
  tos: ["tunnel-tos"],
  key: ["tunnel-key", "key"],
  ikey: ["tunnel-ikey"],
  okey: ["tunnel-okey"],
  pmtudisc: ["tunnel-pmtudisc"],
  ignoreDf: ["tunnel-ignore-df"],
  encaplimit: ["tunnel-encaplimit", "encaplimit"],
} as const;

export const tunnelOptions = [...Object.values(fields).flat(), "tunnel-local-dev", "gre-flags", "tunnel-encap"];

/** What the stanza's method says by itself. */
const methodModes: Readonly<Record<string, string>> = { v4tunnel: "sit", "6to4": "sit" };

/** The method, or the options of ifupdown-ng, the old ones without a prefix among them. */
export function isTunnel(options: Options, stanzas: readonly Stanza[]): boolean {
  if (stanzas.some(({ method }) => method === "tunnel" || method === "v4tunnel" || method === "6to4")) return true;
  if (option(options, "tunnel-mode", "tunnel-remote", "tunnel-endpoint", "gre-remote", "gre-local")) return true;
  return option(options, "mode") !== undefined && option(options, "endpoint") !== undefined;
}

export function addTunnel(options: Options, draft: Draft, stanzas: readonly Stanza[]): void {
  const given = option(options, ...fields.mode);
  const method = stanzas.map((stanza) => methodModes[stanza.method]).find(Boolean);
  const gre = option(options, "gre-local", "gre-remote") ? "gre" : undefined;
  const said = given ? draft.read(given, modeOf) : (method ?? gre);
  if (said === undefined) {
    if (!given)
      draft.error(options.at, `${draft.name} is a tunnel of no kind: write mode ${Object.keys(modes).join(", ")}`);
    return;
  }
  const { kind, over, data = {} } = modes[said]!;
  const at = given?.at ?? options.at;
  const values = Object.fromEntries(Object.entries(data).map(([name, is]) => [name, { is, at }]));
  draft.link(kind, at, {
    data: {
      ...values,
      ...ends(options, draft, over, !stanzas.some((stanza) => stanza.method === "6to4")),
      ...rest(options, draft, kind),
    },
  });
}

const modeOf: Reader<string> = (text) => {
  const word = text.toLowerCase();
  const mode = spellings[word] ?? word;
  if (!Object.hasOwn(modes, mode)) throw new Unfit(`must be one of ${Object.keys(modes).join(", ")}`);
  return mode;
};

/** @param needed one of its ends must be said; 6to4 says so itself */
function ends(options: Options, draft: Draft, over: Family, needed: boolean): Data {
  const data: Record<string, Data[string]> = {};
  const put = (name: string, at: Option, is: string | undefined) => {
    if (is && is !== "any") data[name] = { is, at: at.at };
  };
  const end = (given: Option) => draft.read(given, (text) => (text === "any" ? "any" : address(over)(text)));
  const remote = option(options, ...fields.remote);
  if (remote) put("remote", remote, end(remote));
  else if (needed && !option(options, ...fields.local))
    draft.error(options.at, `tunnel ${draft.name} has no endpoint: write endpoint ADDRESS`);
  const local = option(options, ...fields.local);
  const of = option(options, "tunnel-local-dev");
  if (local) put("local", local, end(local));
  else if (of) put("local", of, localOf(of, over, draft));
  for (const below of allOptions(options, ...fields.device)) {
    const name = draft.read(below, device);
    put("link", below, name);
    if (name) draft.requires(below.at, name);
  }
  return data;
}

/** The address that the configuration gives to another interface. */
function localOf(given: Option, over: Family, draft: Draft): string | undefined {
  const name = draft.read(given, device);
  if (!name) return undefined;
  draft.requires(given.at, name);
  const stanzas = draft.context.stanzas.get(name) ?? [];
  const addresses = stanzas.flatMap((stanza) => allOptions(stanza, "address")).map(({ value }) => value.trim());
  const found = addresses.find((text) => familyOf(text) === over)?.replace(/\/.*/s, "");
  if (!found) draft.error(given.at, `${given.name}: no stanza gives ${name} an IPv${over} address, write tunnel-local`);
  return found;
}

function rest(options: Options, draft: Draft, kind: string): Data {
  const data: Record<string, Data[string]> = {};
  const put = (name: string, names: readonly string[], read: Reader<LinkValue>) => {
    const given = option(options, ...names);
    const is = draft.read(given, read);
    if (given && is !== undefined) data[name] = { is, at: given.at };
  };
  const six = kind.startsWith("ip6");
  put("ttl", fields.ttl, hops);
  put(six ? "tclass" : "tos", fields.tos, tos);
  if (six && data.tclass?.is === 1) {
    data.ip6_tnl_f_use_orig_tclass = { ...data.tclass, is: true };
    delete data.tclass;
  }
  if (kind.includes("gre")) {
    for (const [name, names] of [
      ["ikey", [...fields.key, ...fields.ikey]],
      ["okey", [...fields.key, ...fields.okey]],
    ] as const) {
      put(name, names, key);
    }
  }
  if (six) put("encap_limit", fields.encaplimit, (text) => (text === "none" ? "none" : count(text)));
  else put("pmtudisc", fields.pmtudisc, flag);
  if (kind.startsWith("gre")) put("ignore_df", fields.ignoreDf, flag);
  for (const given of allOptions(options, "gre-flags")) {
    for (const word of words(given.value)) {
      const [, no, name] = /^(no)?(pmtudisc|ignore-df)$/.exec(word) ?? [];
      if (name) data[name.replace("-", "_")] = { is: !no, at: given.at };
      else draft.error(given.at, `${given.name} "${word}": must be pmtudisc, nopmtudisc, ignore-df or noignore-df`);
    }
  }
  const { ignore_df: ignore, pmtudisc } = data;
  if (ignore?.is && pmtudisc?.is !== false)
    draft.error(ignore.at, "ignore-df goes with nopmtudisc only: write tunnel-pmtudisc no");
  const encapsulation = option(options, "tunnel-encap");
  if (encapsulation && encapsulation.value.trim() !== "none") {
    draft.error(encapsulation.at, `${encapsulation.name} ${encapsulation.value}: Reeve does not do UDP around tunnels`);
  }
  return data;
}

const count = integer(0, 255);

/** 0: as the packet inside has it. */
function hops(text: string): number {
  return text === "inherit" ? 0 : count(text);
}

/** `inherit` is 1, as in ip-tunnel(8). */
function tos(text: string): number {
  return text === "inherit" ? 1 : count(/^[\da-f]{2}$/i.test(text) ? `0x${text}` : text);
}

/** A number or its dotted form, which is how the kernel's tools show it. */
function key(text: string): string {
  if (/^\d+(\.\d+){3}$/.test(text)) return address(4)(text);
  const value = integer(0, 0xffff_ffff)(text);
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}
