/** What the measurements of the network engine share: recordings, the agent that plays them, a small program that reads. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Oid } from "../../src/snmp/value.ts";

const shared = join(import.meta.dirname, "../../../shared");

/** Real devices of several makers; the same five that the real Netdisco was measured with. */
export const recordings = [
  "hpe-procurve-516733-b21",
  "cisco-c3560",
  "cisco-n5000-uk9",
  "comware",
  "juniper-mx960-12-3r6-6",
] as const;

export type Recording = (typeof recordings)[number];

export const recordingFile = (name: Recording): string => join(shared, "corpus/snmp", `${name}.snmprec.gz`);

/** Milliseconds before each answer of an agent. */
export const latency = 10;

/** Why nothing of it can be measured, or undefined. */
export function recordingsMissing(): string | undefined {
  const missing = recordings.find((name) => !existsSync(recordingFile(name)));
  return missing === undefined ? undefined : `no recording ${missing}: the corpus does not lie beside the checkout`;
}

/** MIB files for SNMP::Info, packed; undefined where they are not. */
export function packedMibs(): string | undefined {
  const file = join(shared, "lab/mibs.tar.xz");
  return existsSync(file) ? file : undefined;
}

/** Unpacks them; gives the folder. */
export function unpackMibs(file: string, folder: string): string {
  const { exitCode, stderr } = Bun.spawnSync(["tar", "-xJf", file, "-C", folder], { stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${file}: ${stderr}`);
  return folder;
}

/** What network-reader.ts is told. */
export type ReaderOrder =
  | { read: { host: string; port: number; columns: readonly Oid[] } }
  | { poll: { hosts: readonly string[]; port: number; objects: readonly Oid[]; atATime: number; rounds: number } };

export interface ReadDone {
  /** Milliseconds from the process's start to its first request, and from there to the last row. */
  start: number;
  read: number;
  /** Rows of each column, in their order; -1 for one that was cut off. */
  rows: number[];
}

export interface PollRound {
  seconds: number;
  /** Of this process: processor seconds, and MiB resident at the end of the round. */
  cpu: number;
  rss: number;
  values: number;
  incomplete: number;
  requests: number;
}

/** Compiles network-reader.ts as `make build` does the program, so that its start is that of the program. */
export function compileReader(folder: string): string {
  const outfile = join(folder, "network-reader");
  const flags = ["--compile", "--minify", "--keep-names", "--bytecode", "--format=esm"];
  const source = join(import.meta.dirname, "network-reader.ts");
  const built = Bun.spawnSync([process.execPath, "build", ...flags, `--outfile=${outfile}`, source], { cwd: folder });
  if (built.exitCode !== 0) throw new Error(`network-reader could not be compiled: ${built.stderr}`);
  return outfile;
}

export interface Run {
  output: string;
  /** Milliseconds from start to end, and processor milliseconds of the process. */
  wall: number;
  cpu: number;
}

/** A program to its end. */
export function runProgram(words: string[], environment: Record<string, string> = {}): Run {
  const begun = performance.now();
  const { exitCode, stdout, stderr, resourceUsage } = Bun.spawnSync(words, {
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const wall = performance.now() - begun;
  if (exitCode !== 0) throw new Error(`${words.slice(0, 3).join(" ")} … ended with ${exitCode}: ${stderr}`);
  return { output: stdout.toString(), wall, cpu: Number(resourceUsage?.cpuTime.total ?? 0) / 1000 };
}
