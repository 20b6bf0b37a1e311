/** What every client gets for its script, whichever it is. */
import { Problem } from "../../problem.ts";
import { hookVariables } from "./hook-variables.ts";
import type { ClientOptions, SupplierName } from "./supplier.ts";

/** Less than the client's own, by which the daemon has given it up. */
const hookTimeout = ({ timeout }: ClientOptions) => Math.min(Math.max(Math.floor(timeout * 0.75), 1), 30);

/** `NAME=value` for the option `-e`, which dhclient and dhcpcd have alike. @throws Problem `config` without a script */
export function clientVariables(client: SupplierName, options: ClientOptions, log: string): string[] {
  if (options.script === "") throw new Problem("config", `there is no script that ${client} could be given`);
  const values: Record<keyof typeof hookVariables, string> = {
    socket: options.socket,
    client,
    interface: options.iface,
    family: String(options.family),
    timeout: String(options.hookTimeout ?? hookTimeout(options)),
    log,
  };
  return Object.entries(values).flatMap(([key, value]) => [
    "-e",
    `${hookVariables[key as keyof typeof hookVariables]}=${value}`,
  ]);
}
