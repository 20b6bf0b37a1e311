/** Which kernel's namespace we act in: what is remembered of another one is about things that are gone. */
import { readFileSync, readlinkSync } from "node:fs";

export interface Boot {
  /** `/proc/sys/kernel/random/boot_id`; "": not told. */
  boot: string;
  /** `net:[4026531840]`; "": not told. */
  namespace: string;
}

export function thisBoot(): Boot {
  return {
    boot: told(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    namespace: told(() => readlinkSync("/proc/self/ns/net")),
  };
}

/** Seconds since the host was booted, by a clock that nobody sets and that runs on while it sleeps. */
export function uptime(): number {
  const [seconds = ""] = told(() => readFileSync("/proc/uptime", "utf8")).split(" ");
  return Number.parseFloat(seconds) || performance.now() / 1000;
}

export function sameBoot(a: Boot, b: Boot): boolean {
  return a.boot === b.boot && a.namespace === b.namespace;
}

function told(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
