/** What an event means to a handler: the calls it gets for it, in the model's letters (reference §1). Pure. */
import { baseType } from "../ldap/attributes.ts";
import { rdnTypes } from "../ldap/dn.ts";
import type { Matcher } from "../ldap/match.ts";
import type { Declaration } from "./declaration.ts";
import type { Dependent } from "./dependency.ts";
import { diff, metadata } from "./diff.ts";
import type { JournalEvent } from "./event.ts";
import { type Hidden, Side } from "./side.ts";
import { uuidText } from "./sighting.ts";
import type { Call, Letter, WireEntry } from "./wire.ts";

/** A declaration made ready to be asked. */
export interface Interest {
  declaration: Declaration;
  /** Whether a place of the tree (treeKey) is one that the handler is told of. */
  within: (key: string) => boolean;
  /** Handlers with equal filters share the function, so that it is asked once. */
  matches: Matcher;
  hidden: Hidden;
  /** Lower-case types of which one must differ; empty: any change counts. */
  attributes: ReadonlySet<string>;
}

/** How an event looks from where a handler stands. */
type Shape = "add" | "remove" | "out" | "in" | "modify" | "move" | "move, modify" | "moved" | "initial";

/** An event whose sides are decoded, and whose calls are made, once for all handlers. */
export class Change implements Dependent {
  readonly event: JournalEvent;
  readonly old: Side | null;
  readonly new: Side | null;
  #uuid: string | undefined;
  readonly #differing = new Map<Hidden, ReadonlySet<string>>();
  readonly #calls = new Map<Hidden, Map<Shape, Call[]>>();

  constructor(event: JournalEvent) {
    this.event = event;
    this.old = event.oldDn === null ? null : new Side(event.oldDn, event.old ?? nothing);
    this.new = event.newDn === null ? null : new Side(event.newDn, event.new ?? nothing);
  }

  get seq(): number {
    return this.event.seq;
  }

  /** An event is parked as itself. */
  get step(): string {
    return "";
  }

  /** entryUUID as text. */
  get uuid(): string {
    this.#uuid ??= uuidText(this.event.uuid);
    return this.#uuid;
  }

  get oldKey(): string | null {
    return this.old?.key ?? null;
  }

  get newKey(): string | null {
    return this.new?.key ?? null;
  }

  /** Bytes it takes at least. */
  get size(): number {
    return (this.old?.size ?? 0) + (this.new?.size ?? 0);
  }

  /** Lower-case types whose values differ, metadata included. */
  differing(hidden: Hidden): ReadonlySet<string> {
    let types = this.#differing.get(hidden);
    if (types === undefined) {
      const [old, now] = [this.old?.view(hidden).attributes ?? {}, this.new?.view(hidden).attributes ?? {}];
      types = new Set([...diff(old, now, undefined, none).keys()].map(baseType));
      this.#differing.set(hidden, types);
    }
    return types;
  }

  calls(epoch: string, shape: Shape, hidden: Hidden): Call[] {
    const shapes = this.#calls.get(hidden) ?? new Map<Shape, Call[]>();
    this.#calls.set(hidden, shapes);
    const calls = shapes.get(shape) ?? this.#make(epoch, shape, hidden);
    shapes.set(shape, calls);
    return calls;
  }

  #make(epoch: string, shape: Shape, hidden: Hidden): Call[] {
    const { event } = this;
    const old = this.old?.view(hidden).wire ?? {};
    const now = this.new?.view(hidden).wire ?? {};
    const from = this.old?.dn ?? "";
    const to = this.new?.dn ?? "";
    const where = from !== "" && from !== to ? { oldDn: from } : {};
    const steps: Record<Shape, Step[]> = {
      add: [["a", to, now, {}]],
      initial: [["n", to, now, old]],
      remove: [["d", from, {}, old]],
      out: [["r", from, {}, old]],
      in: [["a", to, now, {}, where]],
      modify: [["m", to, now, old]],
      move: [
        ["r", from, {}, old, where],
        ["a", to, now, {}, where],
      ],
      "move, modify": [
        ["r", from, {}, old, where],
        ["a", to, now, {}, where],
        ["m", to, now, old, where],
      ],
      moved: [["m", to, now, old, where]],
    };
    const { uuid } = this;
    return steps[shape].map(([command, dn, now, old, where], step) => ({
      id: `${epoch}.${event.seq}.${step + 1}`,
      command,
      dn,
      new: now,
      old,
      ...where,
      uuid,
      csn: event.csn,
      at: event.at,
    }));
  }
}

type Step = [Letter, string, WireEntry, WireEntry, { oldDn?: string }?];

// PartialAttributeList without an attribute.
const nothing = Uint8Array.of(0x30, 0);
const none: ReadonlySet<string> = new Set();

/** The calls that a handler gets; empty: the event is none of its business. Callers share them: they are not changed. */
export function callsOf(change: Change, interest: Interest, epoch: string): readonly Call[] {
  const shape = shapeOf(change, interest);
  return shape === null ? [] : change.calls(epoch, shape, interest.hidden);
}

function shapeOf(change: Change, interest: Interest): Shape | null {
  const { old, new: now, event } = change;
  const { declaration } = interest;
  if (event.kind === "schema") return now && sees(interest, now) ? "initial" : null;
  const was = old !== null && interest.within(old.key) && sees(interest, old);
  const is = now !== null && interest.within(now.key) && sees(interest, now);
  const model = declaration.transitions === "model";
  const calls = declaration.style === "calls";
  switch (event.kind) {
    case "create":
      return is ? "add" : null;
    case "delete":
      return was || (declaration.handleEveryDelete && old !== null && interest.within(old.key)) ? "remove" : null;
    case "out":
      return was ? (calls ? "out" : "remove") : null;
    case "in":
      if (!was || !calls) return is ? "add" : null;
      // One that was told of by `r` and comes back as something that does not concern the handler has left it.
      return is ? "in" : "remove";
    case "modify":
      if (was && is) return counts(change, interest) ? "modify" : null;
      if (is) return model ? "modify" : "add";
      return was && !model ? "remove" : null;
    case "move":
      if (was && is) {
        if (!calls) return "moved";
        return changedOnTheWay(change, interest) ? "move, modify" : "move";
      }
      if (is) return "add";
      if (!was) return null;
      // The model forgets who leaves the filter, but a move begins with `r` before anybody looks at the new side.
      return model && calls && now !== null && interest.within(now.key) ? "out" : "remove";
  }
}

function sees(interest: Interest, side: Side): boolean {
  return side.view(interest.hidden).matches(interest.matches, side.dn);
}

function counts(change: Change, { attributes, hidden }: Interest): boolean {
  if (attributes.size === 0) return true;
  const differing = change.differing(hidden);
  for (const type of attributes) if (differing.has(type)) return true;
  return false;
}

/** More differs than a move changes by itself: metadata, and the attributes that the two names are made of. */
function changedOnTheWay(change: Change, interest: Interest): boolean {
  const { attributes, hidden } = interest;
  const named = new Set([...rdnTypes(change.old!.dn), ...rdnTypes(change.new!.dn)]);
  for (const type of change.differing(hidden)) {
    if (metadata.has(type) || named.has(type)) continue;
    if (attributes.size === 0 || attributes.has(type)) return true;
  }
  return false;
}
