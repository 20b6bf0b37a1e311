/** What interfaces(5) says, read: stanzas in order with the place of every word, and what was wrong. */
import { matches } from "./glob.ts";

/** Where a word stands; line and column count from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** `file:line:column`. */
export function place({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

export interface Option {
  /** As written: `bridge_ports`, `bridge-ports`, `up`. `optionKey` compares. */
  name: string;
  value: string;
  at: Position;
}

/** Spellings with `_` and `-` are one option. */
export function optionKey(name: string): string {
  return name.includes("_") ? name.replaceAll("_", "-") : name;
}

/** By key, in order: a stanza is asked for a hundred options that it does not have. */
const indexes = new WeakMap<readonly Option[], { size: number; index: Map<string, Option[]> }>();

function indexOf({ options }: Pick<Stanza, "options">): Map<string, Option[]> {
  const known = indexes.get(options);
  if (known?.size === options.length) return known.index;
  const index = Map.groupBy(options, ({ name }) => optionKey(name));
  indexes.set(options, { size: options.length, index });
  return index;
}

/** The last value of an option (of any of these spellings); undefined where it is not given. */
export function option(stanza: Pick<Stanza, "options">, ...names: string[]): Option | undefined {
  if (names.length === 1) return indexOf(stanza).get(optionKey(names[0]!))?.at(-1);
  const lists = listsOf(stanza, names);
  return lists.length < 2 ? lists[0]?.at(-1) : allOptions(stanza, ...names).at(-1);
}

/** Every one, in order. */
export function allOptions(stanza: Pick<Stanza, "options">, ...names: string[]): Option[] {
  const lists = listsOf(stanza, names);
  if (lists.length < 2) return [...(lists[0] ?? none)];
  const found = new Set(lists.flat());
  return stanza.options.filter((each) => found.has(each));
}

const none: readonly Option[] = [];

/** Of each spelling that is there. Mostly none is, and nothing is made for that. */
function listsOf(stanza: Pick<Stanza, "options">, names: readonly string[]): readonly (readonly Option[])[] {
  const index = indexOf(stanza);
  let lists: Option[][] | undefined;
  for (const name of names) {
    const list = index.get(optionKey(name));
    if (list && !lists?.includes(list)) lists = [...(lists ?? []), list];
  }
  return lists ?? nothing;
}

const nothing: readonly (readonly Option[])[] = [];

/** `` is ifupdown-ng's stanza without a family. */
export type StanzaFamily = "inet" | "inet6" | "link" | "can" | "ipx" | "";

/** One `iface NAME FAMILY METHOD`, with what it inherits already merged in (inherited options first). */
export interface Stanza {
  name: string;
  family: StanzaFamily;
  /** `static`, `dhcp`, `manual` …; "" for a stanza without a family: the options tell. */
  method: string;
  options: readonly Option[];
  at: Position;
  /** Names of the stanzas it inherits from. */
  inherits: readonly string[];
  /** What the configuration said, where the policy has put this one in its place. */
  insteadOf?: Stanza;
}

/** Whether both say the same, wherever they stand. */
export function saySame(one: readonly Stanza[], other: readonly Stanza[]): boolean {
  const text = (all: readonly Stanza[]) =>
    JSON.stringify(
      all.map(({ family, method, options }) => [family, method, options.map(({ name, value }) => [name, value])]),
    );
  return text(one) === text(other);
}

/** A mapping: `script` is fed the `map` lines and prints the logical name. */
export interface Mapping {
  /** Shell globs and `[VAR]/VALUE` patterns of physical names. */
  patterns: readonly string[];
  script: string;
  maps: readonly string[];
  at: Position;
}

export interface Diagnostic {
  severity: "error" | "warning";
  message: string;
  at: Position;
  /**
   * Names that cannot be configured because of it; empty with `error`: nothing is known of what it concerns (an unknown
   * word at the top level), so that only what stands in the unreadable lines is refused. Shell patterns where a mapping is
   * wrong; `refusal` compares.
   */
  refuses: readonly string[];
}

export interface Configuration {
  /** Every stanza but templates, in order; a name may have several. */
  stanzas: readonly Stanza[];
  templates: readonly Stanza[];
  /** Classes of `allow-CLASS`, in order of first mention, words with patterns as written; `auto` is one of them. */
  classes: ReadonlyMap<string, readonly { word: string; at: Position }[]>;
  noAutoDown: readonly string[];
  noScripts: readonly string[];
  /** `rename CUR=NEW`. */
  renames: readonly { from: string; to: string; at: Position }[];
  mappings: readonly Mapping[];
  diagnostics: readonly Diagnostic[];
  /** Files that were read, in order. */
  files: readonly string[];
}

/** Stanzas of that logical name, in order. */
export function stanzasOf(configuration: Configuration, name: string): Stanza[] {
  return configuration.stanzas.filter((stanza) => stanza.name === name);
}

/** What stands against configuring an interface under that name; undefined: nothing does. */
export function refusal({ diagnostics }: Pick<Configuration, "diagnostics">, name: string): Diagnostic | undefined {
  return diagnostics.find(
    ({ severity, refuses }) => severity === "error" && refuses.some((pattern) => matches(pattern, name)),
  );
}
