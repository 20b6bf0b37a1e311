/**
 * Measures Reeve beside its peers and prints tables: `bun test/bench/run.ts [name…] [--json]`, or `make bench`.
 * Slowness is no failure: the exit status tells only whether everything could be measured.
 */
import { cpus, loadavg, release } from "node:os";
import { median, quantile, ratio } from "./measure.ts";
import { type Bench, type Grid, type Report, table } from "./report.ts";

const benches: Record<string, () => Promise<{ bench: Bench }>> = {
  startup: () => import("./startup.ts"),
  memory: () => import("./memory.ts"),
  inventory: () => import("./inventory.ts"),
  store: () => import("./store.ts"),
  module: () => import("./module.ts"),
  rate: () => import("./rate.ts"),
  "network-device": () => import("./network-device.ts"),
  "network-chain": () => import("./network-chain.ts"),
  "network-light": () => import("./network-light.ts"),
  "network-queue": () => import("./queue.ts"),
  "listener-load": () => import("./listener-load.ts"),
  "listener-rate": () => import("./listener-rate.ts"),
  "netconf-interfaces": () => import("./netconf-interfaces.ts"),
  "netconf-dhcp": () => import("./netconf-dhcp.ts"),
  "netconf-events": () => import("./netconf-events.ts"),
  "netconf-memory": () => import("./netconf-memory.ts"),
};

/** Without the single figures. */
function plain(report: Report | Grid) {
  if ("grid" in report) return report;
  const rows = report.rows.map(({ what, unit, values, against }) => ({
    what,
    unit,
    median: median(values),
    min: quantile(values, 0),
    max: quantile(values, 1),
    repetitions: values.length,
    ...(against ? { against: against.name, ratio: ratio(values, against.values) } : {}),
  }));
  return { ...report, rows };
}

const words = process.argv.slice(2);
const asJson = words.includes("--json");
const wanted = words.filter((word) => !word.startsWith("--"));
/** By its name, or by the group that it begins with: `network` is all of the network engine. */
const fits = (name: string, word: string) => name === word || name.startsWith(`${word}-`);
const unheard = wanted.filter((word) => !Object.keys(benches).some((name) => fits(name, word)));
const unknown = [...unheard, ...words.filter((word) => /^--(?!json$)/.test(word))];
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(" ")}; known: ${Object.keys(benches).join(" ")} --json\n`);
  process.exit(64);
}

const load = () => (loadavg()[0] ?? 0).toFixed(2);
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Linux ${release()}, Bun ${Bun.version}`;
const begun = new Date().toISOString();
const loadBefore = load();
const reports: (Report | Grid)[] = [];
let failures = 0;
for (const [name, find] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.some((word) => fits(name, word))) continue;
  const since = performance.now();
  process.stderr.write(`bench ${name} … `);
  try {
    const { bench } = await find();
    reports.push(...(await bench()));
  } catch (error) {
    failures++;
    process.stderr.write(`failed: ${Bun.inspect(error)}\n`);
    continue;
  }
  process.stderr.write(`${((performance.now() - since) / 1000).toFixed(1)} s\n`);
}

if (asJson) {
  process.stdout.write(`${JSON.stringify({ begun, machine, loadBefore, reports: reports.map(plain) }, null, 2)}\n`);
} else {
  process.stdout.write(`${begun} · ${machine} · load ${loadBefore} before, ${load()} after\n\n`);
  process.stdout.write(reports.map(table).join("\n"));
}
process.exit(failures === 0 ? 0 : 1);
