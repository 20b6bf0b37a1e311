/** Rows of Netdisco's tables (its schema 98, and those before) as what a reading of ours would have said. */
import { parseMac } from "../../address.ts";
import type { DeviceFacts, NeighbourFact, Part, PortFact } from "../../network/facts.ts";
import type { ForeignRow } from "../../store/foreign.ts";

/** Tables of one device, and their columns that we take. */
export const deviceTables = {
  device_ip: "alias subnet port dns",
  device_port: `port descr up up_admin type duplex duplex_admin speed speed_admin name mac mtu stp vlan pvid lastchange
    slave_of is_master has_subinterfaces custom_fields tags`,
  device_port_properties: `port error_disable_cause faststart ifindex raw_speed pae_authconfig_state
    pae_authconfig_port_status pae_authsess_user pae_is_authenticator pae_is_supplicant`,
  device_vlan: "vlan description",
  device_port_vlan: "port vlan native vlantype egress_tag",
  device_power: "module power status",
  device_port_power: "port module admin status class power",
  device_module: "index description type parent name class pos hw_ver fw_ver sw_ver serial model fru",
} as const;

export type DeviceTable = keyof typeof deviceTables;

export const deviceColumns = `ip creation dns description uptime contact name location layers num_ports ports mac serial
  chassis_id model ps1_type ps2_type ps1_status ps2_status fan slots vendor os os_ver snmp_ver snmp_engineid vtp_domain
  vtp_mode pae_is_enabled is_pseudo custom_fields tags last_discover last_macsuck last_arpnip`;

export function columnsOf(text: string): string[] {
  return text.trim().split(/\s+/);
}

/**
 * Parts are incomplete: Netdisco does not keep whether it read a table to its end. Neighbours are left out, since it does
 * not keep which protocol told them; so are identities, which it does not judge. The first discover learns both.
 */
export function deviceFacts(device: ForeignRow, tables: Record<DeviceTable, ForeignRow[]>): DeviceFacts {
  const texts = (row: ForeignRow, names: string) =>
    Object.fromEntries(columnsOf(names).map((name) => [name, row[name] ?? ""])) as Record<string, string>;
  const properties = new Map(tables.device_port_properties.map((row) => [row.port, row]));
  const part = <Row>(rows: Row[]): Part<Row> => ({ rows, complete: false, reason: "imported from Netdisco" });
  const nothing = () => part<NeighbourFact>([]);
  return {
    system: {
      ...(texts(
        device,
        `name description contact location layers vendor model os os_ver serial ps1_type ps1_status ps2_type ps2_status
        fan vtp_domain vtp_mode`,
      ) as Pick<DeviceFacts["system"], "name">),
      object_id: "",
      chassis_id: device.chassis_id ?? "",
      snmp_engineid: device.snmp_engineid ?? "",
      uptime: whole(device.uptime),
      mac: macOf(device.mac),
      // Old schemas call it so.
      num_ports: whole(device.num_ports ?? device.ports),
      slots: whole(device.slots),
      pae_is_enabled: truth(device.pae_is_enabled),
      snmp_class: "",
    } as DeviceFacts["system"],
    identities: [],
    addresses: part(
      tables.device_ip.map((row) => ({
        alias: row.alias ?? "",
        prefix: whole(/\/(\d+)$/.exec(row.subnet ?? "")?.[1] ?? null),
        port: row.port ?? "",
        vrf: "",
      })),
    ),
    ports: part(tables.device_port.map((row) => portFact(row, properties.get(row.port ?? "") ?? {}))),
    vlans: part(tables.device_vlan.map((row) => ({ vlan: whole(row.vlan) ?? 0, description: row.description ?? "" }))),
    portVlans: part(
      tables.device_port_vlan.map((row) => ({
        port: row.port ?? "",
        vlan: whole(row.vlan) ?? 0,
        native: truth(row.native) ?? false,
        egress_tag: truth(row.egress_tag) ?? false,
        vlantype: row.vlantype ?? "",
      })),
    ),
    power: part(
      tables.device_power.map((row) => ({
        module: whole(row.module) ?? 0,
        power: whole(row.power),
        status: row.status ?? "",
      })),
    ),
    portPower: part(
      tables.device_port_power.map((row) => ({
        port: row.port ?? "",
        module: whole(row.module) ?? 0,
        admin: truth(row.admin) ?? false,
        status: row.status ?? "",
        class: row.class ?? "",
        power: whole(row.power),
      })),
    ),
    modules: part(
      tables.device_module.map((row) => ({
        ...(texts(row, "description type name class hw_ver fw_ver sw_ver serial model") as Record<"name", string>),
        index: whole(row.index) ?? 0,
        parent: whole(row.parent),
        pos: whole(row.pos),
        fru: truth(row.fru),
      })) as DeviceFacts["modules"]["rows"],
    ),
    neighbours: { lldp: nothing(), cdp: nothing(), stp: nothing(), ospf: nothing(), bgp: nothing() },
  };
}

function portFact(row: ForeignRow, more: ForeignRow): PortFact {
  const text = (value: string | null | undefined) => value ?? "";
  return {
    port: text(row.port),
    ifindex: whole(more.ifindex) ?? 0,
    descr: text(row.descr),
    name: text(row.name),
    up: text(row.up),
    up_admin: text(row.up_admin),
    type: text(row.type),
    duplex: text(row.duplex),
    duplex_admin: text(row.duplex_admin),
    speed: text(row.speed),
    speed_admin: text(row.speed_admin),
    raw_speed: whole(more.raw_speed),
    mac: macOf(row.mac),
    mtu: whole(row.mtu),
    stp: text(row.stp),
    vlan: whole(row.vlan),
    pvid: whole(row.pvid),
    lastchange: whole(row.lastchange),
    slave_of: text(row.slave_of),
    is_master: truth(row.is_master) ?? false,
    has_subinterfaces: truth(row.has_subinterfaces) ?? false,
    error_disable_cause: text(more.error_disable_cause),
    faststart: truth(more.faststart) ?? false,
    pae_authconfig_state: text(more.pae_authconfig_state),
    pae_authconfig_port_status: text(more.pae_authconfig_port_status),
    pae_authsess_user: text(more.pae_authsess_user),
    pae_is_authenticator: truth(more.pae_is_authenticator),
    pae_is_supplicant: truth(more.pae_is_supplicant),
    bridge_port: null,
  };
}

/** A whole number, as Netdisco keeps some of them as text; null for all else. */
export function whole(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : null;
}

export function truth(text: string | null | undefined): boolean | null {
  if (text === null || text === undefined) return null;
  return /^(t|true|1|yes)$/i.test(text) ? true : /^(f|false|0|no)$/i.test(text) ? false : null;
}

export function macOf(text: string | null | undefined): string | null {
  return text ? (parseMac(text) ?? null) : null;
}

/** JSON of custom fields and tags; what is not of that shape is nothing. */
export function fieldsOf(text: string | null | undefined): Record<string, string> {
  const value = json(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, typeof one === "string" ? one : JSON.stringify(one)]),
  );
}

export function tagsOf(text: string | null | undefined): string[] {
  const value = json(text);
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function json(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/** From Netdisco's first and last time, epoch ms; undefined where it has none. */
export function intervalOf(
  first: string | number | null | undefined,
  last: string | number | null | undefined,
  active: boolean,
): { seen_from: number; seen_to: number; open: 0 | 1 } | undefined {
  const [from, to] = [first, last].map((time) => (typeof time === "number" ? time : whole(time)));
  const seen_to = to ?? from;
  if (seen_to === null || seen_to === undefined) return undefined;
  return { seen_from: Math.min(from ?? seen_to, seen_to), seen_to, open: active ? 1 : 0 };
}
