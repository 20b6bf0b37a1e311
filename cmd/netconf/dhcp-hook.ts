/** `reeve netconf dhcp-hook`: the script of DHCP clients that Reeve starts. Dispatched before anything else is loaded. */
import type { HookRequest, Verdict } from "../../src/netconf/dhcp/hook.ts";
import { hookHere } from "../../src/netconf/dhcp/hook-here.ts";
import { writeOut } from "../write-out.ts";

/** @returns the exit code for the client: a defect of ours must not look like an address conflict, which any but 0 does */
export async function dhcpHook(): Promise<number> {
  process.exitCode = 0;
  process.on("uncaughtException", (error) => {
    say(error.message);
    process.exit(0);
  });
  return hookHere(process.env, alone, say);
}

function say(line: string): void {
  try {
    writeOut(2, `reeve: ${line}\n`);
  } catch {
    // The client has nowhere to write it to, and shall not hear of that.
  }
}

/** No Reeve runs: what the client told is done here, as the last one would have done it. */
async function alone({ client, environment }: HookRequest, run: string): Promise<Verdict> {
  const [{ rememberedSettings }, { leaseEvent }, { leaseAlone }, { configureLog }] = await Promise.all([
    import("../../src/netconf/here/remembered.ts"),
    import("../../src/netconf/dhcp/lease-event.ts"),
    import("../../src/netconf/one-shot.ts"),
    import("../../src/log.ts"),
  ]);
  const settings = rememberedSettings(run);
  if (!settings) throw new Error(`nothing is known of how to work in ${run}`);
  const write = (line: string) => writeOut(2, line);
  configureLog({ level: settings["log.level"], format: settings["log.format"], write });
  return await leaseAlone(settings, leaseEvent(client, environment, Date.now()));
}
