/** Makes a handler of what a site's file exports: functions, or a class. */
import { Problem } from "../problem.ts";
import type { Declaration, LifeFunction } from "./declaration.ts";
import { type Change, type Entry, Handler, lifeMethods } from "./handler-api.ts";

/** Either kind, as the process calls it. */
export interface Loaded {
  /** To be checked and completed by declare.ts. */
  declaration: Partial<Declaration>;
  call(change: Change, now: Entry, old: Entry): unknown;
  life(name: LifeFunction): unknown;
}

type Exports = Record<string, unknown>;

const lifeNames = Object.keys(lifeMethods) as LifeFunction[];

/** Parts of a declaration that a file may say, with the model's other spellings. */
const spellings: [string, ...string[]][] = [
  ...["name", "description", "filter", "semantics", "attributes", "modrdn", "priority", "transitions"].map(
    (name): [string] => [name],
  ),
  ...["needs", "quiet", "timeout", "user"].map((name): [string] => [name]),
  ["handleEveryDelete", "handle_every_delete"],
  ["maxDelay", "max_delay"],
];

/** @throws Problem `config`: what it exports is no handler */
export function handlerOf(exported: Exports): Loaded {
  const { default: main } = exported;
  if (typeof main === "function" && main.prototype instanceof Handler) {
    return ofObject(new (main as unknown as new () => Handler)());
  }
  if (main instanceof Handler) return ofObject(main);
  return ofFunctions(main !== null && typeof main === "object" ? { ...exported, ...main } : exported);
}

function declared(from: Exports): Partial<Declaration> {
  const found: Exports = {};
  for (const [name, ...others] of spellings) {
    const spelling = [name, ...others].find((one) => from[one] !== undefined);
    if (spelling !== undefined) found[name] = from[spelling];
  }
  // The model's flag is the text "1".
  for (const flag of ["modrdn", "handleEveryDelete"]) if (flag in found) found[flag] = Boolean(found[flag]);
  return found as Partial<Declaration>;
}

function ofFunctions(from: Exports): Loaded {
  const { handler } = from;
  if (typeof handler !== "function") {
    throw new Problem("config", "it exports neither a function `handler` nor a class that extends Handler");
  }
  const declaration = declared(from);
  return {
    declaration: { ...declaration, style: "calls", functions: lifeNames.filter((name) => isFunction(from[name])) },
    call: (change, now, old) => handler(change.dn, now, old, declaration.modrdn ? change.command : undefined, change),
    life: (name) => (from[name] as () => unknown)(),
  };
}

function ofObject(handler: Handler): Loaded {
  const { configuration = (handler.constructor as { configuration?: unknown }).configuration } = handler;
  if (configuration === null || typeof configuration !== "object") {
    throw new Problem("config", "the class has no `configuration`");
  }
  const overridden = lifeNames.filter((name) => handler[lifeMethods[name]] !== Handler.prototype[lifeMethods[name]]);
  return {
    declaration: {
      ...declared(configuration as unknown as Exports),
      style: "objects",
      functions: overridden,
    },
    async call(change, now, old) {
      handler.change = change;
      try {
        await perform(handler, change, now, old);
      } catch (error) {
        await handler.errorHandler(error, change, old, now);
      } finally {
        handler.change = undefined;
      }
    },
    life: (name) => handler[lifeMethods[name]](),
  };
}

function perform(handler: Handler, { command, dn, oldDn }: Change, now: Entry, old: Entry): unknown {
  switch (command) {
    case "n":
    case "a":
      return handler.create(dn, now);
    case "m":
      return handler.modify(dn, old, now, oldDn);
    default:
      return handler.remove(dn, old);
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
