/** `reeve netconf dhcp-hook`: the script of DHCP clients that Reeve starts. Dispatched before anything else is loaded. */
import type { HookRequest, Verdict } from "../../src/netconf/dhcp/hook.ts";
import { hookHere } from "../../src/netconf/dhcp/hook-here.ts";

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
  process.stderr.write(`reeve: ${line}\n`);
}

/** No Reeve runs: what the client told is kept for the next one. */
async function alone(request: HookRequest, run: string): Promise<Verdict> {
  const [{ join }, { hookFiles }, { spool }] = await Promise.all([
    import("node:path"),
    import("../../src/netconf/dhcp/hook-here.ts"),
    import("../../src/netconf/dhcp/spool.ts"),
  ]);
  spool(join(run, hookFiles.spool), { ...request, at: Date.now() });
  return "ok";
}
