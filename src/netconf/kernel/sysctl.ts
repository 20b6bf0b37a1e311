/** Values below /proc/sys/net. Keys are in parts, for a device's name may have dots. */
import { Buffer } from "node:buffer";
import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import { failure } from "./errno.ts";
import type { StepResult } from "./step.ts";

const root = "/proc/sys/net";
/** No value of the kernel's is longer. */
const longest = 4096;

function pathOf(key: readonly string[]): string | undefined {
  const fit = key.length > 0 && key.every((part) => part !== "" && !/^\.{1,2}$|[/\0]/.test(part));
  return fit ? [root, ...key].join("/") : undefined;
}

/** Without the closing newline; undefined when there is no such key, or it cannot be read. */
export function readSysctl(key: readonly string[]): string | undefined {
  const path = pathOf(key);
  if (!path) return undefined;
  let fd = -1;
  try {
    fd = openSync(path, "r");
    // The kernel clears as much memory as it is asked for bytes: readFileSync asks for 256 KiB.
    const length = readSync(fd, buffer, 0, longest, 0);
    return buffer.toString("latin1", 0, length).replace(/\n$/, "");
  } catch {
    return undefined;
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

const buffer = Buffer.alloc(longest);

export function writeSysctl(key: readonly string[], value: string): StepResult {
  const path = pathOf(key);
  const name = key.join("/");
  if (!path || value.length > longest) return failure("EINVAL", `${name}: there can be no such key or value`);
  try {
    // Never made: a key that is not there is an error.
    writeFileSync(path, value, { flag: "r+" });
    return { ok: true };
  } catch (cause) {
    const { code = "EIO" } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such key" : code === "EINVAL" ? `it takes no "${value}"` : code;
    return failure(code, `${name}: ${why}`);
  }
}
