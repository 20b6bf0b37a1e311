/** prctl(2): what a process asks of the kernel about itself. */
import { libc } from "./libc.ts";

const PR_SET_PDEATHSIG = 1;

function open() {
  return libc({ prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" } });
}
let functions: ReturnType<typeof open> | undefined;

function prctl(option: number, value: number): boolean {
  functions ??= open();
  return functions.prctl(option, BigInt(value), 0n, 0n, 0n) === 0;
}

/**
 * The kernel kills this process when the thread that started it ends. A change of uid clears it: call it afterwards.
 * @returns false where the kernel refused
 */
export function dieWithParent(signal = 9): boolean {
  return prctl(PR_SET_PDEATHSIG, signal);
}
