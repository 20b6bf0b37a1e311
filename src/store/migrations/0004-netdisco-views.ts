/**
 * Schema `netdisco` on PostgreSQL: what we know under the names and types of Netdisco's tables (2.105, schema 98), for
 * the SQL reports that its users have written. Views, so read-only. Devices that were merged away or deleted show as the
 * device they became, or not at all; `node` is Netdisco's: hosts at the edge, uplinks and devices' own addresses left out.
 */
import { type Kysely, sql } from "kysely";

/** Epoch milliseconds as Netdisco has times: local, without zone. */
const time = (column: string) => `to_timestamp(${column} / 1000.0)::timestamp`;
const word = (column: string) => `nullif(${column}, '')`;
const inet = (column: string) => `nullif(${column}, '')::inet`;
const mac = (column: string) => `nullif(${column}, '')::macaddr`;
const truth = (column: string) => `(${column} = 1)`;
const tags = (column: string) => `array(select jsonb_array_elements_text(${column}::jsonb))`;

/** `x.device` joined to the device that it is now. */
const here = `join netdisco.current_device d on d.id = x.device`;
/** A device's part: at home with that device only, not with those that were merged into it. */
const own = `join device d on d.id = x.device and d.merged_into is null and d.deleted is null`;

/** Protocols whose links make a port an uplink. */
const physical = `('lldp', 'cdp', 'fdb', 'stp', 'manual')`;

const views: Record<string, string> = {
  current_device: `select d.id, k.id as now, k.ip::inet as ip, d.last_macsuck_complete, d.last_arpnip_complete
    from device d join device k on k.id = coalesce(d.merged_into, d.id)`,

  device: `select ip::inet as ip, ${time("created")} as creation, ${word("dns")} as dns, description, uptime,
      contact, name, location, layers::varchar(8) as layers, num_ports::integer as num_ports, ${mac("mac")} as mac,
      ${word("serial")} as serial, ${word("model")} as model, ${word("ps1_type")} as ps1_type,
      ${word("ps2_type")} as ps2_type, ${word("ps1_status")} as ps1_status, ${word("ps2_status")} as ps2_status,
      ${word("fan")} as fan, slots::integer as slots, ${word("vendor")} as vendor, ${word("os")} as os,
      ${word("os_ver")} as os_ver, null::text as log, nullif(snmp_ver, 0)::integer as snmp_ver,
      null::text as snmp_comm, snmp_class, ${word("vtp_domain")} as vtp_domain,
      ${time("last_discover")} as last_discover, ${time("last_macsuck")} as last_macsuck,
      ${time("last_arpnip")} as last_arpnip, ${word("snmp_engineid")} as snmp_engineid,
      ${word("chassis_id")} as chassis_id, ${truth("is_pseudo")} as is_pseudo,
      ${truth("pae_is_enabled")} as pae_is_enabled, custom_fields::jsonb as custom_fields, ${tags("tags")} as tags,
      ${word("vtp_mode")} as vtp_mode
    from device where merged_into is null and deleted is null`,

  device_ip: `select distinct on (d.ip, x.alias_hex) d.ip::inet as ip, x.alias::inet as alias,
      ${word("x.subnet")}::cidr as subnet, ${word("x.port")} as port, ${word("x.dns")} as dns,
      ${time("x.first_seen")} as creation
    from device_ip x ${own} order by d.ip, x.alias_hex, x.vrf`,

  best_link: `select distinct on (x.device, x.port) x.device, x.port, x.protocol, x.remote_ip, x.remote_port,
      x.remote_port_descr, x.remote_type, x.remote_id, x.remote_name, x.capabilities, x.remote_vendor, x.remote_model,
      x.remote_os_ver, x.remote_serial, k.ip as known_ip, x.remote_device_port, x.remote_device
    from link x left join device r on r.id = x.remote_device
      left join device k on k.id = coalesce(r.merged_into, r.id) and k.deleted is null
    where x.open = 1 and x.protocol in ${physical}
    order by x.device, x.port, x.protocol = 'manual' desc, x.remote_device is null, x.confidence desc nulls last, x.id`,

  device_port: `select d.ip::inet as ip, x.port, ${time("x.first_seen")} as creation, x.descr, x.up, x.up_admin, x.type,
      ${word("x.duplex")} as duplex, ${word("x.duplex_admin")} as duplex_admin, x.speed, x.name, ${mac("x.mac")} as mac,
      x.mtu::integer as mtu, ${word("x.stp")} as stp, coalesce(l.known_ip, ${word("l.remote_ip")})::inet as remote_ip,
      coalesce(${word("l.remote_device_port")}, l.remote_port) as remote_port, l.remote_type, l.remote_id,
      x.vlan::text as vlan, x.pvid::integer as pvid, x.lastchange,
      (l.protocol is not null and l.protocol = 'manual') as manual_topo, (l.port is not null) as is_uplink,
      ${word("x.slave_of")} as slave_of, ${truth("x.is_master")} as is_master,
      ${word("x.speed_admin")} as speed_admin, ${truth("x.has_subinterfaces")} as has_subinterfaces,
      x.custom_fields::jsonb as custom_fields, ${tags("x.tags")} as tags
    from device_port x ${own} left join netdisco.best_link l on l.device = x.device and l.port = x.port
    where x.gone is null`,

  device_port_properties: `select d.ip::inet as ip, x.port, ${word("x.error_disable_cause")} as error_disable_cause,
      (l.capabilities::jsonb ? 'wlanAccessPoint') as remote_is_wap, (l.capabilities::jsonb ? 'telephone') as remote_is_phone,
      ${word("l.remote_vendor")} as remote_vendor, ${word("l.remote_model")} as remote_model,
      ${word("l.remote_os_ver")} as remote_os_ver, ${word("l.remote_serial")} as remote_serial, x.raw_speed,
      ${truth("x.faststart")} as faststart, x.ifindex, (l.remote_device is not null) as remote_is_discoverable,
      ${word("l.remote_name")} as remote_dns, ${word("x.pae_authconfig_state")} as pae_authconfig_state,
      null::text as pae_authconfig_port_control, ${word("x.pae_authconfig_port_status")} as pae_authconfig_port_status,
      ${word("x.pae_authsess_user")} as pae_authsess_user, null::text as pae_authsess_mab,
      null::text as pae_last_eapol_frame_source, ${truth("x.pae_is_authenticator")} as pae_is_authenticator,
      ${truth("x.pae_is_supplicant")} as pae_is_supplicant
    from device_port x ${own} left join netdisco.best_link l on l.device = x.device and l.port = x.port
    where x.gone is null`,

  device_power: `select d.ip::inet as ip, x.module::integer as module, x.power::integer as power, x.status
    from device_power x ${own}`,

  device_port_power: `select d.ip::inet as ip, x.port, x.module::integer as module,
      case x.admin when 1 then 'true' else 'false' end as admin, x.status, ${word("x.class")} as class,
      x.power::integer as power
    from device_port_power x ${own}`,

  device_vlan: `select d.ip::inet as ip, x.vlan::integer as vlan, x.description, ${time("x.first_seen")} as creation,
      ${time("d.last_discover")} as last_discover
    from device_vlan x ${own}`,

  device_port_vlan: `select d.ip::inet as ip, x.port, x.vlan::integer as vlan, ${truth("x.native")} as native,
      ${time("x.first_seen")} as creation, ${time("d.last_discover")} as last_discover,
      ${word("x.vlantype")} as vlantype, ${truth("x.egress_tag")} as egress_tag
    from device_port_vlan x ${own}`,

  device_module: `select d.ip::inet as ip, x."index"::integer as "index", x.description, x.type,
      x.parent::integer as parent, x.name, x.class, x.pos::integer as pos, ${word("x.hw_ver")} as hw_ver,
      ${word("x.fw_ver")} as fw_ver, ${word("x.sw_ver")} as sw_ver, ${word("x.serial")} as serial,
      ${word("x.model")} as model, ${truth("x.fru")} as fru, ${time("x.first_seen")} as creation,
      ${time("d.last_discover")} as last_discover
    from device_module x ${own}`,

  device_port_log: `select x.id, d.ip::inet as ip, x.port, x.reason, x.log, x.username, ${word("x.userip")} as userip,
      x.action, ${time("x.at")} as creation
    from device_port_log x ${own}`,

  node: `with uplink as (
        select x.device, x.port, x.seen_from, case x.open when 1 then null else x.seen_to end as seen_to
        from link x where x.protocol in ${physical} and (x.remote_device is not null or x.protocol = 'manual')
        union all
        select x.device, p.slave_of, x.seen_from, case x.open when 1 then null else x.seen_to end
        from link x join device_port p on p.device = x.device and p.port = x.port and p.slave_of <> ''
        where x.protocol in ${physical} and (x.remote_device is not null or x.protocol = 'manual'))
    select x.mac::macaddr as mac, d.ip as switch, x.port, x.vlan::text as vlan, bool_or(x.open = 1) as active,
      substr(x.mac, 1, 8) as oui, ${time("min(x.seen_from)")} as time_first, ${time("max(x.seen_from)")} as time_recent,
      ${time("max(case x.open when 1 then greatest(x.seen_to, d.last_macsuck_complete) else x.seen_to end)")} as time_last
    from node x ${here}
    where not exists (select 1 from uplink u where u.device = x.device and u.port = x.port
        and u.seen_from <= x.seen_to and (u.seen_to is null or u.seen_to >= x.seen_from))
      and not exists (select 1 from device_port p where p.mac = x.mac)
    group by x.mac, d.ip, x.port, x.vlan`,

  node_ip: `select mac, ip, active and rank() over (partition by vrf, ip order by active desc, time_last desc) = 1 as active,
      time_first, time_last, dns, vrf, seen_on_router_first, seen_on_router_last
    from (select x.mac::macaddr as mac, x.ip::inet as ip, bool_or(x.open = 1) as active,
        ${time("min(x.seen_from)")} as time_first, ${time("max(x.seen_to)")} as time_last, ${word("max(x.dns)")} as dns, x.vrf,
        jsonb_object_agg(host(x.router), ${time("x.seen_from")}) as seen_on_router_first,
        jsonb_object_agg(host(x.router), ${time("x.seen_to")}) as seen_on_router_last
      from (select i.mac, i.ip, i.vrf, d.ip as router, max(i.open) as open, max(i.dns) as dns,
          min(i.seen_from) as seen_from,
          max(case i.open when 1 then greatest(i.seen_to, d.last_arpnip_complete) else i.seen_to end) as seen_to
        from node_ip i join netdisco.current_device d on d.id = i.device
        group by i.mac, i.ip, i.vrf, d.ip) x
      group by x.mac, x.ip, x.vrf) y`,

  node_nbt: `select distinct on (mac) mac::macaddr as mac, ip::inet as ip, ${word("nbname")} as nbname,
      ${word("domain")} as domain, ${truth("server")} as server, ${word("nbuser")} as nbuser, ${truth("open")} as active,
      ${time("seen_from")} as time_first, ${time("seen_to")} as time_last
    from node_nbt order by mac, open desc, seen_to desc`,

  subnets: `select ${word("subnet")}::cidr as net, ${time("min(x.first_seen)")} as creation,
      ${time("max(d.last_discover)")} as last_discover
    from device_ip x ${own} where subnet <> '' group by subnet`,

  topology: `select a.ip as dev1, x.port as port1, coalesce(b.ip, ${inet("x.remote_ip")}) as dev2,
      coalesce(${word("x.remote_device_port")}, x.remote_port) as port2
    from link x join netdisco.current_device a on a.id = x.device
      left join netdisco.current_device b on b.id = x.remote_device
    where x.protocol = 'manual' and x.open = 1`,

  community: `select ip::inet as ip, null::text as snmp_comm_rw, ${word("snmp_auth_tag_read")} as snmp_auth_tag_read,
      ${word("snmp_auth_tag_write")} as snmp_auth_tag_write
    from device where merged_into is null and deleted is null`,

  statistics: `select day::date as day, device_count, device_ip_count, device_link_count, device_port_count,
      device_port_up_count, ip_table_count, ip_active_count, node_table_count, node_active_count from statistics`,

  admin: `select id as job, ${time("entered")} as entered, ${time("started")} as started, ${time("finished")} as finished,
      netdisco.to_inet(device) as device, ${word("port")} as port,
      action || case stage when '' then '' else '::' || stage end as action, ${word("extra")} as subaction,
      case status when 'running' then 'queued' when 'cancelled' then 'info' else status end as status,
      ${word("username")} as username, netdisco.to_inet(userip) as userip, message as log,
      ${word("device_key")} as device_key, case status when 'queued' then null else backend end as backend
    from job`,
};

export async function netdiscoViews(db: Kysely<unknown>): Promise<void> {
  await sql`create schema if not exists netdisco`.execute(db);
  // A job's device is what somebody typed: a name or HOST:PORT is no reason for a report to fail.
  await sql`create or replace function netdisco.to_inet(word text) returns inet language plpgsql immutable strict as
    $$ begin return word::inet; exception when data_exception then return null; end $$`.execute(db);
  for (const [name, query] of Object.entries(views)) {
    await sql`create or replace view ${sql.table(`netdisco.${name}`)} as ${sql.raw(query)}`.execute(db);
  }
}
