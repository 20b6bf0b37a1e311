/** Every configuration key of Reeve, declared once: kind, default, help, and whether its value is a secret. */
import { levels } from "../log.ts";
import { choice, duration, integer, type Kind, list, mapping, path, text, toggle, words } from "./kind.ts";

export interface Key<Value> {
  kind: Kind<Value>;
  default: Value;
  help: string;
  /** True: never printed. */
  secret?: true;
}

function key<Value>(kind: Kind<Value>, preset: NoInfer<Value>, help: string, secret?: true): Key<Value> {
  return { kind, default: preset, help, ...(secret ? { secret } : {}) };
}

export const keys = {
  state: key(
    path,
    "",
    "folder of data: database, agent's queue (default: /var/lib/reeve, for the agent /var/lib/reeve-agent, or the user's own)",
  ),
  run: key(path, "", "folder of sockets and pid files (default: /run/reeve, or `run` in the state folder)"),
  database: key(text, "", "postgres://USER@HOST/NAME, or the path of an SQLite file (default: reeve.sqlite in state)"),
  databasePasswordFile: key(path, "", "file with the database's password; without it ~/.pgpass is asked"),

  "log.level": key(choice(...levels), "INFO", "the least important messages that are written"),
  "log.format": key(choice("auto", "text", "json"), "auto", "auto: text on a terminal, JSON lines otherwise"),

  listen: key(text, "127.0.0.1:8090", "ADDRESS:PORT of the console; beyond loopback it wants tls or trustedProxies"),
  insecure: key(toggle, false, "listen beyond loopback without TLS; passwords then cross the network readable"),
  trustedProxies: key(list, [], "addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed"),
  "tls.cert": key(path, "", "PEM file with the certificate and its chain"),
  "tls.key": key(path, "", "PEM file with the private key"),
  "sessions.lifetime": key(duration, 8 * 3600, "a session ends this long after it was used last"),

  "modules.idle": key(duration, 600, "a module process without work ends after this time"),
  "modules.limit": key(integer(1, 10_000), 200, "most module processes at a time"),
  "modules.perUser": key(integer(1, 10_000), 50, "most module processes of one user"),
  "modules.folder": key(path, "", "folder with modules of this site, one TypeScript file each"),

  "agents.networks": key(list, ["127.0.0.0/8", "::1/128"], "networks whose agents may report"),
  "agents.secret": key(text, "", "password that agents must give (HTTP basic); better: agents.secretFile", true),
  "agents.secretFile": key(path, "", "file with the password that agents must give"),
  "agents.interval": key(integer(1, 8760), 24, "hours between two inventories, told to agents (PROLOG_FREQ)"),
  "agents.perHour": key(integer(1, 1_000_000), 600, "requests an hour from one address before it must wait"),

  "agent.servers": key(list, [], "URLs the agent reports to, e.g. https://reeve.example.org/ocsinventory"),
  "agent.tag": key(text, "", "TAG of this host: a site, department or owner"),
  "agent.secretFile": key(path, "", "file with USER:PASSWORD (or a password alone) for the servers"),
  "agent.caFile": key(path, "", "PEM file of the authority that signed the servers' certificates"),
  "agent.deadline": key(duration, 600, "a task that takes longer is ended"),
  "agent.userAgent": key(text, "OCS-NG_unified_unix_agent_v2.10.0", "name sent to servers; OCS servers know few"),

  "backend.workers": key(integer(0, 1000), 0, "worker processes; 0: two for each processor core"),
  "backend.jobsPerWorker": key(integer(1, 1000), 4, "jobs that one worker process has in hand at a time"),
  "backend.recycleAfter": key(integer(1, 1_000_000), 2000, "a worker process is replaced after this many jobs"),
  "backend.workerMemory": key(integer(64, 1_000_000), 512, "… or when it holds more than this many MiB"),
  "backend.lease": key(duration, 60, "a backend that says nothing for this long is dead, and its jobs are free again"),
  "backend.timeout": key(duration, 600, "a job that takes longer is ended"),
  "backend.timeouts": key(
    mapping(duration),
    { pingsweep: 7200, nbtstat: 7200, snapshot: 1200 },
    "the same for single actions",
  ),
  "backend.maxDeferrals": key(integer(1, 1000), 10, "failed tries to reach a device before a long pause"),
  "backend.retryAfter": key(duration, 7 * 86_400, "that long pause"),
  "backend.zone": key(list, [], "access list: the devices this backend may speak to; empty: all"),
  "backend.schedule": key(
    mapping(text),
    {
      discoverall: "5 7 * * *",
      macwalk: "20 * * * *",
      topology: "40 * * * *",
      arpwalk: "50 * * * *",
      nbtwalk: "0 8,13,21 * * *",
      expire: "20 23 * * *",
      stats: "55 23 * * *",
    },
    'actions and when they run, as cron(5) says it; "" for never',
  ),
  "backend.timezone": key(text, "", "time zone of the schedule, e.g. Europe/Berlin; the machine's own by default"),
  "backend.hostGroups": key(mapping(list), {}, "access lists by name, for `group:NAME` in others"),
  "backend.discoverNo": key(list, [], "access list of devices that are never discovered"),
  "backend.discoverOnly": key(list, [], "access list of the only devices that are discovered; empty: all"),
  "backend.discoverNoType": key(list, [], "patterns: neighbours whose platform fits one are not discovered"),
  "backend.discoverMinAge": key(duration, 0, "a device discovered less than this ago is left alone"),
  "backend.macsuckNo": key(list, [], "access list of devices whose forwarding tables are not read"),
  "backend.macsuckOnly": key(list, [], "access list of the only devices whose forwarding tables are read"),
  "backend.macsuckNoVlan": key(list, [], "names and numbers of VLANs that are passed over"),
  "backend.macsuckMinAge": key(duration, 0, "a device macsucked less than this ago is left alone"),
  "backend.arpnipNo": key(list, [], "access list of devices whose ARP tables are not read"),
  "backend.arpnipOnly": key(list, [], "access list of the only devices whose ARP tables are read"),
  "backend.arpnipMinAge": key(duration, 0, "a device arpnipped less than this ago is left alone"),
  "backend.nbtstatNo": key(list, [], "access list of hosts that are not asked for their NetBIOS name"),
  "backend.nbtstatOnly": key(list, [], "access list of the only hosts asked for their NetBIOS name"),
  "backend.queueNeighbours": key(toggle, true, "neighbours that are not known yet are discovered"),
  "backend.ignorePorts": key(list, [], "patterns: interfaces whose name or type fits one are left out"),
  "backend.dns": key(toggle, true, "names of addresses are looked up"),
  "backend.expireDevices": key(duration, 60 * 86_400, "a device not reached for this long is deleted; 0: never"),
  "backend.expireNodes": key(duration, 90 * 86_400, "sightings older than this are deleted; 0: never"),
  "backend.expireJobs": key(duration, 14 * 86_400, "ended jobs older than this are deleted; 0: never"),
  "backend.hooks": key(
    mapping(mapping(words)),
    {},
    "what happens on new_device, discover, macsuck, arpnip, delete: a name, and with it event and exec or url",
  ),
  "backend.actionsFolder": key(path, "", "folder with stages of this site, one TypeScript file each"),

  "listener.servers": key(
    list,
    [],
    "URIs of the directory, tried in order: ldap://, ldaps://, ldapi://%2Frun%2Fslapd%2Fldapi",
  ),
  "listener.base": key(text, "", "handlers see what lies under this DN; empty: all that the server holds"),
  "listener.bindDn": key(text, "", "DN to bind as; empty: anonymous"),
  "listener.bindPasswordFile": key(path, "", "file with its password, on the first line"),
  "listener.sasl": key(choice("", "EXTERNAL"), "", "SASL mechanism in place of a password"),
  "listener.startTls": key(choice("no", "try", "require"), "no", "encrypt a connection to ldap:// by StartTLS"),
  "listener.caFile": key(path, "", "PEM file of the authority that signed the directory's certificate"),
  "listener.cache": key(path, "", "folder of cache, journal and handlers' states (default: listener in state)"),
  "listener.handlers": key(list, [], "folders with handlers: .ts, .js, .py files and executables"),
  "listener.shipped": key(
    mapping(mapping(words)),
    { people: { handler: ["people"] } },
    "handlers that are part of Reeve: a name, and with it handler (journal, webhook, exec, people) and its settings",
  ),
  "listener.settings": key(mapping(mapping(words)), {}, "settings of handlers from the folders, by their names"),
  "listener.withheld": key(
    list,
    [
      "userPassword",
      "authPassword",
      "sambaNTPassword",
      "sambaLMPassword",
      "sambaPasswordHistory",
      "sambaPreviousClearTextPassword",
      "sambaClearTextPassword",
      "krb5Key",
      "krb5KeyVersionNumber",
      "krbPrincipalKey",
      "krbPwdHistory",
      "krbMKey",
      "ipaNTHash",
      "pwhistory",
      "pwdHistory",
      "unicodePwd",
      "dBCSPwd",
      "ntPwdHistory",
      "lmPwdHistory",
      "supplementalCredentials",
      "oathSecret",
      "dhcpKeySecret",
      "olcRootPW",
      "univentionRadiusPassword",
    ],
    "attributes that are neither stored nor handed on, but to handlers that name them as needed",
  ),
  "listener.guardPercent": key(
    integer(0, 100),
    10,
    "deletions found after an absence wait for approval beyond this share; 0: never",
  ),
  "listener.guardLeast": key(integer(1, 1_000_000_000), 100, "… and beyond this number"),
  "listener.attempts": key(integer(1, 1000), 24, "tries of a parked change before it waits for a person"),
  "listener.verify": key(duration, 86_400, "the whole directory is compared this often; 0: only on demand"),
  "listener.schemaInterval": key(duration, 600, "the server's schema is looked at this often"),
  "listener.journalAge": key(duration, 7 * 86_400, "changes older than this are forgotten once all handlers have them"),
  "listener.journalSize": key(integer(1, 1_000_000), 1024, "MiB of changes kept at most for reading them again"),
  "listener.journalLimit": key(
    integer(1, 10_000_000),
    8192,
    "MiB of changes at which a handler that is far behind is loaded anew in place of being waited for",
  ),
  "listener.group": key(
    text,
    "",
    "group whose members may use the control socket, beside root and the service's own user",
  ),

  "netconf.interfaces": key(path, "/etc/network/interfaces", "the file that says how interfaces are configured"),
  "netconf.scripts": key(path, "/etc/network", "folder of if-pre-up.d, if-up.d, if-down.d and if-post-down.d"),
  "netconf.ifstate": key(path, "/run/network", "folder of ifstate, which other tools read; empty: none is kept"),
  "netconf.policy": key(
    path,
    "/etc/reeve/netconf.policy",
    "who may do what, and what follows a failed method; optional",
  ),
  "netconf.group": key(
    text,
    "netdev",
    "group whose members may use the control socket as far as the policy allows; ignored where it does not exist",
  ),
  "netconf.timeout": key(duration, 300, "an interface that takes longer to come up or go down is given up"),
  "netconf.confirm": key(
    duration,
    120,
    "an applied configuration is taken back unless it is confirmed within this time",
  ),
  "netconf.kernel": key(
    choice("netlink", "ip"),
    "netlink",
    "how the kernel is spoken to; ip: by the program of that name",
  ),
  "netconf.dhcp.client": key(
    choice("auto", "dhclient", "dhcpcd"),
    "auto",
    "DHCP client; auto: the first one installed",
  ),
  "netconf.dhcp.timeout": key(duration, 60, "time for a first lease, after which the policy says what follows"),
  "netconf.dhcp.probe": key(
    integer(0, 10_000),
    5,
    "milliseconds in which another host may say that it has an IPv4 address, before a lease's is used; 0: nobody is asked",
  ),
  "netconf.dhcp.watch": key(
    duration,
    4,
    "the same time once it is in use: it is given up again, and declined; with dhclient, while a daemon runs",
  ),
  "netconf.dhcp.hostname": key(
    toggle,
    true,
    "a host without a name of its own (localhost) takes the one that a DHCP server gives",
  ),
  "netconf.dhcp.hooks": key(
    path,
    "/etc/dhcp",
    "folder of dhclient-enter-hooks.d and dhclient-exit-hooks.d, which are run for dhclient's leases; empty: none are run",
  ),
  "netconf.dhcp.script": key(
    path,
    "",
    "script given to dhclient; empty: /etc/dhcp/dhclient-script if it is ours (AppArmor allows no other), else one that Reeve writes",
  ),
  "netconf.dns": key(
    choice("auto", "resolvconf", "resolved", "file", "none"),
    "auto",
    "who is told of name servers; auto: resolvconf or systemd-resolved where they run, else the file",
  ),
  "netconf.resolvConf": key(path, "/etc/resolv.conf", "the file that `netconf.dns: file` owns"),
  "netconf.recording": key(path, "", "file to which everything that happens is written for `reeve netconf replay`"),

  "snmp.credentialsFile": key(
    path,
    "",
    "YAML file of credentials as Netdisco's device_auth; without it community public, to read only",
  ),
  "snmp.port": key(integer(1, 65_535), 161, "UDP port of agents, where the target names none"),
  "snmp.timeout": key(integer(50, 60_000), 3000, "milliseconds until a request is repeated"),
  "snmp.retries": key(integer(0, 10), 2, "repetitions of a request"),
  "snmp.inFlight": key(integer(1, 16), 4, "requests to one device at a time"),
  "snmp.allInFlight": key(integer(1, 100_000), 2000, "requests of one process at a time"),
  "snmp.repetitions": key(integer(1, 200), 25, "rows asked for in one GETBULK to begin with"),
} as const;

export type KeyName = keyof typeof keys;
export type Settings = { [Name in KeyName]: (typeof keys)[Name] extends Key<infer Value> ? Value : never };

/** `tls.cert` → `REEVE_TLS_CERT`, `trustedProxies` → `REEVE_TRUSTED_PROXIES`. */
export function variableOf(name: string): string {
  const words = name.replaceAll(".", "_").replace(/[A-Z]/g, (letter) => `_${letter}`);
  return `REEVE_${words.toUpperCase()}`;
}

/** JSON schema (2020-12) of config.yml. */
export function configSchema(): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, { kind, help, default: preset }] of Object.entries(keys)) {
    const parts = name.split(".");
    const last = parts.pop() ?? name;
    let place = root;
    for (const part of parts) {
      place[part] ??= { type: "object", additionalProperties: false, properties: {} };
      place = (place[part] as { properties: Record<string, unknown> }).properties;
    }
    place[last] = { description: help, default: preset, ...kind.schema };
  }
  const $schema = "https://json-schema.org/draft/2020-12/schema";
  return { $schema, title: "Reeve configuration", type: "object", additionalProperties: false, properties: root };
}
