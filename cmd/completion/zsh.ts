/** The completion script of zsh: zshcompsys(1), a function for `compdef`. */
import { type CommandHelp, places } from "../definition.ts";
import type { ValueHelp } from "../values.ts";

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

// What stands in a specification of _arguments ends at a colon or a bracket.
function plain(text: string): string {
  return text.replace(/[\\:[\]]/g, "\\$&");
}

function offer({ name, completes }: ValueHelp): string {
  const action = { file: "_files", folder: "_files -/", interface: "_net_interfaces" };
  if (typeof completes === "string") return `${plain(name)}:${action[completes]}`;
  return `${plain(name)}:${completes ? `(${completes.join(" ")})` : " "}`;
}

function specifications({ options, operands }: CommandHelp): string[] {
  const flags = options.flatMap(({ names, text, value }) =>
    names.map((name) => quoted(`*${name}[${plain(text)}]${value ? `:${offer(value)}` : ""}`)),
  );
  // An operand nobody can complete would be a message, and keep an option's only match from being taken.
  const offered = operands.filter(({ completes }) => completes !== undefined);
  return [...flags, ...offered.map((operand) => quoted(`${operand.many ? "*" : ""}:${offer(operand)}`))];
}

export function zshCompletion(commands: readonly CommandHelp[]): string {
  const known = places(commands);
  const groups = [...known.keys()].filter((path) => path !== "").map(quoted);
  const cases = [...known].map(([path, next]) => {
    const command = commands.find((each) => each.path.join(" ") === path);
    const specs = command ? specifications(command) : ["'(-)'{-h,--help}'[list the commands]'"];
    if (path === "") specs.push("'(-)--version[print version and commit]'");
    const words = [...next].map(([word, text]) => quoted(`${word}:${plain(text)}`));
    const list = words.length > 0 ? `      next=(\n        ${words.join("\n        ")}\n      )\n` : "";
    return `    (${quoted(path)})\n${list}      options=(\n        ${specs.join("\n        ")}\n      )\n      ;;`;
  });
  return `#compdef reeve
# Completion of reeve for zsh, made by \`reeve completion zsh\`.

_reeve() {
  local place="" word
  local -a next options
  integer depth=1
  while (( depth + 1 < CURRENT )); do
    word="\${place:+$place }\${words[depth + 1]}"
    case $word in
      (${groups.join("|")}) place=$word; (( ++depth )) ;;
      (*) break ;;
    esac
  done
  case $place in
${cases.join("\n")}
  esac
  shift $(( depth - 1 )) words
  (( CURRENT -= depth - 1 ))
  if (( CURRENT == 2 && $#next )) && [[ $PREFIX != -* ]]; then
    _describe -t commands 'command of reeve' next
  else
    _arguments -s -S : $options
  fi
}

# Sourced, it declares itself; as an autoloaded function it is run.
if [[ $funcstack[1] == _reeve ]]; then
  _reeve "$@"
else
  compdef _reeve reeve
fi
`;
}
