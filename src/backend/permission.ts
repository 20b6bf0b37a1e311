/** What access lists of the configuration allow: which devices this backend may speak to, and with what credentials. */
import { parseAddress } from "../address.ts";
import type { Settings } from "../config/keys.ts";
import { type Acl, type AclSubject, aclAdmits, aclExplain, aclMatches, parseAcl } from "../network/acl.ts";
import type { Credential } from "../snmp/credential.ts";
import { parseTarget } from "../target.ts";

export interface Decision {
  allowed: boolean;
  /** Why not: "backend.discoverNo lists 192.0.2.0/24"; "" where it is allowed. */
  reason: string;
}

/** The device that lists are held against. */
export type Subject = AclSubject;

/** What the store knows of a device; its lists and fields may still be JSON. */
interface KnownDevice {
  ip: string;
  dns?: string | null;
  name?: string | null;
  tags?: string | readonly string[];
  custom_fields?: string | Readonly<Record<string, unknown>>;
}

/**
 * A device as lists see it: by the address it is polled at and the one it was asked for by, its DNS name and sysName, and
 * its columns as properties.
 * @param target address, `HOST:PORT` or name
 * @throws Problem `bad-request` when it is none of them
 */
export function deviceSubject(known: KnownDevice | undefined, target: string): Subject {
  const { host } = parseTarget(target);
  const asked = parseAddress(host);
  const addresses = [known?.ip, asked?.ip].filter((ip) => ip !== undefined && ip !== "") as string[];
  const names = [known?.dns, known?.name, asked ? "" : host].filter(Boolean) as string[];
  const fields = Object.entries(parsedJson(known?.custom_fields) ?? {});
  const tags = parsedJson(known?.tags);
  return {
    addresses: [...new Set(addresses)],
    names: [...new Set(names)],
    props: { ...(known as unknown as Subject["props"]), ip: known?.ip ?? asked?.ip },
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [],
    customFields: Object.fromEntries(fields.map(([name, value]) => [name, String(value ?? "")])),
  };
}

function parsedJson(value: unknown): object | undefined {
  if (typeof value !== "string") return (value as object | null) ?? undefined;
  try {
    const parsed: unknown = JSON.parse(value || "null");
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
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

const yes: Decision = { allowed: true, reason: "" };

/** Whether this backend speaks to that device at all. */
export function inZone(settings: Settings, subject: Subject, now = new Date()): Decision {
  const { zone } = accessLists(settings);
  if (aclAdmits(zone, subject, now)) return yes;
  return { allowed: false, reason: `not in this backend's zone: backend.zone ${aclExplain(zone, subject, now)}` };
}

function may(action: GuardedAction) {
  return (settings: Settings, subject: Subject, now = new Date()): Decision => {
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
export function credentialAllowed(
  settings: Settings,
  credential: Credential,
  subject: Subject,
  now = new Date(),
): boolean {
  const { only, no } = credentialLists(settings, credential);
  return !aclMatches(no, subject, now) && aclAdmits(only, subject, now);
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
