/** Memory of processes that have done their work once and wait for more. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, Console } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { median } from "./measure.ts";
import { peerAgent, withoutPeers } from "./peers.ts";
import { type Memory, memoryOf } from "./proc.ts";
import type { Bench, Row } from "./report.ts";

const repetitions = 5;
/** Milliseconds a process gets to give back what it needed for its start. */
const settling = 1500;

type Idle = Record<string, Memory>;

function looked(pid: number): Memory {
  const memory = memoryOf(pid);
  if (!memory) throw new Error(`process ${pid} is gone`);
  return memory;
}

/** A daemon that has served a page, a site's module and the inventory's; and an agent that has reported to it. */
async function reeve(folder: string): Promise<Idle> {
  const console_ = await Console.start({ settings: { "modules.idle": 600 } });
  const words = ["agent", "--server", `${console_.url}/ocsinventory`, "--state", mkdtempSync(join(folder, "agent-"))];
  const agent = Bun.spawn([binary, ...words], {
    stdout: "ignore",
    stderr: "ignore",
    env: { PATH: "/usr/bin:/bin", REEVE_HOME: "/nonexistent" },
  });
  try {
    const visitor = await console_.login();
    const { json } = await visitor.call("lab/echo", { value: 1 });
    const hosts = async () => (await visitor.call("inventory/query")).json.result.hosts.length;
    while ((await hosts()) === 0) await Bun.sleep(100);
    await visitor.get("/hosts", { Accept: "text/html" });
    const inventory = (await console_.descendants()).find((pid) => commandOf(pid).includes("-m\0inventory"));
    if (inventory === undefined) throw new Error("the inventory module does not run");
    await Bun.sleep(settling);
    return {
      "reeve daemon": looked(console_.process.pid),
      "reeve module inventory": looked(inventory),
      "reeve module of a site": looked(json.result.pid),
      "reeve agent": looked(agent.pid),
    };
  } finally {
    agent.kill();
    await agent.exited;
    await console_.stop();
  }
}

const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8");

/** FusionInventory's agent as its service runs it. It says in its own title when it has nothing to do. */
async function fusion(program: string, folder: string): Promise<Idle> {
  const config = join(folder, "fusion.cfg");
  writeFileSync(config, "");
  const words = [program, "--daemon", "--no-fork", `--conf-file=${config}`, `--local=${folder}`, "--no-httpd"];
  const child = Bun.spawn(words, { stdout: "ignore", stderr: "ignore" });
  try {
    while (child.exitCode === null && !commandOf(child.pid).endsWith("waiting\0")) await Bun.sleep(100);
    await Bun.sleep(settling);
    return { "fusioninventory-agent": looked(child.pid) };
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
}

export const bench: Bench = async () => {
  const folder = temporaryFolder("bench");
  const samples: Idle[] = [];
  const program = peerAgent("fusioninventory-agent");
  try {
    for (let round = 0; round < repetitions; round++) {
      samples.push({ ...(await reeve(folder)), ...(program ? await fusion(program, folder) : {}) });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const names = Object.keys(samples[0] ?? {});
  const rows = (figure: keyof Memory): Row[] =>
    names.map((what) => ({ what, unit: "MiB", values: samples.map((sample) => sample[what]?.[figure] ?? Number.NaN) }));
  const reeves = names.filter((name) => name.startsWith("reeve"));
  const together = median(samples.map((sample) => reeves.reduce((sum, name) => sum + (sample[name]?.pss ?? 0), 0)));
  return [
    { title: "Idle memory: resident (RSS)", rows: rows("rss"), notes: withoutPeers("fusioninventory-agent") },
    {
      title: "Idle memory: proportional (PSS)",
      rows: rows("pss"),
      notes: [
        `The four processes of Reeve together: ${together.toFixed(0)} MiB.`,
        "They share the pages of their one file here; alone on a host, an agent's proportional memory nears its resident.",
      ],
    },
    { title: "Idle memory: private", rows: rows("own") },
  ];
};
