/**
 * Words of `source` and `source-directory` as wordexp(3) has them: quotes, `~`, `$VAR`, `${VAR}`, `${VAR:-default}`,
 * patterns of file names. Commands are not carried out: nothing in a configuration starts a program while it is read.
 */
import type { Files } from "./files.ts";
import { isPattern, matches } from "./glob.ts";

const maxPaths = 4096;

/** One that cannot be expanded, with the reason. */
export class ExpansionError extends Error {}

/** A word while it is put together: as a pattern in which what was quoted is escaped, and as plain text. */
interface Draft {
  pattern: string;
  text: string;
}

/**
 * Paths in order; a pattern that matches nothing stands for itself.
 * @param folder what relative paths are relative to
 * @throws ExpansionError
 */
export function expandWords(text: string, folder: string, files: Files): string[] {
  const paths: string[] = [];
  for (const { pattern, text: plain } of wordsOf(text, files.environment)) {
    const absolute = plain.startsWith("/");
    const found = isPattern(pattern) ? glob(absolute ? "/" : `${folder}/`, pattern, files) : [];
    paths.push(...(found.length > 0 ? found : [absolute ? plain : `${folder}/${plain}`]));
    if (paths.length > maxPaths) throw new ExpansionError(`more than ${maxPaths} paths`);
  }
  return paths;
}

/** Whether a name holds against the files that are there; part by part, and `*` sees no name that begins with a dot. */
function glob(start: string, pattern: string, files: Files): string[] {
  let found = [start];
  const parts = pattern.split("/").filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    const next: string[] = [];
    for (const folder of found) {
      const end = index === parts.length - 1 ? "" : "/";
      if (!isPattern(part)) {
        const path = `${folder}${part.replace(/\\(.)/g, "$1")}`;
        if (files.exists(path)) next.push(`${path}${end}`);
        continue;
      }
      const names = files.list(folder).filter((name) => part.startsWith(".") || !name.startsWith("."));
      for (const name of names.filter((name) => matches(part, name)).sort(byBytes)) next.push(`${folder}${name}${end}`);
      if (next.length > maxPaths) throw new ExpansionError(`more than ${maxPaths} paths`);
    }
    found = next;
  }
  return found;
}

export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function escaped(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}

/** `$VAR`, `${VAR}`, `${VAR:-default}`. */
const reference = /\$(?:\{([A-Za-z_]\w*)(?::?-([^{}$`"'\\]*))?\}|([A-Za-z_]\w*))/y;

function wordsOf(text: string, environment: Files["environment"]): Draft[] {
  const words: Draft[] = [];
  let word: Draft | undefined;
  const add = (plain: string, quoted: boolean) => {
    word ??= { pattern: "", text: "" };
    word.text += plain;
    word.pattern += quoted ? escaped(plain) : plain;
  };
  const end = () => {
    if (word) words.push(word);
    word = undefined;
  };
  const variable = (start: number, quoted: boolean): number => {
    reference.lastIndex = start;
    const [written, braced, instead, plain] = reference.exec(text) ?? [];
    if (written === undefined) {
      if (/[({[]/.test(text[start + 1] ?? "")) throw new ExpansionError("commands and sums are not carried out");
      add("$", true);
      return start;
    }
    const value = environment[braced ?? plain ?? ""] || (instead ?? "");
    if (quoted) add(value, true);
    else {
      for (const [index, field] of value.split(/[ \t\n]+/).entries()) {
        if (index > 0) end();
        if (field !== "") add(field, false);
      }
    }
    return start + written.length - 1;
  };

  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (/\s/.test(character)) end();
    else if (character === "\\") {
      at++;
      if (at === text.length) throw new ExpansionError("nothing follows the backslash");
      add(text[at] ?? "", true);
    } else if (character === "'") {
      const close = text.indexOf("'", at + 1);
      if (close < 0) throw new ExpansionError("a quote is not closed");
      add(text.slice(at + 1, close), true);
      at = close;
    } else if (character === '"') {
      add("", true);
      for (at++; text[at] !== '"'; at++) {
        if (at >= text.length) throw new ExpansionError("a quote is not closed");
        if (text[at] === "`") throw new ExpansionError("commands are not carried out");
        if (text[at] === "\\" && /["$`\\]/.test(text[at + 1] ?? "")) add(text[++at] ?? "", true);
        else if (text[at] === "$") at = variable(at, true);
        else add(text[at] ?? "", true);
      }
    } else if (character === "$") at = variable(at, false);
    else if (character === "`") throw new ExpansionError("commands are not carried out");
    else if (/[|&;<>(){}]/.test(character)) throw new ExpansionError(`${character} must be quoted`);
    else if (character === "~" && !word) at = home(text, at, environment, add);
    else add(character, false);
  }
  end();
  return words;
}

function home(
  text: string,
  at: number,
  environment: Files["environment"],
  add: (plain: string, quoted: boolean) => void,
): number {
  const next = text[at + 1];
  if (next !== undefined && !/[\s/]/.test(next)) throw new ExpansionError("~ with a user's name is not known");
  add(environment.HOME ?? "~", true);
  return at;
}
