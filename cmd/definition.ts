/** A command as its help, its manual page and its completion need it, read from what clipanion knows of it. */
import type { Definition } from "clipanion";
import { type ValueHelp, values } from "./values.ts";

export interface OptionHelp {
  /** Short one first: `-o`, `--option`. */
  names: string[];
  /** Absent: the option takes no value. */
  value?: ValueHelp;
  text: string;
  required: boolean;
}

export interface OperandHelp extends ValueHelp {
  required: boolean;
  /** As many of them as one likes. */
  many: boolean;
}

export interface CommandHelp {
  /** Words after `reeve`. */
  path: string[];
  category: string;
  /** One sentence without a full stop. */
  description: string;
  /** Paragraphs; what stands between backticks is typed as it is. */
  details: string[];
  /** Title and command line. */
  examples: [string, string][];
  options: OptionHelp[];
  operands: OperandHelp[];
}

/** Every command takes it; clipanion does not list it. `-h` may mean a host. */
function withHelp(options: OptionHelp[]): OptionHelp[] {
  const names = ["-h", "--help"].filter((name) => !options.some((option) => option.names.includes(name)));
  return [...options, { names, text: "tell what the command does and takes", required: false }];
}

// clipanion breaks its texts into lines of 80 characters.
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** `-o,--option #0` → its names and its value. */
function optionOf({ definition, description = "", required }: Definition["options"][number]): OptionHelp {
  const [names = "", ...taken] = definition.split(" ");
  const list = names.split(",");
  const long = list.find((name) => Object.hasOwn(values, name));
  const option: OptionHelp = { names: list, text: oneLine(description), required };
  if (taken.length > 0) option.value = values[long ?? ""] ?? { name: "VALUE" };
  return option;
}

function operandOf(word: string): OperandHelp {
  const value = values[word] ?? { name: word.replace(/[<>[\].]/g, "").toUpperCase() };
  return { ...value, required: word.startsWith("<"), many: false };
}

/** Clipanion gives `...` no name: after an operand it is more of that, else what commands of this service take. */
function operandsOf(words: readonly string[], service: string): OperandHelp[] {
  const operands = words.filter((word) => /^[<[]/.test(word)).map(operandOf);
  if (!words.includes("...")) return operands;
  const last = operands.pop() ?? { ...(values[`${service} ...`] ?? { name: "" }), required: false };
  return [...operands, { ...last, many: true }];
}

/** The commands of `cli.definitions()`, in its order. */
export function commandHelps(definitions: readonly Definition[]): CommandHelp[] {
  return definitions.map((definition): CommandHelp => {
    const path = definition.path.split(" ").filter((word) => /^[a-z]/.test(word));
    const operands = definition.usage.split(" ").slice(path.length);
    return {
      path: path.slice(1),
      category: oneLine(definition.category ?? ""),
      description: oneLine(definition.description ?? ""),
      details: (definition.details ?? "")
        .trim()
        .split(/\n\s*\n/)
        .map(oneLine)
        .filter(Boolean),
      examples: (definition.examples ?? []).map(([title, line]) => [oneLine(title), line]),
      options: withHelp(definition.options.map(optionOf)),
      operands: operandsOf(operands, path[1] ?? ""),
    };
  });
}

/** `reeve daemon call [OPTION]… [MODULE/COMMAND]`, without the program's name. */
export function synopsis({ path, options, operands }: CommandHelp): string {
  const needed = options
    .filter(({ required }) => required)
    .map(({ names, value }) => [names[0], value?.name].join(" "));
  const taken = operands.map(({ name, required, many }) => `${required ? name : `[${name}]`}${many ? "..." : ""}`);
  return [...path, ...needed, "[OPTION]...", ...taken].join(" ");
}

/** The commands whose path begins with these words, in the order of their paths. */
export function commandsBelow(commands: readonly CommandHelp[], path: readonly string[]): CommandHelp[] {
  return commands
    .filter((command) => path.every((word, at) => command.path[at] === word))
    .sort((a, b) => (a.path.join(" ") < b.path.join(" ") ? -1 : 1));
}

/** Every place one can stand at on the way to a command, with the words that may follow and what they lead to. */
export function places(commands: readonly CommandHelp[]): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>([["", new Map()]]);
  for (const { path, description } of commandsBelow(commands, [])) {
    for (let depth = 0; depth < path.length; depth++) {
      const [here, word] = [path.slice(0, depth).join(" "), path[depth] ?? ""];
      const next = found.get(here) ?? new Map<string, string>();
      found.set(here, next);
      if (depth === path.length - 1) next.set(word, description);
      else if (!next.has(word)) next.set(word, `commands of ${path.slice(0, depth + 1).join(" ")}`);
    }
    const own = path.join(" ");
    if (!found.has(own)) found.set(own, new Map());
  }
  return found;
}
