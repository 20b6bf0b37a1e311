/** Every configuration key of Reeve, declared once: kind, default, help, and whether its value is a secret. */
import { levels } from "../log.ts";
import { choice, duration, integer, type Kind, list, path, text, toggle } from "./kind.ts";

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
