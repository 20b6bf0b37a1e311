/** Handlers that are part of Reeve: `listener.shipped` of the configuration gives each a name and its settings. */
import { Problem } from "../../problem.ts";
import type { Handler } from "../handler-api.ts";

/** What a shipped handler is made of. */
export interface ShippedStart {
  /** Its name: the same kind may be there several times. */
  name: string;
  /** `handler` (the kind) and what that kind knows. */
  settings: Record<string, string[]>;
  /** The directory's suffix. */
  source: string;
  /** Of the console. */
  database: { url: string; passwordFile?: string | undefined };
}

/** Settings that a kind knows, each with a line of help; `?` stands behind what may be absent. */
export interface ShippedKind {
  description: string;
  settings: Record<string, string>;
  load(): Promise<(start: ShippedStart) => Handler>;
}

const common = {
  "filter?": "RFC 4515: the objects it is called for",
  "attributes?": "the changes it is called for",
  "needs?": "attributes it gets although they are withheld from all others",
  "priority?": "lower comes first",
};

export const shippedKinds: Record<string, ShippedKind> = {
  journal: {
    description: "appends every change to a file",
    settings: { ...common, file: "the file", "format?": "ldif, or json for one object a line" },
    load: async () => (await import("./journal-file.ts")).journalFile,
  },
  webhook: {
    description: "posts every change to a URL, signed",
    settings: {
      ...common,
      url: "https://…",
      "secretFile?": "file with the key of the signature",
      "caFile?": "PEM file",
    },
    load: async () => (await import("./webhook.ts")).webhook,
  },
  exec: {
    description: "runs a command for every change, which reads it as JSON",
    settings: { ...common, command: "the program and its arguments, a list" },
    load: async () => (await import("./exec.ts")).exec,
  },
  people: {
    description: "feeds the console's directory cache with people and groups",
    settings: { ...common },
    load: async () => (await import("./people.ts")).people,
  },
};

/**
 * The handler a configuration asks for.
 * @throws Problem `config` for a kind or a setting that is not known, or one that is missing
 */
export async function shippedHandler(start: ShippedStart): Promise<Handler> {
  const { name, settings } = start;
  const [kind = name] = settings.handler ?? [];
  const known = Object.hasOwn(shippedKinds, kind) ? shippedKinds[kind] : undefined;
  const wrong = (text: string) => new Problem("config", `listener.shipped.${name}: ${text}`);
  if (!known) throw wrong(`there is no handler ${kind}; known: ${Object.keys(shippedKinds).join(", ")}`);
  const names = Object.keys(known.settings).map((one) => one.replace("?", ""));
  const odd = Object.keys(settings).find((one) => one !== "handler" && !names.includes(one));
  if (odd) throw wrong(`${kind} knows no ${odd}; it knows ${names.join(", ")}`);
  const missing = Object.keys(known.settings).find((one) => !one.endsWith("?") && !settings[one]?.[0]);
  if (missing) throw wrong(`${kind} wants ${missing}: ${known.settings[missing]}`);
  const make = await known.load();
  return make(start);
}

/** What the common settings say, on top of a kind's own. */
export function configured({ settings }: ShippedStart, filter: string) {
  const [priority] = settings.priority ?? [];
  if (priority !== undefined && !Number.isFinite(Number(priority))) {
    throw new Problem("config", `priority: ${priority} is no number`);
  }
  return {
    filter: settings.filter?.[0] ?? filter,
    attributes: settings.attributes ?? [],
    needs: settings.needs ?? [],
    ...(priority === undefined ? {} : { priority: Number(priority) }),
  };
}
