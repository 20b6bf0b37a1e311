/** What every client gets for its script, whichever it is. */
import { hookVariables } from "./hook-variables.ts";
import type { ClientOptions, SupplierName } from "./supplier.ts";

const hookTimeout = 30;

/** `NAME=value` for the option `-e`, which dhclient and dhcpcd have alike. */
export function clientVariables(client: SupplierName, options: ClientOptions, log: string): string[] {
  const values: Record<keyof typeof hookVariables, string> = {
    socket: options.socket,
    client,
    interface: options.iface,
    family: String(options.family),
    preinit: options.preinit === false ? "answer" : "ask",
    timeout: String(options.hookTimeout ?? hookTimeout),
    log,
  };
  return Object.entries(values).flatMap(([key, value]) => [
    "-e",
    `${hookVariables[key as keyof typeof hookVariables]}=${value}`,
  ]);
}
