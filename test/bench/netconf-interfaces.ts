/**
 * All of `auto` up, and down again: through the running daemon and by the one-shot command, beside `ip -batch` and the
 * other ifups. Links are there before (what is measured is the program, not the kernel's making of devices), but for the
 * bridges, which each makes and deletes. What came of it is looked at after every sample.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { controlName } from "../../src/console/interfaces/control.ts";
import { type Client, connect } from "../../src/umcp/client.ts";
import { binary } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { type NamespaceLab, namespacesOrSkip } from "../lab/netns.ts";
import { inTurns, milliseconds } from "./measure.ts";
import {
  daemonIn,
  type Ifup,
  ipBatch,
  type Link,
  linksOf,
  type Peers,
  peersIn,
  Scene,
  stanzas,
} from "./netconf-lab.ts";
import type { Bench, Report } from "./report.ts";

interface Size {
  count: number;
  bridges: boolean;
  repetitions: number;
}

const part = Number(process.env.REEVE_BENCH_SCALE ?? 1);
const rounds = (count: number) => Math.max(1, Math.round(count * part));
const sizes: Size[] = [
  { count: 1, bridges: false, repetitions: rounds(15) },
  { count: 50, bridges: false, repetitions: rounds(7) },
  { count: 200, bridges: false, repetitions: rounds(5) },
  { count: 50, bridges: true, repetitions: rounds(3) },
];

/** Milliseconds after each sample in which whoever has still to write something down does so. */
const rest = 150;

interface Figure {
  up: number;
  down: number;
}

export const bench: Bench = async () => {
  const lab = await namespacesOrSkip("bench netconf");
  const missing = lab ? undefined : "network namespaces cannot be made here";
  if (!lab) return [{ title: "Interfaces up and down", grid: [["not measured"]], notes: [missing ?? ""] }];
  const folder = temporaryFolder("bench");
  try {
    const peers = peersIn(folder);
    const reports: Report[] = [];
    for (const [at, size] of sizes.entries()) reports.push(...(await measured(lab, folder, peers, size, at)));
    return reports;
  } finally {
    await lab.remove();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function measured(lab: NamespaceLab, folder: string, peers: Peers, size: Size, at: number): Promise<Report[]> {
  const { count, bridges, repetitions } = size;
  const links = linksOf(count, bridges ? "br" : "x");
  // The daemon hears of whatever happens in its namespace: others shall not be slower for it, nor faster.
  const [crowd, own] = ["crowd", "daemon"].map((label) => lab.add(`${label}${at}`));
  if (!crowd || !own) throw new Error("no namespaces");
  for (const namespace of [crowd, own]) {
    if (!bridges) namespace.batch(links.map(({ name }) => `link add ${name} type ifb`));
  }
  const state = join(folder, `state-${at}`);
  const scene = new Scene(crowd, folder, { REEVE_STATE: join(folder, `one-shot-${at}`) }, { peers });
  const home = new Scene(own, folder, { REEVE_STATE: state });
  const write = async (into: Scene, tool: Ifup) => {
    const file = join(folder, "interfaces");
    writeFileSync(file, stanzas(links, bridges ? tool.bridge : undefined));
    await into.run("cp", file, "/etc/network/interfaces");
  };
  const sample = (into: Scene, tool: Ifup) => async (): Promise<Figure> => {
    if (tool !== daemon) await write(into, tool);
    return await upAndDown(into, tool, links);
  };
  await write(home, daemon);
  const running = await daemonIn(home, state);
  const asker = await connect({ unix: join(state, "run", controlName) });
  try {
    const subjects = Object.fromEntries([
      [daemon.name, sample(home, daemon)],
      [asked, () => askedUpAndDown(home, asker, links)],
      [oneShot.name, sample(scene, oneShot)],
      ...[ipBatch(folder, links, bridges), ...peers.tools].map((tool) => [tool.name, sample(scene, tool)] as const),
    ]);
    const figures = await inTurns(subjects, { warmup: 1, repetitions });
    return reportsOf(figures, size, peers.notes);
  } finally {
    asker.close();
    await running.stop();
    await scene.close();
    await home.close();
  }
}

const bridge = () => ["bridge-ports none"];
const daemon: Ifup = {
  name: "reeve, by its daemon",
  up: [binary, "netconf", "up", "-a"],
  down: [binary, "netconf", "down", "-a"],
  bridge,
};
const asked = "reeve, asked at its daemon's socket";
const oneShot: Ifup = { ...daemon, name: "reeve, one-shot" };

async function upAndDown(scene: Scene, { up, down }: Ifup, links: readonly Link[]): Promise<Figure> {
  const figure = { up: await scene.run(...up), down: Number.NaN };
  scene.check(links, true);
  await Bun.sleep(rest);
  figure.down = await scene.run(...down);
  scene.check(links, false);
  await Bun.sleep(rest);
  return figure;
}

/** By who is there already: the console, a script of an event. */
async function askedUpAndDown(scene: Scene, client: Client, links: readonly Link[]): Promise<Figure> {
  const ask = (verb: string) => client.request("COMMAND", [verb], { options: { all: true } });
  const figure = { up: await milliseconds(() => ask("up")), down: Number.NaN };
  scene.check(links, true);
  await Bun.sleep(rest);
  figure.down = await milliseconds(() => ask("down"));
  scene.check(links, false);
  await Bun.sleep(rest);
  return figure;
}

function reportsOf(figures: Record<string, Figure[]>, { count, bridges }: Size, notes: string[]): Report[] {
  const what = `${count} ${bridges ? "bridge" : "interface"}${count > 1 ? "s" : ""}`;
  return (["up", "down"] as const).map((way) => {
    const values = (name: string) => (figures[name] ?? []).map((figure) => figure[way]);
    const against = { name: "ip -batch", values: values("ip -batch") };
    const rows = Object.keys(figures).map((name) => ({
      ...{ what: name, unit: "ms", values: values(name) },
      ...(name === against.name ? {} : { against }),
    }));
    const ours = { name: daemon.name, values: values(daemon.name) };
    const others = Object.keys(figures).filter((name) => name.startsWith("ifupdown"));
    const faster = others.map((name) => ({
      ...{ what: `${name} against Reeve's daemon`, unit: "ms", values: values(name), against: ours },
    }));
    const title = `${what} ${bridges ? (way === "up" ? "made and up" : "deleted") : way}: all of \`auto\``;
    return { title, rows: [...rows, ...faster], ...(notes.length > 0 && way === "up" ? { notes } : {}) };
  });
}
