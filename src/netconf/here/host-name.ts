/** The name of this host, or of the UTS namespace we are in: hostname(7). */
import { readFileSync, writeFileSync } from "node:fs";
import { Problem } from "../../problem.ts";
import type { HostName } from "../world.ts";

const path = "/proc/sys/kernel/hostname";

export const hostNameHere: HostName = {
  read() {
    try {
      return readFileSync(path, "utf8").trim();
    } catch {
      return "unknown"; // not ours to know: nor is it to change
    }
  },
  write(name) {
    try {
      writeFileSync(path, name);
    } catch (cause) {
      throw new Problem("io", `${path} cannot be written`, { cause });
    }
  },
};
