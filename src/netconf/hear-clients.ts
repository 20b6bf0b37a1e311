/** The hook of DHCP clients, for whoever works here: the daemon, or one operation. */
import { expected, type HookServer, serveHook } from "./dhcp/hook-server.ts";
import { ifPossible } from "./here/if-possible.ts";
import type { Netconf } from "./netconf.ts";

/**
 * Listens to the scripts of DHCP clients: of those that the engine starts or finds from now on, and of others.
 * @param started what a client of before says meanwhile is heard then, when we know it again
 * @returns undefined: it could not be made, which is said in the log
 */
export async function hearClients(netconf: Netconf, started: Promise<void>): Promise<HookServer | undefined> {
  const { world } = netconf.engine;
  const hook = await ifPossible("hook of DHCP clients", () =>
    serveHook(world.settings.clients.socket, async ({ event, signal }) => {
      await started;
      return (await netconf.lease(event, signal)).verdict;
    }),
  );
  if (hook) world.suppliers = expected(world.suppliers, hook);
  return hook;
}
