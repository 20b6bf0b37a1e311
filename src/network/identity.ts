/**
 * Are two readings of one device? A wrong merge hides a device and mixes two histories; a merge not made shows one twice.
 * So facts must speak for it (one strong, or two that agree), and a fact of the hardware that speaks against it stops it.
 * What is judged here is only said: merging and parting again is the store's.
 */
import { parseAddress, parseMac } from "../address.ts";
import { engineIdKind } from "./engine-id.ts";
import type { IdentityFact } from "./facts.ts";
import { identifies } from "./mac.ts";
import { isManagementAddress, nameKey, sameName, serialKey } from "./normalise.ts";

/** What is known of a device, or was read just now. */
export interface Likeness {
  identities: readonly IdentityFact[];
  /** sysName, DNS names. */
  names: readonly string[];
  /** All its own addresses, the one under which it is managed first. */
  addresses: readonly string[];
  /**
   * Its address table was read to its end, and is not empty. Only then does an address that is not in it mean something.
   * Absent: no.
   */
  addressesComplete?: boolean | undefined;
}

export interface Judgement {
  same: boolean;
  /** What speaks for it, for people: `engine id 80000009…`. */
  reasons: string[];
  /** What speaks against it. */
  against: string[];
  /** 0 and more; from 2 on the facts are enough, if nothing stands against them. */
  score: number;
}

export interface JudgeOptions {
  /**
   * On how many known devices has this value been seen? One that many share tells none of them. Absent: nothing is
   * shared.
   */
  seenOn?(fact: IdentityFact): number;
}

/** More devices than this, and a value is a default of the firmware. One device may be known under a few addresses. */
const many = 4;

const words: Record<IdentityFact["kind"], string> = {
  engine_id: "engine id",
  serial: "serial number",
  chassis_id: "chassis id",
  base_mac: "base MAC address",
  port_mac: "port MAC addresses",
};

/** Values of a fact that can be believed, in a form in which they compare. */
type Believed = Record<IdentityFact["kind"], Set<string>>;

/** A fact's value as it compares; undefined for one that tells nothing (zero, multicast, VRRP, made from an IP address). */
export function believedValue({ kind, value }: IdentityFact): string | undefined {
  if (kind === "serial") return serialKey(value) || undefined;
  if (kind === "engine_id")
    return engineIdKind(value) === "worthless" ? undefined : value.toLowerCase().replace(/^0x/, "");
  const mac = parseMac(value);
  if (mac !== undefined) return identifies(mac) ? mac : undefined;
  if (kind !== "chassis_id" || parseAddress(value)) return undefined;
  const text = value.trim().toLowerCase();
  return text.length < 4 || nameKey(text) === "" || serialKey(text) === "" ? undefined : text;
}

function believed(facts: readonly IdentityFact[], options: JudgeOptions): Believed {
  const found: Believed = {
    engine_id: new Set(),
    serial: new Set(),
    chassis_id: new Set(),
    base_mac: new Set(),
    port_mac: new Set(),
  };
  for (const fact of facts) {
    const value = believedValue(fact);
    if (value !== undefined && (options.seenOn?.(fact) ?? 1) <= many) found[fact.kind].add(value);
  }
  return found;
}

/** Is `a` the device that `b` is? Symmetric. */
export function judge(a: Likeness, b: Likeness, options: JudgeOptions = {}): Judgement {
  const [left, right] = [believed(a.identities, options), believed(b.identities, options)];
  const reasons: string[] = [];
  const against: string[] = [];
  let score = 0;
  let hardware = false;
  let refuted = false;
  const speaks = (weight: number, reason: string, ofHardware = true) => {
    score += weight;
    hardware ||= ofHardware;
    reasons.push(reason);
  };

  const chassis = common(chassisMacs(left), chassisMacs(right));
  if (chassis.length > 0) speaks(2, `both have the chassis MAC address ${chassis[0]}`);
  else {
    for (const kind of ["base_mac", "chassis_id"] as const) {
      if (!disjoint(left[kind], right[kind])) continue;
      refuted = true;
      against.push(`another ${words[kind]}: ${[...left[kind]][0]} and ${[...right[kind]][0]}`);
    }
  }
  const texts = common(left.chassis_id, right.chassis_id).filter((id) => parseMac(id) === undefined);
  if (texts.length > 0) speaks(1, `both have the chassis id ${texts[0]}`);

  const serials = common(left.serial, right.serial);
  if (serials.length > 0) speaks(1, `both have the serial number ${serials[0]}`);
  else if (disjoint(left.serial, right.serial)) {
    refuted = true;
    against.push(`another serial number: ${[...left.serial][0]} and ${[...right.serial][0]}`);
  }

  const engines = common(left.engine_id, right.engine_id);
  if (engines.length > 0) speaks(engineIdKind(engines[0]!) === "mac" ? 2 : 1, `both have the engine id ${engines[0]}`);
  else if (disjoint(left.engine_id, right.engine_id)) {
    score -= 1;
    against.push(`another engine id: ${[...left.engine_id][0]} and ${[...right.engine_id][0]}`);
  }

  const ports = common(left.port_mac, right.port_mac);
  const fewer = Math.min(left.port_mac.size, right.port_mac.size);
  if (ports.length >= 2 && ports.length * 2 > fewer)
    speaks(2, `${ports.length} of ${fewer} MAC addresses of ports agree`);
  else if (ports.length > 0) speaks(0.5, `both have a port with the MAC address ${ports[0]}`);
  else if (Math.min(left.port_mac.size, right.port_mac.size) > 1) {
    score -= 1;
    against.push("no MAC address of a port in common");
  }

  const addresses = common(own(a.addresses), own(b.addresses));
  if (addresses.length > 0)
    speaks(
      addresses.includes(a.addresses[0]!) || addresses.includes(b.addresses[0]!) ? 1 : 0.5,
      `both have the address ${addresses[0]}`,
      false,
    );
  const name = a.names.find((left) => b.names.some((right) => sameName(left, right)));
  if (name !== undefined) speaks(0.5, `both are named ${name}`, false);

  return { same: hardware && score >= 2 && !refuted, reasons, against, score };
}

function chassisMacs(facts: Believed): Set<string> {
  return new Set([...facts.base_mac, ...facts.chassis_id].filter((id) => parseMac(id) !== undefined));
}

function own(addresses: readonly string[]): Set<string> {
  return new Set(addresses.filter(isManagementAddress));
}

function common(a: ReadonlySet<string>, b: ReadonlySet<string>): string[] {
  return [...a].filter((value) => b.has(value));
}

function disjoint(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size > 0 && b.size > 0 && common(a, b).length === 0;
}

/** A device of the store, as far as a new reading is held against it. */
export interface KnownLikeness extends Likeness {
  id: number;
  /** The address under which it is managed, with a port (`192.0.2.1:1161`) where that is not 161. */
  ip: string;
}

export interface Recognition<Known> {
  /**
   * - `new`: nobody known
   * - `known`: the device at this address, as before
   * - `alias`: a known device that still has its own address, or does not tell, met under another
   * - `renumbered`: a known device that has its old address no more
   * - `replaced`: another device where a known one was; `device` is the one that was there
   */
  verdict: "new" | "known" | "alias" | "renumbered" | "replaced";
  device?: Known | undefined;
  /** Other known devices that this reading also is: they are one, and to be merged. */
  twins: Known[];
  judgement?: Judgement | undefined;
}

/**
 * Who is it that answers at `ip`?
 * @param candidates devices known at this address, or sharing a believed value, an address or a name with the reading
 */
export function recognise<Known extends KnownLikeness>(
  reading: Likeness,
  ip: string,
  candidates: readonly Known[],
  options: JudgeOptions = {},
): Recognition<Known> {
  const judged = candidates.map((device) => ({ device, judgement: judge(reading, device, options) }));
  const here = judged.find(({ device }) => device.ip === ip);
  const same = judged
    .filter(({ judgement }) => judgement.same)
    .toSorted((a, b) => b.judgement.score - a.judgement.score);
  const elsewhere = same.filter((found) => found !== here);
  if (here && !contradicts(here.judgement)) {
    return { verdict: "known", twins: elsewhere.map(({ device }) => device), ...here };
  }
  const [best, ...others] = elsewhere;
  if (best) {
    const lost = reading.addressesComplete === true && !reading.addresses.includes(hostOf(best.device.ip));
    const twins = others.map(({ device }) => device);
    return { verdict: lost ? "renumbered" : "alias", twins, ...best };
  }
  return here ? { verdict: "replaced", twins: [], ...here } : { verdict: "new", twins: [] };
}

/**
 * At the address of a known device the burden is the other way round: it is that device unless more speaks against it
 * than for it (a new serial number and a new chassis).
 */
function contradicts({ same, against, score }: Judgement): boolean {
  return !same && against.length > 0 && score <= 1.5 && against.length >= 2;
}

/** `192.0.2.1:1161` and `[2001:db8::1]:1161` without their port. */
function hostOf(target: string): string {
  return /^\[(.+)\](:\d+)?$/.exec(target)?.[1] ?? /^([\d.]+):\d+$/.exec(target)?.[1] ?? target;
}
