/**
 * `run()`: one external program, from start to end. Argument vector, allow-listed environment, deadline, output limit,
 * abort signal; its whole process group is killed at the end, and it dies with this process.
 */
import { Problem } from "../problem.ts";
import { childEnvironment } from "./environment.ts";
import { endGroup } from "./group.ts";
import { dieWithParent, needProgram } from "./program.ts";

export interface RunOptions {
  /** Milliseconds until the program is ended; 60 000 unless told otherwise. */
  timeout?: number;
  /** Bytes of standard output and of standard error that are kept (each); 16 MiB unless told otherwise. */
  maxOutput?: number;
  /** What more output than `maxOutput` means: an error (the default), or reading stops there and the rest is dropped. */
  onOverflow?: "fail" | "truncate";
  /** Ends the program (TERM, then KILL). `run` then rejects with Problem `cancelled`. */
  signal?: AbortSignal | undefined;
  /** Added to the allow-listed environment. */
  env?: Record<string, string>;
  cwd?: string;
  /** Written to its standard input, which is then closed; absent: /dev/null. */
  stdin?: string | Uint8Array;
  /** Called with every piece of output as it comes. What `onOutput` gets is not collected. */
  onOutput?: (stream: "stdout" | "stderr", text: string) => void;
  uid?: number;
  gid?: number;
}

export interface RunResult {
  /** Exit status, or null where a signal ended it. */
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** True: output went past `maxOutput` and was cut. */
  truncated: boolean;
}

/** Time between TERM and KILL. */
const grace = 2000;

/**
 * @throws Problem `missing` (no such program), `timeout`, `cancelled`, `too-large` (output past its limit), `io` (it could
 * not be started). An exit status other than 0 is a result, not an error.
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [name, ...args] = command;
  if (name === undefined) throw new Problem("internal", "run() needs a program");
  const program = needProgram(name);
  const limit = options.maxOutput ?? 16 * 1024 * 1024;
  const timeout = options.timeout ?? 60_000;
  if (options.signal?.aborted) throw new Problem("cancelled", `${name} was cancelled before it started`);

  let child: Bun.Subprocess<"ignore" | Uint8Array, "pipe", "pipe">;
  try {
    child = Bun.spawn([...dieWithParent(), program, ...args], {
      env: childEnvironment(options.env),
      cwd: options.cwd ?? "/",
      stdin: options.stdin === undefined ? "ignore" : bytes(options.stdin),
      stdout: "pipe",
      stderr: "pipe",
      // A group of its own, so that what the program starts ends with it.
      detached: true,
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
  } catch (cause) {
    throw new Problem("io", `${name} could not be started`, { cause });
  }

  let stopped: Problem | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (problem: Problem | undefined) => {
    stopped ??= problem;
    stopping ??= endGroup(child.pid, grace);
  };
  const timer = setTimeout(
    () => stop(new Problem("timeout", `${name} took longer than ${timeout / 1000} s and was ended`)),
    timeout,
  );
  const onAbort = () => stop(new Problem("cancelled", `${name} was cancelled`));
  options.signal?.addEventListener("abort", onAbort, { once: true });

  let truncated = false;
  let reads = 0;
  const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  const collect = async (stream: "stdout" | "stderr"): Promise<string> => {
    const reader: ReadableStreamDefaultReader<Uint8Array> = child[stream].getReader();
    readers.push(reader);
    const decoder = new TextDecoder();
    let size = 0;
    let text = "";
    const take = (piece: string) => {
      if (!options.onOutput) text += piece;
      else if (piece !== "") options.onOutput(stream, piece);
    };
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      reads++;
      // What is too much is read all the same, so that the program is not blocked before it ends.
      const kept = next.value.subarray(0, limit - size);
      size += kept.length;
      take(decoder.decode(kept, { stream: true }));
      if (kept.length === next.value.length) continue;
      truncated = true;
      stop(
        options.onOverflow === "truncate"
          ? undefined
          : new Problem("too-large", `${name} printed more than ${limit} bytes and was ended`),
      );
    }
    take(decoder.decode());
    return text;
  };

  let watch: ReturnType<typeof setInterval> | undefined;
  try {
    const output = Promise.all([collect("stdout"), collect("stderr")]);
    // `onOutput` threw: that ends the program, and is what the caller gets below.
    output.catch((error) => stop(Problem.from(error)));
    await child.exited;
    // What the program left behind in its group holds our pipes open: it ends now, not when it likes.
    stopping ??= endGroup(child.pid, grace);
    await stopping;
    // Who has left the group, as daemons do, is none of ours; only what is in the pipes already is still awaited.
    let seen = -1;
    let ticks = 0;
    watch = setInterval(() => {
      if (reads === seen || ++ticks > 10) for (const reader of readers) void reader.cancel();
      seen = reads;
    }, 200);
    const [stdout, stderr] = await output;
    if (stopped) throw stopped;
    return {
      status: child.exitCode,
      signal: child.signalCode === null ? null : String(child.signalCode),
      stdout,
      stderr,
      truncated,
    };
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

function bytes(input: string | Uint8Array): Uint8Array {
  return typeof input === "string" ? new TextEncoder().encode(input) : input;
}
