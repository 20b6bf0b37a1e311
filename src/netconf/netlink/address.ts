/** Addresses: struct ifaddrmsg and IFA_… (linux/if_addr.h). */
import type { Address, Scope } from "../kernel/state.ts";
import type { NewAddress } from "../kernel/step.ts";
import { ipBytes, ipText } from "./ip.ts";
import type { Names } from "./link-data.ts";
import { needIndex } from "./link-request.ts";
import { AF, attribute, joined, message, NLM_F, RTM, readAttributes, readText, text } from "./message.ts";
import { readNumber, u8, u32 } from "./number.ts";

const IFA = { ADDRESS: 1, LOCAL: 2, LABEL: 3, BROADCAST: 4, CACHEINFO: 6, FLAGS: 8, PROTO: 11 };
/** struct ifaddrmsg */
const addressHeader = 8;
const forEver = 0xffff_ffff;

const scopes: Readonly<Record<Scope, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };

/** Names of numbers that a site gave itself are not known: what is narrower than a link is a host's, and so on. */
export function scopeOf(number: number): Scope {
  if (number < scopes.site) return "global";
  if (number < scopes.link) return "site";
  return number === scopes.link ? "link" : number === scopes.host ? "host" : "nowhere";
}

export function scopeNumber(scope: Scope): number {
  return scopes[scope];
}

/** IFA_F_…; the lowest bit means another thing in each family. */
const flagNames: Readonly<Record<string, number>> = {
  nodad: 0x02,
  optimistic: 0x04,
  dadfailed: 0x08,
  home: 0x10,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  mngtmpaddr: 0x100,
  noprefixroute: 0x200,
  autojoin: 0x400,
  "stable-privacy": 0x800,
};
const flagList = Object.entries(flagNames);
const IFA_F_SECONDARY = 1;

export interface ReadAddress {
  index: number;
  /** What it is called within its link. */
  key: string;
  address: Address;
}

/** Undefined for other families, and for what is malformed. */
export function readAddress(payload: Uint8Array, names: Names): ReadAddress | undefined {
  const family = payload[0] === AF.INET ? 4 : payload[0] === AF.INET6 ? 6 : undefined;
  const index = readNumber(payload, "u32", 4);
  if (!family || index === undefined) return undefined;
  const told = readAttributes(payload, addressHeader);
  const local = ipText(told.get(IFA.LOCAL) ?? told.get(IFA.ADDRESS));
  const far = ipText(told.get(IFA.ADDRESS));
  const peer = far === local ? "" : far;
  const prefix = payload[1]!;
  if (!local || prefix > (family === 4 ? 32 : 128)) return undefined;
  const flags = readNumber(told.get(IFA.FLAGS), "u32") ?? payload[2]!;
  const device = names.nameOf(index);
  const label = readText(told.get(IFA.LABEL));
  const lifetimes = told.get(IFA.CACHEINFO);
  const words = flags & IFA_F_SECONDARY ? [family === 4 ? "secondary" : "temporary"] : [];
  for (const [name, bit] of flagList) if (flags & bit) words.push(name);
  return {
    index,
    key: `${local}/${prefix} ${peer}`,
    address: {
      device,
      family,
      address: local,
      prefix,
      peer,
      broadcast: family === 4 ? ipText(told.get(IFA.BROADCAST)) : "",
      label: label === device ? "" : label,
      scope: scopeOf(payload[3]!),
      valid: lifetime(lifetimes, 4),
      preferred: lifetime(lifetimes, 0),
      protocol: readNumber(told.get(IFA.PROTO), "u8") ?? 0,
      flags: words,
    },
  };
}

function lifetime(bytes: Uint8Array | undefined, at: number): number | null {
  const seconds = readNumber(bytes, "u32", at) ?? forEver;
  return seconds === forEver ? null : seconds;
}

/** Makes it, or gives the one that is there these lifetimes and flags. */
export function addressAdd(address: NewAddress, names: Names): Uint8Array {
  const { family, broadcast, label, valid, preferred, protocol, flags } = address;
  const bits = flags.reduce((sum, name) => sum | (flagNames[name] ?? 0), 0);
  const lifetimes = joined([u32(seconds(preferred)), u32(seconds(valid)), u32(0), u32(0)]);
  return message(
    RTM.NEWADDR,
    NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE,
    ...start(address, names),
    ...(family === 4 && broadcast ? [attribute(IFA.BROADCAST, ipBytes(broadcast, 4))] : []),
    ...(family === 4 && label ? [attribute(IFA.LABEL, text(label))] : []),
    ...(valid !== null || preferred !== null ? [attribute(IFA.CACHEINFO, lifetimes)] : []),
    ...(bits > 0 ? [attribute(IFA.FLAGS, u32(bits))] : []),
    ...(protocol > 0 ? [attribute(IFA.PROTO, u8(protocol))] : []),
  );
}

function seconds(lifetime: number | null): number {
  return lifetime === null ? forEver : Math.min(Math.max(Math.trunc(lifetime), 0), forEver - 1);
}

export function addressDelete(address: Address | NewAddress, names: Names): Uint8Array {
  return message(RTM.DELADDR, NLM_F.REQUEST | NLM_F.ACK, ...start(address, names));
}

function start({ family, address, prefix, peer, scope, device }: Address | NewAddress, names: Names): Uint8Array[] {
  const [local, far] = [ipBytes(address, family), ipBytes(peer || address, family)];
  return [
    u8(family === 4 ? AF.INET : AF.INET6),
    u8(prefix),
    u8(0),
    u8(scopeNumber(scope)),
    u32(needIndex(names, device)),
    attribute(IFA.LOCAL, local),
    attribute(IFA.ADDRESS, far),
  ];
}

/** One of IPv6; of IPv4 the kernel tells only all. */
export function addressGet(address: Address | NewAddress, names: Names): Uint8Array {
  return message(RTM.GETADDR, NLM_F.REQUEST | NLM_F.ACK, ...start(address, names));
}

/** Of both families. */
export function addressesDump(): Uint8Array {
  return message(RTM.GETADDR, NLM_F.REQUEST | NLM_F.DUMP, new Uint8Array(addressHeader));
}
