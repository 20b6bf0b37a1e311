/** Tables with the names and types of Netdisco's schema 98, as far as an import reads them. */

const inet = "inet";
const time = "timestamp without time zone";

const tables: Record<string, Record<string, string>> = {
  device: {
    ...{ ip: inet, creation: time, dns: "text", description: "text", uptime: "bigint", contact: "text", name: "text" },
    ...{ location: "text", layers: "varchar(8)", num_ports: "integer", mac: "macaddr", serial: "text", model: "text" },
    ...{ ps1_type: "text", ps2_type: "text", ps1_status: "text", ps2_status: "text", fan: "text", slots: "integer" },
    ...{ vendor: "text", os: "text", os_ver: "text", log: "text", snmp_ver: "integer", snmp_comm: "text" },
    ...{ snmp_class: "text", vtp_domain: "text", last_discover: time, last_macsuck: time, last_arpnip: time },
    ...{ snmp_engineid: "text", chassis_id: "text", is_pseudo: "boolean", pae_is_enabled: "boolean" },
    ...{ custom_fields: "jsonb", tags: "text[]", vtp_mode: "text" },
  },
  device_ip: { ip: inet, alias: inet, subnet: "cidr", port: "text", dns: "text", creation: time },
  device_module: {
    ...{
      ip: inet,
      index: "integer",
      description: "text",
      type: "text",
      parent: "integer",
      name: "text",
      class: "text",
    },
    ...{
      pos: "integer",
      hw_ver: "text",
      fw_ver: "text",
      sw_ver: "text",
      serial: "text",
      model: "text",
      fru: "boolean",
    },
    ...{ creation: time, last_discover: time },
  },
  device_port: {
    ...{ ip: inet, port: "text", creation: time, descr: "text", up: "text", up_admin: "text", type: "text" },
    ...{
      duplex: "text",
      duplex_admin: "text",
      speed: "text",
      name: "text",
      mac: "macaddr",
      mtu: "integer",
      stp: "text",
    },
    ...{ remote_ip: inet, remote_port: "text", remote_type: "text", remote_id: "text", vlan: "text", pvid: "integer" },
    ...{ lastchange: "bigint", manual_topo: "boolean", is_uplink: "boolean", slave_of: "text", is_master: "boolean" },
    ...{ speed_admin: "text", has_subinterfaces: "boolean", custom_fields: "jsonb", tags: "text[]" },
  },
  device_port_power: {
    ...{ ip: inet, port: "text", module: "integer", admin: "text", status: "text", class: "text", power: "integer" },
  },
  device_port_properties: {
    ...{ ip: inet, port: "text", error_disable_cause: "text", remote_is_wap: "boolean", remote_is_phone: "boolean" },
    ...{
      remote_vendor: "text",
      remote_model: "text",
      remote_os_ver: "text",
      remote_serial: "text",
      raw_speed: "bigint",
    },
    ...{ faststart: "boolean", ifindex: "bigint", remote_is_discoverable: "boolean", remote_dns: "text" },
    ...{ pae_authconfig_state: "text", pae_authconfig_port_control: "text", pae_authconfig_port_status: "text" },
    ...{ pae_authsess_user: "text", pae_authsess_mab: "text", pae_last_eapol_frame_source: "text" },
    ...{ pae_is_authenticator: "boolean", pae_is_supplicant: "boolean" },
  },
  device_port_vlan: {
    ...{ ip: inet, port: "text", vlan: "integer", native: "boolean", creation: time, last_discover: time },
    ...{ vlantype: "text", egress_tag: "boolean" },
  },
  device_vlan: { ip: inet, vlan: "integer", description: "text", creation: time, last_discover: time },
  device_power: { ip: inet, module: "integer", power: "integer", status: "text" },
  node: {
    ...{ mac: "macaddr", switch: inet, port: "text", vlan: "text", active: "boolean", oui: "varchar(9)" },
    ...{ time_first: time, time_recent: time, time_last: time },
  },
  node_ip: {
    ...{ mac: "macaddr", ip: inet, dns: "text", active: "boolean", time_first: time, time_last: time },
    ...{ seen_on_router_first: "jsonb", seen_on_router_last: "jsonb", vrf: "text" },
  },
  node_nbt: {
    ...{ mac: "macaddr", ip: inet, nbname: "text", domain: "text", server: "boolean", nbuser: "text" },
    ...{ active: "boolean", time_first: time, time_last: time },
  },
  users: {
    ...{ username: "varchar(50)", password: "text", creation: time, port_control: "boolean", ldap: "boolean" },
    ...{ radius: "boolean", tacacs: "boolean", admin: "boolean", fullname: "text" },
  },
  topology: { dev1: inet, port1: "text", dev2: inet, port2: "text" },
  device_port_log: {
    ...{ id: "serial", ip: inet, port: "text", reason: "text", log: "text", username: "text", userip: inet },
    ...{ action: "text", creation: time },
  },
  community: { ip: inet, snmp_comm_rw: "text", snmp_auth_tag_read: "text", snmp_auth_tag_write: "text" },
};

export const netdiscoSchema = Object.entries(tables)
  .map(([table, columns]) => {
    const list = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
    return `create table ${table} (${list.join(", ")});`;
  })
  .join("\n");
