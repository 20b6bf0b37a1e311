/** The model's state files, `handlers/NAME` below the state folder. Deleting one asks for a resync. */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, replaceFile } from "../system/file.ts";

/** Sum of the model's bits: 1 its initial load is complete, 2 it is in order. */
export const initialized = 1;
export const ready = 2;

export interface StateFiles {
  /** Undefined: there is none. */
  read(name: string): number | undefined;
  write(name: string, state: number): void;
  remove(name: string): void;
  /** All of them: every handler is loaded anew. */
  clear(): void;
}

/** @param folder `STATE/handlers`; made if it is absent */
export function stateFiles(folder: string): StateFiles {
  makeFolder(folder, 0o700);
  return {
    read(name) {
      const path = join(folder, name);
      return existsSync(path) ? Number.parseInt(readFileSync(path, "utf8"), 10) || 0 : undefined;
    },
    write: (name, state) => replaceFile(join(folder, name), `${state}`),
    remove: (name) => rmSync(join(folder, name), { force: true }),
    clear: () => readdirSync(folder).forEach((name) => void rmSync(join(folder, name), { force: true })),
  };
}
