/** Rules: struct fib_rule_hdr and FRA_… (linux/fib_rules.h). */
import { Problem } from "../../problem.ts";
import type { Family, Rule } from "../kernel/state.ts";
import { ipBytes, ipText } from "./ip.ts";
import { AF, attribute, message, NLM_F, RTM, readAttributes, readText, text } from "./message.ts";
import { readNumber, u8, u16, u32 } from "./number.ts";

const FRA = {
  DST: 1,
  SRC: 2,
  IIFNAME: 3,
  GOTO: 4,
  PRIORITY: 6,
  FWMARK: 10,
  FLOW: 11,
  TUN_ID: 12,
  SUPPRESS_IFGROUP: 13,
  SUPPRESS_PREFIXLEN: 14,
  TABLE: 15,
  FWMASK: 16,
  OIFNAME: 17,
  PAD: 18,
  L3MDEV: 19,
  PROTOCOL: 21,
};
const known = new Set(Object.values(FRA));
const FIB_RULE_INVERT = 2;
/** struct fib_rule_hdr */
const ruleHeader = 12;
const unset = 0xffff_ffff;

/** FR_ACT_… */
const actions: Readonly<Record<Rule["action"], number>> = {
  lookup: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
};

/**
 * Undefined for what is malformed, and for what nothing of ours makes and `Rule` cannot say (type of service, ports, user
 * ids, tunnels, suppressors …).
 */
export function readRule(payload: Uint8Array): Rule | undefined {
  if (payload.length < ruleHeader) return undefined;
  const family = payload[0] === AF.INET ? 4 : payload[0] === AF.INET6 ? 6 : undefined;
  const action = (Object.keys(actions) as Rule["action"][]).find((each) => actions[each] === payload[7]);
  const [toPrefix, fromPrefix, tos] = [payload[1]!, payload[2]!, payload[3]!];
  if (!family || !action || tos > 0) return undefined;
  const told = readAttributes(payload, ruleHeader);
  const number = (type: number) => readNumber(told.get(type), "u32") ?? 0;
  const suppressed = [FRA.SUPPRESS_IFGROUP, FRA.SUPPRESS_PREFIXLEN].some(
    (type) => (readNumber(told.get(type), "u32") ?? unset) !== unset,
  );
  if (suppressed || told.has(FRA.TUN_ID) || number(FRA.FLOW) > 0) return undefined;
  if ([...told.keys()].some((type) => !known.has(type))) return undefined;
  const network = (type: number, prefix: number) => (told.has(type) ? `${ipText(told.get(type))}/${prefix}` : "");
  return {
    family,
    priority: number(FRA.PRIORITY),
    from: network(FRA.SRC, fromPrefix),
    to: network(FRA.DST, toPrefix),
    iif: readText(told.get(FRA.IIFNAME)),
    oif: readText(told.get(FRA.OIFNAME)),
    fwmark: number(FRA.FWMARK),
    fwmask: number(FRA.FWMASK),
    action,
    table: action !== "lookup" || readNumber(told.get(FRA.L3MDEV), "u8") ? 0 : number(FRA.TABLE) || payload[4]!,
    l3mdev: readNumber(told.get(FRA.L3MDEV), "u8") === 1,
    invert: ((readNumber(payload, "u32", 8) ?? 0) & FIB_RULE_INVERT) !== 0,
    protocol: readNumber(told.get(FRA.PROTOCOL), "u8") ?? 0,
  };
}

export function ruleAdd(rule: Rule): Uint8Array {
  const protocol = rule.protocol > 0 ? [attribute(FRA.PROTOCOL, u8(rule.protocol))] : [];
  return message(RTM.NEWRULE, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, ...start(rule), ...protocol);
}

/** Whoever made it. */
export function ruleDelete(rule: Rule): Uint8Array {
  return message(RTM.DELRULE, NLM_F.REQUEST | NLM_F.ACK, ...start(rule));
}

function start(rule: Rule): Uint8Array[] {
  const { family, from, to, iif, oif, fwmark, fwmask, action, table, l3mdev, invert } = rule;
  const [toBytes, toPrefix] = network(to, family);
  const [fromBytes, fromPrefix] = network(from, family);
  return [
    u8(family === 4 ? AF.INET : AF.INET6),
    u8(toPrefix),
    u8(fromPrefix),
    u8(0),
    u8(!l3mdev && table < 256 ? table : 0),
    u16(0),
    u8(actions[action]),
    u32(invert ? FIB_RULE_INVERT : 0),
    attribute(FRA.PRIORITY, u32(rule.priority)),
    ...(toBytes ? [attribute(FRA.DST, toBytes)] : []),
    ...(fromBytes ? [attribute(FRA.SRC, fromBytes)] : []),
    ...(iif ? [attribute(FRA.IIFNAME, text(iif))] : []),
    ...(oif ? [attribute(FRA.OIFNAME, text(oif))] : []),
    ...(fwmark > 0 || fwmask > 0 ? [attribute(FRA.FWMARK, u32(fwmark)), attribute(FRA.FWMASK, u32(fwmask))] : []),
    ...(l3mdev ? [attribute(FRA.L3MDEV, u8(1))] : table > 0 ? [attribute(FRA.TABLE, u32(table))] : []),
  ];
}

function network(words: string, family: Family): [Uint8Array | undefined, number] {
  if (!words) return [undefined, 0];
  const bits = family === 4 ? 32 : 128;
  const [address = "", prefix = String(bits), ...more] = words.split("/");
  const length = Number(prefix);
  if (!/^\d+$/.test(prefix) || length > bits || more.length > 0) {
    throw new Problem("bad-request", `"${words}" is no IPv${family} network`);
  }
  return [ipBytes(address, family), length];
}

export function rulesDump(family: Family): Uint8Array {
  const header = new Uint8Array(ruleHeader);
  header[0] = family === 4 ? AF.INET : AF.INET6;
  return message(RTM.GETRULE, NLM_F.REQUEST | NLM_F.DUMP, header);
}
