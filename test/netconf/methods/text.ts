/** Text of interfaces(5) → what it wants of one interface, and what was said about it. */
import { parseConfiguration } from "../../../src/netconf/interfaces/parser.ts";
import type { Link } from "../../../src/netconf/kernel/state.ts";
import { type Context, contextOf } from "../../../src/netconf/methods/context.ts";
import { wantedOf } from "../../../src/netconf/methods/wanted-of.ts";
import type { Wanted } from "../../../src/netconf/plan/wanted.ts";
import { memoryFiles } from "../interfaces/files.ts";

export interface Said {
  wanted: Wanted;
  /** `error 3:2 mtu "x": …`, those of the parser first. */
  said: string[];
}

export function read(text: string, name: string, rest: Partial<Omit<Context, "stanzas">> = {}): Said {
  const configuration = parseConfiguration(text, "interfaces", memoryFiles({}));
  const context = contextOf(configuration, rest);
  const { wanted, diagnostics } = wantedOf(name, context.stanzas.get(name) ?? [], context);
  const said = [...configuration.diagnostics, ...diagnostics].map(
    ({ severity, at, message }) => `${severity} ${at.line}:${at.column} ${message}`,
  );
  return { wanted, said };
}

/** An `iface x …` line with its options. */
export function one(head: string, ...options: string[]): Said {
  return read([`iface x ${head}`, ...options.map((line) => `  ${line}`)].join("\n"), "x");
}

export function link(name: string, rest: Partial<Link> = {}): Link {
  return {
    index: 1,
    name,
    kind: "",
    type: "ether",
    up: false,
    carrier: false,
    operstate: "DOWN",
    arp: true,
    multicast: true,
    allmulticast: false,
    promiscuous: false,
    mtu: 1500,
    address: "02:00:00:00:00:01",
    permanentAddress: "",
    txQueueLength: 1000,
    alias: "",
    alternativeNames: [],
    master: "",
    lower: "",
    data: {},
    port: {},
    vlans: [],
    addressGeneration: "eui64",
    ...rest,
  };
}

export function links(...names: (string | Link)[]): ReadonlyMap<string, Link> {
  return new Map(names.map((each) => (typeof each === "string" ? [each, link(each)] : [each.name, each])));
}
