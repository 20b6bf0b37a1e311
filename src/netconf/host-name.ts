/** The name that a DHCP server gives this host (option 12), as Debian's dhclient-script takes it. */
import type { Lease } from "./dhcp/lease.ts";
import type { Engine } from "./engine.ts";
import type { Task } from "./events/task.ts";

/** Bytes that the kernel has for it (__NEW_UTS_LEN). */
const longest = 64;
const none: readonly string[] = ["", "(none)", "localhost"];

/**
 * The name that a host takes: only one that has none of its own takes any, or one that has it from the lease before.
 * @param former what that lease said
 * @returns "": it stays as it is
 */
export function nameToTake(current: string, given: string, former: string): string {
  const own = !none.includes(current) && current !== former;
  return own || given === current || given.length > longest ? "" : given;
}

/** With `netconf.dhcp.hostname`. What the kernel refuses is said, and costs nothing else. */
export function takeName(engine: Engine, task: Task, lease: Lease, former: Lease | undefined): void {
  const { settings, hostName } = engine.world;
  if (!settings.dhcpHostName || lease.hostName === "") return;
  const name = nameToTake(hostName.read(), lease.hostName, former?.hostName ?? "");
  if (name === "") return;
  try {
    hostName.write(name);
    engine.say(task, `this host is called ${name}`);
  } catch (error) {
    engine.say(task, `this host cannot be called ${name}: ${(error as Error).message}`);
  }
}
