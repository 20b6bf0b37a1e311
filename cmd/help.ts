/** The texts of `--help`, and the one line about a command line that cannot be read. */
import { type CommandHelp, commandsBelow, type OptionHelp, synopsis } from "./definition.ts";

/** What the program is, for help and manual. */
export const purpose = "looks after an organisation's people, machines and network";

/** Broken between words into lines of at most `width` characters, all but the first indented. */
export function wrap(text: string, width: number, indent: number): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + 1 + word.length > width - indent) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}

function table(rows: [string, string][], width: number): string {
  const column = Math.min(Math.max(...rows.map(([left]) => left.length)), 30) + 4;
  return rows
    .map(([left, right]) => {
      const gap = left.length + 4 > column ? `\n${" ".repeat(column)}` : " ".repeat(column - left.length - 2);
      return `  ${left}${gap}${wrap(right, width, column)}\n`;
    })
    .join("");
}

export function optionNames({ names, value }: OptionHelp): string {
  return `${names.join(", ")}${value ? ` ${value.name}` : ""}`;
}

function listOf(commands: readonly CommandHelp[], width: number): string {
  const rows = commands.map(({ path, description }): [string, string] => [path.join(" "), description]);
  return table(rows, width);
}

/** `reeve --help` */
export function overviewText(commands: readonly CommandHelp[], version: string, width: number): string {
  const all = commandsBelow(commands, []);
  const groups = [...new Set(commands.map(({ category }) => category))].map((category) => {
    return `\n${category}\n${listOf(
      all.filter((command) => command.category === category),
      width,
    )}`;
  });
  const close = "`reeve COMMAND --help` tells more of one; `reeve --version` prints version and commit.";
  return `Reeve ${version} ${purpose}.\n\nUsage: reeve COMMAND [OPTION]...\n${groups.join("")}\n${wrap(close, width, 0)}\n`;
}

/** `reeve daemon call --help` */
export function commandText(command: CommandHelp, commands: readonly CommandHelp[], width: number): string {
  const name = `reeve ${command.path.join(" ")}`;
  const parts = [
    `${wrap(`${name}: ${command.description}`, width, 0)}\n`,
    `${wrap(`Usage: reeve ${synopsis(command)}`, width, 7)}\n`,
    ...command.details.map((paragraph) => `${wrap(paragraph, width, 0)}\n`),
    `Options\n${table(
      command.options.map((option) => [optionNames(option), `${option.text}${option.required ? " (required)" : ""}`]),
      width,
    )}`,
  ];
  if (command.examples.length > 0) {
    parts.push(`Examples\n${command.examples.map(([title, line]) => `  ${title}:\n    ${line}\n`).join("")}`);
  }
  const below = commandsBelow(commands, command.path).filter((other) => other !== command);
  if (below.length > 0) parts.push(`Commands\n${listOf(below, width)}`);
  return parts.join("\n");
}

/** The words that name a command or a group of commands, from the beginning of a command line. */
export function pathOf(commands: readonly CommandHelp[], words: readonly string[]): string[] {
  let length = 0;
  while (length < words.length && commandsBelow(commands, words.slice(0, length + 1)).length > 0) length += 1;
  return words.slice(0, length);
}

/** Whether `-h` or `--help` stands on a command line, before a `--` that ends its options. */
export function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const before = end < 0 ? words : words.slice(0, end);
  return before.some((word, at) => word === "--help" || (word === "-h" && !isHost(before, at)));
}

/** `reeve listener -h HOST`: the model's option for its server. */
function isHost(words: readonly string[], at: number): boolean {
  const next = words[at + 1];
  return words[0] === "listener" && next !== undefined && !next.startsWith("-");
}

/** Help for a command line that asks for it; undefined where it does not, or for something that is not there. */
export function helpFor(
  commands: readonly CommandHelp[],
  words: readonly string[],
  version: string,
  width: number,
): string | undefined {
  if (!asksForHelp(words)) return undefined;
  const path = pathOf(commands, words);
  if (path.length === 0) return words[0]?.startsWith("-") ? overviewText(commands, version, width) : undefined;
  const command = commands.find((each) => each.path.join(" ") === path.join(" "));
  if (command) return commandText(command, commands, width);
  return `Commands of reeve ${path.join(" ")}\n${listOf(commandsBelow(commands, path), width)}`;
}

/**
 * One line that says what is wrong with a command line.
 * @param reason what clipanion found, where it found something
 */
export function complaint(
  commands: readonly CommandHelp[],
  words: readonly string[],
  reason: string | undefined,
): string {
  const path = pathOf(commands, words);
  const here = ["reeve", ...path].join(" ");
  const next = words[path.length];
  const command = commands.find((each) => each.path.join(" ") === path.join(" "));
  const below = [...new Set(commandsBelow(commands, path).map((each) => each.path[path.length]))].filter(Boolean);
  if (next !== undefined && !next.startsWith("-") && below.length > 0) {
    return `${here}: there is no command ${next}; known: ${below.join(", ")}`;
  }
  if (!command) return `${here}: a command is missing; known: ${below.join(", ")}`;
  const absent = command.options.find(({ required, names }) => required && !names.some((name) => words.includes(name)));
  const found = absent ? `${optionNames(absent)} is required` : (reason ?? "this command line cannot be read");
  const text = found.replace(/\.$/, "").replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  return `${here}: ${text}; ${here} --help tells what it takes`;
}
