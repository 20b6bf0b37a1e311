/** Why settings of Netdisco have no counterpart here. */

const reasons: [pattern: RegExp, reason: string][] = [
  [/^hooks$/, "programs get events as JSON on standard input and URLs as POST, not by templates: see backend.hooks"],
  [
    /^(reports|system_reports)$/,
    "reports are Netdisco's SQL; on PostgreSQL views of the same names serve it by any client",
  ],
  [
    /^(ldap|radius|tacacs|no_auth|suggest_guest|trust_.*remote_user|validate_remote_user|safe_password_store)$/,
    "users are the console's own: reeve daemon user",
  ],
  [/^(mib|mibdirs|mibhome)/, "no MIB files are needed"],
  [/^snmpforce_v([123])$/, "give those devices a credential of their own, with version and only"],
  [/^(portctl|vlanctl|port_control)/, "who may control ports is the console's permission"],
  [
    /^(ignore_deviceports|hide_deviceports)$/,
    "ports are left out by name or type (backend.ignorePorts), not for single devices",
  ],
  [/^device_identity$/, "identity is judged by engine id, serial number, chassis id and base MAC address"],
  [/^(force_|ignore_layers)/, "devices are asked whatever sysServices says: nothing to force"],
  [/^(bulkwalk_|nonincreasing|net_snmp_options|snmp_try_slow_connect)/, "the walker adapts to the device by itself"],
  [/^macsuck_/, "all sightings are kept, and which port is an uplink is decided when asked"],
  [
    /^(discover_(waps|phones|routed_neighbors)|skip_neighbors|phone_|wap_)/,
    "neighbours are told apart by capabilities; see backend.discoverNoType",
  ],
  [/^(expire_|node_freshness)/, "sightings are intervals with one age (backend.expireNodes)"],
  [
    /^(driver_priority|worker_plugins|extra_worker_plugins|python_)/,
    "stages are built in; those of a site are in backend.actionsFolder",
  ],
  [/^(graph|netmap)/, "maps are pages of the console"],
  [/^nbtstat_/, "NetBIOS is asked at a steady pace of its own"],
  [/^(get_credentials|get_community)$/, "credentials come from the file alone; no program is asked"],
  [/^(field_protection|snmp_field_protection|custom_fields|tags|tenant)/, "there is no such feature yet"],
  [/^rancid|_rancid/, "RANCID's router.db is not written"],
  [
    /^(web|navbar|path|template|session|logger|layout|charset|engines|plugins|domain_suffix|table_|login_logo|branding|appname|behind_proxy|external_links|jobqueue|jobs_|sidebar|include_paths|site_local|show_errors|warnings|extra_web|thousands|inventory_|devport_|check_userlog|nonadmin|enable_nonadmin)/,
    "the console has its own pages and settings",
  ],
];

export function reasonFor(setting: string): string {
  return reasons.find(([pattern]) => pattern.test(setting))?.[1] ?? "Reeve has no such setting";
}
