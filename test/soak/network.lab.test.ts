/**
 * Backends of the built binary on one PostgreSQL walk switches while workers, backends and PostgreSQL are killed at
 * random moments: everything finishes, nothing twice, nothing lost. Two hundred switches and fourteen kills in `make test`,
 * a thousand and two hundred in `make soak`. The seed is printed; REEVE_TEST_SEED repeats a run.
 */
import { expect, test } from "bun:test";
import { openStore, type Store } from "../../src/store/database.ts";
import { enqueueJobs, type NewJob } from "../../src/store/job.ts";
import { lives } from "../fake/lives.ts";
import { binary, reeve } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { type PostgresLab, postgresOrSkip } from "../lab/postgres.ts";
import { type Responder, startResponder } from "../lab/responder.ts";
import { addressesOfSwitch, addressOf, macsOfSwitch, madeUpSwitch, portsOfSwitch } from "../lab/switches.ts";
import { random } from "../random.ts";

const long = process.env.REEVE_TEST_SOAK === "1";
const [switches, kills] = long ? [1000, 200] : [200, 14];
const seed = Number(process.env.REEVE_TEST_SEED ?? Date.now() % 1_000_000);

interface Backend {
  process: Bun.Subprocess;
  workers(): number[];
}

/** Two of them, each with a folder of its own, as on two hosts. */
function startBackend(url: string, port: number, state: string): Backend {
  const child = Bun.spawn([binary, "backend", "--workers", "2", "--database", url, "--state", state], {
    env: {
      ...{ PATH: process.env.PATH ?? "", HOME: "/nonexistent", REEVE_HOME: "/nonexistent" },
      ...{ REEVE_SNMP_PORT: String(port), REEVE_BACKEND_DNS: "false", REEVE_BACKEND_SCHEDULE: "{}" },
      ...{ REEVE_BACKEND_LEASE: "3", REEVE_LOG_LEVEL: "ERROR" },
    },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const workers = () => {
    const { stdout } = Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(child.pid)]);
    return stdout.toString().trim().split(/\s+/).filter(Boolean).map(Number);
  };
  return { process: child, workers };
}

async function counts(store: Store): Promise<Record<string, number>> {
  const rows = await store.db
    .selectFrom("job")
    .select(["status", ({ fn }) => fn.countAll<number>().as("count")])
    .groupBy("status")
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
}

const lab = await postgresOrSkip();
if (lab) {
  test(
    `${switches} switches, ${kills} kills at random moments (seed ${seed})`,
    () => soak(lab),
    long ? 3_600_000 : 240_000,
  );
}

async function soak(lab: PostgresLab): Promise<void> {
  const next = random(seed);
  const url = lab.socketUrl(await lab.createDatabase());
  const deployed = await reeve(["backend", "db", "deploy", "--database", url]);
  expect([deployed.status, deployed.stderr]).toEqual([0, ""]);
  let responder: Responder | undefined;
  let store = await openStore({ url });
  const states = [temporaryFolder("soak"), temporaryFolder("soak")];
  const backends: Backend[] = [];
  try {
    const devices = new Map(Array.from({ length: switches }, (_, at) => [`s${at}`, madeUpSwitch(at)]));
    // Slow enough for every kill to meet walks under way.
    responder = await startResponder({ devices, latency: 15 });
    const { port } = responder;
    backends.push(...states.map((state) => startBackend(url, port, state)));

    const kill = async (): Promise<void> => {
      const at = next() < 0.5 ? 0 : 1;
      const backend = backends[at] as Backend;
      const dice = next();
      if (dice < 0.6) {
        const workers = backend.workers();
        const victim = workers[Math.floor(next() * workers.length)];
        if (victim) process.kill(victim, "SIGKILL");
      } else if (dice < 0.9) {
        const orphans = backend.workers();
        backend.process.kill("SIGKILL");
        await backend.process.exited;
        backends[at] = startBackend(url, port, states[at] as string);
        // Whoever loses its parent dies with it, and does not go on walking beside its successor.
        const deadline = performance.now() + 5000;
        while (orphans.some(lives) && performance.now() < deadline) await Bun.sleep(20);
        expect(orphans.filter(lives)).toEqual([]);
      } else {
        await store.close();
        await lab.stop();
        await Bun.sleep(next() * 500);
        await lab.restart();
        store = await openStore({ url });
      }
    };

    const run = async (jobs: NewJob[], disturbances: number): Promise<void> => {
      const before = (await counts(store)).done ?? 0;
      if (jobs.length === 0) return;
      expect(await enqueueJobs(store, jobs)).toHaveLength(jobs.length);
      // Spread over the work.
      const step = jobs.length / (disturbances + 1);
      for (let due = step; ; ) {
        await Bun.sleep(20 + next() * 100);
        const { queued = 0, running = 0, done = 0 } = await counts(store);
        if (queued + running === 0) break;
        if (done - before >= due) {
          await kill();
          due += step;
        }
        // What an outage put off need not be sat out.
        await store.db.updateTable("job").set({ not_before: 0 }).where("status", "=", "queued").execute();
        await store.db.deleteFrom("device_skip").execute();
      }
    };
    // A job that loses its worker three times is given up, with that reason: whoever asks again gets it done.
    const settle = async (jobs: NewJob[], disturbances: number): Promise<number> => {
      await run(jobs, disturbances);
      const ended = store.db.selectFrom("job").select(["action", "device", "message", "losses"]);
      const left = await ended.where("status", "!=", "done").execute();
      expect(left.filter(({ losses }) => losses < 3)).toEqual([]);
      await store.db.deleteFrom("job").where("status", "!=", "done").execute();
      await run(
        left.map(({ action, device }) => ({ action, device })),
        0,
      );
      return left.length;
    };
    const addresses = Array.from({ length: switches }, (_, at) => addressOf(at));
    let again = await settle(
      addresses.map((device) => ({ action: "discover", device })),
      kills / 2,
    );
    again += await settle(
      addresses.flatMap((device) => [
        { action: "macsuck", device },
        { action: "arpnip", device },
      ]),
      kills / 2,
    );

    const failed = store.db.selectFrom("job").select(["action", "device", "status", "message", "losses"]);
    expect(await failed.where("status", "!=", "done").execute()).toEqual([]);
    console.log(`seed ${seed}: ${kills} kills, ${again} of ${3 * switches} jobs given up and asked for again`);
    const total = async (table: "device" | "device_port" | "node" | "node_ip" | "network_event") => {
      const count = store.db.selectFrom(table).select(({ fn }) => fn.countAll<number>().as("count"));
      return Number((await count.executeTakeFirstOrThrow()).count);
    };
    expect(await total("device")).toBe(switches);
    expect(await total("device_port")).toBe(switches * portsOfSwitch);
    expect(await total("node")).toBe(switches * macsOfSwitch);
    expect(await total("node_ip")).toBe(switches * addressesOfSwitch);
    // One event for each new device, and nothing that changed: no visit was stored twice as another.
    expect(await total("network_event")).toBe(switches);
  } finally {
    for (const { process: child } of backends) child.kill("SIGTERM");
    await Promise.all(backends.map(({ process: child }) => child.exited));
    await responder?.stop();
    await store.close();
  }
}
