import { Command, Option } from "clipanion";
import type { BackendReady } from "../../src/backend/backend.ts";
import { ReeveCommand } from "../command.ts";

export class BackendCommand extends ReeveCommand {
  static override paths = [["backend"]];
  static override usage = Command.Usage({
    category: "Network",
    description: "map the network: does the jobs of the queue, and queues them by schedule",
    details: `
      Any number of backends, on any hosts, share one PostgreSQL database; SQLite serves one host. A backend that dies is
      noticed by the others, and its jobs are done by them. \`backend.zone\` of the configuration says to which devices
      this one may speak.

      It runs in the foreground until TERM or Ctrl-C. \`--background\` starts it as a process of its own;
      \`reeve backend stop\` and \`reeve backend status\` find that one. Beside the console, \`reeve daemon --with backend\`
      runs one as well.
    `,
    examples: [
      ["With the console's own database", "$0 backend"],
      ["Another one, on another host", "$0 backend --database postgres://reeve@db.example.org/reeve --workers 8"],
    ],
  });

  state = Option.String("--state", { description: "folder of data" });
  database = Option.String("--database", { description: "postgres://USER@HOST/NAME, or path of an SQLite file" });
  workers = Option.String("--workers", { description: "worker processes; 0: two for each processor core" });
  background = Option.Boolean("--background", false, { description: "start as a process of its own and return" });

  async execute(): Promise<void> {
    const { runService } = await import("../service.ts");
    const settings = await this.settings({
      state: this.state,
      database: this.database,
      "backend.workers": this.workers,
    });
    await runService("backend", settings, { settings }, this.background, (ready, background) => {
      const { database, workers } = ready as BackendReady;
      this.print(`Reeve backend: ${workers} workers on ${database}`);
      if (background) this.print(`Process ${background.pid}, log in ${background.log}`);
    });
  }
}
