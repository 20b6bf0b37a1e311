/** Named pipes (fifo(7)) that are made with an end of ours open: nobody ever finds one without. */
import { closeSync, constants, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { Problem } from "../problem.ts";
import { errno, libc } from "./libc.ts";

function open() {
  return libc({ mkfifo: { args: ["ptr", "u32"], returns: "i32" } });
}
let functions: ReturnType<typeof open> | undefined;

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = constants;

export interface FifoReader {
  /** All that is written to it; it does not end with its writers. */
  stream: ReadableStream<Uint8Array>;
  /** To be called when the stream was cancelled, or has ended. */
  close(): void;
}

export interface FifoWriter {
  /** What fits in it waits for its readers. False: nobody has it open for that, or it is full. */
  write(text: string): boolean;
  /** Whether somebody has it open for reading. */
  hasReader(): boolean;
  /** Its readers see its end, if they have read the rest. */
  close(): void;
}

/**
 * Puts one that we read in the place of whatever is at this path. For its owner alone.
 * @throws Problem `missing` (no FFI), `io`
 */
export function fifoToRead(path: string): FifoReader {
  // Opened for both: it blocks nobody, and does not end.
  const fd = made(path, (beside) => openSync(beside, O_RDWR | O_NONBLOCK));
  // Bun reads from a duplicate of the descriptor, and closes that one itself.
  return { stream: Bun.file(fd).stream(), close: () => closeSync(fd) };
}

/** Puts one that we write in the place of whatever is at this path. @throws Problem `missing` (no FFI), `io` */
export function fifoToWrite(path: string): FifoWriter {
  const fd = made(path, (beside) => {
    // It can be opened for writing only while somebody reads.
    const reader = openSync(beside, O_RDONLY | O_NONBLOCK);
    try {
      return openSync(beside, O_WRONLY | O_NONBLOCK);
    } finally {
      closeSync(reader);
    }
  });
  let closed = false;
  const succeeds = (work: () => unknown): boolean => {
    try {
      // The number may be another's descriptor by then.
      if (!closed) work();
      return !closed;
    } catch {
      return false; // EPIPE, ENXIO: no reader; EAGAIN: full
    }
  };
  return {
    write: (text) => succeeds(() => writeSync(fd, text)),
    hasReader: () => succeeds(() => closeSync(openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK))),
    close() {
      if (!closed) closeSync(fd);
      closed = true;
    },
  };
}

function made(path: string, opened: (beside: string) => number): number {
  functions ??= open();
  const beside = `${path}.${process.pid}`;
  rmSync(beside, { force: true });
  if (functions.mkfifo(new TextEncoder().encode(`${beside}\0`), 0o600) !== 0)
    throw new Problem("io", `cannot make ${path}`, { cause: `mkfifo: errno ${errno()}` });
  try {
    const fd = opened(beside);
    renameSync(beside, path);
    return fd;
  } catch (cause) {
    rmSync(beside, { force: true });
    throw new Problem("io", `cannot make ${path}`, { cause });
  }
}
