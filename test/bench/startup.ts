/** How long programs take that do next to nothing, and how large the binary is. */
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { inTurns, milliseconds } from "./measure.ts";
import type { Bench, Row } from "./report.ts";

const environment = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", REEVE_HOME: "/nonexistent" };

function run(words: string[]): void {
  const { exitCode } = Bun.spawnSync(words, { env: environment, cwd: "/", stdout: "ignore", stderr: "inherit" });
  if (exitCode !== 0) throw new Error(`${words.join(" ")} ended with ${exitCode}`);
}

/** A compiled program that only says something: what Bun itself costs. */
async function compileHello(folder: string): Promise<string> {
  const source = join(folder, "hello.ts");
  await Bun.write(source, 'console.log("hello");\n');
  const outfile = join(folder, "hello");
  const built = Bun.spawnSync([process.execPath, "build", "--compile", `--outfile=${outfile}`, source], {
    cwd: folder,
  });
  if (built.exitCode !== 0) throw new Error(`hello could not be compiled: ${built.stderr}`);
  return outfile;
}

const mebibytes = (path: string) => statSync(path).size / 1024 / 1024;

export const bench: Bench = async () => {
  const folder = temporaryFolder("bench");
  try {
    const hello = await compileHello(folder);
    const commands: Record<string, string[]> = {
      "reeve --version": [binary, "--version"],
      "reeve --help": [binary, "--help"],
      "reeve daemon call --help": [binary, "daemon", "call", "--help"],
      "reeve daemon config": [binary, "daemon", "config"],
      "compiled console.log": [hello],
    };
    for (const [name, ...words] of [
      ["node", "-e", "0"],
      ["python3", "-c", "pass"],
      ["perl", "-e", "0"],
    ]) {
      const path = Bun.which(name ?? "", { PATH: "/usr/local/bin:/usr/bin:/bin" });
      if (path) commands[`${name} ${words.join(" ")}`] = [path, ...words];
    }
    const subjects = Object.fromEntries(
      Object.entries(commands).map(([name, words]) => [name, () => milliseconds(() => run(words))]),
    );
    const figures = await inTurns(subjects, { warmup: 2, repetitions: 21 });
    const peer = { name: "compiled console.log", values: figures["compiled console.log"] ?? [] };
    const rows: Row[] = Object.entries(figures).map(([what, values]) => ({
      what,
      unit: "ms",
      values,
      against: what === peer.name ? undefined : peer,
    }));
    const size = { name: "compiled console.log", values: [mebibytes(hello)] };
    return [
      { title: "Start to end of a process", rows },
      {
        title: "Size of the program",
        rows: [
          { what: "reeve", unit: "MiB", values: [mebibytes(binary)], against: size },
          { what: size.name, unit: "MiB", values: size.values },
        ],
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
