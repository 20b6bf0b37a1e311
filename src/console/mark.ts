import { createHash } from "node:crypto";
import { Problem } from "../problem.ts";

/**
 * A short text that is another one when something else is said, or when nobody can be asked for another reason. A page
 * carries that of what it shows, so that a watch knows when it is no longer so.
 */
export function markOf(said: unknown): string {
  const text = said instanceof Problem ? said.code : JSON.stringify(said);
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}
