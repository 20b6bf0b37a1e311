/**
 * Hooks of the network configuration: text that root wrote for a shell in interfaces(5), and scripts of the hook folders.
 * The one place that starts a shell, with that text alone: no value of another origin ever stands in it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { Problem } from "../problem.ts";
import { childEnvironment } from "./environment.ts";
import { endGroup } from "./group.ts";
import { LineCutter } from "./lines.ts";
import { dieWithParent, needProgram } from "./program.ts";

export interface HookOptions {
  /** Added to the allow-listed environment. */
  env: Readonly<Record<string, string>>;
  /** Ends it: TERM to its process group, then KILL. */
  signal?: AbortSignal;
  /** Written to its standard input, which is then closed; absent: /dev/null. */
  stdin?: string;
  /** Each line of either stream; absent: it writes where this process does. */
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

/** Bytes of a line. */
const longestLine = 4096;
/** Milliseconds between TERM and KILL. */
const grace = 2000;
/** Milliseconds that output is awaited after the end: what went to the background holds the pipes for as long as it lives. */
const lastWords = 50;

/**
 * Runs `/bin/sh -c TEXT`.
 * @returns exit status, null: a signal ended it. What it left in the background lives on, and nobody waits for it.
 * @throws Problem `missing`, `io`, `cancelled` (by the signal)
 */
export function runShell(text: string, options: HookOptions): Promise<number | null> {
  return runHook(["/bin/sh", "-c", text], options);
}

/** A program by its argument vector, else as `runShell`. */
export async function runHook(command: readonly string[], options: HookOptions): Promise<number | null> {
  const { signal, onLine, stdin } = options;
  const [name = "", ...args] = command;
  const [program = "", ...words] = [...dieWithParent(), needProgram(name), ...args];
  if (signal?.aborted) throw new Problem("cancelled", `${name} was cancelled before it started`);
  const output = onLine ? "pipe" : "inherit";
  const child = spawn(program, words, {
    env: childEnvironment({ ...options.env }),
    cwd: "/",
    stdio: [stdin === undefined ? "ignore" : "pipe", output, output],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    const cause = await new Promise((resolve) => child.once("error", resolve));
    throw new Problem("io", `${name} could not be started`, { cause });
  }
  child.on("error", () => undefined);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(stdin);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const heard = onLine ? listen(child, onLine) : undefined;

  let ending: Promise<void> | undefined;
  const stop = () => {
    ending = endGroup(pid, grace);
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const status = await exited;
    await heard?.rest();
    await ending;
    if (ending) throw new Problem("cancelled", `${name} was cancelled`);
    return status;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** `rest` resolves when all was said that the program itself can have said; its streams are drained for ever. */
function listen(child: ChildProcess, onLine: NonNullable<HookOptions["onLine"]>): { rest(): Promise<void> } {
  let listening = true;
  const ends: Promise<void>[] = [];
  const cutters: LineCutter[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    const lines = new LineCutter(longestLine, (line) => onLine(line, name));
    cutters.push(lines);
    // Never closed by us: what runs in the background would die of the next word it says.
    child[name]?.on("data", (chunk: Uint8Array) => {
      if (listening) lines.push(chunk);
    });
    ends.push(new Promise((resolve) => child[name]?.once("close", resolve)));
  }
  return {
    async rest() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, lastWords);
      await Promise.race([Promise.all(ends), late.promise]);
      clearTimeout(timer);
      listening = false;
      for (const cutter of cutters) cutter.end();
      child.unref();
    },
  };
}
