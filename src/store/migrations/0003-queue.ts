/** Jobs, who does them, and when they are due. */
import { type Kysely, sql } from "kysely";
import type { StoreKind } from "../store.ts";
import { identity, text } from "./column.ts";

export async function queue(db: Kysely<unknown>, kind: StoreKind): Promise<void> {
  const string = text(kind);
  let job = db.schema.createTable("job").addColumn("id", ...identity(kind));
  const texts = ["action", "stage", "device", "port", "extra", "status", "message", "username", "userip", "reason"];
  for (const name of [...texts, "device_key"]) {
    job = job.addColumn(name, string, (column) => column.notNull());
  }
  for (const name of ["force", "priority", "attempt", "deferrals", "losses", "cancel"]) {
    job = job.addColumn(name, "integer", (column) => column.notNull());
  }
  await job
    .addColumn("entered", "bigint", (column) => column.notNull())
    .addColumn("started", "bigint")
    .addColumn("finished", "bigint")
    .addColumn("backend", string)
    .addColumn("not_before", "bigint", (column) => column.notNull())
    .addColumn("dedup", string)
    .execute();
  // What waits, in the order it is booked; each partial index holds the few rows that its question is about.
  for (const index of [
    sql`create index job_waiting on job (priority desc, deferrals, not_before, id) where status = 'queued'`,
    sql`create unique index job_dedup on job (dedup) where status = 'queued'`,
    sql`create index job_waiting_device on job (device) where status = 'queued'`,
    // One alone for what runs: of two, PostgreSQL would take the wrong one while it believes that nothing runs.
    sql`create index job_running on job (device, backend) where status = 'running'`,
    sql`create index job_finished on job (finished)`,
    sql`create index job_device on job (device, id)`,
    sql`create index job_action on job (action, id)`,
  ]) {
    await index.execute(db);
  }
  // A queue rewrites its rows all day: the default, a fifth of the table, would let dead ones pile up at its head.
  if (kind === "postgres") {
    await sql`alter table job set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
      autovacuum_analyze_scale_factor = 0.01, autovacuum_analyze_threshold = 500)`.execute(db);
  }

  await db.schema
    .createTable("backend")
    .addColumn("id", string, (column) => column.primaryKey())
    .addColumn("host", string, (column) => column.notNull())
    .addColumn("place", string, (column) => column.notNull())
    .addColumn("pid", "integer", (column) => column.notNull())
    .addColumn("version", string, (column) => column.notNull())
    .addColumn("started", "bigint", (column) => column.notNull())
    .addColumn("seen", "bigint", (column) => column.notNull())
    .addColumn("lease_until", "bigint", (column) => column.notNull())
    .addColumn("workers", "integer", (column) => column.notNull())
    .addColumn("slots", "integer", (column) => column.notNull())
    .addColumn("address", string, (column) => column.notNull())
    .execute();

  await db.schema
    .createTable("device_skip")
    .addColumn("device", string, (column) => column.notNull())
    .addColumn("action", string, (column) => column.notNull())
    .addColumn("backend", string, (column) => column.notNull())
    .addColumn("deferrals", "integer", (column) => column.notNull())
    .addColumn("last_defer", "bigint", (column) => column.notNull())
    .addColumn("not_before", "bigint", (column) => column.notNull())
    .addColumn("reason", string, (column) => column.notNull())
    .addPrimaryKeyConstraint("device_skip_key", ["device", "action", "backend"])
    .execute();
  await db.schema.createIndex("device_skip_backend").on("device_skip").column("backend").execute();

  await db.schema
    .createTable("schedule")
    .addColumn("action", string, (column) => column.primaryKey())
    .addColumn("checked", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("schedule_run")
    .addColumn("action", string, (column) => column.notNull())
    .addColumn("due", "bigint", (column) => column.notNull())
    .addColumn("backend", string, (column) => column.notNull())
    .addPrimaryKeyConstraint("schedule_run_key", ["action", "due"])
    .execute();
  await db.schema.createIndex("schedule_run_due").on("schedule_run").column("due").execute();
}
