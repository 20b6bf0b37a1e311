/** Netdisco's device_auth, and the lists of communities it had before, as entries of our credentials file. */
import { aclTexts, carriedList, type Given } from "./netdisco-acl.ts";
import type { ConvertedConfig } from "./netdisco-config.ts";

/** Keys of a stanza that ours has, too. */
const known = ["tag", "community", "user", "auth", "priv", "read", "write", "only", "no", "context_prefix", "driver"];

export function credentialsFrom(take: (name: string) => Given, result: ConvertedConfig): void {
  const groups = (result.settings["backend.hostGroups"] ?? {}) as Record<string, string[]>;
  const oldest = Number(take("snmpver") ?? 3) === 1;
  const entries = result.credentials;
  const stanzas = [...items(take("device_auth")), ...items(take("snmp_auth"))];
  for (const [index, stanza] of stanzas.entries()) {
    if (typeof stanza === "object" && stanza !== null && !Array.isArray(stanza)) {
      convert(stanza as Record<string, Given>, index + 1);
    } else result.notCarried.push({ setting: `device_auth[${index + 1}]`, reason: "expected keys such as community" });
  }
  for (const community of items(take("community"))) add({ community: String(community), ...version() });
  for (const community of items(take("community_rw"))) add({ community: String(community), write: true, ...version() });

  function convert(stanza: Record<string, Given>, number: number): void {
    const name = `device_auth[${number}]${stanza.tag ? ` (${stanza.tag})` : ""}`;
    const driver = stanza.driver ?? (stanza.community || stanza.user ? "snmp" : "cli");
    if (driver !== "snmp") {
      result.notCarried.push({ setting: name, reason: `driver ${driver}: Reeve speaks SNMP only` });
      return;
    }
    for (const key of Object.keys(stanza).filter((one) => !known.includes(one))) {
      result.notCarried.push({ setting: `${name}.${key}`, reason: "credentials have no such key" });
    }
    const { tag, community, user, auth, priv, read, write, context_prefix } = stanza;
    const entry: Record<string, unknown> = { ...(tag ? { tag: String(tag) } : {}) };
    if (user) Object.assign(entry, { user: String(user) }, protocol("auth", auth), protocol("priv", priv));
    else Object.assign(entry, { community: String(community) }, version());
    if (read !== undefined) entry.read = truth(read);
    if (write !== undefined) entry.write = truth(write);
    if (context_prefix) entry.context_prefix = String(context_prefix);
    for (const key of ["only", "no"] as const) {
      const carried = carriedList(`${name}.${key}`, aclTexts(stanza[key]), groups, key, result);
      if (carried.length > 0) entry[key] = carried;
    }
    add(entry);
  }

  function protocol(key: "auth" | "priv", value: Given): Record<string, unknown> {
    const { pass, proto } = (value ?? {}) as Record<string, Given>;
    return pass ? { [key]: { proto: String(proto ?? (key === "auth" ? "MD5" : "DES")), pass: String(pass) } } : {};
  }

  function version(): Record<string, unknown> {
    return oldest ? { version: 1 } : {};
  }

  function add(entry: Record<string, unknown>): void {
    // Netdisco lets stanzas share a tag; here it is the name by which the working one is remembered.
    const wanted = String(entry.tag ?? `netdisco-${entries.length + 1}`);
    let tag = wanted;
    for (let twin = 2; entries.some((other) => other.tag === tag); twin++) tag = `${wanted}-${twin}`;
    if (tag !== wanted) result.notes.push(`credential ${wanted}: the second one with that tag is called ${tag}`);
    entries.push({ ...entry, tag });
  }
}

function items(value: Given): readonly Given[] {
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? value : [value];
}

function truth(value: Given): boolean {
  return !(value === false || value === 0 || value === "0" || value === "false" || value === null);
}
