import { createHash } from "node:crypto";
import type { Problem } from "../../problem.ts";
import type { ListenerStatus } from "./control.ts";

/**
 * A short text that is another one when the listener says something else about itself, or cannot be asked for another
 * reason. A page carries that of what it shows, so that a watch knows when it is no longer so.
 */
export function markOf(said: ListenerStatus | Problem): string {
  const text = said instanceof Error ? said.code : JSON.stringify(said);
  return createHash("sha256").update(text).digest("base64url").slice(0, 16);
}
