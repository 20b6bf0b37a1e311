/**
 * A dhclient that ifupdown has left on an interface: two of them would fight over it. It is ended without giving its lease
 * back, and ours begins with its lease file, so that the address stays what it is.
 */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { Problem } from "../../problem.ts";
import { adoptLasting, factsOf } from "../../process/lasting.ts";
import type { Family } from "../kernel/state.ts";

const grace = 2000;

/**
 * @param leases lease file of our dhclient, filled from the other's where it is absent; undefined: ours is no dhclient
 * @param run folder of pid files
 * @throws Problem `conflict` when the other runs for somebody else (NetworkManager …)
 */
export async function takeOver(iface: string, family: Family, leases: string | undefined, run = "/run"): Promise<void> {
  const pid = readPid(`${run}/dhclient${family === 6 ? "6" : ""}.${iface}.pid`);
  const facts = pid === undefined ? undefined : factsOf(pid);
  if (pid === undefined || facts?.name !== "dhclient" || facts.argv.at(-1) !== iface) return;
  const after = (option: string) => facts.argv[facts.argv.indexOf(option) + 1] ?? "";
  if (facts.argv.includes("-sf") && !after("-sf").endsWith("/dhclient-script")) {
    throw new Problem("conflict", `dhclient ${pid} serves ${iface} for somebody else (${after("-sf").slice(0, 100)})`);
  }
  await adoptLasting(pid, facts.startTime)?.end(grace);
  const theirs = facts.argv.includes("-lf") ? after("-lf") : "/var/lib/dhcp/dhclient.leases";
  if (leases !== undefined && !existsSync(leases) && existsSync(theirs)) copyFileSync(theirs, leases);
}

function readPid(path: string): number | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined; // there is none
  }
}
