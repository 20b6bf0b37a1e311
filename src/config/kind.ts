/**
 * The kinds of values a configuration key can have. A kind reads a value from YAML (already typed) or from text (an
 * environment variable or a flag) and says what it expected when it cannot.
 */

export interface Kind<Value> {
  /** For messages and documentation: "a whole number from 1 to 65535". */
  expected: string;
  /** JSON schema of the value in a file. */
  schema: Record<string, unknown>;
  /** undefined: not such a value. */
  read(value: unknown): Value | undefined;
  /** Value of a variable or flag. */
  readText(text: string): Value | undefined;
}

export const text: Kind<string> = {
  expected: "a text",
  schema: { type: "string" },
  read: (value) => (typeof value === "string" ? value : undefined),
  readText: (value) => value,
};

/** A file or folder; absolute, or `""` for none. */
export const path: Kind<string> = {
  expected: "an absolute path",
  schema: { type: "string", pattern: "^(/|$)" },
  read: (value) => (typeof value === "string" && /^(\/|$)/.test(value) && !value.includes("\0") ? value : undefined),
  readText: (value) => path.read(value),
};

export const toggle: Kind<boolean> = {
  expected: "true or false",
  schema: { type: "boolean" },
  read: (value) => (typeof value === "boolean" ? value : undefined),
  readText: (value) => ({ true: true, yes: true, "1": true, false: false, no: false, "0": false })[value.toLowerCase()],
};

export function integer(minimum: number, maximum: number): Kind<number> {
  const read = (value: unknown) =>
    typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum ? value : undefined;
  return {
    expected: `a whole number from ${minimum} to ${maximum}`,
    schema: { type: "integer", minimum, maximum },
    read,
    readText: (value) => (/^-?\d{1,15}$/.test(value) ? read(Number(value)) : undefined),
  };
}

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A length of time, in seconds once read; a bare number is seconds. */
export const duration: Kind<number> = {
  expected: "a length of time such as 30s, 10m, 8h or 1d",
  schema: {
    anyOf: [
      { type: "integer", minimum: 0 },
      { type: "string", pattern: "^\\d+[smhd]?$" },
    ],
  },
  read: (value) => (typeof value === "number" ? integer(0, 4e9).read(value) : duration.readText(String(value))),
  readText(value) {
    const match = /^(\d{1,9})([smhd]?)$/.exec(value);
    return match ? Number(match[1]) * (unitSeconds[match[2] || "s"] ?? 1) : undefined;
  },
};

export function choice<const Name extends string>(...names: Name[]): Kind<Name> {
  const read = (value: unknown) => names.find((name) => name === value);
  return { expected: `one of ${names.join(", ")}`, schema: { enum: names }, read, readText: read };
}

/** Several texts; one variable or flag separates them by commas, or is a JSON array where they have some themselves. */
export const list: Kind<string[]> = {
  expected: "a list of texts",
  schema: { type: "array", items: { type: "string" } },
  read(value) {
    if (typeof value === "string") return [value];
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
  },
  readText(value) {
    if (!value.startsWith('["')) {
      return value
        .split(",")
        .map((item) => item.trim())
        .filter(Boolean);
    }
    try {
      return list.read(JSON.parse(value));
    } catch {
      return undefined;
    }
  },
};

/** As `list`; a number or a truth value stands for its text. */
export const words: Kind<string[]> = {
  ...list,
  schema: { type: ["array", "string", "number", "boolean"], items: { type: "string" } },
  read: (value) => (/^(number|boolean)$/.test(typeof value) ? [String(value)] : list.read(value)),
};

/** Names with a value each; one variable or flag gives them as a JSON object. */
export function mapping<Value>(of: Kind<Value>): Kind<Record<string, Value>> {
  const read = (given: unknown): Record<string, Value> | undefined => {
    if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
    const entries = Object.entries(given).map(([name, value]) => [name, of.read(value)] as const);
    return entries.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(entries) as never);
  };
  return {
    expected: `names, each with ${of.expected}`,
    schema: { type: "object", additionalProperties: of.schema },
    read,
    readText(text) {
      try {
        return read(JSON.parse(text));
      } catch {
        return undefined;
      }
    },
  };
}
