/** discover, macsuck and arpnip of forty devices by `reeve backend` with four workers, job by job from the queue. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore, type Store } from "../../src/store/database.ts";
import { enqueueJobs } from "../../src/store/job.ts";
import { binary } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { postgresMissing, startPostgres } from "../lab/postgres.ts";
import { type DeviceSpec, type Responder, startResponder } from "../lab/responder.ts";
import { copyOf, readOriginal } from "./network-copy.ts";
import { latency, recordingFile, recordings, recordingsMissing } from "./network-lab.ts";
import { processorTimeOfAll, watchFamily } from "./proc.ts";
import type { Bench, Row } from "./report.ts";

const copies = 8;
const workers = 4;
const repetitions = 3;

/** Real Netdisco 2.105.1 with the same forty devices, recorded in one run on a machine of this kind. */
const netdisco = { wall: 210, cpu: 293, pss: 529 };

interface Chain {
  /** Seconds from the first job's entry to the last one's end, and to the end of the last discover. */
  wall: number;
  discovered: number;
  /** Processor seconds of all of Reeve's processes, of the database server (0: none), of the simulated devices. */
  cpu: number;
  database: number;
  agents: number;
  /** MiB of all of Reeve's processes together, at most. */
  pss: number;
  requests: number;
}

async function forty(): Promise<Map<string, DeviceSpec>> {
  const devices = new Map<string, DeviceSpec>();
  for (const [kind, name] of recordings.entries()) {
    const original = await readOriginal(recordingFile(name));
    for (let copy = 0; copy < copies; copy++) {
      const host = `127.0.41.${kind * copies + copy + 1}`;
      devices.set(host, { ...copyOf(original, copy), host });
    }
  }
  return devices;
}

interface Backend {
  process: Bun.Subprocess<"ignore", "pipe", "inherit">;
  log: string;
}

async function startBackend(folder: string, settings: Record<string, unknown>): Promise<Backend> {
  const home = join(folder, "etc");
  mkdirSync(home, { recursive: true });
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  writeFileSync(join(home, "config.yml"), lines.join(""));
  const log = join(folder, "log");
  const child = Bun.spawn([binary, "backend"], {
    env: { PATH: process.env.PATH ?? "", REEVE_HOME: home },
    cwd: "/",
    stdin: "ignore",
    stdout: "pipe",
    stderr: Bun.file(log) as never,
  }) as unknown as Backend["process"];
  let said = "";
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk);
    if (said.includes("Reeve backend:")) return { process: child, log };
  }
  throw new Error(`the backend ended with ${await child.exited}: ${readFileSync(log, "utf8")}`);
}

const once = ["discoverall", "macwalk", "arpwalk", "nbtwalk", "expire", "stats"];

/** One run on an empty database. @param server the database server's process */
async function chain(url: string, hosts: string[], responder: Responder, server?: number): Promise<Chain> {
  const folder = temporaryFolder("bench-chain");
  const store = await openStore({ url, migrate: "auto" });
  const backend = await startBackend(folder, {
    ...{ state: join(folder, "state"), run: join(folder, "run"), database: url },
    ...{ "backend.workers": workers, "backend.queueNeighbours": false, "backend.dns": false },
    "backend.schedule": Object.fromEntries(once.map((action) => [action, ""])),
    "snmp.port": responder.port,
  });
  const { pid, exited } = backend.process;
  const over = Promise.withResolvers<void>();
  try {
    const looking = watchFamily(pid, Promise.race([exited, over.promise]), 200);
    await responder.stats(true);
    const before = { cpu: processorTimeOfAll(pid), database: server ? processorTimeOfAll(server) : 0 };
    const begun = Date.now();
    const ends = await work(store, hosts, exited);
    const cpu = processorTimeOfAll(pid) - before.cpu;
    const database = server ? processorTimeOfAll(server) - before.database : 0;
    const served = await responder.stats();
    over.resolve();
    const { together } = await looking;
    await checkStored(store, hosts);
    return {
      wall: (ends.all - begun) / 1000,
      discovered: (ends.discover - begun) / 1000,
      ...{ cpu, database, agents: served.cpu / 1e6, pss: together, requests: served.requests },
    };
  } finally {
    over.resolve();
    backend.process.kill("SIGTERM");
    await exited;
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Queues macsuck and arpnip of each device when it has been discovered, until all is done. Epoch milliseconds. */
async function work(
  store: Store,
  hosts: string[],
  exited: Promise<number>,
): Promise<{ all: number; discover: number }> {
  let ended: number | undefined;
  void exited.then((status) => {
    ended = status;
  });
  await enqueueJobs(
    store,
    hosts.map((device) => ({ action: "discover", device })),
  );
  const waiting = new Set(hosts);
  for (;;) {
    if (ended !== undefined) throw new Error(`the backend ended with ${ended}`);
    const jobs = await store.db
      .selectFrom("job")
      .select(["action", "device", "status", "message", "finished"])
      .where("status", "not in", ["queued", "running"])
      .execute();
    const failed = jobs.find(({ status }) => status !== "done");
    if (failed) throw new Error(`${failed.action} ${failed.device}: ${failed.status}: ${failed.message}`);
    const found = jobs.filter(({ action, device }) => action === "discover" && waiting.delete(device));
    await enqueueJobs(
      store,
      found.flatMap(({ device }) => ["macsuck", "arpnip"].map((action) => ({ action, device }))),
    );
    if (jobs.length === hosts.length * 3) {
      const last = (of: typeof jobs) => Math.max(...of.map(({ finished }) => finished ?? 0));
      return { all: last(jobs), discover: last(jobs.filter(({ action }) => action === "discover")) };
    }
    await Bun.sleep(50);
  }
}

async function checkStored({ db }: Store, hosts: string[]): Promise<void> {
  const devices = await db.selectFrom("device").select(["ip", "merged_into"]).execute();
  const alone = devices.filter(({ merged_into }) => merged_into === null);
  if (alone.length !== hosts.length) throw new Error(`${alone.length} devices of ${hosts.length}`);
}

/** What is stored of all devices. */
async function contents({ db }: Store): Promise<string> {
  const tables = [
    "device_port",
    "device_vlan",
    "device_port_vlan",
    "device_module",
    "link",
    "node",
    "node_ip",
  ] as const;
  const counts: string[] = [];
  for (const table of tables) {
    const { rows } = await db
      .selectFrom(table)
      .select((the) => the.fn.countAll<number>().as("rows"))
      .executeTakeFirstOrThrow();
    counts.push(`${rows} ${table}`);
  }
  return counts.join(", ");
}

export const bench: Bench = async () => {
  const title = `discover, macsuck and arpnip of ${recordings.length * copies} devices, ${workers} workers`;
  const missing = recordingsMissing();
  if (missing) return [{ title, grid: [["not measured"]], notes: [missing] }];
  const devices = await forty();
  const hosts = [...devices.keys()];
  const responder = await startResponder({ devices, latency, contexts: "same" });
  const noServer = postgresMissing();
  const lab = noServer === undefined ? await startPostgres() : undefined;
  const folder = temporaryFolder("bench");
  const figures: Record<string, Chain[]> = {};
  let stored = "";
  try {
    for (let round = 0; round < repetitions; round++) {
      const urls: Record<string, string> = { SQLite: `sqlite:${join(folder, `${round}.db`)}` };
      if (lab) urls.PostgreSQL = lab.socketUrl(await lab.createDatabase());
      for (const [kind, url] of Object.entries(urls).reverse()) {
        const server = kind === "PostgreSQL" ? serverOf(lab?.directory ?? "") : undefined;
        figures[kind] = [...(figures[kind] ?? []), await chain(url, hosts, responder, server)];
        if (stored !== "") continue;
        const store = await openStore({ url });
        stored = await contents(store);
        await store.close();
      }
    }
  } finally {
    await responder.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const rows = (figure: keyof Chain, unit: string, recorded?: number): Row[] =>
    Object.entries(figures).flatMap(([kind, chains]) => {
      const values = chains.map((one) => one[figure]);
      if (kind === "SQLite" && figure === "database") return [];
      const against = recorded === undefined ? undefined : { name: "Netdisco, recorded", values: [recorded] };
      return [{ what: `${kind}: ${words[figure]}`, unit, values, against }];
    });
  return [
    {
      title,
      rows: [
        ...rows("wall", "s", netdisco.wall),
        ...rows("discovered", "s"),
        ...rows("cpu", "s", netdisco.cpu),
        ...rows("pss", "MiB", netdisco.pss),
        ...[...rows("database", "s"), ...rows("agents", "s"), ...rows("requests", "datagrams")],
      ],
      notes: [
        `${copies} each of ${recordings.join(", ")}, each copy with identities and addresses of its own, ${latency} ms latency; VLAN contexts answer as the device; neighbours are not queued, DNS is off.`,
        `Real Netdisco 2.105.1 needed ${netdisco.wall} s, ${netdisco.cpu} processor seconds and ${netdisco.pss} MiB with the same recordings: recorded on a machine of this kind, not run here. Its agent had no latency, and it did 32 macsucks and 24 arpnips where Reeve does 40 and 40.`,
        `Stored: ${stored}.`,
        ...(noServer === undefined
          ? ["PostgreSQL runs with fsync=off, as in the tests."]
          : [`PostgreSQL: ${noServer}`]),
      ],
    },
  ];
};

const words: Record<keyof Chain, string> = {
  wall: "first job queued to last job ended",
  discovered: "… to the last discover ended",
  cpu: "processor time of Reeve's processes",
  database: "processor time of the database server",
  agents: "processor time of the simulated devices",
  pss: "memory of Reeve's processes together (PSS), at most",
  requests: "requests to devices",
};

function serverOf(directory: string): number {
  return Number(readFileSync(join(directory, "data", "postmaster.pid"), "utf8").split("\n")[0]);
}
