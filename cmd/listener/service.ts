import { Command } from "clipanion";
import type { Settings } from "../../src/config/keys.ts";
import type { ListenerStatus } from "../../src/console/directory/control.ts";
import { StatusCommand, StopCommand } from "../service-commands.ts";

export class ListenerStatusCommand extends StatusCommand {
  static override paths = [["listener", "status"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "tell whether the listener runs (exit code 0) or not (3)",
    details: `
      Started by \`reeve listener\`, its unit, or \`reeve daemon --with listener\`. How it stands with the directory and its
      handlers: \`reeve listener ctl status\`.
    `,
  });
  readonly service = "listener";

  override async execute(): Promise<void> {
    const { serviceStatus } = await import("../service.ts");
    const { Problem } = await import("../../src/problem.ts");
    const settings = await this.settings({ state: this.state });
    const own = serviceStatus("listener", settings);
    const daemon = own.running ? null : serviceStatus("daemon", settings).pid;
    const pid = own.pid ?? (daemon === null ? null : await childOf(daemon, settings));
    const within = pid === own.pid ? null : "daemon";
    if (this.json) this.printJson({ ...own, running: pid !== null, pid, within });
    if (pid === null) throw new Problem("not-running", "it does not run");
    if (!this.json) this.print(`running as process ${pid}${within ? ` within the ${within}` : ""}`);
  }
}

/** A listener within the daemon has no pid file of its own, but its socket tells. */
async function childOf(daemon: number, { run }: Settings): Promise<number | null> {
  const { join } = await import("node:path");
  const { socketName } = await import("../../src/console/directory/control.ts");
  const { connect } = await import("../../src/umcp/client.ts");
  const { parentOf } = await import("../service.ts");
  try {
    const client = await connect({ unix: join(run, socketName) });
    try {
      const { pid } = (await client.request("COMMAND", ["status"], { options: {} })).result as ListenerStatus;
      return parentOf(pid) === daemon ? pid : null;
    } finally {
      client.close();
    }
  } catch {
    return null; // nobody answers there
  }
}

export class ListenerStopCommand extends StopCommand {
  static override paths = [["listener", "stop"]];
  static override usage = Command.Usage({
    category: "Directory",
    description: "end the listener in order: running calls end, postrun comes, positions are written",
    details: "Handlers get a minute for that. What is not done by then is done after the next start.",
  });
  readonly service = "listener";
  override readonly grace = 75_000;
}
