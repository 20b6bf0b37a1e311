import { Command, Option } from "clipanion";
import { failed } from "../command.ts";
import { NetconfCommand } from "./ctl.ts";

/** Its plain form never comes here (main.ts): this is for who asks for help, or for JSON. */
export class DhcpHookCommand extends NetconfCommand {
  static override paths = [["netconf", "dhcp-hook"]];
  static override usage = Command.Usage({
    category: "Network configuration",
    description: "what the script of a DHCP client runs where no Reeve answers it",
    details: `
      DHCP clients that Reeve starts run a script of a few lines (\`reeve netconf dhcp-script\` prints it), which asks the
      running Reeve. Where none answers it runs this command. It takes what there is to tell from the client's variables
      (\`reason\`, \`new_ip_address\` …; \`REEVE_HOOK\` names the socket), tells it to the daemon, or applies a renewal or
      an expiry by itself.

      Exit code 3 when somebody else has the address, which the client declines then; 0 for all else, also when something
      goes wrong: a client takes any other code for a conflict.
    `,
    examples: [["What a client's script says at its end", "reason=STOP interface=eth0 $0 netconf dhcp-hook --json"]],
  });
  json = Option.Boolean("--json", false, { description: "print JSON" });

  async execute(): Promise<number> {
    const { dhcpHook } = await import("./dhcp-hook.ts");
    const status = await dhcpHook();
    if (this.json) this.printJson({ status });
    // clipanion knows only 0 and 1.
    if (status !== 0) failed.code = status;
    return status;
  }
}
