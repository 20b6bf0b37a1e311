/** Resolvers that are told by a program: resolvconf(8) and systemd-resolved. */
import { Problem } from "../../problem.ts";
import { type RunOptions, run } from "../../process/run.ts";
import type { WantedDns } from "../plan/wanted.ts";
import { checked, isNothing, resolvConf } from "./merge.ts";

/** Milliseconds; its scripts may restart other services. */
const limit = 30_000;

type Set = (iface: string, dns: WantedDns, signal: AbortSignal) => Promise<void>;

/** A record for each interface, named as Debian's and openresolv's order of interfaces has it. */
export function resolvconf(program: string): Set {
  return async (iface, dns, signal) => {
    const record = `${iface}.reeve`;
    const told = checked(dns);
    if (isNothing(told)) await tell([program, "-d", record], { signal });
    else await tell([program, "-a", record], { signal, stdin: resolvConf(told) });
  };
}

export function resolved(program: string): Set {
  return async (iface, dns, signal) => {
    const { servers, search } = checked(dns, true);
    if (servers.length + search.length === 0) {
      try {
        await tell([program, "revert", iface], { signal });
      } catch (error) {
        // What it knew of the link went with the link.
        if (!(error instanceof Problem) || !/unknown|no such|not found/i.test(String(error.cause))) throw error;
      }
      return;
    }
    // "" stands for none.
    await tell([program, "dns", iface, ...(servers.length > 0 ? servers : [""])], { signal });
    await tell([program, "domain", iface, ...(search.length > 0 ? search : [""])], { signal });
  };
}

async function tell(command: readonly string[], options: Pick<RunOptions, "signal" | "stdin">): Promise<void> {
  const bounds = { timeout: limit, maxOutput: 64 * 1024, onOverflow: "truncate" as const };
  const { status, signal, stderr } = await run(command, { ...options, ...bounds });
  if (status === 0) return;
  const words = stderr
    .replace(/[^ -~\n]/g, "?")
    .trim()
    .slice(-300);
  const how = status === null ? `was ended by ${signal}` : `ended with ${status}`;
  throw new Problem("child-failed", `${command.slice(0, 3).join(" ")} ${how}: ${words}`, {
    cause: stderr.slice(-1000),
  });
}
