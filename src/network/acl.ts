/**
 * Access lists in Netdisco's language (its wiki, Configuration: Access Control Lists). An item is one of
 *
 *     192.0.2.1   192.0.2.0/24   2001:db8::/32     an address, a network
 *     192.0.2.1-10   192.0.2.1-192.0.2.10          a range; short: last number, or last group in hex
 *     sw1.example.org                              a name, DNS's or sysName, all of it
 *     /^sw\d+-/   /^sw/i   qr/^sw/i                a regular expression (network/pattern.ts) anywhere in a name
 *     vendor:cisco   prop:model:C35.*              a property; the expression after it must fit all of its value;
 *                                                  nothing after it: the property is empty or unknown
 *     tag:core   cf:owner:staff.*                  a tag; a field of the site's own, as a property
 *     group:NAME                                   another list (backend.hostGroups)
 *     0-59 8-17 * * 1-5                            the present minute fits, as cron(5) says it
 *     any
 *
 * `!` before an item turns it round. A list fits when any of its items does; with the item `op:and` in it, when all do.
 * An empty one fits nothing. Where Netdisco passes over what it does not understand (a group or property that is not
 * there, a host name that DNS does not know), a list of ours is refused: a list that protects must not be quietly empty.
 */
import { Cron } from "croner";
import { parseAddress, parsePrefix } from "../address.ts";
import { Problem } from "../problem.ts";
import { compilePattern, type Pattern, type PatternOptions } from "./pattern.ts";

/** Who or what is held against a list. */
export interface AclSubject {
  /** Addresses it has or is reached by; an item about addresses fits when it fits one of them. */
  addresses: readonly string[];
  /** DNS names and sysName. */
  names: readonly string[];
  /** By the names in `aclProperties`; null or absent: unknown. */
  props: Readonly<Record<string, string | number | boolean | null | undefined>>;
  tags: readonly string[];
  customFields: Readonly<Record<string, string>>;
}

type Refuse = (why: string) => Problem;

type Test =
  | { kind: "any" }
  | { kind: "network"; family: 4 | 6; low: string; high: string }
  | { kind: "name"; name: string }
  | { kind: "names"; pattern: Pattern }
  | { kind: "property" | "field"; name: string; pattern: Pattern; empty: boolean }
  | { kind: "tag"; name: string }
  | { kind: "group"; name: string; acl: Acl }
  | { kind: "window"; cron: Cron };

interface AclItem {
  /** As it was written. */
  text: string;
  negated: boolean;
  test: Test;
}

export interface Acl {
  items: AclItem[];
  /** All items must fit (`op:and`). */
  all: boolean;
}

export interface AclOptions {
  /** The setting that holds the list, for messages. */
  name?: string;
  /** Time zone of windows; the machine's own by default. */
  timezone?: string;
}

export type AclGroups = Readonly<Record<string, readonly string[]>>;

/** What `NAME:VALUE` may ask for: columns of a device, and of a port where the subject is one. */
export const aclProperties: readonly string[] =
  `ip dns name description uptime contact location layers num_ports mac serial chassis_id model ps1_type ps2_type
  ps1_status ps2_status fan slots vendor os os_ver object_id snmp_ver snmp_class snmp_engineid vtp_domain vtp_mode is_pseudo
  pae_is_enabled port descr up up_admin type duplex duplex_admin speed speed_admin mtu stp vlan pvid remote_ip remote_port
  remote_type remote_id is_uplink is_master slave_of has_subinterfaces ifindex raw_speed error_disable_cause faststart
  pae_authconfig_state pae_authconfig_port_status pae_authsess_user pae_is_authenticator pae_is_supplicant
  remote_is_wap remote_is_phone remote_vendor remote_model remote_os_ver remote_serial remote_dns`
    .trim()
    .split(/\s+/);

const mostItems = 100_000;
const longestItem = 2000;

/** Groups that Netdisco has without being told. */
const ownGroups: AclGroups = {
  __LOCAL_ADDRESSES__: ["::1", "fe80::/10", "127.0.0.0/8"],
  __LOOPBACK_ADDRESSES__: ["::1", "127.0.0.0/8"],
  __ANY__: ["any"],
};

/** @throws Problem `config` naming the list, the item and what is wrong with it */
export function parseAcl(items: readonly string[], groups: AclGroups = {}, options: AclOptions = {}): Acl {
  const known = new Map(Object.entries({ ...ownGroups, ...groups }));
  const parsed = new Map<string, Acl>();
  return parseList(items, options.name ?? "the access list", []);

  function parseList(texts: readonly string[], place: string, path: string[]): Acl {
    if (texts.length > mostItems) throw new Problem("config", `${place}: more than ${mostItems} items`);
    const rest = texts.map((text) => text.trim()).filter((text) => text !== "op:and");
    const all = rest.length < texts.length;
    if (all && rest.length === 0) throw new Problem("config", `${place}: op:and stands there without other items`);
    return { items: rest.map((text) => parseItem(text, place, path)), all };
  }

  function parseItem(text: string, place: string, path: string[]): AclItem {
    const refuse: Refuse = (why) => new Problem("config", `${place}: ${JSON.stringify(text.slice(0, 200))} ${why}`);
    if (text.length > longestItem) throw refuse(`is longer than ${longestItem} characters`);
    return { text, negated: text.startsWith("!"), test: parseTest(text.replace(/^!\s*/, ""), refuse, path) };
  }

  function parseTest(text: string, refuse: Refuse, path: string[]): Test {
    if (text === "any") return { kind: "any" };
    const [, kind, value = ""] = /^(group|tag|cf|prop|op):(.*)$/s.exec(text) ?? [];
    if (kind === "group") return { kind: "group", name: value, acl: parseGroup(value, refuse, path) };
    if (kind === "op") throw refuse("is no operator: only op:and is one");
    if (kind === "tag") {
      if (value === "") throw refuse("names no tag");
      return { kind: "tag", name: value };
    }
    if (kind === "cf" || kind === "prop") return parseProperty(kind, value, refuse);
    const expression = /^(?:qr)?\/(.*)\/([a-z]*)$/s.exec(text);
    if (expression) return { kind: "names", pattern: parseExpression(expression, refuse) };
    const network = parseNetwork(text, refuse);
    if (network) return network;
    if (/^[a-z_]\w*:/i.test(text)) return parseProperty("prop", text, refuse);
    if (text.split(/\s+/).length === 5) return parseWindow(text, refuse, options.timezone);
    if (/^[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_])?\.?$/i.test(text) && !/^[\d.]+$/.test(text)) {
      return { kind: "name", name: plainName(text) };
    }
    throw refuse("is no address, network, range, name or property; a regular expression stands between slashes: /^sw/");
  }

  function parseGroup(name: string, refuse: Refuse, path: string[]): Acl {
    const list = known.get(name);
    if (!list) throw refuse("names a group that is not there (backend.hostGroups)");
    if (path.includes(name)) throw refuse(`makes a circle of groups: ${[...path, name].join(" → ")}`);
    const acl = parsed.get(name) ?? parseList(list, `backend.hostGroups.${name}`, [...path, name]);
    parsed.set(name, acl);
    return acl;
  }
}

function parseExpression([, source = "", flags = ""]: RegExpExecArray, refuse: Refuse): Pattern {
  if (/[^is]/.test(flags)) throw refuse("has flags other than i and s after its regular expression");
  return compile(flags.includes("s") ? `(?s:${source})` : source, { ignoreCase: flags.includes("i") }, refuse);
}

function compile(source: string, options: PatternOptions, refuse: Refuse): Pattern {
  try {
    return compilePattern(source, options);
  } catch (error) {
    throw refuse(`cannot be used: ${(error as Error).message}`);
  }
}

function parseProperty(kind: "cf" | "prop", text: string, refuse: Refuse): Test {
  const [, name = "", value = ""] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  if (name === "") throw refuse(`names no ${kind === "cf" ? "field" : "property"} and value, as in ${kind}:NAME:VALUE`);
  if (kind === "prop" && !aclProperties.includes(name)) throw refuse("asks for a property that devices do not have");
  const pattern = compile(value, { whole: true }, refuse);
  return { kind: kind === "cf" ? "field" : "property", name, pattern, empty: value === "" };
}

function parseNetwork(text: string, refuse: Refuse): Test | undefined {
  if (!/^[0-9a-f:.]+([/-][0-9a-f:.]+)?$/i.test(text) || !/[:.]/.test(text)) return undefined;
  const [, first = "", mark, second = ""] = /^([^/-]+)([/-]?)(.*)$/.exec(text) ?? [];
  const from = parseAddress(first);
  if (!from) {
    if (/^[\d.]+([/-].*)?$/.test(text)) throw refuse("is no address");
    return undefined; // a name such as face.cafe
  }
  const { family, ipHex: low } = from;
  if (mark === "/") {
    const length = parsePrefix(second, family);
    if (length === undefined) throw refuse("has a prefix length that its address cannot have");
    return { kind: "network", family, ...prefixEnds(low, length + (family === 4 ? 96 : 0)) };
  }
  if (mark !== "-") return { kind: "network", family, low, high: low };
  const short = /[:.]/.test(second) ? second : first.replace(/[^:.]*$/, second);
  const to = parseAddress(short);
  if (to?.family !== family) throw refuse("is no range of addresses");
  if (to.ipHex < low) throw refuse("is a range with its ends exchanged");
  return { kind: "network", family, low, high: to.ipHex };
}

/** First and last address of the network, `length` counted over all 128 bits. */
function prefixEnds(hex: string, length: number): { low: string; high: string } {
  const mask = length === 0 ? 0n : ((1n << BigInt(length)) - 1n) << BigInt(128 - length);
  const low = BigInt(`0x${hex}`) & mask;
  const high = low | (((1n << 128n) - 1n) ^ mask);
  return { low: low.toString(16).padStart(32, "0"), high: high.toString(16).padStart(32, "0") };
}

function parseWindow(text: string, refuse: Refuse, timezone: string | undefined): Test {
  try {
    return { kind: "window", cron: new Cron(text, { paused: true, ...(timezone ? { timezone } : {}) }) };
  } catch (cause) {
    throw refuse(`is no time as cron(5) says it (${(cause as Error).message})`);
  }
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** Whether the list fits. Empty: no. */
export function aclMatches(acl: Acl, subject: AclSubject, now = new Date()): boolean {
  return decide(acl, subject, now).fits;
}

/** An `only` list: empty means that nothing is ruled out. */
export function aclAdmits(acl: Acl, subject: AclSubject, now = new Date()): boolean {
  return acl.items.length === 0 || aclMatches(acl, subject, now);
}

/** Why the list fits or does not: "lists 192.0.2.0/24", "lists group:core (sw1.example.org)", "lists nothing that fits". */
export function aclExplain(acl: Acl, subject: AclSubject, now = new Date()): string {
  const { fits, items } = decide(acl, subject, now);
  if (acl.items.length === 0) return "is empty";
  if (!fits && !acl.all) return "lists nothing that fits";
  const shown = items.map((item) => {
    if (item.test.kind !== "group" || item.negated) return item.text;
    return `${item.text} (${aclExplain(item.test.acl, subject, now).replace(/^lists /, "")})`;
  });
  return fits ? `lists ${shown.join(" and ")}` : `wants ${shown.join(" and ")}, which does not fit`;
}

/** The items that decided: the first that fits, all of an `op:and`, or the first of those that does not fit. */
function decide(acl: Acl, subject: AclSubject, now: Date): { fits: boolean; items: AclItem[] } {
  const judge = (item: AclItem): boolean => {
    const found = holds(item.test, subject, now);
    // An address of the other kind is neither in a network nor out of it, unless everything must fit.
    if (found === undefined && !acl.all) return false;
    return (found ?? false) !== item.negated;
  };
  if (acl.all) {
    const missing = acl.items.find((item) => !judge(item));
    return missing ? { fits: false, items: [missing] } : { fits: acl.items.length > 0, items: acl.items };
  }
  const first = acl.items.find(judge);
  return { fits: first !== undefined, items: first ? [first] : [] };
}

function holds(test: Test, subject: AclSubject, now: Date): boolean | undefined {
  switch (test.kind) {
    case "any":
      return true;
    case "network": {
      const same = subject.addresses.map(parseAddress).filter((address) => address?.family === test.family);
      if (same.length === 0) return undefined;
      return same.some((address) => address !== undefined && address.ipHex >= test.low && address.ipHex <= test.high);
    }
    case "name":
      return subject.names.some((name) => plainName(name) === test.name);
    case "names":
      return subject.names.some((name) => test.pattern.test(name));
    case "property":
    case "field": {
      const values = test.kind === "field" ? subject.customFields : subject.props;
      const value = Object.hasOwn(values, test.name) ? values[test.name] : undefined;
      if (test.empty) return (value ?? "") === "";
      if (typeof value === "boolean" && test.pattern.test(value ? "1" : "0")) return true;
      return value !== undefined && value !== null && test.pattern.test(String(value));
    }
    case "tag":
      return subject.tags.includes(test.name);
    case "group":
      return decide(test.acl, subject, now).fits;
    case "window":
      return test.cron.match(new Date(Math.floor(now.getTime() / 60_000) * 60_000));
  }
}
