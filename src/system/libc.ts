/**
 * The C library of this system, opened once for each set of functions. Everything in `system/` that calls the kernel
 * goes through here. bun:ffi needs the JIT, so a process that uses it cannot run under MemoryDenyWriteExecute.
 */
import { dlopen, type FFIFunction, type Library, read } from "bun:ffi";
import { Problem } from "../problem.ts";

/** glibc's name, then musl's (one file name for each machine type). */
const names = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

/**
 * The named functions of libc.
 * @throws Problem `missing` when neither library can be opened or a function is absent from it.
 */
export function libc<const Functions extends Record<string, FFIFunction>>(
  functions: Functions,
): Library<Functions>["symbols"] {
  let cause: unknown;
  for (const name of names) {
    try {
      return dlopen(name, functions).symbols;
    } catch (error) {
      cause ??= error;
    }
  }
  throw new Problem("missing", "the C library cannot be opened", { cause });
}

let location: (() => number | null) | undefined;

/** errno of this thread's last failed libc call; ask at once, before anything else runs. */
export function errno(): number {
  location ??= libc({ __errno_location: { args: [], returns: "ptr" } }).__errno_location as () => number | null;
  return read.i32(location() as Parameters<typeof read.i32>[0]);
}
