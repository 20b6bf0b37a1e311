/** Which files of a folder are handlers, and of what kind. */
import { readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../problem.ts";

/**
 * `script`: TypeScript or JavaScript; `python`: a module as the model's; `program`: any executable (JSON lines);
 * `shipped`: part of Reeve, there is no file.
 */
export type HandlerKind = "script" | "python" | "program" | "shipped";

export interface HandlerFile {
  /** The file's name without its ending. */
  stem: string;
  kind: HandlerKind;
  /** Absolute. */
  file: string;
  folder: string;
  /** Another one means that the file is another. */
  signature: string;
}

// Hidden, of editors, of package managers, of Python; and types for an editor, which are no code.
const ignored = /^[.#_]|~$|\.(bak|orig|old|save|swp|tmp|new|pyc|pyo|rpm\w+|dpkg-\w+|ucf-\w+)$|\.d\.[cm]?ts$/;

function kindOf(name: string, { mode }: Stats): HandlerKind | undefined {
  if (/\.[cm]?[jt]s$/.test(name)) return "script";
  if (name.endsWith(".py")) return "python";
  return (mode & 0o111) === 0 ? undefined : "program";
}

function statusOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined; // a link to nowhere, or it has just gone
  }
}

/** One of `listener.shipped`. */
export function shippedFile(name: string): HandlerFile {
  return { stem: name, kind: "shipped", file: "", folder: "/", signature: "" };
}

/**
 * The handlers of a folder, by name.
 * @throws Problem `config` when it cannot be read
 */
export function handlerFiles(folder: string): HandlerFile[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Problem("config", `the folder of handlers ${folder} cannot be read (${code})`, { cause });
  }
  return names.flatMap((name) => {
    const file = join(folder, name);
    const status = ignored.test(name) ? undefined : statusOf(file);
    const kind = status?.isFile() ? kindOf(name, status) : undefined;
    if (!status || !kind) return [];
    const { ino, mtimeMs, ctimeMs, size } = status;
    const stem = name.replace(/(.)\.[^.]*$/, "$1");
    return [{ stem, kind, file, folder, signature: [ino, mtimeMs, ctimeMs, size].join() }];
  });
}
