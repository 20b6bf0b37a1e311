/** What the commands around the queue share: the store, and how a job is printed. */
import { Option } from "clipanion";
import type { Job } from "../../src/store/job.ts";
import type { Store } from "../../src/store/store.ts";
import { ReeveCommand } from "../command.ts";

export abstract class QueueCommand extends ReeveCommand {
  state = Option.String("--state", { description: "folder of data" });
  database = Option.String("--database", { description: "postgres://USER@HOST/NAME, or path of an SQLite file" });
  json = Option.Boolean("--json", false, { description: "print JSON" });

  /** @param work gets the store, and the time as the backends count it */
  protected async withStore<Result>(work: (store: Store, now: number) => Promise<Result>): Promise<Result> {
    const { openConfiguredStore } = await import("../store.ts");
    const { databaseTime } = await import("../../src/store/backend-row.ts");
    const store = await openConfiguredStore(await this.settings({ state: this.state, database: this.database }));
    try {
      return await work(store, await databaseTime(store));
    } finally {
      await store.close();
    }
  }

  protected async jobNumber(text: string): Promise<number> {
    if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
    const { Problem } = await import("../../src/problem.ts");
    throw new Problem("usage", `${text} is no number of a job`);
  }
}

/** `17  done   discover::neighbors 192.0.2.1  3 neighbours`. */
export function jobLine(job: Job): string {
  const what = [job.stage ? `${job.action}::${job.stage}` : job.action, job.device, job.port].filter(Boolean).join(" ");
  const when = new Date(job.finished ?? job.started ?? job.entered).toISOString().slice(0, 19);
  const who = job.username ? ` (${job.username})` : "";
  const state = job.status === "running" && job.cancel ? "cancelling" : job.status;
  return printable(`${job.id}\t${when}Z\t${state}\t${what}${who}\t${job.message}`);
}

/** What came from the network must not move a terminal's cursor. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, " ");
}
