/** What access lists of the configuration allow: which devices this backend may speak to, and with what credentials. */
import type { Settings } from "../config/keys.ts";
import { type Acl, type AclSubject, aclAdmits, aclExplain, aclMatches, parseAcl } from "../network/acl.ts";
import type { Credential } from "../snmp/credential.ts";

export interface Permission {
  allowed: boolean;
  /** Why not: "backend.discoverNo lists 192.0.2.0/24"; "" where it is allowed. */
  reason: string;
}

const actions = ["discover", "macsuck", "arpnip", "nbtstat"] as const;
type GuardedAction = (typeof actions)[number];

interface Lists {
  zone: Acl;
  only: Record<GuardedAction, Acl>;
  no: Record<GuardedAction, Acl>;
}

// Parsed once for each configuration; a process has one.
const parsed = new WeakMap<Settings, Lists>();
const parsedCredentials = new WeakMap<Credential, { only: Acl; no: Acl }>();

/**
 * All lists of the configuration, read once.
 * @throws Problem `config` that names the key and the item: a backend says so when it starts
 */
export function accessLists(settings: Settings): Lists {
  const known = parsed.get(settings);
  if (known) return known;
  const read = (name: "zone" | `${GuardedAction}${"Only" | "No"}`) =>
    parse(settings[`backend.${name}`], `backend.${name}`, settings);
  const each = (kind: "Only" | "No") =>
    Object.fromEntries(actions.map((action) => [action, read(`${action}${kind}`)])) as Record<GuardedAction, Acl>;
  const lists: Lists = { zone: read("zone"), only: each("Only"), no: each("No") };
  for (const [name, items] of Object.entries(settings["backend.hostGroups"])) {
    parse(items, `backend.hostGroups.${name}`, settings);
  }
  parsed.set(settings, lists);
  return lists;
}

function parse(items: readonly string[], name: string, settings: Settings): Acl {
  return parseAcl(items, settings["backend.hostGroups"], { name, timezone: settings["backend.timezone"] });
}

const yes: Permission = { allowed: true, reason: "" };

/** Whether this backend speaks to that device at all. */
export function inZone(settings: Settings, subject: AclSubject, now = new Date()): Permission {
  const { zone } = accessLists(settings);
  if (aclAdmits(zone, subject, now)) return yes;
  return { allowed: false, reason: `not in this backend's zone: backend.zone ${aclExplain(zone, subject, now)}` };
}

function may(action: GuardedAction) {
  return (settings: Settings, subject: AclSubject, now = new Date()): Permission => {
    const zone = inZone(settings, subject, now);
    if (!zone.allowed) return zone;
    const { only, no } = accessLists(settings);
    if (aclMatches(no[action], subject, now)) {
      return { allowed: false, reason: `backend.${action}No ${aclExplain(no[action], subject, now)}` };
    }
    if (aclAdmits(only[action], subject, now)) return yes;
    return { allowed: false, reason: `backend.${action}Only ${aclExplain(only[action], subject, now)}` };
  };
}

export const mayDiscover = may("discover");
export const mayMacsuck = may("macsuck");
export const mayArpnip = may("arpnip");
export const mayNbtstat = may("nbtstat");

/** Whether a credential is meant for that device, by its `only` and `no`. */
export function mayUseCredential(
  settings: Settings,
  credential: Credential,
  subject: AclSubject,
  now = new Date(),
): Permission {
  const { only, no } = credentialLists(settings, credential);
  const name = `credential ${credential.tag}`;
  if (aclMatches(no, subject, now)) return { allowed: false, reason: `${name}: no ${aclExplain(no, subject, now)}` };
  if (aclAdmits(only, subject, now)) return yes;
  return { allowed: false, reason: `${name}: only ${aclExplain(only, subject, now)}` };
}

/** @throws Problem `config` naming credential and item */
export function credentialLists(settings: Settings, credential: Credential): { only: Acl; no: Acl } {
  let lists = parsedCredentials.get(credential);
  if (!lists) {
    const name = `credential ${credential.tag}`;
    lists = {
      only: parse(credential.only, `${name}: only`, settings),
      no: parse(credential.no, `${name}: no`, settings),
    };
    parsedCredentials.set(credential, lists);
  }
  return lists;
}
