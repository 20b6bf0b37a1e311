/** The completion script of fish: fish's complete(1). */
import { type CommandHelp, places } from "../definition.ts";
import type { ValueHelp } from "../values.ts";

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

/** `-r`: takes a value, `-x`: and no file, `-F`: a file all the same. */
function offer({ completes }: ValueHelp, needed: "-r" | ""): string {
  if (completes === "file") return `${needed} -F`.trim();
  if (completes === "interface") return `${needed && "-x"} -a '(__fish_print_interfaces)'`.trim();
  if (completes === "folder") return `${needed && "-x"} -a '(__fish_complete_directories)'`.trim();
  return completes ? `${needed && "-x"} -a ${quoted(completes.join(" "))}`.trim() : needed && "-x";
}

function optionLine(at: string, { names, text, value }: CommandHelp["options"][number]): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return ["complete -c reeve", at, ...flags, value ? offer(value, "-r") : "", "-d", quoted(text)]
    .filter(Boolean)
    .join(" ");
}

export function fishCompletion(commands: readonly CommandHelp[]): string {
  const known = places(commands);
  const at = (path: string) => `-n ${quoted(`__reeve_at ${quoted(path)}`)}`;
  const lines: string[] = [];
  for (const [path, next] of known) {
    const command = commands.find((each) => each.path.join(" ") === path);
    for (const [word, text] of next) lines.push(`complete -c reeve ${at(path)} -a ${word} -d ${quoted(text)}`);
    for (const option of command?.options ?? []) lines.push(optionLine(at(path), option));
    const offered = command?.operands[0] ? offer(command.operands[0], "") : "";
    if (offered !== "") lines.push(`complete -c reeve ${at(path)} ${offered}`);
  }
  const groups = [...known.keys()].filter((path) => path !== "").map(quoted);
  return `# Completion of reeve for fish, made by \`reeve completion fish\`.

# Whether the words typed so far stand at this command.
function __reeve_at
    set -l words (commandline -opc)
    set -l place
    for word in $words[2..-1]
        set -l next (string trim -- "$place $word")
        contains -- $next ${groups.join(" ")}
        or break
        set place $next
    end
    test "$place" = "$argv[1]"
end

complete -c reeve -f
complete -c reeve ${at("")} -s h -l help -d 'list the commands'
complete -c reeve ${at("")} -l version -d 'print version and commit'
${lines.join("\n")}
`;
}
