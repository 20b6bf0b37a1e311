/** systemd.unit(5) files as the tests read them, and the groups of system calls that systemd knows. */
import { readFileSync } from "node:fs";
import { output } from "./package.ts";

/** Settings of the `[Service]` section in the order of the file; one may stand there several times. */
export function serviceSettings(path: string): (name: string) => string[] {
  const service = /^\[Service\]$([\s\S]*?)(?=^\[)/m.exec(readFileSync(path, "utf8"))?.[1] ?? "";
  const lines = [...service.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => ({ name, value }));
  return (wanted) => lines.filter(({ name }) => name === wanted).map(({ value }) => value);
}

/** `A=b C=d` of Environment=. */
export function environmentOf(settings: (name: string) => string[]): Record<string, string> {
  const words = settings("Environment").flatMap((line) => line.split(/\s+/));
  return Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
}

/** What SystemCallFilter= lets through: an allow-list first, then lines that take from it or add to it. */
export async function allowedCalls(settings: (name: string) => string[]): Promise<Set<string>> {
  const groups = new Map<string, string[]>();
  let group: string[] | undefined;
  for (const line of (await output(["systemd-analyze", "syscall-filter"])).split("\n")) {
    const name = line.trim();
    if (line.startsWith("@")) {
      group = [];
      groups.set(line, group);
    } else if (name !== "" && !name.startsWith("#")) group?.push(name);
  }
  const expand = (name: string): string[] => (name.startsWith("@") ? (groups.get(name) ?? []).flatMap(expand) : [name]);
  const allowed = new Set<string>(expand("@default"));
  for (const line of settings("SystemCallFilter")) {
    const take = line.startsWith("~");
    for (const name of line.replace("~", "").split(/\s+/).flatMap(expand)) {
      if (take) allowed.delete(name);
      else allowed.add(name);
    }
  }
  return allowed;
}
