/**
 * A process that books: `queue-client.ts URL BATCH FINISH`. Says `ready`, begins when it reads a line, ends when nothing is
 * left to book, and prints the ids it has booked as one line of JSON.
 */
import { registerBackend } from "../../src/store/backend-row.ts";
import { openStore } from "../../src/store/database.ts";
import { bookJobs, finishJob } from "../../src/store/job-book.ts";

const [url = "", batch = "1", finish = ""] = process.argv.slice(2);
const store = await openStore({ url });
const id = crypto.randomUUID();
const now = Date.now();
await registerBackend(store, {
  ...{ id, host: "bench", place: "", pid: process.pid, version: "", started: now, seen: now },
  ...{ lease_until: now + 3_600_000, workers: 1, slots: Number(batch), address: "" },
});
process.stdout.write("ready\n");
for await (const _ of process.stdin) break;
const ids: number[] = [];
for (;;) {
  const jobs = await bookJobs(store, id, Number(batch), Date.now());
  if (jobs.length === 0) {
    // Others may hold what is left for the length of a statement.
    const left = await store.db.selectFrom("job").select("id").where("status", "=", "queued").limit(1).execute();
    if (left.length === 0) break;
    continue;
  }
  for (const { id: job, attempt } of jobs) {
    ids.push(job);
    if (finish) await finishJob(store, { id: job, backend: id, attempt }, { status: "done", message: "" }, Date.now());
  }
}
await store.close();
process.stdout.write(`${JSON.stringify(ids)}\n`, () => process.exit(0));
