/** Finds external programs: an absolute path, or a name on the trusted PATH. */
import { accessSync, constants, statSync } from "node:fs";
import { Problem } from "../problem.ts";
import { trustedPath } from "./environment.ts";

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Absolute path of a program, or undefined where it is absent. A relative path with a slash is never taken. */
export function findProgram(name: string): string | undefined {
  if (name.startsWith("/")) return executable(name) ? name : undefined;
  if (name === "" || name.includes("/") || name.includes("\0")) return undefined;
  return trustedPath
    .split(":")
    .map((folder) => `${folder}/${name}`)
    .find(executable);
}

/** As `findProgram`, but an absent program is a Problem `missing`. */
export function needProgram(name: string): string {
  const path = findProgram(name);
  if (path === undefined)
    throw new Problem("missing", `the program ${name} is not installed (looked in ${trustedPath})`);
  return path;
}

let setpriv: string | undefined | null = null;

/**
 * The words that make the kernel kill an external program when the process that started it dies: util-linux's
 * setpriv(1). Empty where it is absent (busybox has one without `--pdeathsig`, at the same path on Alpine).
 */
export function dieWithParent(): string[] {
  if (setpriv === null) setpriv = findProgram("setpriv");
  return setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--"];
}
