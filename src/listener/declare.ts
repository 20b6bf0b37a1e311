/** What a handler says of itself, checked and completed: the border between a file of a site and the queue. */
import { z } from "zod";
import { Problem } from "../problem.ts";
import { type Declaration, defaults } from "./declaration.ts";

/** A handler's name is the name of its state file, too. */
const name = z.string().regex(/^[\w@+-][\w.@+-]{0,99}$/, "a name is made of letters, digits and _.@+-");
const seconds = z.number().positive().max(86_400);
// RFC 4512 §2.5: an attribute's name or OID, with options; or one of the search's own words.
const attribute = z.string().regex(/^[\w.;-]{1,200}$/, "expected the name of an attribute");

const shape = z.strictObject({
  name: name.optional(),
  description: z.string("wanted: a text that says what the handler does").min(1).max(1000),
  filter: z.string().max(65_536).default(""),
  semantics: z.enum(["rfc4515", "model"]).default("rfc4515"),
  attributes: z.array(attribute).max(1000).default([]),
  modrdn: z.boolean().default(false),
  handleEveryDelete: z.boolean().default(false),
  priority: z.number().optional(),
  style: z.enum(["calls", "objects"]).default("calls"),
  transitions: z.enum(["events", "model"]).default("events"),
  needs: z.array(attribute).max(1000).default([]),
  functions: z.array(z.enum(["initialize", "clean", "prerun", "postrun"])).default([]),
  quiet: seconds.default(defaults.quiet),
  maxDelay: seconds.default(defaults.maxDelay),
  timeout: seconds.default(defaults.timeout),
  user: z.string().max(64).default(""),
});

const list = (text: string) => text.split(/[\s,]+/).filter(Boolean);
const truth = (text: string) => /^(true|yes|on|1)$/i.test(text);

/** Settings of these names (`listener.settings`) take the place of what the handler says. */
const overrides: Record<string, (text: string) => unknown> = {
  attributes: list,
  filter: String,
  handleEveryDelete: truth,
  maxDelay: Number,
  needs: list,
  priority: Number,
  quiet: Number,
  semantics: String,
  timeout: Number,
  transitions: String,
  user: String,
};

/**
 * @param said what came from the handler; anything
 * @param file the file's name without its ending
 * @param settings of the handler; those named as a part of the declaration replace it
 * @throws Problem `config` that says which part is wrong
 */
export function complete(said: unknown, file: string, settings: Record<string, string[]> = {}): Declaration {
  const given = said !== null && typeof said === "object" ? { ...said } : {};
  for (const [key, read] of Object.entries(overrides)) {
    if (settings[key] !== undefined) Object.assign(given, { [key]: read(settings[key].join(",")) });
  }
  const read = shape.safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue?.path.join(".") || "declaration";
    throw new Problem("config", `${where}: ${issue?.message ?? "wrong"}`);
  }
  const own = read.data.name ?? file;
  const checked = name.safeParse(own);
  if (!checked.success) throw new Problem("config", `name: ${checked.error.issues[0]?.message}: ${own}`);
  // The model calls its replication first and needs nobody to say so.
  return { ...read.data, name: own, priority: read.data.priority ?? (own === "replication" ? 0 : defaults.priority) };
}

/** Of a handler that never came so far as to say what it is. */
export function unknownDeclaration(file: string): Declaration {
  return { ...complete({ description: "not loaded yet" }, "unknown"), name: file };
}
