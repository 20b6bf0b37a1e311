/** What every client gets for its script, whichever it is. */
import { Problem } from "../../problem.ts";
import { hookVariables } from "./hook-variables.ts";
import type { ClientOptions, SupplierName } from "./supplier.ts";

/** Seconds that a script waits: less than the client has, by which the daemon has given it up. @param timeout the client's */
export function hookTimeout(timeout: number): number {
  return Math.min(Math.max(Math.floor(timeout * 0.75), 1), 30);
}

/** `NAME=value` for the option `-e`, which dhclient and dhcpcd have alike. @throws Problem `config` without a script */
export function clientVariables(client: SupplierName, options: ClientOptions, log: string): string[] {
  if (options.script === "") throw new Problem("config", `there is no script that ${client} could be given`);
  const values: Record<keyof typeof hookVariables, string> = {
    socket: options.socket,
    client,
    interface: options.iface,
    family: String(options.family),
    timeout: String(options.hookTimeout ?? hookTimeout(options.timeout)),
    log,
  };
  return Object.entries(values).flatMap(([key, value]) => [
    "-e",
    `${hookVariables[key as keyof typeof hookVariables]}=${value}`,
  ]);
}
