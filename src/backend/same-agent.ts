/**
 * Is it the same agent that answers at another address? Machines that were copied agree in engine id, serial and name; two
 * agents hardly agree in their uptime and their addresses as well.
 */
import { Problem } from "../problem.ts";
import { ip } from "../snmp/mib/ip.ts";
import { system } from "../snmp/mib/system.ts";
import type { Tables } from "../snmp/tables.ts";
import type { JobContext } from "./action.ts";
import { integer, text } from "./device/cells.ts";
import type { Visit } from "./visit.ts";

const [name, product, uptime] = [system.sysName, system.sysObjectID, system.sysUpTime].map((oid) => `${oid}.0`) as [
  string,
  string,
  string,
];
/** Hundredths of a second: the first answer of a visit may be that late. */
const tolerance = 60 * 100;
const wrap = 2 ** 32;

/** A dry run asks nobody, and takes the word of the identities. */
export async function whoAnswers(
  context: JobContext,
  visit: Visit,
  address: string,
): Promise<"same" | "another" | "nobody"> {
  if (context.dryRun) return "same";
  const { signal } = context;
  try {
    const { source } = await context.connect(address, "read", signal);
    try {
      const at = Date.now();
      const theirs = await source.read([name, product, uptime, ip.ipAdEntIfIndex], { signal });
      return isSameAgent(visit.tables, theirs, at - visit.now) ? "same" : "another";
    } finally {
      source.close();
    }
  } catch (error) {
    if (Problem.from(error).code === "unavailable") return "nobody";
    throw error;
  }
}

/** @param elapsed milliseconds from the one reading to the other; what was not read speaks neither for nor against */
export function isSameAgent(one: Tables, other: Tables, elapsed: number): boolean {
  for (const oid of [name, product]) {
    if (one.complete(oid) && other.complete(oid) && text(one.value(oid)) !== text(other.value(oid))) return false;
  }
  const [then, now] = [integer(one.value(uptime)), integer(other.value(uptime))];
  if (then !== undefined && now !== undefined) {
    const drift = Math.abs(now - then - elapsed / 10) % wrap;
    if (Math.min(drift, wrap - drift) > tolerance + elapsed / 1000) return false;
  }
  if (!one.complete(ip.ipAdEntIfIndex) || !other.complete(ip.ipAdEntIfIndex)) return true;
  const [left, right] = [one.rows(ip.ipAdEntIfIndex), other.rows(ip.ipAdEntIfIndex)];
  return left.size === right.size && [...left.keys()].every((address) => right.has(address));
}
