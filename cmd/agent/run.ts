import { Command, Option } from "clipanion";
import { ReeveCommand } from "../command.ts";

export class AgentCommand extends ReeveCommand {
  static override paths = [["agent"]];
  static override usage = Command.Usage({
    category: "Agent",
    description: "report this machine's hardware, software, disks and network to inventory servers",
    details: `
      Speaks the OCS protocol, to Reeve and to any OCS server. Each server says how often it wants an inventory; what it
      has not acknowledged is kept and sent again. Without root some sections stay incomplete; the inventory says which
      and why.
    `,
    examples: [
      ["Once, to one server", "$0 agent --once --server https://reeve.example.org/ocsinventory"],
      ["Look at what would be sent", "$0 agent --local - --json"],
      ["As a service", "$0 agent --background"],
    ],
  });

  servers = Option.Array("--server", { description: "URL of a server; repeatable" });
  once = Option.Boolean("--once", false, { description: "report now to every server, then end" });
  local = Option.String("--local", {
    description: "write the inventory to FILE (- is standard output) and send nothing",
  });
  json = Option.Boolean("--json", false, { description: "with --local: JSON instead of OCS XML" });
  tag = Option.String("--tag", { description: "TAG of this host" });
  state = Option.String("--state", { description: "folder of data" });
  background = Option.Boolean("--background", false, { description: "start as a process of its own and return" });

  protected override get rootFolder(): string {
    return "reeve-agent";
  }

  async execute(): Promise<void> {
    const settings = await this.settings({
      state: this.state,
      "agent.servers": this.servers?.join(","),
      "agent.tag": this.tag,
    });
    if (this.local !== undefined) {
      await this.#writeLocal(this.local, settings["agent.tag"], settings["agent.deadline"], settings.state);
      return;
    }
    const { runService } = await import("../service.ts");
    if (this.once) {
      const { agent } = await import("../../src/agent/agent.ts");
      const { host } = await import("../../src/process/service.ts");
      const { stopSignal } = await import("../../src/process/lifeline.ts");
      await host(agent, { settings, once: true }, stopSignal());
      return;
    }
    await runService("agent", settings, { settings }, this.background, (_ready, background) => {
      if (background) this.print(`Process ${background.pid}, log in ${background.log}`);
    });
  }

  async #writeLocal(file: string, tag: string, seconds: number, state: string): Promise<void> {
    const { existsSync, writeFileSync } = await import("node:fs");
    const { hostname } = await import("node:os");
    const { join } = await import("node:path");
    const { identify, newDeviceId } = await import("../../src/agent/identity.ts");
    const { collectInventory } = await import("../../src/agent/task.ts");
    const { encodeInventoryRequest } = await import("../../src/inventory/ocs.ts");
    const { stopSignal } = await import("../../src/process/lifeline.ts");
    const { Problem } = await import("../../src/problem.ts");
    // Looking must leave no trace: a machine that never reported gets no identity by it.
    const known = existsSync(join(state, "device.json"));
    const identity = known ? identify(state) : { deviceId: newDeviceId(hostname().split(".")[0] ?? "") };
    const document = await collectInventory({ identity, tag }, seconds, stopSignal());
    const text = this.json ? `${JSON.stringify(document, null, 2)}\n` : encodeInventoryRequest(document);
    for (const { section, reason } of document.incomplete) {
      this.context.stderr.write(`incomplete: ${section}: ${reason}\n`);
    }
    if (file === "-") {
      this.context.stdout.write(text);
      return;
    }
    try {
      writeFileSync(file, text, { mode: 0o600 });
    } catch (cause) {
      throw new Problem("io", `cannot write ${file}: ${(cause as Error).message}`, { cause });
    }
  }
}
