/**
 * Runs groups of tests, prints the time of each, and closes with the sum: `N passed, N failed, N skipped`. One after the
 * other; those joined by `+` at the same time.
 *
 *     bun test/run.ts unit+deno lab
 *
 * unit: bun, all but those below · quick: the same for the inner loop, several files at the same time and a quarter of
 * the random trials · deno: the pure ones of them (they import node:test) under Deno · corpus and corpus-deno:
 * *.corpus.test.ts, which go through all recordings · lab: *.lab.test.ts · soak: the same with their long runs
 */
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

interface Sum {
  passed: number;
  failed: number;
  skipped: number;
}

const failures: string[] = [];

const top = join(import.meta.dirname, "..");
const files = readdirSync(join(top, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts") || name.endsWith(".test.tsx"))
  .map((name) => join("test", name))
  .sort();
const isLab = (name: string) => name.includes(".lab.test.");
const isCorpus = (name: string) => name.includes(".corpus.test.");
const isPure = (name: string) => readFileSync(join(top, name), "utf8").includes('from "node:test"');

const bun = (chosen: string[], ...options: string[]) => [
  ...["bun", "test", "--timeout=120000", ...options],
  ...chosen.map((name) => `./${name}`),
];

const units = () => files.filter((name) => !isLab(name) && !isCorpus(name) && !name.startsWith("test/house/"));
const deno = (chosen: string[]) => [
  ...["deno", "test", "--no-check", "--allow-all", "--quiet", "--reporter=dot"],
  ...chosen,
];

const groups: Record<string, () => string[]> = {
  unit: () => bun(units()),
  // One more than there are processors, for much of it is waiting.
  quick: () => bun(units(), `--parallel=${availableParallelism() + 1}`, "--no-isolate", "--only-failures"),
  deno: () => deno(files.filter((name) => !isLab(name) && !isCorpus(name) && isPure(name))),
  corpus: () => bun(files.filter(isCorpus)),
  "corpus-deno": () => deno(files.filter((name) => isCorpus(name) && isPure(name))),
  lab: () => bun(files.filter(isLab)),
  soak: () => bun(files.filter((name) => readFileSync(join(top, name), "utf8").includes("REEVE_TEST_SOAK"))),
};

/** What the programs of a group get besides. The last tier of JavaScriptCore's compilers never pays off in a short run. */
const environments: Record<string, () => NodeJS.ProcessEnv> = {
  quick: () => ({ REEVE_TEST_QUICK: "1", BUN_JSC_useFTLJIT: "0", TMPDIR: memoryFolder() ?? tmpdir() }),
};

/** Where waiting for a disk costs nothing; none where it is small, or no programs start there, as in a container. */
function memoryFolder(): string | undefined {
  if (process.platform !== "linux") return;
  const [, options = "noexec"] = readFileSync("/proc/mounts", "utf8").match(/^\S+ \/dev\/shm tmpfs (\S+)/m) ?? [];
  if (options.split(",").includes("noexec")) return;
  const { bavail, bsize } = statfsSync("/dev/shm");
  return bavail * bsize >= 2 ** 30 ? "/dev/shm" : undefined;
}

// `12 pass`, `0 fail`, `3 skip` of bun; `ok | 12 passed | 0 failed | 1 ignored` of Deno.
function countOf(output: string, ...words: string[]): number {
  const pattern = new RegExp(`(?:^|\\| )\\s*(\\d+) (?:${words.join("|")})\\b`, "gm");
  return [...output.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0);
}

/** What failed, with its file, out of bun's output; why stands above. */
function failuresOf(output: string): string[] {
  let file = "";
  // Without --parallel it tells them once more at its end.
  const [once = ""] = output.split(/^\d+ tests? failed:$/m);
  return once.split("\n").flatMap((line) => {
    file = /^(\S+\.test\.tsx?):$/.exec(line)?.[1] ?? file;
    if (line.startsWith("(fail) ")) return [`${file}: ${line.slice(7)}`];
    return line.startsWith("✗ test/") ? [line.slice(2)] : [];
  });
}

/** @param live false: what it prints is kept until it has ended, for another group runs beside it */
async function runGroup(name: string, live: boolean): Promise<Sum> {
  const command = groups[name];
  if (!command) throw new Error(`there is no group ${name}; known: ${Object.keys(groups).join(", ")}`);
  const [program = "", ...args] = command();
  const path = program === "bun" ? process.execPath : join(top, "node_modules", ".bin", program);
  const begun = performance.now();
  const env = { ...process.env, ...environments[name]?.() };
  const child = Bun.spawn([path, ...args], { cwd: top, env, stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  let output = "";
  const show = async (stream: ReadableStream<Uint8Array>, to: NodeJS.WriteStream) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      output += text;
      if (live) to.write(text);
    }
  };
  await Promise.all([show(child.stdout, process.stdout), show(child.stderr, process.stderr), child.exited]);
  if (!live) process.stdout.write(output);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const plain = output.replace(/\u001b\[[\d;]*m/g, "");
  const sum = {
    passed: countOf(plain, "pass", "passed"),
    failed: countOf(plain, "fail", "failed"),
    skipped: countOf(plain, "skip", "ignored"),
  };
  failures.push(...failuresOf(plain));
  if (child.exitCode !== 0 && sum.failed === 0) sum.failed = 1;
  if (sum.passed + sum.failed === 0) {
    process.stderr.write(`stage ${name}: no test ran\n`);
    sum.failed = 1;
  }
  process.stdout.write(`stage ${name}: ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
  return sum;
}

const total: Sum = { passed: 0, failed: 0, skipped: 0 };
for (const names of process.argv.slice(2).map((word) => word.split("+"))) {
  const sums = await Promise.all(names.map((name) => runGroup(name, names.length === 1)));
  for (const key of ["passed", "failed", "skipped"] as const) {
    total[key] += sums.reduce((count, sum) => count + sum[key], 0);
  }
}
if (failures.length > 0) process.stdout.write(`\nfailed:\n${failures.map((line) => `  ${line}\n`).join("")}`);
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 ? 0 : 1);
