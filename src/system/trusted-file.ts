/** Code of a site is loaded from files that nobody else may write: whoever may, runs code as our user. */
import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
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

/**
 * Nor may others write to the folder of the file, or to that of what it is a link to: they could put another there. Where
 * only its owner may remove a file (/tmp), they could not.
 * @throws Problem as `refuseForeignFile`
 */
export function refuseForeignCode(file: string, code: ProblemCode): void {
  refuseForeignFile(file, code);
  for (const folder of new Set([dirname(file), dirname(realpathSync(file))])) {
    const { mode, uid } = statSync(folder);
    const sticky = (mode & 0o1000) !== 0 && (uid === 0 || uid === process.getuid?.());
    if (!sticky) refuseForeignFile(folder, code);
  }
}
