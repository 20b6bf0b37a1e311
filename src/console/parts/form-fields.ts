/** Between an option schema and a form: which fields it has, and the options that a posted form means. */
import { z } from "zod";

export type FieldType = "text" | "secret" | "integer" | "number" | "boolean" | "choice" | "list" | "json";

export interface Field {
  key: string;
  title: string;
  /** The schema's description. */
  help: string;
  type: FieldType;
  required: boolean;
  /** For `choice`. */
  choices: string[];
  /** For `list`: what its members are. */
  items: "text" | "integer" | "number";
  min?: number;
  max?: number;
  maxLength?: number;
  pattern?: string;
  default?: unknown;
}

interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  writeOnly?: boolean;
  format?: string;
}

/** `limitPerHost` → `Limit per host` */
export function titleOf(key: string): string {
  const words = key
    .replace(/[_-]+/g, " ")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function typeOf(schema: JsonSchema): FieldType {
  if (schema.enum?.every((one) => typeof one === "string")) return "choice";
  if (schema.type === "string") return schema.writeOnly || schema.format === "password" ? "secret" : "text";
  if (schema.type === "integer" || schema.type === "number" || schema.type === "boolean") return schema.type;
  if (schema.type === "array" && ["string", "integer", "number"].includes(String(schema.items?.type))) return "list";
  return "json";
}

/** A nullable schema is either `anyOf` with `null` or a list of types with it; the form knows "nothing entered". */
function withoutNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((one) => one !== "null");
    return { ...schema, type: types.length === 1 ? types[0] : undefined };
  }
  const members = schema.anyOf?.filter((one) => one.type !== "null") ?? [];
  return members.length === 1 ? { ...members[0], ...schema, anyOf: undefined } : schema;
}

function fieldOf(key: string, given: JsonSchema, required: boolean): Field {
  const schema = withoutNull(given);
  const item = schema.items?.type;
  // Zod writes the safe integers as bounds of every integer: they say nothing to a person.
  const bound = (value: number | undefined) =>
    value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
  return {
    key,
    title: schema.title ?? titleOf(key),
    help: schema.description ?? "",
    type: typeOf(schema),
    required: required && schema.default === undefined,
    choices: (schema.enum ?? []).map(String),
    items: item === "integer" || item === "number" ? item : "text",
    min: bound(schema.minimum),
    max: bound(schema.maximum),
    maxLength: schema.maxLength,
    pattern: schema.pattern,
    default: schema.default,
  };
}

/** Fields of an object schema in its order; a schema that is no object has none. */
export function fieldsOf(schema: z.ZodType): Field[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const required = new Set(json.required);
  return Object.entries(json.properties ?? {}).map(([key, one]) => fieldOf(key, one, required.has(key)));
}

function number(text: string): unknown {
  // What is no number is handed on as text, so that the schema says so at this field.
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function enteredValue(field: Field, form: URLSearchParams): unknown {
  if (field.type === "boolean") return form.has(field.key);
  const texts = form.getAll(field.key);
  if (field.type === "list") {
    const lines = texts
      .flatMap((text) => text.split(/\r?\n/))
      .map((line) => line.trim())
      .filter((line) => line !== "");
    return lines.length > 0 || field.required
      ? lines.map((line) => (field.items === "text" ? line : number(line)))
      : undefined;
  }
  const text = texts[0] ?? "";
  if (text === "") return undefined;
  if (field.type === "integer" || field.type === "number") return number(text);
  if (field.type !== "json") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `values` are what was entered, to show again, without secrets; `errors` of no field stand under the empty key. */
export type ParsedForm<Options> = { values: Record<string, unknown> } & (
  | { ok: true; options: Options }
  | { ok: false; errors: Record<string, string> }
);

/** Options from a posted form, or what is wrong at which field. */
export function parseForm<Schema extends z.ZodType>(
  schema: Schema,
  form: URLSearchParams,
): ParsedForm<z.output<Schema>> {
  const fields = fieldsOf(schema);
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const value = enteredValue(field, form);
    if (value !== undefined) values[field.key] = value;
  }
  const parsed = schema.safeParse(values);
  const secrets = fields.filter((field) => field.type === "secret").map((field) => field.key);
  const shown = Object.fromEntries(Object.entries(values).filter(([key]) => !secrets.includes(key)));
  if (parsed.success) return { ok: true, options: parsed.data, values: shown };
  const errors: Record<string, string> = {};
  for (const issue of parsed.error.issues) {
    const key = String(issue.path[0] ?? "");
    const known = fields.some((field) => field.key === key);
    errors[known ? key : ""] ??= values[key] === undefined && known ? "This is needed." : issue.message;
  }
  return { ok: false, errors, values: shown };
}
