import { Command } from "clipanion";
import type { QueueStatus } from "../../src/store/job-status.ts";
import { StopCommand } from "../service-commands.ts";
import { QueueCommand } from "./queue-command.ts";

export class BackendStatusCommand extends QueueCommand {
  static override paths = [["backend", "status"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "tell whether this host's backend runs (exit code 0) or not (3), and how the queue stands",
    details: `
      Jobs by action and state, what has waited longest, and every backend that shares the database. The exit code is
      about the service of this host alone, started by \`reeve backend\`, its unit, or \`reeve daemon --with backend\`.
    `,
  });

  async execute(): Promise<void> {
    const { serviceStatus } = await import("../service.ts");
    const { queueStatus } = await import("../../src/store/job-status.ts");
    const { Problem } = await import("../../src/problem.ts");
    const settings = await this.settings({ state: this.state, database: this.database });
    // Before the store is opened: for that, root becomes the owner of an SQLite file.
    const own = serviceStatus("backend", settings);
    const daemon = own.running ? null : serviceStatus("daemon", settings).pid;
    const running = await this.withStore(async (store, now) => {
      const queue = await queueStatus(store, now);
      const pid = own.pid ?? (await childOf(daemon, queue)) ?? null;
      const within = pid === own.pid ? null : "daemon";
      if (this.json) this.printJson({ ...own, running: pid !== null, pid, within, now, ...queue });
      else {
        if (pid !== null) this.print(`running as process ${pid}${within ? ` within the ${within}` : ""}`);
        for (const line of lines(queue, now)) this.print(line);
      }
      return pid !== null;
    });
    if (!running) throw new Problem("not-running", "it does not run");
  }
}

/** A service within the daemon has no pid file of its own, but the database knows it. */
async function childOf(daemon: number | null, { backends }: QueueStatus): Promise<number | undefined> {
  if (daemon === null) return undefined;
  const { parentOf } = await import("../service.ts");
  const { placeOfThisProcess } = await import("../../src/backend/membership.ts");
  const here = placeOfThisProcess();
  return backends.find(({ place, pid }) => place === here && parentOf(pid) === daemon)?.pid;
}

function lines(queue: QueueStatus, now: number): string[] {
  const counts = (of: Record<string, number>) =>
    Object.entries(of)
      .map(([status, count]) => `${count} ${status}`)
      .join(", ");
  const { backends, oldestWaiting } = queue;
  return [
    ...Object.entries(queue.actions).map(([action, of]) => `${action}\t${counts(of)}`),
    ...(oldestWaiting === null ? [] : [`oldest waiting\t${Math.round((now - oldestWaiting) / 1000)} s`]),
    `put off\t${queue.delayed} jobs, ${queue.resting} devices`,
    `last hour\t${queue.endedLastHour} jobs ended`,
    ...backends.map(({ host, pid, workers, running, slots, alive, version }) => {
      const state = alive ? `${running} of ${slots} jobs in hand` : "dead";
      return `backend\t${host}, process ${pid}, ${workers} workers, ${state}, version ${version}`;
    }),
    ...(backends.some(({ alive }) => alive) ? [] : ["backend\tnone runs"]),
  ];
}

export class BackendStopCommand extends StopCommand {
  static override paths = [["backend", "stop"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "end the backend in order; what it has in hand is done by others, or by the next one",
  });
  readonly service = "backend";
}
