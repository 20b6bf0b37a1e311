import { Command, Option } from "clipanion";
import type { NetconfReady, NetconfStart } from "../../src/netconf/daemon.ts";
import type { Background } from "../service.ts";
import { StopCommand } from "../service-commands.ts";
import { NetconfCommand } from "./ctl.ts";

export class NetconfDaemonCommand extends NetconfCommand {
  static override paths = [["netconf", "daemon"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "configure this host's network: bring interfaces up, follow carriers and leases, undo what goes wrong",
    details: `
      Reads interfaces(5) (\`netconf.interfaces\`), brings up what is in \`auto\` with \`--auto\`, and answers on its control
      sockets (\`reeve netconf up\`, \`status\`, \`apply\` …). What a former daemon left half done is finished or taken back
      first, DHCP clients that still run are taken over. It ends without touching an interface.

      SIGHUP, as \`reeve netconf reload\`, has it read its configuration anew; no interface is changed by that.

      It stays in the foreground; \`--background\` starts it as a process of its own.
    `,
    examples: [
      ["At boot", "$0 netconf daemon --auto"],
      ["With another file", "$0 netconf daemon --interfaces ./interfaces --state ./state"],
    ],
  });

  background = Option.Boolean("--background", false, { description: "start as a process of its own and return" });
  auto = Option.Boolean("--auto", false, { description: "bring up what is in `auto`, as at boot" });
  interfaces = Option.String("-i,--interfaces", { description: "read this in place of /etc/network/interfaces" });
  recording = Option.String("--record", { description: "write everything that happens there, for `replay`" });

  async execute(): Promise<void> {
    const { resolve } = await import("node:path");
    const { runService } = await import("../service.ts");
    const { ifPossible } = await import("../../src/netconf/here/if-possible.ts");
    const settings = await this.settings({
      state: this.state,
      "netconf.interfaces": this.interfaces === undefined ? undefined : resolve(this.interfaces),
      "netconf.recording": this.recording === undefined ? undefined : resolve(this.recording),
    });
    const start: NetconfStart = { settings, auto: this.auto };
    const announce = (ready: unknown, background?: Background) => {
      const { interfaces, socket, errors } = ready as NetconfReady;
      this.print(`Reeve netconf: ${interfaces} interfaces configured, ${socket || "no socket: it cannot be asked"}`);
      if (errors > 0) this.print(`${errors} errors in the configuration: reeve netconf check`);
      if (background) this.print(`Process ${background.pid}, log in ${background.log}`);
    };
    await runService("netconf", settings, start, this.background, announce, undefined, ifPossible);
  }
}

export class NetconfStopCommand extends StopCommand {
  static override paths = [["netconf", "stop"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "end the daemon; interfaces and DHCP clients stay as they are",
  });
  readonly service = "netconf";

  protected override get rootFolder(): string {
    return "reeve-netconf";
  }
}
