/** What `-d` may name: an address, HOST:PORT, a name, a prefix, or a file of such lines. */
import { readFile, stat } from "node:fs/promises";
import { addressText, hostsOf, parseAddress } from "../address.ts";
import { Problem } from "../problem.ts";

/** More devices than this want --force: a slip of the prefix must not scan a site. */
export const mostTargets = 512;
const largestFile = 16 << 20;
const mostExpanded = 1 << 20;

/**
 * Each device named, in order, once.
 * @throws Problem `usage` for what is no target, `missing` for a file that cannot be read
 */
export async function expandTargets(words: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const word of words) {
    for (const line of word.startsWith("@") ? await readLines(word.slice(1)) : [word]) {
      for (const target of expandPrefix(line)) {
        found.add(target);
        if (found.size > mostExpanded) throw new Problem("usage", `more than ${mostExpanded} devices: use pingsweep`);
      }
    }
  }
  return [...found];
}

async function readLines(file: string): Promise<string[]> {
  try {
    if ((await stat(file)).size > largestFile)
      throw new Problem("usage", `${file} is larger than ${largestFile} bytes`);
    const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.replace(/#.*/, "").trim());
    return lines.filter(Boolean);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("missing", `cannot read ${file}`, { cause });
  }
}

/** `192.0.2.0/24` → its hosts (network and broadcast address left out below /31); all else as it is. */
export function expandPrefix(word: string): string[] {
  if (!word.includes("/")) {
    if (word === "" || /[\s\0]/.test(word) || word.length > 255)
      throw new Problem("usage", `${JSON.stringify(word)} is no device`);
    // One spelling, so that nobody is asked twice at once.
    return [word.includes("%") ? word : (parseAddress(word)?.ip ?? word)];
  }
  const range = hostsOf(word);
  if (!range) throw new Problem("usage", `${word} is no prefix`);
  const { first, last, family } = range;
  if (last - first >= mostExpanded) {
    throw new Problem("usage", `${word} has more than ${mostExpanded} addresses: use pingsweep`);
  }
  return Array.from({ length: Number(last - first) + 1 }, (_, at) => addressText(first + BigInt(at), family));
}
