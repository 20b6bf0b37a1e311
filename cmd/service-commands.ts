/** `status` and `stop`, the same for every service. */
import { Option } from "clipanion";
import { ReeveCommand } from "./command.ts";

abstract class ServiceCommand extends ReeveCommand {
  abstract readonly service: string;
  state = Option.String("--state", { description: "folder of data the service was started with" });
  json = Option.Boolean("--json", false, { description: "print JSON" });
}

export abstract class StatusCommand extends ServiceCommand {
  async execute(): Promise<void> {
    const { serviceStatus } = await import("./service.ts");
    const { Problem } = await import("../src/problem.ts");
    const status = serviceStatus(this.service, await this.settings({ state: this.state }));
    if (this.json) this.printJson(status);
    if (!status.running) throw new Problem("not-running", "it does not run");
    if (!this.json) this.print(`running as process ${status.pid}`);
  }
}

export abstract class StopCommand extends ServiceCommand {
  /** Milliseconds that it gets; undefined: the usual ones. */
  readonly grace: number | undefined = undefined;

  async execute(): Promise<void> {
    const { stopService } = await import("./service.ts");
    const pid = await stopService(this.service, await this.settings({ state: this.state }), this.grace);
    if (this.json) this.printJson({ service: this.service, stopped: pid });
    else this.print(`process ${pid} has ended`);
  }
}
