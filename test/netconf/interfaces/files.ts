/** Files that are only in memory. */

import type { Files } from "../../../src/netconf/interfaces/files.ts";
import { Problem } from "../../../src/problem.ts";

export function memoryFiles(
  texts: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Files {
  const folders = new Set(
    Object.keys(texts).flatMap((path) => path.split("/").map((_, at, all) => all.slice(0, at).join("/"))),
  );
  const plain = (path: string) => path.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
  return {
    read(path) {
      const text = texts[plain(path)];
      if (text !== undefined) return text;
      if (folders.has(plain(path))) throw new Problem("io", "Is a directory");
      throw new Problem("missing", "No such file or directory");
    },
    list(path) {
      const start = path === "/" ? "/" : `${plain(path)}/`;
      const below = [...Object.keys(texts), ...folders].filter((name) => name.startsWith(start));
      return [...new Set(below.map((name) => name.slice(start.length).split("/")[0] ?? ""))].filter(Boolean);
    },
    exists: (path) => texts[plain(path)] !== undefined || folders.has(plain(path)),
    environment,
  };
}
