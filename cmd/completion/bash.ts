/** The completion script of bash: bash(1) `complete -F`, without the library of the package bash-completion. */
import { type CommandHelp, places } from "../definition.ts";
import type { ValueHelp } from "../values.ts";

function quoted(words: Iterable<string>): string {
  return `'${[...words].join(" ")}'`;
}

function offer(value: ValueHelp): string {
  if (value.completes === "file") return "_reeve_paths -f";
  if (value.completes === "folder") return "_reeve_paths -d";
  if (value.completes === "interface") return '_reeve_words "$(command ls /sys/class/net 2>/dev/null)"';
  return value.completes ? `_reeve_words ${quoted(value.completes)}` : ":";
}

function valueCases({ path, options }: CommandHelp): string[] {
  return options.flatMap(({ names, value }) => {
    if (!value) return [];
    const patterns = names.map((name) => `'${path.join(" ")} ${name}'`);
    return [`    ${patterns.join(" | ")}) ${offer(value)}; return ;;`];
  });
}

export function bashCompletion(commands: readonly CommandHelp[]): string {
  const known = places(commands);
  const groups = [...known.keys()].filter((path) => path !== "").map((path) => `'${path}'`);
  const cases = [...known].map(([path, next]) => {
    const command = commands.find((each) => each.path.join(" ") === path);
    const names = command ? command.options.flatMap((option) => option.names) : ["-h", "--help", "--version"];
    const rest = command?.operands[0] ? offer(command.operands[0]) : `_reeve_words ${quoted(next.keys())}`;
    return [
      `    '${path}')`,
      `      if [[ $word == -* ]]; then _reeve_words ${quoted(path === "" || command ? names : ["-h", "--help"])}`,
      `      else ${rest}; fi ;;`,
    ].join("\n");
  });
  return `# Completion of reeve for bash, made by \`reeve completion bash\`.

_reeve_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

_reeve_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

_reeve() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local place="" next i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="\${place:+$place }\${COMP_WORDS[i]}"
    case "$next" in
    ${groups.join(" | ")}) place="$next" ;;
    *) break ;;
    esac
  done
  case "$place $previous" in
${commands.flatMap(valueCases).join("\n")}
  esac
  case "$place" in
${cases.join("\n")}
  esac
}

complete -F _reeve reeve
`;
}
