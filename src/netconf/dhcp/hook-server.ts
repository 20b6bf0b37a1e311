/** Where the script of DHCP clients finds the running Reeve: a socket and pipes for root alone, beside the control sockets. */
import { logger } from "../../log.ts";
import { Problem } from "../../problem.ts";
import type { Json } from "../../umcp/message.ts";
import { serve } from "../../umcp/server.ts";
import type { Family } from "../kernel/state.ts";
import { type HookRequest, hookCommand, type Verdict } from "./hook.ts";
import { HookPipes } from "./hook-pipes.ts";
import type { LeaseEvent } from "./lease.ts";
import { leaseEvent } from "./lease-event.ts";
import { isSupplierName, type Supplier, type SupplierName, supplierNames } from "./supplier.ts";
import type { Environment } from "./variables.ts";

export interface HookCall {
  event: LeaseEvent;
  client: SupplierName;
  /** What the client gave its script, for a recording. */
  environment: Environment;
  /** Aborts when the script's process has gone: nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface HookServer {
  /** Before a client is started or adopted: its script need not run a program to ask. */
  expect(iface: string, family: Family): void;
  /** As `Server.stop`. */
  stop(grace?: number): Promise<void>;
}

/**
 * @param answer what the client is to be told; it waits in the meantime, and all that it does with it
 * @param now epoch milliseconds
 * @throws Problem `already-running`, `permission`, `io`
 */
export async function serveHook(
  path: string,
  answer: (call: HookCall) => Promise<Verdict>,
  now: () => number = Date.now,
): Promise<HookServer> {
  const asked = async ({ client, environment }: HookRequest, signal: AbortSignal) =>
    answer({ event: leaseEvent(client, environment, now()), client, environment, signal });
  const server = await serve({
    unix: path,
    mode: 0o600,
    async handler({ request, signal }) {
      if (request.command !== hookCommand) throw new Problem("unknown-command", `this socket knows ${hookCommand}`);
      return { result: { verdict: await asked(optionsOf(request.body), signal) } };
    },
  });
  const pipes = pipesAt(path, asked);
  return {
    expect: (iface, family) => pipes?.expect(iface, family),
    async stop(grace) {
      pipes?.stop();
      await server.stop(grace);
    },
  };
}

/** Suppliers whose clients are expected as soon as they are started or adopted. */
export function expected(suppliers: readonly Supplier[], { expect }: HookServer): Supplier[] {
  return suppliers.map((supplier) => ({
    ...supplier,
    start(options) {
      expect(options.iface, options.family);
      return supplier.start(options);
    },
    adopt(record) {
      expect(record.iface, record.family);
      return supplier.adopt(record);
    },
  }));
}

/** Without them every call is a start of the program, and works as well. */
function pipesAt(path: string, asked: ConstructorParameters<typeof HookPipes>[1]): HookPipes | undefined {
  try {
    return new HookPipes(path, asked);
  } catch (error) {
    logger("netconf").warning("scripts of DHCP clients ask by the socket alone", { error });
    return undefined;
  }
}

function optionsOf(body: Json | Uint8Array): HookRequest {
  const options = body instanceof Uint8Array ? undefined : (body.options as Json | undefined);
  const client = options?.client;
  if (!isSupplierName(client)) throw new Problem("bad-options", `client: ${supplierNames.join(" or ")}`);
  const { environment } = options ?? {};
  const texts = environment !== null && typeof environment === "object" ? Object.values(environment) : [];
  if (texts.length === 0 || texts.some((text) => typeof text !== "string")) {
    throw new Problem("bad-options", "environment: variables with text");
  }
  return { client, environment: environment as Record<string, string> };
}
