/** DHCPv6 speaks from the link-local address, and dhclient gives up at once where it is not there or still tentative. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** IFA_F_TENTATIVE */
const tentative = 0x40;
const pause = 50;

/** Resolves when there is one, or after that many milliseconds: the client then says what is wrong. */
export async function linkLocalReady(iface: string, most: number): Promise<void> {
  for (const deadline = performance.now() + most; !isReady(iface) && performance.now() < deadline; ) await sleep(pause);
}

function isReady(iface: string): boolean {
  try {
    // Address, index, prefix, scope, flags, device; of this thread's namespace.
    const lines = readFileSync("/proc/thread-self/net/if_inet6", "utf8").split("\n");
    return lines.some((line) => {
      const [address = "", , , , flags = "", device] = line.split(/ +/);
      return device === iface && /^fe[89ab]/.test(address) && (Number.parseInt(flags, 16) & tentative) === 0;
    });
  } catch {
    return false; // no IPv6 here
  }
}
