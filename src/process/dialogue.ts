/**
 * An external program that stays and talks with us, a line at a time over its standard input and output. Argument vector,
 * allow-listed environment, its own process group, dead when this process is. What it writes to standard error is noise
 * for a log.
 */
import { spawn } from "node:child_process";
import { Problem } from "../problem.ts";
import type { ChildExit } from "./child.ts";
import { childEnvironment } from "./environment.ts";
import { endGroup } from "./group.ts";
import { LineCutter } from "./lines.ts";
import { dieWithParent, needProgram } from "./program.ts";

export interface DialogueOptions {
  onLine(line: string): void;
  onNoise(line: string): void;
  /** Bytes of the longest line it may say; one that says more is killed. */
  longest: number;
  env?: Record<string, string>;
  cwd?: string;
  uid?: number;
  gid?: number;
}

export interface Dialogue {
  pid: number;
  /** After the last of its lines was told. `fault`: it was killed for what it said. */
  exited: Promise<ChildExit & { fault?: string }>;
  /** Without a line end. Nothing happens when it is gone: its end is on the way. */
  say(line: string): void;
  /** Closes its standard input, which asks it to end; after `grace` milliseconds its group is killed. */
  stop(grace: number): Promise<void>;
}

const longestNoise = 4096;

/** Milliseconds that output is still awaited after the end: a process it left behind may hold the pipe. */
const lastWords = 500;

/** @throws Problem `missing` (no such program), `io` (it could not be started) */
export async function converse(command: readonly string[], options: DialogueOptions): Promise<Dialogue> {
  const [name = "", ...args] = command;
  const [program = "", ...words] = [...dieWithParent(), needProgram(name), ...args];
  const child = spawn(program, words, {
    env: childEnvironment(options.env),
    cwd: options.cwd ?? "/",
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  const { pid } = child;
  if (pid === undefined) {
    const cause = await new Promise((resolve) => child.once("error", resolve));
    throw new Problem("io", `${name} could not be started`, { cause });
  }
  child.on("error", () => undefined);
  // It may go at any time, with what we say still on the way to it.
  child.stdin.on("error", () => undefined);

  let fault: string | undefined;
  const lines = new LineCutter(options.longest, (line, whole) => {
    if (fault !== undefined) return;
    if (whole) return options.onLine(line);
    fault = `it said a line of more than ${options.longest} bytes`;
    void endGroup(pid, 0);
  });
  const noise = new LineCutter(longestNoise, options.onNoise);
  const ends = [child.stdout, child.stderr].map(
    (stream) => new Promise<void>((resolve) => stream.once("close", resolve)),
  );
  child.stdout.on("data", (chunk: Uint8Array) => lines.push(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => noise.push(chunk));
  const exited = new Promise<ChildExit>((resolve) => {
    child.once("exit", (status, signal) => resolve({ status, signal }));
  }).then(async (exit) => {
    await endGroup(pid, 0);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, lastWords);
    await Promise.race([Promise.all(ends), late.promise]);
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    lines.end();
    noise.end();
    return { ...exit, ...(fault === undefined ? {} : { fault }) };
  });
  return {
    pid,
    exited,
    say: (line) => {
      if (child.stdin.writable) child.stdin.write(`${line}\n`);
    },
    stop: async (grace) => {
      child.stdin.end();
      const timer = setTimeout(() => void endGroup(pid, 0), grace);
      await exited;
      clearTimeout(timer);
    },
  };
}
