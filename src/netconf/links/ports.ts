/** Lists of ports: names, `none`, `all`, `regex`, `glob`, as bridge-utils, ifenslave, ifupdown-ng and ifupdown2 read them. */
import type { Option } from "../interfaces/configuration.ts";
import type { Draft } from "../methods/draft.ts";
import { device, Unfit, words } from "../methods/value.ts";

/** Names that `glob swp1-3.100` may stand for, together. */
const limit = 4096;

/** @param all what `all` stands for: a pattern of names, undefined every link */
export function portNames(
  given: readonly Option[],
  all: RegExp | undefined,
  draft: Draft,
): { name: string; by: Option }[] {
  const found = new Map<string, Option>();
  for (const option of given) {
    let how: "name" | "regex" | "glob" = "name";
    for (const word of words(option.value)) {
      if (word === "regex" || word === "glob") how = word;
      else if (word === "noregex") how = "name";
      else for (const name of namesOf(word, how, all, option, draft)) if (!found.has(name)) found.set(name, option);
    }
  }
  found.delete(draft.device);
  return [...found].map(([name, by]) => ({ name, by }));
}

function namesOf(
  word: string,
  how: "name" | "regex" | "glob",
  all: RegExp | undefined,
  option: Option,
  draft: Draft,
): string[] {
  if (word === "none") return [];
  if (word === "all") return present(draft).filter((name) => name !== "lo" && (!all || all.test(name)));
  if (how === "glob") return draft.part(option, word, globbed) ?? [];
  if (how === "name") return draft.part(option, word, device) ? [word] : [];
  const pattern = draft.part(option, word, expression);
  return pattern ? present(draft).filter((name) => pattern.test(name)) : [];
}

/** Names of what is there. */
function present({ context, device }: Draft): string[] {
  return [...context.links.keys()].filter((name) => name !== device);
}

/** As egrep(1) has it, for whole names. */
function expression(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch {
    throw new Unfit("is no regular expression");
  }
}

/** `swp1-3.100`, `swp[1-3]s[0-4].100`: every number of each range. */
function globbed(text: string): string[] {
  const ranges = text.includes("[") ? /\[(\d{1,5})-(\d{1,5})\]/ : /(?<=[A-Za-z])(\d{1,5})-(\d{1,5})/;
  let names = [text];
  for (let range = ranges.exec(text); range; range = ranges.exec(names[0]!)) {
    const [first, last] = [Number(range[1]), Number(range[2])];
    if (last < first || (last - first + 1) * names.length > limit)
      throw new Unfit(`is no range of up to ${limit} names`);
    const numbers = Array.from({ length: last - first + 1 }, (_, at) => first + at);
    names = names.flatMap((name) => numbers.map((number) => name.replace(ranges, String(number))));
  }
  return names.map(device);
}
