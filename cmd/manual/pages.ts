/** The manual: reeve(1), one page for each command, and reeve-config(5). Pure: from declarations to text. */
import { type CommandHelp, commandsBelow, type OptionHelp, synopsis } from "../definition.ts";
import { purpose } from "../help.ts";
import { configPage } from "./config-page.ts";
import { exitCodes } from "./exit-codes.ts";
import { bold, italic, item, paragraphs, prose, reference, roff, section, sentence, title, typed } from "./roff.ts";

const environment: [string, string][] = [
  ["REEVE_HOME", "Folder of the configuration files, instead of `/etc/reeve` (root) or `~/.config/reeve`."],
  ["REEVE_ENVDIR", "Folder of the environments' files, instead of `environments` in that folder."],
  ["REEVE_ENVIRONMENT", "Name of the environment whose file is read; `deployment` unless it is set."],
  ["REEVE_*", "Any key of the configuration, for example `REEVE_DATABASE` or `REEVE_TLS_CERT`."],
];

const files: [string, string][] = [
  ["/etc/reeve/config.yml", "Configuration."],
  ["/etc/reeve/environments/deployment.yml", "Configuration that comes before it."],
  ["/var/lib/reeve", "Data of the daemon: the database, unless it is elsewhere, and the first password."],
  ["/var/lib/reeve-agent", "Data of the agent: the identity of this host, and what no server has acknowledged yet."],
  ["/run/reeve/daemon.sock", "Socket of the daemon, for `reeve daemon call`."],
];

function pageName(path: readonly string[]): string {
  return ["reeve", ...path].join("-");
}

function optionItem({ names, value, text, required }: OptionHelp): string[] {
  const term = names.map(bold).join(", ");
  const choices = typeof value?.completes === "object" ? value.completes : [];
  const untold = choices.filter((choice) => !text.includes(choice));
  const known = untold.length > 0 ? ` One of ${choices.join(", ")}.` : "";
  const need = required ? " Required." : "";
  return item(value ? `${term} ${italic(value.name)}` : term, prose(`${sentence(text)}${known}${need}`));
}

function synopsisLine(command: CommandHelp): string {
  const words = synopsis(command).split(" ");
  const styled = words.map((word, at) => {
    if (at < command.path.length || word.startsWith("-")) return bold(word);
    return word.replace(/[A-Z][A-Z:=/]*/g, italic).replace("[\\fIOPTION\\fR]...", "[\\fIOPTION\\fR]...");
  });
  return [bold("reeve"), ...styled].join(" ");
}

function exampleLines(examples: readonly [string, string][]): string[] {
  return examples.flatMap(([name, line], at) => [...(at > 0 ? [".PP"] : []), prose(`${name}:`), ".PP", ...typed(line)]);
}

function commandPage(command: CommandHelp, commands: readonly CommandHelp[], version: string): string {
  const name = pageName(command.path);
  const relatives = commandsBelow(commands, command.path.slice(0, 1)).filter((other) => other !== command);
  return [
    title(name, 1, version),
    ...section("NAME", `${roff(name)} \\- ${prose(command.description)}`),
    ...section("SYNOPSIS", synopsisLine(command)),
    ...section(
      "DESCRIPTION",
      ...paragraphs([...command.details, ...(command.details.length ? [] : [sentence(command.description)])]),
    ),
    ...section("OPTIONS", ...command.options.flatMap(optionItem)),
    ...section("EXAMPLES", ...exampleLines(command.examples)),
    ...section(
      "EXIT STATUS",
      `0 when it did what it was asked; else a number of the table in ${reference("reeve", 1)}.`,
    ),
    ...section(
      "SEE ALSO",
      [
        reference("reeve", 1),
        ...relatives.map(({ path }) => reference(pageName(path), 1)),
        reference("reeve-config", 5),
      ].join(", "),
    ),
    "",
  ].join("\n");
}

function overviewPage(commands: readonly CommandHelp[], version: string): string {
  const groups = [...new Set(commands.map(({ category }) => category))].flatMap((category) => [
    `.SS ${category}`,
    ...commandsBelow(commands, [])
      .filter((command) => command.category === category)
      .flatMap((command) => item(reference(pageName(command.path), 1), prose(sentence(command.description)))),
  ]);
  const codes = exitCodes().flatMap(({ exit, meanings }) =>
    item(`.B ${exit}`, prose(sentence(meanings.map(({ meaning }) => meaning).join("; or ")))),
  );
  return [
    title("reeve", 1, version),
    ...section("NAME", `reeve \\- ${purpose.replaceAll("'", "\\(aq")}`),
    ...section(
      "SYNOPSIS",
      `${bold("reeve")} \\fICOMMAND\\fR [\\fIOPTION\\fR]...`,
      ".br",
      `${bold("reeve")} [\\fICOMMAND\\fR] ${bold("--help")}`,
      ".br",
      `${bold("reeve --version")}`,
    ),
    ...section(
      "DESCRIPTION",
      ...paragraphs([
        "One program for an organisation's people, machines and network. Each of its services and tools is a command of its own.",
        "Services run in the foreground until TERM or Ctrl-C. Where there is no service manager, `--background` starts one as a process of its own, and `stop` and `status` find it.",
      ]),
    ),
    ...section("COMMANDS", ...groups),
    ...section("ENVIRONMENT", ...environment.flatMap(([name, text]) => item(bold(name), prose(text)))),
    ...section("FILES", ...files.flatMap(([name, text]) => item(italic(name), prose(text)))),
    ...section("EXIT STATUS", ...item(".B 0", "It did what it was asked."), ...codes),
    ...section("SEE ALSO", reference("reeve-config", 5)),
    "",
  ].join("\n");
}

/** File name (`reeve-daemon.1`) and text of every page. */
export function manualPages(commands: readonly CommandHelp[], version: string): Map<string, string> {
  return new Map([
    ["reeve.1", overviewPage(commands, version)],
    ...commands.map((command): [string, string] => [
      `${pageName(command.path)}.1`,
      commandPage(command, commands, version),
    ]),
    ["reeve-config.5", configPage(version)],
  ]);
}
