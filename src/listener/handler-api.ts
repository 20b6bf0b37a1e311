/** What a handler of a site imports from `reeve/listener`. Its types for editors stand in handler-api.d.ts.txt. */
import { format } from "node:util";
import { baseType } from "../ldap/attributes.ts";
import type { LifeFunction } from "./declaration.ts";
import { metadata, sameValues } from "./diff.ts";
import type { Letter } from "./wire.ts";

/** Values by attribute; a Buffer in a template is its text: `${entry.uid[0]}`. */
export type Entry = Record<string, Buffer[]>;

/** The call that is under way. */
export interface Change {
  /** The same at every repetition: who has seen it already has done it already. */
  id: string;
  command: Letter;
  dn: string;
  oldDn: string | undefined;
  /** entryUUID; empty for the schema. */
  uuid: string;
  csn: string;
  /** When it was observed. */
  at: Date;
}

export interface Configuration {
  name?: string;
  description: string;
  filter?: string;
  attributes?: string[];
  modrdn?: boolean;
  handleEveryDelete?: boolean;
  priority?: number;
  transitions?: "events" | "model";
  semantics?: "rfc4515" | "model";
  needs?: string[];
  quiet?: number;
  maxDelay?: number;
  timeout?: number;
  user?: string;
}

type Done = void | Promise<void>;

export abstract class Handler {
  /** What the handler is called for. */
  abstract configuration: Configuration;
  /** What it is called for right now. */
  change: Change | undefined;

  create(_dn: string, _new: Entry): Done {}
  /** @param _oldDn where it was, when it was moved or renamed; attributes may have changed as well */
  modify(_dn: string, _old: Entry, _new: Entry, _oldDn: string | undefined): Done {}
  remove(_dn: string, _old: Entry): Done {}
  /** Before the first entry, and after `clean` at a resync. */
  initialize(): Done {}
  clean(): Done {}
  preRun(): Done {}
  postRun(): Done {}
  /** What create, modify and remove threw. Returning means: dealt with. Throws it again unless overridden. */
  errorHandler(error: unknown, _change: Change, _old: Entry, _new: Entry): Done {
    throw error;
  }

  diff(
    old: Entry,
    now: Entry,
    keys?: readonly string[],
    ignoreMetadata = true,
  ): Record<string, [Buffer[] | undefined, Buffer[] | undefined]> {
    return diff(old, now, keys, ignoreMetadata);
  }
}

export const lifeMethods: Record<LifeFunction, "initialize" | "clean" | "preRun" | "postRun"> = {
  initialize: "initialize",
  clean: "clean",
  prerun: "preRun",
  postrun: "postRun",
};

/** Thrown: nothing is wrong with the entry, what the handler writes to is out of reach. All its changes wait. */
export class Unavailable extends Error {
  override name = "Unavailable";
  readonly unavailable = true;
}

/**
 * Attributes whose values differ, order aside, with both sides; an absent side is undefined.
 * @param keys only these
 * @param ignoreMetadata leaves out what the server keeps by itself, unless `keys` names it
 */
export function diff(
  old: Entry,
  now: Entry,
  keys?: readonly string[],
  ignoreMetadata = true,
): Record<string, [Buffer[] | undefined, Buffer[] | undefined]> {
  const found: Record<string, [Buffer[] | undefined, Buffer[] | undefined]> = {};
  for (const key of keys ?? new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (keys === undefined && ignoreMetadata && metadata.has(baseType(key))) continue;
    const [before, after] = [old[key], now[key]];
    if (!sameValues(before ?? [], after ?? [])) found[key] = [before, after];
  }
  return found;
}

export type Say = (level: "DEBUG" | "INFO" | "WARNING" | "ERROR", message: string) => void;

/** What the module gives to a handler. */
export function handlerApi(say: Say, settings: Record<string, string[]>): Record<string, unknown> {
  const at =
    (level: Parameters<Say>[0]) =>
    (...words: unknown[]) =>
      say(level, format(...words));
  const log = { debug: at("DEBUG"), info: at("INFO"), warning: at("WARNING"), error: at("ERROR") };
  return { Handler, Unavailable, diff, log, settings };
}
