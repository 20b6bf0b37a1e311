/**
 * What may be asked over the control sockets: the options of each verb, checked where they come in. By hand, for a schema
 * library would be a fifth of the idle daemon's memory, and half of the time in which `up` without a daemon starts.
 */
import type { Options, Verb } from "../../console/interfaces/control.ts";
import { Problem } from "../../problem.ts";

interface Field {
  expected: string;
  is(value: unknown): boolean;
  required?: true;
}

/** Every option of every verb has its field. */
type Fields = { [V in Verb]: { [Name in keyof Required<Options[V]>]: Field } };

const most = { name: 256, names: 4096, seconds: 86_400, events: 1000 };

const isText = (value: unknown) => typeof value === "string" && value !== "" && value.length <= most.name;
const number = (from: number, to: number, whole: boolean): Field => ({
  expected: `a ${whole ? "whole " : ""}number from ${from} to ${to}`,
  is: (value) => typeof value === "number" && value >= from && value <= to && (Number.isSafeInteger(value) || !whole),
});
const choice = (...words: string[]): Field => ({
  expected: words.join(" or "),
  is: (value) => words.includes(value as string),
});
const required = (field: Field): Field => ({ ...field, required: true });

const name: Field = { expected: `a text of 1 to ${most.name} characters`, is: isText };
const names: Field = {
  expected: `a list of at most ${most.names} texts of 1 to ${most.name} characters`,
  is: (value) => Array.isArray(value) && value.length <= most.names && value.every(isText),
};
const flag: Field = { expected: "true or false", is: (value) => typeof value === "boolean" };
const count = number(0, Number.MAX_SAFE_INTEGER, true);
const seconds = number(0, most.seconds, false);
const which = { names, class: name, all: flag };
const upDown = {
  ...which,
  ...{
    exclude: names,
    force: flag,
    ignoreErrors: flag,
    along: flag,
    manualStays: flag,
    mappings: flag,
    scripts: flag,
    folders: flag,
  },
  ...{ lines: choice("status", "printed"), verbose: flag, timeout: seconds, cancelOnDisconnect: flag, dryRun: flag },
};

const fields: Fields = {
  status: { names },
  check: { names },
  why: { name: required(name) },
  query: which,
  leases: { names },
  events: { before: count, limit: required(number(1, most.events, true)), name, kind: name },
  event: { id: required(count) },
  attach: { id: required(count) },
  monitor: { name, kernel: flag, after: name },
  "wait-online": { names, any: flag, state: choice("carrier", "degraded", "routable"), timeout: seconds },
  up: upDown,
  down: upDown,
  reload: {},
  apply: { names, timeout: seconds, dryRun: flag },
  confirm: { id: count },
  rollback: { id: count },
  hotplug: { name: required(name), action: required(choice("add", "remove")) },
  renew: { name: required(name) },
};

/** @throws Problem `bad-options` that says what is wrong with which */
export function readOptions<V extends Verb>(verb: V, given: unknown = {}): Options[V] {
  const refuse = (text: string) => new Problem("bad-options", `${verb}: ${text}`);
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw refuse("expected an object of options");
  const known = fields[verb] as Readonly<Record<string, Field>>;
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const field = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!field) throw refuse(`there is no option ${JSON.stringify(key.slice(0, most.name))}`);
    if (!field.is(value)) throw refuse(`${key}: expected ${field.expected}`);
    options[key] = value;
  }
  for (const [key, field] of Object.entries(known)) {
    if (field.required && !Object.hasOwn(options, key)) throw refuse(`${key} is missing: ${field.expected}`);
  }
  return options as Options[V];
}
