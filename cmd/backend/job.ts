import { Command, Option } from "clipanion";
import { jobLine, QueueCommand } from "./queue-command.ts";

export class ExplainCommand extends QueueCommand {
  static override paths = [["backend", "explain"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "tell why a job does not run, or what came of it",
    examples: [["Why does it wait?", "$0 backend explain 4711"]],
  });

  job = Option.String();

  async execute(): Promise<void> {
    const { explainJob } = await import("../../src/store/job-explain.ts");
    const { Problem } = await import("../../src/problem.ts");
    const id = await this.jobNumber(this.job);
    await this.withStore(async (store, now) => {
      const explanation = await explainJob(store, id, now);
      if (!explanation) throw new Problem("not-found", `there is no job ${id}`);
      if (this.json) return this.printJson(explanation);
      this.print(jobLine(explanation.job));
      for (const reason of explanation.reasons) this.print(reason);
    });
  }
}

export class CancelCommand extends QueueCommand {
  static override paths = [["backend", "cancel"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "end jobs: waiting ones at once, running ones by the backend that has them",
    examples: [["Two of them", "$0 backend cancel 4711 4712"]],
  });

  jobs = Option.Rest({ name: "job", required: 1 });

  async execute(): Promise<void> {
    const { caller } = await import("../caller.ts");
    const { cancelJob } = await import("../../src/store/job.ts");
    const { Problem } = await import("../../src/problem.ts");
    // Before the store is opened: for that, root becomes the owner of an SQLite file.
    const by = caller();
    const ids = await Promise.all(this.jobs.map((text) => this.jobNumber(text)));
    await this.withStore(async (store, now) => {
      const results: { job: number; result: Awaited<ReturnType<typeof cancelJob>> }[] = [];
      for (const job of ids) results.push({ job, result: await cancelJob(store, job, by, now) });
      if (this.json) this.printJson(results);
      else for (const { job, result } of results) this.print(`${job}\t${result}`);
      const unknown = results.filter(({ result }) => result === "unknown").map(({ job }) => job);
      if (unknown.length > 0) throw new Problem("not-found", `there is no job ${unknown.join(", ")}`);
    });
  }
}
