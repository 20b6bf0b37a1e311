/** What a device consists of, diffed into its tables: addresses, VLANs, power, modules. */
import { sql } from "kysely";
import { parseAddress } from "../address.ts";
import type { AddressFact, DeviceFacts } from "../network/facts.ts";
import { deleteRows, insertRows, updateRows } from "./bulk.ts";
import type { Changes, NetworkEvent } from "./network-event.ts";
import { cleanRow, diffRows, type Row, type RowPart, unreadOf } from "./row-diff.ts";
import type { EventSubject } from "./schema-network.ts";
import type { Store } from "./store.ts";

type PartTable =
  | "device_ip"
  | "device_vlan"
  | "device_port_vlan"
  | "device_power"
  | "device_port_power"
  | "device_module";

interface PartSpec {
  table: PartTable;
  subject: EventSubject;
  key: readonly string[];
  columns: readonly string[];
  /** Changes all the time: written, but no event by itself. */
  quiet?: readonly string[];
  /** Has `last_seen`. */
  dated?: boolean;
  /** Values come of several columns at once: a part that was cut off changes none that is known, it only adds. */
  joint?: boolean;
}

const specs = {
  addresses: {
    table: "device_ip",
    subject: "address",
    key: ["vrf", "alias"],
    columns: ["alias_hex", "prefix", "subnet", "port"],
    dated: true,
  },
  vlans: { table: "device_vlan", subject: "vlan", key: ["vlan"], columns: ["description"] },
  portVlans: {
    table: "device_port_vlan",
    subject: "port-vlan",
    key: ["port", "vlan"],
    columns: ["native", "egress_tag", "vlantype"],
    joint: true,
  },
  power: { table: "device_power", subject: "power", key: ["module"], columns: ["power", "status"] },
  portPower: {
    table: "device_port_power",
    subject: "port-power",
    key: ["port"],
    columns: ["module", "admin", "status", "class", "power"],
    quiet: ["power"],
  },
  modules: {
    table: "device_module",
    subject: "module",
    key: ["index"],
    columns: [
      ...["description", "type", "parent", "name", "class", "pos", "hw_ver", "fw_ver", "sw_ver", "serial", "model"],
      "fru",
    ],
    joint: true,
  },
} satisfies Record<string, PartSpec>;

/** Writes all these parts; rows that a complete part no longer has are deleted. Gives what changed. */
export async function saveParts(
  store: Store,
  device: number,
  facts: DeviceFacts,
  now: number,
): Promise<NetworkEvent[]> {
  const addresses = { ...facts.addresses, rows: facts.addresses.rows.flatMap(addressRow) };
  return [
    ...(await savePart(store, device, specs.addresses, addresses, now)),
    ...(await savePart(store, device, specs.vlans, facts.vlans, now)),
    ...(await savePart(store, device, specs.portVlans, facts.portVlans, now)),
    ...(await savePart(store, device, specs.power, facts.power, now)),
    ...(await savePart(store, device, specs.portPower, facts.portPower, now)),
    ...(await savePart(store, device, specs.modules, facts.modules, now)),
  ];
}

async function savePart(
  store: Store,
  device: number,
  spec: PartSpec,
  part: RowPart,
  now: number,
): Promise<NetworkEvent[]> {
  const { table, key, columns } = spec;
  const kept = (await store.db.selectFrom(table).selectAll().where("device", "=", device).execute()) as (Row & {
    id: number;
  })[];
  const diff = diffRows(kept, part.rows.map(cleanRow), key, columns, unreadOf(part, columns));
  if (spec.joint && !part.complete) for (const one of diff.seen) keepKnown(one, columns);
  const events: NetworkEvent[] = [];
  const tell = (happened: "new" | "changed" | "gone", row: Row, changes: Changes) => {
    const port = typeof row.port === "string" ? row.port : "";
    const which: Changes = {};
    for (const name of key) if (name !== "port") which[name] = [row[name], row[name]];
    events.push({ at: now, device, port, kind: `${spec.subject}-${happened}`, changes: { ...which, ...changes } });
  };

  const dates = { device, first_seen: now, ...(spec.dated ? { last_seen: now, dns: "" } : {}) };
  const all = [...key, ...columns];
  const added = diff.added.map((row) => ({ ...dates, ...Object.fromEntries(all.map((name) => [name, row[name]])) }));
  await insertRows(store, table, added as never[]);
  for (const row of diff.added) tell("new", row, appeared(row, columns));

  const changed = diff.seen.filter(({ changes }) => Object.keys(changes).length > 0);
  const updates = changed.map(({ before, after }) => ({
    id: before.id,
    ...Object.fromEntries(columns.map((name) => [name, after[name]])),
  }));
  await updateRows(store, table, updates);
  for (const { before, changes } of changed) {
    if (Object.keys(changes).some((name) => !spec.quiet?.includes(name))) tell("changed", before, changes);
  }
  if (spec.dated && diff.seen.length > 0) {
    await updateRows(
      store,
      table,
      diff.seen.map(({ before }) => ({ id: before.id, last_seen: now })),
    );
  }
  if (part.complete) {
    await deleteRows(
      store,
      table,
      diff.unseen.map(({ id }) => id),
    );
    for (const row of diff.unseen) tell("gone", row, swap(appeared(row, columns)));
  }
  return events;
}

function keepKnown(seen: { before: Row; after: Row; changes: Changes }, columns: readonly string[]): void {
  for (const column of columns) {
    if (seen.before[column] === null || seen.before[column] === "") continue;
    seen.after[column] = seen.before[column];
    delete seen.changes[column];
  }
}

function appeared(row: Row, columns: readonly string[]): Changes {
  return Object.fromEntries(columns.map((column) => [column, [null, row[column]]]));
}

function swap(changes: Changes): Changes {
  return Object.fromEntries(Object.entries(changes).map(([name, [before, after]]) => [name, [after, before]]));
}

function addressRow(fact: AddressFact): Row[] {
  const parsed = parseAddress(fact.alias);
  if (parsed === undefined) return [];
  const bits = parsed.family === 4 ? 32 : 128;
  const prefix = fact.prefix !== null && fact.prefix >= 0 && fact.prefix <= bits ? fact.prefix : null;
  const subnet = prefix === null ? "" : networkOf(parsed.ipHex, prefix, parsed.family);
  return [{ ...fact, alias: parsed.ip, alias_hex: parsed.ipHex, prefix, subnet }];
}

/** `192.0.2.0/24`. */
function networkOf(hex: string, prefix: number, family: 4 | 6): string {
  const length = family === 4 ? prefix + 96 : prefix;
  const mask = ((1n << BigInt(length)) - 1n) << BigInt(128 - length);
  const network = (BigInt(`0x${hex}`) & mask).toString(16).padStart(32, "0");
  const groups = network.match(/..../g) ?? [];
  const text =
    family === 4
      ? (network.slice(24).match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join(".")
      : (parseAddress(groups.join(":"))?.ip ?? "");
  return `${text}/${prefix}`;
}

/** Names of addresses from the DNS, for devices' addresses and for hosts'; "" where the DNS has none any more. */
export async function saveDns(store: Store, names: ReadonlyMap<string, string>): Promise<void> {
  const rows = [...names].flatMap(([address, name]) => {
    const parsed = parseAddress(address);
    return parsed === undefined ? [] : [{ ip_hex: parsed.ipHex, dns: cleanRow({ name }).name as string }];
  });
  await store.transaction(async (transaction) => {
    for (const [table, column] of [
      ["device", "ip_hex"],
      ["device_ip", "alias_hex"],
      ["node_ip", "ip_hex"],
    ] as const) {
      const old = await dnsToChange(transaction, table, column, rows);
      await updateRows(transaction, table, old);
    }
  });
}

async function dnsToChange(
  store: Store,
  table: "device" | "device_ip" | "node_ip",
  column: string,
  rows: readonly { ip_hex: string; dns: string }[],
): Promise<{ id: number; dns: string }[]> {
  if (rows.length === 0) return [];
  const json = JSON.stringify(rows.map(({ ip_hex, dns }) => [ip_hex, dns]));
  const names =
    store.kind === "sqlite"
      ? sql`select value ->> 0 as hex, value ->> 1 as dns from json_each(${json})`
      : sql`select v ->> 0 as hex, v ->> 1 as dns from jsonb_array_elements(cast(${json} as text)::jsonb) as r(v)`;
  const open = table === "node_ip" ? sql`and t.open = 1` : sql``;
  const found = await sql<{ id: number; dns: string }>`select t.id, s.dns from ${sql.table(table)} as t
    join (${names}) as s on s.hex = ${sql.ref(`t.${column}`)} where t.dns <> s.dns ${open}`.execute(store.db);
  return found.rows;
}
