/**
 * What `ps` and `top` show of a process. `process.title` changes neither with Bun: comm is set by prctl(2), and the
 * command line by writing over the words the process was started with (their place: proc_pid_stat(5), fields 48 and 49).
 */
import { readFileSync } from "node:fs";
import { libc } from "./libc.ts";

const PR_SET_NAME = 15;
/** The kernel keeps 15 bytes of a name. */
const nameSize = 15;

function open() {
  return libc({
    prctl: { args: ["i32", "ptr", "u64", "u64", "u64"], returns: "i32" },
    memcpy: { args: ["u64", "ptr", "u64"], returns: "u64" },
  });
}
let functions: ReturnType<typeof open> | undefined;
let place: { start: bigint; size: number } | undefined;

function argumentsPlace(): { start: bigint; size: number } {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  // Two fields, pid and name, stand before these.
  const [start, end] = [fields[45] ?? "0", fields[46] ?? "0"].map(BigInt) as [bigint, bigint];
  return { start, size: Math.max(0, Number(end - start)) };
}

/** At most `size` bytes of the text, no character cut in two. */
function fitted(text: string, size: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= size) return bytes;
  let end = size;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/**
 * Shows `title` as the command line of this process, cut to the room it was started with (`ChildOptions.titleRoom`), and
 * `name` as its short name.
 */
export function showTitle(title: string, name: string): void {
  functions ??= open();
  place ??= argumentsPlace();
  const short = new Uint8Array(nameSize + 1);
  short.set(fitted(name.replaceAll("\0", ""), nameSize));
  functions.prctl(PR_SET_NAME, short, 0n, 0n, 0n);
  if (place.start === 0n || place.size < 2) return;
  // The last byte stays NUL: otherwise the kernel takes the environment for a part of the title.
  const line = new Uint8Array(place.size);
  line.set(fitted(title.replaceAll("\0", ""), place.size - 1));
  functions.memcpy(place.start, line, BigInt(place.size));
}
