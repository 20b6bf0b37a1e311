/**
 * The hook's half of the talk between a DHCP client's script and the running Reeve, where the script's few lines of shell
 * (`script`, `hook-pipes`) do not get an answer by themselves: who gets to know, what the client is told by the exit code,
 * and what happens when nobody is there. It starts in milliseconds: nothing heavy is imported here.
 */
import { hookVariables } from "./hook-variables.ts";
import { isSupplierName, type SupplierName } from "./supplier.ts";
import type { Environment } from "./variables.ts";

/** The one command of the hook socket; its body is `{options: HookRequest}`, its result `{verdict}`. */
export const hookCommand = "LEASE";

export interface HookRequest {
  client: SupplierName;
  environment: Record<string, string>;
}

/** `conflict`: somebody else has the address. `unusable`: a stored lease (TIMEOUT) is not of this network. */
export const verdicts = ["ok", "conflict", "unusable"] as const;
export type Verdict = (typeof verdicts)[number];

export interface HookWorld {
  /** Undefined: nobody is there to ask. @throws Problem when it was asked and did not answer as it should */
  ask(request: HookRequest): Promise<Verdict | undefined>;
  /** The lock that a running Reeve holds: undefined while there is one. @throws Problem */
  lock(): Promise<{ release(): void } | undefined>;
  /** Does what is to be done, under that lock, where no Reeve runs. */
  alone(request: HookRequest): Promise<Verdict>;
  /** Epoch milliseconds. */
  now(): number;
  pause(milliseconds: number): Promise<void>;
  /** One line for the client's log. */
  say(line: string): void;
}

/** Milliseconds between two tries while a Reeve starts or ends. */
const between = 50;
const most = { variables: 512, name: 64, value: 8192, all: 128 * 1024 };

/** dhclient declines a DHCPv6 address for this exit code alone, a DHCPv4 one for any but 0. */
export const declined = 3;

/** What a client that we have started tells; undefined: it is none of these. */
export function requestOf(environment: Environment): HookRequest | undefined {
  const client = environment[hookVariables.client];
  return isSupplierName(client) ? { client, environment: carried(environment) } : undefined;
}

/** Milliseconds that the client waits for its script, which the running Reeve may take. */
export function patience(environment: Environment): number {
  return Math.min(Math.max(Number(environment[hookVariables.timeout]) || 30, 1), 600) * 1000;
}

/**
 * The exit code for the client. dhclient takes any but 0 for an address conflict and declines the lease, or with TIMEOUT
 * for a stored lease of another network; so whatever else goes wrong is 0: the running Reeve sees for itself.
 */
export async function hook(request: HookRequest, world: HookWorld): Promise<number> {
  const { environment } = request;
  const reason = reasonOf(environment);
  try {
    return statusFor(environment, await settle(request, reason, world.now() + patience(environment), world));
  } catch (error) {
    world.say(`${reason}: ${(error as Error).message}`);
    return 0;
  }
}

async function settle(request: HookRequest, reason: string, deadline: number, world: HookWorld): Promise<Verdict> {
  for (;;) {
    const verdict = await world.ask(request);
    if (verdict) return verdict;
    // The link is up or it is not: nobody waits for it.
    if (/^PREINIT6?$/.test(reason)) return "ok";
    const lock = await world.lock();
    if (lock) {
      try {
        return await world.alone(request);
      } finally {
        lock.release();
      }
    }
    if (world.now() >= deadline) {
      world.say(`${reason}: a Reeve runs, and nobody answers`);
      return "ok";
    }
    await world.pause(between);
  }
}

/** The exit code that tells the client of a verdict. */
export function statusFor(environment: Environment, verdict: Verdict): number {
  const reason = reasonOf(environment);
  const refuses =
    reason === "TIMEOUT" ? verdict !== "ok" : verdict === "conflict" && /^(BOUND|REBOOT|RENEW|REBIND)6?$/.test(reason);
  return refuses ? declined : 0;
}

function reasonOf(environment: Environment): string {
  return environment.reason ?? environment.REASON ?? "";
}

/** What the reading of a lease wants to know, within bounds. */
function carried(environment: Environment): Record<string, string> {
  const wanted = /^((new|old|cur)_[a-z0-9_]+|reason|REASON|interface|pid|protocol|REEVE_[A-Z]+)$/;
  const entries: [string, string][] = [];
  let size = 0;
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || name.length > most.name || !wanted.test(name) || value.length > most.value) continue;
    size += name.length + value.length;
    if (entries.length >= most.variables || size > most.all) break;
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}
