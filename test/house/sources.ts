/** The source files of the house and what each imports, for the tests that hold its shape. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

export const top = join(import.meta.dirname, "..", "..");

export interface Source {
  /** `src/daemon/api.ts` */
  path: string;
  /** Without comments; texts stay. */
  code: string;
  /** Own files imported for their values, static or dynamic. */
  imports: string[];
  /** Own files imported for their types only. */
  types: string[];
  packages: string[];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;,{}()])\/\/.*$/gm, "$1");
}

function read(path: string): Source {
  const code = withoutComments(readFileSync(join(top, path), "utf8"));
  const source: Source = { path, code, imports: [], types: [], packages: [] };
  const add = (target: string, list: string[]) => {
    if (target.startsWith(".")) list.push(relative(top, join(top, normalize(join(dirname(path), target)))));
    else if (list === source.imports) source.packages.push(target);
  };
  for (const match of code.matchAll(/^(?:import|export)\s+(type\s)?[^;"']*?from\s+"([^"]+)"/gm)) {
    add(match[2] ?? "", match[1] ? source.types : source.imports);
  }
  for (const match of code.matchAll(/(?:^import\s+|\bimport\()"([^"]+)"/gm)) add(match[1] ?? "", source.imports);
  return source;
}

export function sources(...folders: string[]): Source[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(top, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
    )
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
    .sort()
    .map(read);
}
