/** The world of the hook as it is: the socket, the lock, and what happens without a Reeve. */
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockName } from "../../console/interfaces/control.ts";
import { Problem } from "../../problem.ts";
import { connect } from "../../umcp/client.ts";
import { keepShort } from "./client-log.ts";
import {
  type HookRequest,
  type HookWorld,
  hook,
  hookCommand,
  patience,
  requestOf,
  type Verdict,
  verdicts,
} from "./hook.ts";
import { hookVariables } from "./hook-variables.ts";
import type { Environment } from "./variables.ts";

/**
 * Carries out what a DHCP client told while no Reeve runs, under the lock that a running one would hold.
 * @param run folder of the socket, with the records
 */
export type Alone = (request: HookRequest, run: string) => Promise<Verdict>;

/**
 * @param say one line, which ends in the client's log
 * @returns the exit code for the client
 */
export async function hookHere(environment: Environment, alone: Alone, say: (line: string) => void): Promise<number> {
  const { [hookVariables.socket]: socket, [hookVariables.log]: log } = environment;
  const request = requestOf(environment);
  if (!socket?.startsWith("/") || !request) {
    say(
      `this is the script of DHCP clients that Reeve starts: ${hookVariables.socket} and ${hookVariables.client} tell`,
    );
    return 0;
  }
  if (log) keepShort(log);
  const run = dirname(socket);
  const world: HookWorld = {
    ask: (request) => ask(socket, request, patience(environment)),
    async lock() {
      // Through FFI, which costs more than the rest: only where nobody answers.
      const { lockFile } = await import("../../system/flock.ts");
      return lockFile(join(run, lockName));
    },
    alone: (request) => alone(request, run),
    now: Date.now,
    pause: sleep,
    say,
  };
  return hook(request, world);
}

async function ask(socket: string, request: HookRequest, timeout: number): Promise<Verdict | undefined> {
  try {
    const connection = await connect({ unix: socket });
    try {
      const body = await connection.request(hookCommand, [], { options: request }, { timeout });
      const { verdict } = (body.result ?? {}) as { verdict?: Verdict };
      if (!verdict || !verdicts.includes(verdict)) throw new Problem("protocol", "the answer holds no verdict");
      return verdict;
    } finally {
      connection.close();
    }
  } catch (error) {
    // It was not there, or went while we waited.
    if (error instanceof Problem && /^(not-running|unavailable)$/.test(error.code)) return undefined;
    throw error;
  }
}
