/** Code of a site is loaded from files that nobody else may write: whoever may, runs code as our user. */
import { statSync } from "node:fs";
import { Problem, type ProblemCode } from "../problem.ts";

/** @throws Problem `not-found`; `code` for a file that others own or may write */
export function refuseForeignFile(file: string, code: ProblemCode): void {
  let status: ReturnType<typeof statSync>;
  try {
    status = statSync(file);
  } catch (cause) {
    throw new Problem("not-found", `there is no file ${file}`, { cause });
  }
  const owner = status.uid === 0 || status.uid === process.getuid?.();
  if (!owner || (status.mode & 0o022) !== 0) {
    throw new Problem(code, `${file} must belong to root or to this user, writable by nobody else`);
  }
}
