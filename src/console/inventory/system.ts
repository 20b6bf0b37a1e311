import type { HostSummary } from "../../inventory/host.ts";

/** `Debian GNU/Linux 12`, whether or not the agent put a version into the name. */
export function systemOf(host: Pick<HostSummary, "osName" | "osVersion">): string {
  return /\d/.test(host.osName) ? host.osName : `${host.osName} ${host.osVersion}`.trim();
}

/** As people say it, on one line: `Debian 12` for `Debian GNU/Linux 12 (bookworm)`. */
export function shortSystemOf(host: Pick<HostSummary, "osName" | "osVersion">): string {
  return systemOf(host)
    .replace(/ \([\w ]+\)$/, "")
    .replace(" GNU/Linux", "")
    .replace(/^Microsoft /, "");
}
