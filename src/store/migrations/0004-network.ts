/** Devices, what is in them and what they see; on PostgreSQL Netdisco's view of it as well. */
import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from "kysely";
import type { StoreKind } from "../store.ts";
import { netdiscoViews } from "./0004-netdisco-views.ts";
import { identity, text } from "./column.ts";

/** Column name → type: `text` and `int` are never null, with `?` they may be. */
type Columns = Record<string, "text" | "text?" | "int" | "int?" | "flag" | "flag?">;

const system: Columns = {
  ...strings("name description contact location object_id layers vendor model os os_ver serial chassis_id"),
  ...strings("snmp_engineid ps1_type ps1_status ps2_type ps2_status fan vtp_domain vtp_mode snmp_class"),
  ...{ uptime: "int?", mac: "text?", num_ports: "int?", slots: "int?", pae_is_enabled: "flag?" },
};

const device: Columns = {
  ...strings("ip ip_hex dns"),
  ...{ snmp_port: "int", snmp_ver: "int", is_pseudo: "flag", created: "int" },
  ...system,
  ...strings("snmp_auth_tag_read snmp_auth_tag_write custom_fields tags gates"),
  ...{ last_discover: "int?", last_macsuck: "int?", last_arpnip: "int?" },
  ...{ last_discover_complete: "int?", last_macsuck_complete: "int?", last_arpnip_complete: "int?" },
  ...{ merged_into: "int?", deleted: "int?" },
};

const port: Columns = {
  ...strings("port descr name up up_admin type duplex duplex_admin speed speed_admin stp slave_of"),
  ...strings("error_disable_cause pae_authconfig_state pae_authconfig_port_status pae_authsess_user"),
  ...{ ifindex: "int", raw_speed: "int?", mac: "text?", mtu: "int?", vlan: "int?", pvid: "int?", lastchange: "int?" },
  ...{ bridge_port: "int?" },
  ...{ is_master: "flag", has_subinterfaces: "flag", faststart: "flag" },
  ...{ pae_is_authenticator: "flag?", pae_is_supplicant: "flag?" },
  ...{ custom_fields: "text", tags: "text", first_seen: "int", last_seen: "int", gone: "int?" },
};

const interval: Columns = { seen_from: "int", seen_to: "int", open: "flag" };

const link: Columns = {
  ...strings("port protocol remote_key remote_ip remote_port remote_port_descr remote_id remote_id_kind remote_name"),
  ...strings("remote_type capabilities remote_vendor remote_model remote_os_ver remote_serial"),
  ...{ remote_device: "int?", remote_device_port: "text", confidence: "int?", reason: "text" },
  ...interval,
};

const moduleColumns: Columns = {
  ...{ index: "int", parent: "int?", pos: "int?", fru: "flag?", first_seen: "int" },
  ...strings("description type name class hw_ver fw_ver sw_ver serial model"),
};

/** Tables whose rows belong to a device and go with it. */
const ofDevice: Record<string, Columns> = {
  device_identity: { ...strings("kind value"), first_seen: "int", last_seen: "int" },
  device_ip: {
    ...strings("alias alias_hex subnet port vrf dns"),
    ...{ prefix: "int?", first_seen: "int", last_seen: "int" },
  },
  device_port: port,
  device_vlan: { vlan: "int", description: "text", first_seen: "int" },
  device_port_vlan: {
    ...{ port: "text", vlan: "int", native: "flag", egress_tag: "flag", vlantype: "text", first_seen: "int" },
  },
  device_power: { module: "int", power: "int?", status: "text", first_seen: "int" },
  device_port_power: {
    ...{ port: "text", module: "int", admin: "flag", status: "text", class: "text", power: "int?", first_seen: "int" },
  },
  device_module: moduleColumns,
  device_port_log: { ...strings("port username userip action reason log outcome"), at: "int" },
  link,
  node: { ...strings("mac port"), vlan: "int", ...interval },
  node_ip: { ...strings("ip ip_hex mac vrf port state dns"), ...interval },
};

const alone: Record<string, Columns> = {
  device_merge: { kept: "int", merged: "int", reason: "text", at: "int", undone_at: "int?" },
  network_event: { at: "int", device: "int", port: "text", kind: "text", changes: "text" },
  node_nbt: { ...strings("mac ip ip_hex nbname domain nbuser"), server: "flag", ...interval },
};

const indexes: [table: string, columns: string[], kind?: "unique" | "unique while open"][] = [
  ["device", ["ip_hex", "snmp_port"], "unique"],
  ["device", ["name"]],
  ["device", ["merged_into"]],
  ["device_identity", ["device", "kind", "value"], "unique"],
  ["device_identity", ["value", "kind"]],
  ["device_merge", ["kept"]],
  ["device_merge", ["merged"]],
  ["device_ip", ["device", "vrf", "alias_hex"], "unique"],
  ["device_ip", ["alias_hex"]],
  ["device_port", ["device", "port"], "unique"],
  ["device_port", ["mac"]],
  ["device_vlan", ["device", "vlan"], "unique"],
  ["device_port_vlan", ["device", "port", "vlan"], "unique"],
  ["device_port_vlan", ["vlan"]],
  ["device_power", ["device", "module"], "unique"],
  ["device_port_power", ["device", "port"], "unique"],
  ["device_module", ["device", "index"], "unique"],
  ["device_port_log", ["device", "port", "at"]],
  ["network_event", ["device", "at"]],
  ["network_event", ["at"]],
  ["link", ["device", "protocol", "port", "remote_key"], "unique while open"],
  ["link", ["device", "port"]],
  ["link", ["remote_device"]],
  ["node", ["device", "mac", "port", "vlan"], "unique while open"],
  ["node", ["device", "port", "open"]],
  ["node", ["mac"]],
  ["node_ip", ["device", "vrf", "ip_hex", "mac"], "unique while open"],
  ["node_ip", ["device"]],
  ["node_ip", ["mac"]],
  ["node_ip", ["ip_hex"]],
  ["node_ip", ["dns"]],
  ["node_nbt", ["mac"], "unique while open"],
  ["node_nbt", ["mac", "seen_from"]],
  ["node_nbt", ["nbname"]],
];

export async function network(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  const create = (table: string, columns: Columns, ofADevice: boolean) => {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(table).addColumn("id", ...identity(kind));
    if (ofADevice) {
      builder = builder.addColumn("device", "bigint", (column) =>
        column.notNull().references("device.id").onDelete("cascade"),
      );
    }
    for (const [name, type] of Object.entries(columns)) {
      builder = builder.addColumn(name, columnType(type, kind), (column) =>
        type.endsWith("?") ? column : column.notNull(),
      );
    }
    return builder.execute();
  };
  await create("device", device, false);
  for (const [table, columns] of Object.entries(ofDevice)) await create(table, columns, true);
  for (const [table, columns] of Object.entries(alone)) await create(table, columns, false);

  let statistics = db.schema.createTable("statistics").addColumn("day", text(kind), (column) => column.primaryKey());
  for (const name of [
    ...["device_count", "device_ip_count", "device_link_count", "device_port_count", "device_port_up_count"],
    ...["ip_table_count", "ip_active_count", "node_table_count", "node_active_count"],
  ]) {
    statistics = statistics.addColumn(name, "bigint", (column) => column.notNull());
  }
  await statistics.execute();

  for (const [table, columns, rule] of indexes) {
    let index = db.schema
      .createIndex(`${table}_${columns.join("_")}`)
      .on(table)
      .columns(columns);
    if (rule !== undefined) index = index.unique();
    if (rule === "unique while open") index = index.where(sql.ref("open"), "=", sql.lit(1));
    await index.execute();
  }
  if (kind === "postgres") await netdiscoViews(db);
}

function strings(names: string): Columns {
  return Object.fromEntries(names.split(" ").map((name) => [name, "text" as const]));
}

function columnType(type: Columns[string], kind: StoreKind): RawBuilder<unknown> {
  if (type.startsWith("text")) return text(kind);
  return type.startsWith("flag") ? sql`integer` : sql`bigint`;
}
