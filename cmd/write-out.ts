/** Standard output and standard error without the streams of `process`, whose making takes half the time of a short run. */
import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";
import { Problem } from "../src/problem.ts";

/** Milliseconds between two tries where whoever reads is slow and has it that nobody waits in write(2). */
const between = 5;

/** All of it, however long that takes. That nobody reads any more is no failure. @throws Problem `io` */
export function writeOut(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw new Problem("io", `the output could not be written (${code})`, { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, between);
    }
  }
}
