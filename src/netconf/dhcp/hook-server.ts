/** Where the hook of DHCP clients finds the running Reeve: a socket for root alone, beside the control sockets. */
import { Problem } from "../../problem.ts";
import type { Json } from "../../umcp/message.ts";
import { type Server, serve } from "../../umcp/server.ts";
import { hookCommand, type Verdict } from "./hook.ts";
import type { LeaseEvent } from "./lease.ts";
import { leaseEvent } from "./lease-event.ts";
import type { SupplierName } from "./supplier.ts";
import type { Environment } from "./variables.ts";

export interface HookCall {
  event: LeaseEvent;
  client: SupplierName;
  /** What the client gave its script, for a recording. */
  environment: Environment;
  /** Aborts when the script's process has gone: nobody waits for the answer any more. */
  signal: AbortSignal;
}

/**
 * @param answer what the client is to be told; it waits in the meantime, and all that it does with it
 * @param now epoch milliseconds
 * @throws Problem `already-running`, `permission`, `io`
 */
export function serveHook(
  path: string,
  answer: (call: HookCall) => Promise<Verdict>,
  now: () => number = Date.now,
): Promise<Server> {
  return serve({
    unix: path,
    mode: 0o600,
    async handler(exchange) {
      const { request, signal } = exchange;
      if (request.command !== hookCommand) throw new Problem("unknown-command", `this socket knows ${hookCommand}`);
      const { client, environment } = optionsOf(request.body);
      const event = leaseEvent(client, environment, now());
      return { result: { verdict: await answer({ event, client, environment, signal }) } };
    },
  });
}

function optionsOf(body: Json | Uint8Array): { client: SupplierName; environment: Environment } {
  const options = body instanceof Uint8Array ? undefined : (body.options as Json | undefined);
  const client = options?.client;
  if (client !== "dhclient" && client !== "dhcpcd") throw new Problem("bad-options", "client: dhclient or dhcpcd");
  const { environment } = options ?? {};
  const texts = environment !== null && typeof environment === "object" ? Object.values(environment) : [];
  if (texts.length === 0 || texts.some((text) => typeof text !== "string")) {
    throw new Problem("bad-options", "environment: variables with text");
  }
  return { client, environment: environment as Record<string, string> };
}
