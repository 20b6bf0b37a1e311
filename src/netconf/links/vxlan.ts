/** VXLAN (RFC 7348): options of ifupdown-ng and ifupdown2. */
import { allOptions, type Option, option } from "../interfaces/configuration.ts";
import type { Data, Draft } from "../methods/draft.ts";
import { address, device, flag, integer, words } from "../methods/value.ts";
import { type DataTable, type Options, readData } from "./data.ts";

/** The port that IANA gave it; Linux has 8472 unless told. */
const assignedPort = 4789;

const table: DataTable = {
  "vxlan-id": ["id", integer(0, 0xff_ffff)],
  "vxlan-dstport": ["port", integer(1, 65_535)],
  "vxlan-port": ["port", integer(1, 65_535)],
  "vxlan-learning": ["learning", flag],
  "vxlan-ageing": ["ageing", integer(0, 0xffff_ffff)],
  "vxlan-ttl": ["ttl", ttl],
  "vxlan-tos": ["tos", integer(0, 255)],
  "vxlan-udp-csum": ["udp_csum", flag],
};

const locals = ["vxlan-local-ip", "vxlan-local-tunnelip"] as const;
const remotes = ["vxlan-remote-ip", "vxlan-remoteip"] as const;
const groups = ["vxlan-remote-group", "vxlan-svcnodeip", "vxlan-mcastgrp"] as const;

export const vxlanOptions = [...Object.keys(table), ...locals, ...remotes, ...groups, "vxlan-physdev"];

export function isVxlan(options: Options): boolean {
  return option(options, "vxlan-id") !== undefined;
}

/** One far end stands in the link; several are forwarding entries for what nobody knows the way to. */
export function addVxlan(options: Options, draft: Draft): void {
  const at = option(options, "vxlan-id")?.at ?? options.at;
  if (!option(options, "vxlan-id")) draft.error(at, `vxlan ${draft.name} has no number: write vxlan-id 100`);
  const data: Record<string, Data[string]> = { port: { is: assignedPort, at }, ...readData(options, table, draft) };
  const put = (name: string, given: Option | undefined, is: string | undefined) => {
    if (given && is !== undefined) data[name] = { is, at: given.at };
  };
  const [local, group, below] = [
    option(options, ...locals),
    option(options, ...groups),
    option(options, "vxlan-physdev"),
  ];
  put("local", local, draft.read(local, address()));
  const lower = draft.read(below, device);
  put("link", below, lower);
  if (lower) draft.requires(below!.at, lower);

  const far = allOptions(options, ...remotes).flatMap((given) =>
    words(given.value).map((word) => ({ given, ip: draft.part(given, word, address()) })),
  );
  const [first, ...others] = far;
  const joined = draft.read(group, address());
  if (group && first) draft.error(group.at, `${group.name} and ${first.given.name} exclude each other`);
  else if (joined && multicast(joined)) {
    put("group", group, joined);
    if (!lower) draft.error(group!.at, `${group!.name} ${joined} is a multicast group: it needs vxlan-physdev`);
  } else if (joined) put("remote", group, joined);
  else if (first && others.length === 0) put("remote", first.given, first.ip);
  else for (const { given, ip } of far) if (ip) addFarEnd(ip, given, draft);
  draft.link("vxlan", at, { data });
}

function addFarEnd(destination: string, given: Option, draft: Draft): void {
  const is = { device: draft.device, address: "00:00:00:00:00:00", destination, vlan: 0 };
  draft.wanted.forwarding.push({ is, at: given.at, from: "configuration" });
}

function multicast(ip: string): boolean {
  const first = Number.parseInt(ip, ip.includes(":") ? 16 : 10);
  return ip.includes(":") ? first >> 8 === 0xff : first >= 224 && first < 240;
}

function ttl(text: string): number {
  return text === "inherit" || text === "auto" ? 0 : integer(0, 255)(text);
}
