/** Starts test/fake/backend.ts on a store, and waits for what becomes of jobs. */
import { join } from "node:path";
import { openStore, type Store } from "../../src/store/database.ts";
import { enqueueJobs, findJob, type Job, type NewJob } from "../../src/store/job.ts";
import { temporaryFolder } from "../lab/folder.ts";

const program = join(import.meta.dirname, "..", "fake", "backend.ts");

export interface FakeBackend {
  process: Bun.Subprocess<"ignore", "pipe", "inherit">;
  /** Pids of its worker processes. */
  workers(): number[];
  stop(): Promise<number>;
  kill(): Promise<number>;
}

const small = {
  ...{ "backend.workers": 2, "backend.jobsPerWorker": 4, "backend.lease": 2, "backend.schedule": {} },
  "backend.maxDeferrals": 3,
};

export async function startBackend(
  url: string,
  settings: Record<string, unknown> = {},
  env: Record<string, string> = {},
): Promise<FakeBackend> {
  const state = temporaryFolder("backend");
  const all = { ...small, state, run: join(state, "run"), database: url, ...settings };
  const child = Bun.spawn([process.execPath, program, JSON.stringify(all)], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const decoder = new TextDecoder();
  let said = "";
  for await (const chunk of child.stdout) {
    said += decoder.decode(chunk, { stream: true });
    if (said.includes("ready\n")) break;
  }
  if (!said.includes("ready\n")) throw new Error(`the backend ended with ${await child.exited}`);
  return {
    process: child,
    workers() {
      const { stdout } = Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(child.pid)]);
      return stdout.toString().trim().split(/\s+/).filter(Boolean).map(Number);
    },
    stop() {
      child.kill("SIGTERM");
      return child.exited;
    },
    kill() {
      child.kill("SIGKILL");
      return child.exited;
    },
  };
}

export async function put(store: Store, job: NewJob): Promise<number> {
  const [id] = await enqueueJobs(store, [job]);
  if (id === undefined) throw new Error("the job was there already");
  return id;
}

/** Looks until it is so; the test's own time-out ends it. */
export async function until<Result>(look: () => Promise<Result | undefined | false>): Promise<Result> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await Bun.sleep(20);
  }
}

/** The job once it has ended, or is in the given state. */
export function ended(store: Store, id: number, state?: Job["status"]): Promise<Job> {
  return until(async () => {
    const job = await findJob(store, id);
    const reached = state ? job?.status === state : !["queued", "running"].includes(job?.status ?? "");
    return reached && job;
  });
}

export async function freshStore(url: string): Promise<Store> {
  return openStore({ url, migrate: "auto" });
}
