/** Temporary folders that are gone with the test run, however it ends. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let remover: Bun.Subprocess<"pipe", "ignore", "inherit"> | undefined;

/**
 * `bun test` fires no exit event, and nobody is asked at kill -9; the end of a pipe comes in any case. One process waits
 * for it, with the list of what to remove.
 */
export function temporaryFolder(name = "test"): string {
  const path = mkdtempSync(join(tmpdir(), `reeve-${name}-`));
  const script = 'while read -r path; do list="$list $path"; done; sleep 1; rm -rf $list';
  remover ??= Bun.spawn(["sh", "-c", script], { stdin: "pipe", stdout: "ignore", stderr: "inherit", detached: true });
  remover.unref();
  remover.stdin.write(`${path}\n`);
  remover.stdin.flush();
  return path;
}
