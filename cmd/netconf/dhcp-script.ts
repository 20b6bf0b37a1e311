import { Command } from "clipanion";
import { NetconfCommand } from "./ctl.ts";

export class DhcpScriptCommand extends NetconfCommand {
  static override paths = [["netconf", "dhcp-script"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "print the script that DHCP clients run, for where AppArmor lets them run no other program",
    details: `
      Debian's profile for dhclient allows \`/etc/dhcp/dhclient-script\` beside its own. For clients that Reeve did not start,
      this script runs Debian's. It is the same that clients get elsewhere: it asks the running Reeve, and runs
      \`reeve netconf dhcp-hook\` where there is none.
    `,
    examples: [
      [
        "Where AppArmor confines dhclient",
        "$0 netconf dhcp-script > /etc/dhcp/dhclient-script && chmod 755 /etc/dhcp/dhclient-script",
      ],
    ],
  });

  async execute(): Promise<void> {
    const { installedCommand } = await import("../../src/process/self.ts");
    const { scriptText } = await import("../../src/netconf/dhcp/script.ts");
    this.context.stdout.write(scriptText(installedCommand([])));
  }
}
