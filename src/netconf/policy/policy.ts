/** What the policy says: who may do what, what must be up before, and what follows when a way to configure failed. */
import type { Outcome } from "../events/event.ts";
import type { Diagnostic, Option, Position, Stanza } from "../interfaces/configuration.ts";
import { matches } from "../interfaces/glob.ts";

/** What may be allowed: `APPLY` is all that concerns the whole configuration (reload, apply, confirm, rollback). */
export const rights = ["IFUP", "IFDOWN", "APPLY"] as const;
export type Right = (typeof rights)[number];

export interface Rule {
  right: Right;
  /** Names and globs of interfaces; none: all. */
  interfaces: readonly string[];
  /** `alice`, `@netdev`, `*`. */
  allow: readonly string[];
  /** Name of the way to begin with; "": interfaces(5). */
  startAt: string;
  /** Interfaces that must be up before. */
  prerequisites: readonly { name: string; at: Position }[];
}

/** A way to configure: its method, its options, and which way is next after which outcome. */
export interface Way {
  name: string;
  /** `eni`: interfaces(5); else a method of interfaces(5). */
  method: string;
  options: readonly Option[];
  next: ReadonlyMap<Outcome, { name: string; at: Position }>;
  at: Position;
}

export interface Policy {
  rules: readonly Rule[];
  /** By name in lower case. */
  ways: ReadonlyMap<string, Way>;
  diagnostics: readonly Diagnostic[];
}

export const noPolicy: Policy = { rules: [], ways: new Map(), diagnostics: [] };

/** Names of ways that need no section, and their methods. */
export const builtIn: Readonly<Record<string, string>> = {
  eni: "eni",
  dhcp: "dhcp",
  linklocal: "ipv4ll",
  ipv4ll: "ipv4ll",
};

/** Who asks. */
export interface Person {
  uid: number;
  /** "": the uid has none. */
  name: string;
  groups: readonly string[];
}

/**
 * May this person do that to an interface? Not asked for root and the service's own user, who may always.
 * @param iface "" for what concerns all of them: only rules that name none count
 */
export function allows(policy: Policy, right: Right, iface: string, person: Person): boolean {
  return rulesFor(policy, right, iface).some(({ allow }) =>
    allow.some(
      (word) => word === "*" || (word.startsWith("@") ? person.groups.includes(word.slice(1)) : word === person.name),
    ),
  );
}

/** Interfaces that must be up before this one. */
export function prerequisitesOf(policy: Policy, iface: string): { name: string; at: Position }[] {
  return rulesFor(policy, "IFUP", iface)
    .flatMap(({ prerequisites }) => prerequisites)
    .filter(({ name }) => name !== iface);
}

/** The way that an interface begins with; undefined: interfaces(5). */
export function firstWay(policy: Policy, iface: string): Way | undefined {
  const name = rulesFor(policy, "IFUP", iface).find(({ startAt }) => startAt !== "")?.startAt;
  return name === undefined ? undefined : wayOf(policy, name);
}

/** What follows a way (or the stanza's method) that ended like that; undefined: nothing does. */
export function nextWay(policy: Policy, from: string, outcome: Outcome): Way | undefined {
  const next = policy.ways.get(from.toLowerCase())?.next.get(outcome);
  return next === undefined || next.name.toLowerCase() === "error" ? undefined : wayOf(policy, next.name);
}

export function wayOf(policy: Policy, name: string): Way | undefined {
  const key = name.toLowerCase();
  const way = policy.ways.get(key);
  const method = builtIn[key];
  if (way || method === undefined) return way;
  return { name, method, options: [], next: new Map(), at: { file: "", line: 0, column: 0 } };
}

/** The way as a stanza of interfaces(5). */
export function stanzaOf(way: Way, iface: string): Stanza {
  return { name: iface, family: "inet", method: way.method, options: way.options, at: way.at, inherits: [] };
}

function rulesFor(policy: Policy, right: Right, iface: string): Rule[] {
  return policy.rules.filter(
    (rule) =>
      rule.right === right && (rule.interfaces.length === 0 || rule.interfaces.some((glob) => matches(glob, iface))),
  );
}
