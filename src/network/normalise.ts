/** Names, ids and ports as different devices spell them, brought to one form in which they can be compared. */
import { parseAddress, parseMac } from "../address.ts";

const strict = new TextDecoder("utf-8", { fatal: true });
const loose = new TextDecoder("latin1");

/** Text without NUL padding and blanks at its ends. What is not UTF-8 is read as Latin-1, so that nothing is lost. */
export function plainText(value: Uint8Array | string): string {
  if (typeof value === "string") return value.replaceAll("\0", "").trim();
  let text: string;
  try {
    text = strict.decode(value);
  } catch {
    text = loose.decode(value);
  }
  return text.replaceAll("\0", "").trim();
}

/** Six bytes (or more with zeros after them) as a MAC address; `undefined` for others and for the all-zero one. */
export function macOfBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length < 6 || bytes.subarray(6).some((byte) => byte !== 0)) return undefined;
  return parseMac([...bytes.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
}

export interface ChassisId {
  id: string;
  kind: "mac" | "ip" | "text";
}

/** A text that says a MAC or an IP address in any spelling is that; all others are text. */
export function idOfText(text: string): ChassisId {
  const plain = plainText(text);
  const mac = parseMac(plain.replace(/^0x/i, "").replaceAll(" ", ":"));
  if (mac !== undefined) return { id: mac, kind: "mac" };
  const address = /^[\d.]+$|:.*:/.test(plain) ? parseAddress(plain) : undefined;
  return address ? { id: address.ip, kind: "ip" } : { id: plain, kind: "text" };
}

/** LldpChassisIdSubtype and LldpPortIdSubtype as far as they decide how bytes are read. */
export type IdForm = "mac" | "address" | "text";

/**
 * An id of LLDP or CDP. `form` is what the sender says it is; a sender that calls text a MAC address, or binary bytes a
 * text, is not believed. An id of zeros is none.
 */
export function idOfBytes(value: Uint8Array | string, form: IdForm): ChassisId {
  if (typeof value === "string") return idOfText(value);
  if (form === "address") {
    const address = networkAddress(value);
    if (address !== undefined) return { id: address, kind: "ip" };
  }
  const printable = isText(value);
  const mac = form === "mac" || !printable ? macOfBytes(value) : undefined;
  if (mac !== undefined) return { id: mac, kind: "mac" };
  if (value.every((byte) => byte === 0)) return { id: "", kind: "text" };
  if (printable) return idOfText(plainText(value));
  return { id: [...value].map((byte) => byte.toString(16).padStart(2, "0")).join(":"), kind: "text" };
}

/** No control bytes but NULs at the end; and six bytes that are not UTF-8 are letters only if most of them are ASCII's. */
function isText(bytes: Uint8Array): boolean {
  const body = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
  if (body.length === 0 || body.some((byte) => byte === 0x7f || (byte < 0x20 && ![9, 10, 13].includes(byte))))
    return false;
  try {
    strict.decode(body);
    return true;
  } catch {
    return body.length !== 6 || body.filter((byte) => byte < 0x7f).length >= 4;
  }
}

/** IANA address family (1 IPv4, 2 IPv6) and bytes (IEEE 802.1AB §8.5.2). */
function networkAddress(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 1 && bytes.length >= 5) return bytes.subarray(1, 5).join(".");
  if (bytes[0] === 2 && bytes.length >= 17) return ipv6(bytes.subarray(1, 17));
  return undefined;
}

/** 4 or 16 bytes → address in canonical text. */
export function ipOfBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join(".");
  return bytes.length === 16 ? ipv6(bytes) : undefined;
}

function ipv6(bytes: Uint8Array): string | undefined {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return parseAddress(hex.replace(/(....)(?!$)/g, "$1:"))?.ip;
}

/** Can it be the address under which a device is managed? Not: unspecified, loopback, multicast, link-local. */
export function isManagementAddress(ip: string): boolean {
  const { family, ip: plain } = parseAddress(ip) ?? {};
  if (family === 4) return !/^(0\.|127\.|169\.254\.|(22[4-9]|2[3-5]\d)\.)/.test(plain!);
  return family === 6 && !/^(::1?$|fe[89ab]|ff)/i.test(plain!);
}

/** Long names of interface kinds, by what devices write for them; the longest first wins. */
const kinds: readonly (readonly [name: string, spellings: readonly string[]])[] = [
  ["fourhundredgig", ["fourhundredgigabitethernet", "fourhundredgige", "400ge"]],
  ["twohundredgig", ["twohundredgigabitethernet", "twohundredgige", "200ge"]],
  ["hundredgig", ["hundredgigabitethernet", "hundredgige", "100ge", "hge", "hu"]],
  ["fiftygig", ["fiftygigabitethernet", "fiftygige", "50ge"]],
  ["fortygig", ["fortygigabitethernet", "fortygige", "40ge", "fge", "fo"]],
  ["twentyfivegig", ["twentyfivegigabitethernet", "twentyfivegige", "25ge", "twe"]],
  ["tengig", ["tengigabitethernet", "tengige", "xgigabitethernet", "10ge", "xge", "te"]],
  ["fivegig", ["fivegigabitethernet", "fivegige", "5ge", "fi"]],
  ["twogig", ["twopointfivegigabitethernet", "twogigabitethernet", "tw"]],
  ["appgig", ["appgigabitethernet", "ap"]],
  ["gig", ["gigabitethernet", "gige", "gig", "ge", "gi"]],
  ["fast", ["fastethernet", "fast", "fe", "fa"]],
  ["ethernet", ["ethernet", "eth", "et"]],
  ["portchannel", ["portchannel", "po"]],
  ["bundleether", ["bundleether", "be"]],
  ["bridgeaggregation", ["bridgeaggregation", "bagg"]],
  ["routeaggregation", ["routeaggregation", "ragg"]],
  ["vlan", ["vlaninterface", "vlanif", "vlan", "vl"]],
  ["loopback", ["loopback", "lo"]],
  ["tunnel", ["tunnel", "tu"]],
  ["management", ["management", "mgmteth", "mgmt", "ma"]],
  ["serial", ["serial", "se"]],
  ["", ["port"]],
];

const spellings = new Map(kinds.flatMap(([name, all]) => all.map((spelling) => [spelling, name] as const)));

/**
 * A port's name in a form in which `Gi0/1`, `gigabitEthernet 0/1` and `GigabitEthernet0/1` are one; and `Port 17` and
 * `17`. For comparing names of ports of one device: `Te1` of two devices are two.
 */
export function portKey(name: string): string {
  const plain = plainText(name)
    .toLowerCase()
    .replace(/[\s_]+/g, "");
  const parts = /^([a-z]+(?:-[a-z]+)*|\d+ge)-?(\d.*)$/.exec(plain);
  if (!parts) return plain;
  const kind = parts[1]!.replaceAll("-", "");
  return `${spellings.get(kind) ?? kind}${parts[2]}`;
}

/** A host's name by which to look it up: its first label, lower case; an address whole. "" for names that say nothing. */
export function nameKey(name: string): string {
  const plain = plainText(name).toLowerCase().replace(/\.$/, "");
  if (plain === "" || meaningless.test(plain)) return "";
  return parseAddress(plain) ? plain : plain.split(".")[0]!;
}

/** Names that devices are born with. */
const meaningless =
  /^(localhost(\..*)?|\(?none\)?|n\/?a|<.*>|unknown|sysname|hostname|switch|router|firewall|h3c|hp|hpe|huawei|quidway|mikrotik|ubnt|cisco|arista|juniper|dlink|d-link|netgear|zyxel|openwrt|default|test)$/;

/** One name, or one of them with its domain and the other without. */
export function sameName(a: string, b: string): boolean {
  const [left, right] = [a, b].map((name) => plainText(name).toLowerCase().replace(/\.$/, "")) as [string, string];
  if (nameKey(left) === "" || nameKey(right) === "") return false;
  return left === right || left.startsWith(`${right}.`) || right.startsWith(`${left}.`);
}

/**
 * CDP's device id: NX-OS writes `name(serial)`, CatOS `serial(name)`, phones `SEP` and their MAC address, all others
 * their name.
 */
export function deviceIdParts(id: string): { name: string; serial: string; mac: string } {
  const plain = plainText(id);
  const phone = /^(?:SEP|ATA|DX|VG)([0-9a-f]{12})$/i.exec(plain)?.[1];
  if (phone !== undefined) return { name: plain, serial: "", mac: parseMac(phone) ?? "" };
  const parts = /^([^()]+)\(([^()]+)\)$/.exec(plain);
  if (!parts) return { name: plain, serial: "", mac: "" };
  const [, outside = "", inside = ""] = parts;
  return ciscoSerial.test(outside) && !ciscoSerial.test(inside)
    ? { name: inside, serial: outside, mac: "" }
    : { name: outside, serial: inside, mac: "" };
}

const ciscoSerial = /^[A-Z]{3}\d{4}[A-Z0-9]{3,4}$/;

/** A serial number to compare: upper case, without blanks at its ends. "" for those that are none. */
export function serialKey(serial: string): string {
  const plain = plainText(serial).toUpperCase();
  return plain.length < 5 || /^(.)\1*$/.test(plain) || noSerial.test(plain) ? "" : plain;
}

const noSerial =
  /^(0*1?23456789?0?|N\/?A|NONE|NULL|UNKNOWN|NOT ?(AVAILABLE|SPECIFIED|SET|APPLICABLE)|(SYSTEM|CHASSIS) SERIAL.*|DEFAULT.*|SERIAL( ?(NUMBER|NO\.?))?|TO BE FILLED.*|<.*>|X+|BUILTIN|VIRTUAL|TEST.*)$/;
