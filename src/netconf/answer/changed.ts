/** Files that were edited since the daemon read them: what is asked goes by what was read, which somebody must be told. */
import { statSync } from "node:fs";
import type { Engine } from "../engine.ts";

/** "": none was, or the files do not count anyhow. */
export function changedText({ configuration, confirmation, read }: Engine): string {
  if (confirmation.rolledBack || read === 0) return "";
  const path = configuration.files.find((one) => changedAt(one) > read);
  if (path === undefined) return "";
  return `${path} has changed since it was read: \`reeve netconf reload\` reads it, \`apply\` carries it out, too`;
}

/** Epoch milliseconds; a file that is missing has changed. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Number.POSITIVE_INFINITY;
}
