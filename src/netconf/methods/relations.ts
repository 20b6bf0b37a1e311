/** What stanzas say of other interfaces, found in one pass over all of them: one interface alone would look through all. */
import { optionKey, type Position, type Stanza } from "../interfaces/configuration.ts";
import type { Context } from "./context.ts";

export interface Relations {
  /** Other end of a veth → the interface that makes it; of two that name each other, the first. */
  makers: ReadonlyMap<string, string>;
  /** Bond → interfaces that name it as their master. */
  joining: ReadonlyMap<string, readonly string[]>;
  /** Vrf → what its `vrf-table` says, in order. */
  tables: ReadonlyMap<string, string>;
  /** Device → VLANs on top of it, by name or `vlan-raw-device`. */
  above: ReadonlyMap<string, readonly { vlan: number; at: Position }[]>;
}

const known = new WeakMap<Context["stanzas"], Relations>();

export function relationsOf({ stanzas }: Context): Relations {
  const found = known.get(stanzas) ?? relate(stanzas);
  known.set(stanzas, found);
  return found;
}

function relate(all: Context["stanzas"]): Relations {
  const makers = new Map<string, string>();
  const joining = new Map<string, string[]>();
  const tables = new Map<string, string>();
  const above = new Map<string, { vlan: number; at: Position }[]>();
  const add = <Value>(map: Map<string, Value[]>, key: string, value: Value) => {
    const list = map.get(key);
    if (!list) map.set(key, [value]);
    else if (!list.includes(value)) list.push(value);
  };
  for (const [name, stanzas] of all) {
    const said = lastOf(stanzas);
    const peer = said.get("veth-peer-name");
    if (peer && makers.get(name) !== peer && !makers.has(peer)) makers.set(peer, name);
    const bond = said.get("bond-master");
    if (bond) add(joining, bond, name);
    const table = said.get("vrf-table");
    if (table) tables.set(name, table);
    const [, lower = said.get("vlan-raw-device"), digits] = /^([^:]+)\.(\d+)$/.exec(name) ?? [];
    const vlan = Number(said.get("vlan-id") ?? digits ?? /^vlan(\d+)$/.exec(name)?.[1]);
    if (lower && vlan >= 1 && vlan <= 4094) add(above, lower, { vlan, at: stanzas[0]!.at });
  }
  return { makers, joining, tables, above };
}

const wanted = new Set(["veth-peer-name", "bond-master", "vrf-table", "vlan-raw-device", "vlan-id"]);

/** The last value of each option that matters here. */
function lastOf(stanzas: readonly Stanza[]): Map<string, string> {
  const said = new Map<string, string>();
  for (const { options } of stanzas) {
    for (const { name, value } of options) {
      const key = optionKey(name);
      if (wanted.has(key)) said.set(key, value.trim());
    }
  }
  return said;
}
