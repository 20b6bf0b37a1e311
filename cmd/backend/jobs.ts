import { Command, Option } from "clipanion";
import type { Job, JobQuery } from "../../src/store/job.ts";
import type { JobStatus } from "../../src/store/schema-queue.ts";
import type { Store } from "../../src/store/store.ts";
import { jobLine, QueueCommand } from "./queue-command.ts";

export class JobsCommand extends QueueCommand {
  static override paths = [["backend", "jobs"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "list the jobs of the queue, newest first",
    details: `
      Number, time, state, what, and what came of it, with tabs between. \`--follow\` goes on and prints each job again
      when its state changes, until Ctrl-C.
    `,
    examples: [
      ["What failed", "$0 backend jobs --status error"],
      ["All about one device", "$0 backend jobs --device 192.0.2.1 --limit 20"],
      ["As it happens", "$0 backend jobs --status running,done,error --follow"],
    ],
  });

  status = Option.String("--status", { description: "only jobs in these states, with commas between" });
  action = Option.String("--action", { description: "only jobs of this action" });
  device = Option.String("--device", { description: "only jobs for this device" });
  limit = Option.String("--limit", { description: "at most this many; 100 unless told otherwise" });
  follow = Option.Boolean("--follow", false, { description: "go on, and print what changes" });

  async execute(): Promise<void> {
    const { listJobs } = await import("../../src/store/job.ts");
    const query = await this.#query();
    await this.withStore(async (store) => {
      const jobs = await listJobs(store, query);
      if (this.json && !this.follow) this.printJson(jobs);
      else for (const job of this.follow ? jobs.toReversed() : jobs) this.#printJob(job);
      if (this.follow) await this.#follow(store, query, jobs);
    });
  }

  async #query(): Promise<JobQuery> {
    const { Problem } = await import("../../src/problem.ts");
    const { jobStatuses } = await import("../../src/store/schema-queue.ts");
    const status = this.status?.split(",").filter(Boolean) as JobStatus[] | undefined;
    const unknown = status?.find((word) => !jobStatuses.includes(word));
    if (unknown) throw new Problem("usage", `--status: there is no state ${unknown}; known: ${jobStatuses.join(", ")}`);
    const limit = Number(this.limit ?? 100);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
      throw new Problem("usage", "--limit: expected a number from 1 to 1000");
    }
    return { status, action: this.action, device: this.device, limit };
  }

  #printJob(job: Job): void {
    this.print(this.json ? JSON.stringify(job) : jobLine(job));
  }

  async #follow(store: Store, query: JobQuery, printed: readonly Job[]): Promise<void> {
    const { listJobs } = await import("../../src/store/job.ts");
    const { watchQueue } = await import("../../src/store/wake.ts");
    const { stopSignal } = await import("../../src/process/lifeline.ts");
    const { pause } = await import("../../src/process/wait.ts");
    const signal = stopSignal();
    let changed = Promise.withResolvers<void>();
    await watchQueue(store, () => changed.resolve(), signal);
    let known = new Map(printed.map((job) => [job.id, stateOf(job)]));
    // Not for a reader that has gone away.
    while (!signal.aborted && process.stdout.writable) {
      // Nobody calls when a running job ends.
      await Promise.race([changed.promise, pause(1000, signal)]);
      if (signal.aborted) return;
      changed = Promise.withResolvers();
      const jobs = await listJobs(store, { ...query, limit: 1000 });
      const oldest = Math.min(...printed.map(({ id }) => id), Number.POSITIVE_INFINITY);
      for (const job of jobs.toReversed()) {
        if (known.get(job.id) === stateOf(job) || (!known.has(job.id) && job.id < oldest)) continue;
        this.#printJob(job);
      }
      known = new Map(jobs.map((job) => [job.id, stateOf(job)]));
    }
  }
}

function stateOf({ status, attempt, deferrals, cancel }: Job): string {
  return `${status} ${attempt} ${deferrals} ${cancel}`;
}
