/** Bookings by eight processes at once, on either database; no job may be booked twice. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../src/store/database.ts";
import { enqueueJobs } from "../../src/store/job.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { postgresMissing, startPostgres } from "../lab/postgres.ts";
import type { Bench, Row } from "./report.ts";

const processes = 8;

interface Run {
  what: string;
  jobs: number;
  batch: number;
  finish: boolean;
}

const runs: Run[] = [
  { what: "booked, 20 a statement", jobs: 100_000, batch: 20, finish: false },
  { what: "booked one by one", jobs: 10_000, batch: 1, finish: false },
  { what: "booked 20 a statement, each finished", jobs: 10_000, batch: 20, finish: true },
];

/** Jobs a second; throws when a job was booked twice or not at all. */
async function measure(url: string, { jobs, batch, finish }: Run): Promise<number> {
  const store = await openStore({ url, migrate: "auto" });
  try {
    for (const table of ["job", "backend"] as const) await store.db.deleteFrom(table).execute();
    const all = Array.from({ length: jobs }, (_, at) => ({ action: "discover", device: `d${at}` }));
    await enqueueJobs(store, all);
    const clients = await Promise.all(Array.from({ length: processes }, () => client(url, batch, finish)));
    const begun = performance.now();
    const booked = (await Promise.all(clients.map((go) => go()))).flat();
    const seconds = (performance.now() - begun) / 1000;
    const rows = await store.db.selectFrom("job").select("id").where("attempt", "!=", 1).execute();
    if (booked.length !== jobs || new Set(booked).size !== jobs || rows.length > 0) {
      throw new Error(`${booked.length} bookings of ${jobs} jobs, ${rows.length} not booked just once`);
    }
    return jobs / seconds;
  } finally {
    await store.close();
  }
}

/** A process that is ready; called, it begins, and gives the ids it has booked. */
async function client(url: string, batch: number, finish: boolean): Promise<() => Promise<number[]>> {
  const program = join(import.meta.dirname, "queue-client.ts");
  const child = Bun.spawn([process.execPath, program, url, String(batch), finish ? "finish" : ""], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.pipeThrough(new TextDecoderStream() as never).getReader();
  const { value } = (await reader.read()) as { value?: string };
  if (value !== "ready\n") throw new Error(`a client said ${value}`);
  return async () => {
    child.stdin.write("\n");
    child.stdin.flush();
    let text = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
    return JSON.parse(text) as number[];
  };
}

export const bench: Bench = async () => {
  const folder = temporaryFolder("bench");
  const urls: Record<string, string> = { SQLite: `sqlite:${join(folder, "queue.db")}` };
  const missing = postgresMissing();
  const lab = missing === undefined ? await startPostgres() : undefined;
  if (lab) urls.PostgreSQL = lab.socketUrl(await lab.createDatabase());
  const rows: Row[] = [];
  try {
    for (const [kind, url] of Object.entries(urls)) {
      for (const run of runs) {
        const what = `${kind}: ${run.jobs} jobs ${run.what}`;
        rows.push({ what, unit: "jobs/s", values: [await measure(url, run)] });
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const durable = lab
    ? "PostgreSQL runs with fsync=off, as in the tests; SQLite syncs each commit."
    : `PostgreSQL: ${missing}`;
  return [
    {
      title: `Bookings by ${processes} processes at once`,
      rows,
      notes: ["No job was booked twice, and none was left.", durable],
    },
  ];
};
