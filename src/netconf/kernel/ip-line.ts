/**
 * What a step is in words of `ip`, `bridge`, `sysctl` and `ethtool` (iproute2 6.1): argument vectors that do exactly the
 * same, for dry runs, for `why`, and for the kernel that is written to by these programs.
 */

import type { Attribute } from "./kinds.ts";
import { attributesOf } from "./kinds.ts";
import type { Address, Forwarding, LinkData, LinkValue, Route, Rule } from "./state.ts";
import type { EthtoolSection, LinkSettings, NewAddress, Step } from "./step.ts";

/** One vector; several where settings cannot be said at once; none where nothing is set. */
export function ipLines(step: Step): string[][] {
  switch (step.do) {
    case "link-add":
      return linkAdd(step);
    case "link-delete":
      return [["ip", "link", "delete", "dev", step.name]];
    case "link-set":
      return linkSet(step.name, step.settings);
    case "link-data":
      return [["ip", "link", "set", "dev", step.name, "type", step.kind, ...dataWords(step.kind, "data", step.data)]];
    case "port-data":
      return [
        [
          "ip",
          "link",
          "set",
          "dev",
          step.name,
          "type",
          `${step.kind}_slave`,
          ...dataWords(step.kind, "port", step.data),
        ],
      ];
    case "vlan-add": {
      const { vlan, pvid, untagged } = step.vlan;
      const flags = [...(pvid ? ["pvid"] : []), ...(untagged ? ["untagged"] : []), ...(step.self ? ["self"] : [])];
      return [["bridge", "vlan", "add", "dev", step.name, "vid", String(vlan), ...flags]];
    }
    case "vlan-delete":
      return [["bridge", "vlan", "delete", "dev", step.name, "vid", String(step.vlan), ...(step.self ? ["self"] : [])]];
    case "address-add":
      return [["ip", "address", "replace", ...addressWords(step.address), ...addressMore(step.address)]];
    case "address-delete":
      return [["ip", "address", "delete", ...addressWords(step.address)]];
    case "route-add": {
      // IPv6 may have several routes in a place, and another one is not ours to replace.
      const verb = step.route.family === 4 ? besides[step.beside ?? "instead"] : "append";
      return [["ip", `-${step.route.family}`, "route", verb, ...routeWords(step.route, true), ...metrics(step.route)]];
    }
    case "route-delete":
      return [["ip", `-${step.route.family}`, "route", "delete", ...routeWords(step.route, false)]];
    case "rule-add":
    case "rule-delete": {
      const verb = step.do === "rule-add" ? "add" : "delete";
      const maker = verb === "add" && step.rule.protocol > 0 ? ["protocol", String(step.rule.protocol)] : [];
      return [["ip", `-${step.rule.family}`, "rule", verb, ...ruleWords(step.rule), ...maker]];
    }
    case "forwarding-add":
      return [["bridge", "fdb", toMany(step.entry) ? "append" : "replace", ...forwardingWords(step.entry)]];
    case "forwarding-delete":
      return [["bridge", "fdb", "delete", ...forwardingWords(step.entry)]];
    case "sysctl":
      // With slashes, for a device's name may have dots.
      return [["sysctl", "-w", `net/${step.key.join("/")}=${step.value}`]];
    case "ethtool":
      return [ethtoolWords(step)];
  }
}

/** As one would type it, a line each. */
export function ipText(step: Step): string {
  return ipLines(step)
    .map((words) => words.map(quoted).join(" "))
    .join("\n");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** ethtool(8) */
const options: Readonly<Record<EthtoolSection, string>> = {
  change: "--change",
  offload: "--offload",
  ring: "--set-ring",
  pause: "--pause",
  coalesce: "--coalesce",
  channels: "--set-channels",
  "private-flags": "--set-priv-flags",
};

export function ethtoolWords({ name, section, words }: Step & { do: "ethtool" }): string[] {
  return ["ethtool", options[section], name, ...words];
}

/** What cannot be said when it is made follows in a line of its own. */
function linkAdd({ name, kind, lower, data, peer, settings = {} }: Extract<Step, { do: "link-add" }>): string[][] {
  const { address, mtu, txQueueLength, ...later } = settings;
  const attributes = attributesOf(kind, "data");
  const inData = lower !== undefined && lower !== "" && attributes.link !== undefined;
  const below = lower && !inData ? ["link", lower] : [];
  const other = peer ? ["peer", "name", peer] : [];
  const words = settingWords(defined({ address, mtu, txQueueLength }));
  const kindWords = [kind, ...dataWords(kind, "data", inData ? { link: lower, ...data } : data), ...other];
  return [["ip", "link", "add", ...below, "name", name, ...words, "type", ...kindWords], ...linkSet(name, later)];
}

function defined(settings: { [Name in keyof LinkSettings]: LinkSettings[Name] | undefined }): LinkSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** How addresses are made comes first, as it is by itself to the kernel, too. */
function linkSet(name: string, { addressGeneration, ...settings }: LinkSettings): string[][] {
  const set = (of: LinkSettings) =>
    Object.keys(of).length > 0 ? [["ip", "link", "set", "dev", name, ...settingWords(of)]] : [];
  return [...(addressGeneration === undefined ? [] : set({ addressGeneration })), ...set(settings)];
}

/** All in one message, which the kernel reads in an order of its own: address, MTU, name, up or down, master. */
function settingWords(settings: LinkSettings): string[] {
  const { up, mtu, address, master, alias, txQueueLength, addressGeneration, name } = settings;
  const onOff = (word: string, value: boolean | undefined) => (value === undefined ? [] : [word, value ? "on" : "off"]);
  const valued = (word: string, value: string | number | undefined) =>
    value === undefined ? [] : [word, String(value)];
  return [
    ...valued("name", name),
    ...valued("address", address),
    ...valued("mtu", mtu),
    ...valued("txqueuelen", txQueueLength),
    ...valued("alias", alias),
    ...(master === "" ? ["nomaster"] : valued("master", master)),
    ...onOff("arp", settings.arp),
    ...onOff("multicast", settings.multicast),
    ...onOff("allmulticast", settings.allmulticast),
    ...onOff("promisc", settings.promiscuous),
    ...valued("addrgenmode", addressGeneration),
    ...(up === undefined ? [] : [up ? "up" : "down"]),
  ];
}

function dataWords(kind: string, part: "data" | "port", data: LinkData): string[] {
  const attributes = attributesOf(kind, part);
  return Object.entries(data).flatMap(([name, value]) => {
    const attribute = attributes[name];
    if (attribute?.readOnly) return [];
    return attribute ? valueWords(name, attribute, value, part) : [name, ...[value].flat().map(String)];
  });
}

const canModes = ["loopback", "listen-only", "triple-sampling", "one-shot", "berr-reporting"];
const vlanFlags = ["reorder_hdr", "gvrp", "mvrp", "loose_binding", "bridge_binding"];

function valueWords(name: string, attribute: Attribute, value: LinkValue, part: "data" | "port"): string[] {
  const { form, word = name } = attribute;
  if (typeof word === "object") {
    const [on, off] = word;
    return (/^(true|1|on|yes)$/i.test(String(value)) ? on : off).split(" ").filter(Boolean);
  }
  if (word === "") return [];
  if (form === "vlan-flags") {
    const set = [value].flat().map((flag) => String(flag).toLowerCase());
    return vlanFlags.flatMap((flag) => [flag, set.includes(flag) ? "on" : "off"]);
  }
  if (form === "can-modes") {
    const set = [value].flat().map((mode) => String(mode).toLowerCase());
    return canModes.flatMap((mode) => [mode, set.includes(mode) ? "on" : "off"]);
  }
  if (form === "ports") return [word, ...String(value).split("-")];
  if (form === "qos-map") return [word, ...[value].flat().map(String)];
  if (typeof value === "object") return [word, value.join(",")];
  if (typeof value === "boolean") return [word, part === "port" ? (value ? "on" : "off") : value ? "1" : "0"];
  // ip reads these as hexadecimal, whatever they look like.
  const hexadecimal = form === "bits" || name === "tos";
  return [word, hexadecimal ? `0x${Number(value).toString(16)}` : String(value)];
}

function addressWords({ address, prefix, peer, device }: Address | NewAddress): string[] {
  const text = peer ? [address, "peer", `${peer}/${prefix}`] : [`${address}/${prefix}`];
  return [...text, "dev", device];
}

/** IFA_PROTO is left out: iproute2 6.1 has no word for it. */
function addressMore({ family, broadcast, label, device, scope, valid, preferred, flags }: NewAddress): string[] {
  const lifetime = (seconds: number | null) => (seconds === null ? "forever" : String(seconds));
  return [
    ...(broadcast ? ["broadcast", broadcast] : []),
    ...(label && label !== device ? ["label", label] : []),
    ...(family === 4 && scope !== "global" ? ["scope", scope] : []),
    ...(valid === null && preferred === null
      ? []
      : ["valid_lft", lifetime(valid), "preferred_lft", lifetime(preferred)]),
    ...flags,
  ];
}

/** @param whole false: only what tells it from others */
const besides = { instead: "replace", before: "prepend", behind: "append" } as const;

function routeWords(route: Route, whole: boolean): string[] {
  const { family, type, destination, prefix, table, protocol, scope, metric, source, hops } = route;
  const [hop] = hops;
  // RFC 5549
  const other = (gateway: string) => (family === 4 && gateway.includes(":") ? ["inet6"] : []);
  const way = (one: typeof hop) =>
    one
      ? [
          ...(one.gateway ? ["via", ...other(one.gateway), one.gateway] : []),
          ...(one.device ? ["dev", one.device] : []),
        ]
      : [];
  const onlink = (one: typeof hop) => (one?.onlink ? ["onlink"] : []);
  const several = hops.length > 1;
  return [
    ...(type === "unicast" ? [] : [type]),
    prefix === 0 ? "default" : `${destination}/${prefix}`,
    ...(several ? [] : way(hop)),
    // IPv6 asks for no type: without its device, any route to there would do.
    ...(!whole && family === 6 && hops.length === 0 ? ["dev", "lo"] : []),
    ...["table", String(table)],
    ...(whole ? ["proto", String(protocol), ...(family === 4 ? ["scope", scope] : [])] : []),
    ...(metric === 0 ? [] : ["metric", String(metric)]),
    ...(whole && source ? ["src", source] : []),
    ...(whole && !several ? onlink(hop) : []),
    ...(several ? hops.flatMap((one) => ["nexthop", ...way(one), "weight", String(one.weight), ...onlink(one)]) : []),
  ];
}

function metrics({ mtu, advmss }: Route): string[] {
  return [...(mtu ? ["mtu", String(mtu)] : []), ...(advmss ? ["advmss", String(advmss)] : [])];
}

function ruleWords(rule: Rule): string[] {
  const { invert, from, to, iif, oif, fwmark, fwmask, priority, l3mdev, action, table } = rule;
  const mark = `0x${fwmark.toString(16)}/0x${fwmask.toString(16)}`;
  return [
    ...(invert ? ["not"] : []),
    ...["from", from || "all"],
    ...(to ? ["to", to] : []),
    ...(iif ? ["iif", iif] : []),
    ...(oif ? ["oif", oif] : []),
    ...(fwmark || fwmask ? ["fwmark", mark] : []),
    ...["priority", String(priority)],
    ...(l3mdev ? ["l3mdev"] : action === "lookup" ? ["lookup", String(table)] : [action]),
  ];
}

/** An address that is none or many people's has all its destinations. */
function toMany({ address, destination }: Forwarding): boolean {
  return destination !== "" && (/^(00:){5}00$/.test(address) || (Number.parseInt(address.slice(0, 2), 16) & 1) === 1);
}

/** The far ends of a vxlan are its own; what is set by hand of a bridge's port is its master's. */
function forwardingWords({ device, address, destination, vlan }: Forwarding): string[] {
  const where = destination ? ["dst", destination] : ["master", "static"];
  return [address, "dev", device, ...where, ...(vlan ? ["vlan", String(vlan)] : [])];
}

/** A line of `ip -batch`, which splits at blanks and knows quotes; undefined where it knows no way to say it. */
export function batchLine(words: readonly string[]): string | undefined {
  const written = words.map((word) => {
    if (/^[^\s'"\\#]+$/.test(word)) return word;
    if (/[\n\\]/.test(word)) return undefined;
    return !word.includes('"') ? `"${word}"` : !word.includes("'") ? `'${word}'` : undefined;
  });
  return written.includes(undefined) ? undefined : written.join(" ");
}
