/**
 * Another process that uses a store: `child.ts URL WORK [COUNT]`. Says `ready` once it runs, then does its work when it
 * reads a line, and prints the result as one line of JSON.
 */
import { Problem } from "../../src/problem.ts";
import { appendAudit } from "../../src/store/audit.ts";
import { registerBackend, renewLease } from "../../src/store/backend-row.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import { enqueueJobs } from "../../src/store/job.ts";
import { bookJobs, finishJob, requeueDead } from "../../src/store/job-book.ts";

const [url = "", work = "", count = "0"] = process.argv.slice(2);

const works: Record<string, (store: Store) => Promise<unknown>> = {
  open: async () => "opened",
  /** Counts a row up in transactions that read first, so that a lost update shows. */
  async count(store) {
    for (let done = 0; done < Number(count); done++) {
      await store.transaction(async (transaction) => {
        let read = transaction.db.selectFrom("user").select("changed").where("name", "=", "counter");
        if (store.kind === "postgres") read = read.forUpdate();
        const { changed } = await read.executeTakeFirstOrThrow();
        await transaction.db
          .updateTable("user")
          .set({ changed: changed + 1 })
          .where("name", "=", "counter")
          .execute();
      });
    }
    return Number(count);
  },
  /** Takes the write lock, says so, and ends by a kill, in the middle of the transaction. */
  async die(store) {
    await store.transaction(async (transaction) => {
      for (let row = 0; row < 5000; row++) await appendAudit(transaction, { ...entry, subject: `lost ${row}` });
      await appendAudit(transaction, entry);
      process.kill(process.pid, "SIGKILL");
      await new Promise(() => {});
    });
    return "never";
  },
  /** Acknowledges rows one by one until it is killed. */
  async acknowledge(store) {
    for (let row = 0; ; row++) {
      await appendAudit(store, { ...entry, subject: String(row) });
      process.stdout.write(`${row}\n`);
    }
  },
  async enqueue(store) {
    return (await enqueueJobs(store, [{ action: "stats" }])).length;
  },
  /** Is a backend with a short lease: books, tells what it finished, ends when all is done. */
  async book(store) {
    const backend = crypto.randomUUID();
    const lease = 1000;
    const now = Date.now();
    const row = {
      id: backend,
      host: "",
      place: "",
      pid: process.pid,
      version: "",
      started: now,
      seen: now,
      lease_until: now + lease,
    };
    await registerBackend(store, { ...row, workers: 1, slots: 7, address: "" });
    for (;;) {
      await renewLease(store, backend, Date.now(), lease);
      await requeueDead(store, Date.now());
      const jobs = await bookJobs(store, backend, 7, Date.now());
      const done: number[] = [];
      for (const job of jobs) {
        const booking = { id: job.id, backend, attempt: job.attempt };
        if (await finishJob(store, booking, { status: "done", message: "" }, Date.now())) done.push(job.id);
      }
      if (done.length > 0) process.stdout.write(`${JSON.stringify(done)}\n`);
      const left = await store.db
        .selectFrom("job")
        .select((of) => of.fn.countAll<number>().as("count"))
        .where("status", "in", ["queued", "running"])
        .executeTakeFirstOrThrow();
      if (left.count === 0) return "all done";
      if (jobs.length === 0) await Bun.sleep(20);
    }
  },
  /** Holds the write lock until the next line. */
  async hold(store) {
    await store.transaction(async (transaction) => {
      await appendAudit(transaction, entry);
      process.stdout.write('"held"\n');
      await lines.next();
    });
    return "released";
  },
};

const entry = {
  ...{ time: 1, user: "", address: "", session: "", action: "child", subject: "", status: 0 },
  outcome: "ok" as const,
};

async function* readLines(): AsyncGenerator<string> {
  for await (const chunk of process.stdin) yield String(chunk);
}
const lines = readLines();

process.stdout.write('"ready"\n');
await lines.next();
let result: unknown;
try {
  const store = await openStore({ url, migrate: "auto" });
  result = await works[work]?.(store);
  await store.close();
} catch (error) {
  result = error instanceof Problem ? { code: error.code, message: error.message } : { error: String(error) };
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
