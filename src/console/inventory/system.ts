import type { HostSummary } from "./types.ts";

type System = Pick<HostSummary, "osName" | "osVersion" | "kernel">;

/** OCS agents on Linux and Unix send uname's release as OSVERSION and its version (`#1 SMP …`) as OSCOMMENTS. */
export function sendsUname({ kernel }: Pick<System, "kernel">): boolean {
  return kernel.startsWith("#");
}

/** `Debian GNU/Linux 12`, whether or not the agent put a version into the name. */
export function systemOf(host: System): string {
  return /\d/.test(host.osName) || sendsUname(host) ? host.osName : `${host.osName} ${host.osVersion}`.trim();
}
