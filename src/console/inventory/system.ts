import type { HostSummary } from "../../inventory/host.ts";

/** `Debian GNU/Linux 12`, whether or not the agent put a version into the name. */
export function systemOf(host: Pick<HostSummary, "osName" | "osVersion">): string {
  return /\d/.test(host.osName) ? host.osName : `${host.osName} ${host.osVersion}`.trim();
}
