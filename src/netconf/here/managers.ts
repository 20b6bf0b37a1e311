/**
 * Links that somebody else on this host takes care of: NetworkManager and systemd-networkd say so in files of /run, which
 * cost nobody a process. What they manage is left alone, and shown as theirs.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Link } from "../kernel/state.ts";

export interface Managers {
  /** `NetworkManager`, `systemd-networkd`; "": nobody. */
  of(link: Pick<Link, "index" | "name">): string;
}

/** Milliseconds for which it is believed that a manager's folder is not there: two hundred links come up at a time. */
const absence = 100;

/** @param run `/run`, or another folder in tests */
export function managers(run = "/run"): Managers {
  const missing = new Map<string, number>();
  /** Of `KEY=value` in a small file; undefined: no such file, or no such key. */
  const value = (folder: string, file: string, key: string) => {
    const now = performance.now();
    if (now - (missing.get(folder) ?? Number.NEGATIVE_INFINITY) < absence) return undefined;
    // As a rule neither manager runs, and an error costs more than a look.
    if (!existsSync(join(run, folder))) missing.set(folder, now);
    else if (existsSync(join(run, folder, file))) return valueIn(join(run, folder, file), key);
    return undefined;
  };
  return {
    of({ index }) {
      // [device] managed-type=full: "unmanaged", "external" (seen, and left alone), "generated", "full".
      const nm = value("NetworkManager/devices", String(index), "managed");
      if (nm === "true" || nm === "full" || nm === "1") return "NetworkManager";
      // ADMIN_STATE is unmanaged where networkd has no .network file for it (sd-network.h).
      const networkd = value("systemd/netif/links", String(index), "ADMIN_STATE");
      return networkd !== undefined && !["unmanaged", "linger", "pending", "initialized"].includes(networkd)
        ? "systemd-networkd"
        : "";
    },
  };
}

function valueIn(path: string, key: string): string | undefined {
  try {
    const line = readFileSync(path, "utf8")
      .split("\n")
      .find((one) => one.startsWith(`${key}=`));
    return line?.slice(key.length + 1).trim();
  } catch {
    return undefined; // it has just gone
  }
}
