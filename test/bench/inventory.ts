/** One inventory written to a file: `reeve agent --local` beside Debian's agents, which do the same. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseXml, type XmlValue } from "../../src/inventory/xml.ts";
import { binary } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { inTurns } from "./measure.ts";
import { peerAgent, withoutPeers } from "./peers.ts";
import { type FamilyPeak, watchFamily } from "./proc.ts";
import type { Bench, Grid, Row } from "./report.ts";

const repetitions = 5;

/** How an agent is asked for an inventory as XML in this folder. */
type Command = (target: string) => string[];

function commands(folder: string): Record<string, Command> {
  const found: Record<string, Command> = {
    reeve: (target) => [binary, "agent", "--local", join(target, "reeve.xml"), "--state", join(folder, "reeve")],
  };
  const ocs = peerAgent("ocsinventory-agent");
  if (ocs) {
    const vardir = join(folder, "ocs");
    mkdirSync(vardir);
    found["ocsinventory-agent"] = (target) => [ocs, `--local=${target}`, `--basevardir=${vardir}`, "--force"];
  }
  const fusion = peerAgent("fusioninventory-agent");
  if (fusion) {
    const config = join(folder, "fusion.cfg");
    writeFileSync(config, "");
    const options = [`--conf-file=${config}`, "--force", "--no-httpd", "--tasks=inventory"];
    found["fusioninventory-agent"] = (target) => [fusion, `--local=${target}`, ...options];
  }
  return found;
}

const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/nonexistent", REEVE_HOME: "/nonexistent" };

/** Seconds from start to end, and of processor time with all descendants that were waited for. */
function run(folder: string, command: Command): { wall: number; processor: number } {
  const words = command(mkdtempSync(join(folder, "out-")));
  const begun = performance.now();
  const child = Bun.spawnSync(words, { env: environment, cwd: "/", stdout: "ignore", stderr: "pipe" });
  const wall = (performance.now() - begun) / 1000;
  if (child.exitCode !== 0) throw new Error(`${words[0]} ended with ${child.exitCode}: ${child.stderr}`);
  return { wall, processor: Number(child.resourceUsage.cpuTime.total) / 1e6 };
}

async function watch(folder: string, command: Command): Promise<FamilyPeak> {
  const child = Bun.spawn(command(mkdtempSync(join(folder, "out-"))), {
    env: environment,
    cwd: "/",
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  return watchFamily(child.pid, child.exited);
}

interface Counts {
  programs: number;
  processes: number;
}

/** Programs executed, and processes made, as strace sees them; threads are not counted. */
function trace(folder: string, command: Command): Counts {
  const file = join(folder, "trace");
  const words = command(mkdtempSync(join(folder, "out-")));
  const calls = "trace=execve,execveat,clone,clone3,fork,vfork";
  const strace = Bun.which("strace");
  if (!strace) throw new Error("strace is not installed");
  // With its filter in the kernel, only these calls stop a process: a tenth of the time.
  const options = ["--seccomp-bpf", "-f", "-qq", "-s", "0", "-e", calls, "-e", "signal=none", "-o", file];
  const traced = Bun.spawnSync([strace, ...options, ...words], {
    env: environment,
    cwd: "/",
    stdout: "ignore",
    stderr: "pipe",
  });
  if (traced.exitCode !== 0) throw new Error(`strace ${words[0]} ended with ${traced.exitCode}: ${traced.stderr}`);
  const lines = readFileSync(file, "utf8").split("\n");
  // A call that another process interrupts stands in two lines: its arguments in the first, its result in the second.
  const programs = lines.filter((line) =>
    /^\d+ +(execve\(.*|<\.\.\. execve(at)? resumed>.*)\) += 0$/.test(line),
  ).length;
  const made = lines.filter(
    (line) => /^\d+ +(clone3?|v?fork)\(/.test(line) && !/CLONE_THREAD|\) += -1/.test(line),
  ).length;
  return { programs, processes: 1 + made };
}

interface Found {
  items: number;
  values: number;
}

const isText = (value: XmlValue) => typeof value === "string";

/** Sections of an OCS inventory, with their rows and the fields of these that have a value. */
function count(folder: string, command: Command): Map<string, Found> {
  const target = mkdtempSync(join(folder, "out-"));
  run(folder, () => command(target));
  const [file] = readdirSync(target);
  const { content } = parseXml(readFileSync(join(target, file ?? "")));
  const sections = new Map<string, Found>();
  const body = content.CONTENT;
  if (typeof body !== "object" || Array.isArray(body)) throw new Error(`${file} has no CONTENT`);
  for (const [name, value] of Object.entries(body)) {
    const rows = (Array.isArray(value) ? value : [value]).filter(
      (row) => typeof row === "object" && !Array.isArray(row),
    );
    const fields = rows.flatMap((row) => Object.values(row)).filter((field) => !isText(field) || field.trim() !== "");
    if (fields.length > 0) sections.set(name, { items: rows.length, values: fields.length });
  }
  return sections;
}

/** Parts of an inventory that are the protocol's or the agent's, not the machine's. */
const protocol = new Set(["ACCOUNTINFO", "ACCESSLOG", "DOWNLOAD", "REEVE", "VERSIONPROVIDER"]);

function findings(found: Record<string, Map<string, Found>>): Grid {
  const agents = Object.keys(found);
  const names = [...new Set(Object.values(found).flatMap((sections) => [...sections.keys()]))].sort();
  const shown = names.filter((name) => !protocol.has(name));
  const cell = ({ items, values }: Found) => (items === 0 ? "–" : `${items} (${values})`);
  const of = (agent: string, name: string) => found[agent]?.get(name) ?? { items: 0, values: 0 };
  const sum = (agent: string) =>
    shown
      .map((name) => of(agent, name))
      .reduce((one, other) => ({ items: one.items + other.items, values: one.values + other.values }));
  return {
    title: "Items found (and values in them)",
    grid: [
      ["section", ...agents],
      ...shown.map((name) => [name, ...agents.map((agent) => cell(of(agent, name)))]),
      ["all", ...agents.map((agent) => cell(sum(agent)))],
    ],
  };
}

export const bench: Bench = async () => {
  const folder = temporaryFolder("bench");
  try {
    const agents = Object.entries(commands(folder));
    const each = <Result>(work: (folder: string, command: Command) => Result): Record<string, () => Result> =>
      Object.fromEntries(agents.map(([name, command]) => [name, () => work(folder, command)]));
    const times = await inTurns(each(run), { warmup: 1, repetitions });
    const memory = await inTurns(each(watch), { warmup: 0, repetitions });
    const traced = Object.entries(each(trace)).map(([name, count]): [string, Counts] => [name, count()]);
    const found = Object.fromEntries(Object.entries(each(count)).map(([name, sections]) => [name, sections()]));

    const rows = <Sample>(
      samples: Record<string, Sample[]>,
      unit: string,
      figure: (sample: Sample) => number,
    ): Row[] => {
      const values = (name: string) => (samples[name] ?? []).map(figure);
      const against = { name: "reeve", values: values("reeve") };
      return Object.keys(samples).map((what) => ({
        what,
        unit,
        values: values(what),
        against: what === "reeve" ? undefined : against,
      }));
    };
    return [
      {
        title: "Inventory to a file: wall time",
        rows: rows(times, "s", ({ wall }) => wall),
        notes: withoutPeers("ocsinventory-agent", "fusioninventory-agent"),
      },
      { title: "Inventory to a file: processor time", rows: rows(times, "s", ({ processor }) => processor) },
      {
        title: "Inventory to a file: peak memory of all its processes together (PSS)",
        rows: rows(memory, "MiB", ({ together }) => together),
      },
      {
        title: "Inventory to a file: peak memory of its largest process (RSS)",
        rows: rows(memory, "MiB", ({ largest }) => largest),
      },
      {
        title: "Inventory to a file: what is started",
        grid: [
          ["agent", "programs executed", "processes"],
          ...traced.map(([name, { programs, processes }]) => [name, String(programs), String(processes)]),
        ],
      },
      findings(found),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
