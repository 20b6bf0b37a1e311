/** What `ip -batch` says when it stops. */
import type { constants } from "node:os";

export interface IpAnswer {
  /** Line of the batch that failed, from 1; undefined: the program ended at once, without a word on where. */
  line: number | undefined;
  /** `EPROGRAM` where no number can be told from the words. */
  code: string;
  message: string;
}

/** strerror(3) of glibc. */
const words: Readonly<Record<string, keyof typeof constants.errno>> = {
  "Operation not permitted": "EPERM",
  "No such file or directory": "ENOENT",
  "No such process": "ESRCH",
  "Permission denied": "EACCES",
  "Device or resource busy": "EBUSY",
  "File exists": "EEXIST",
  "No such device": "ENODEV",
  "Invalid argument": "EINVAL",
  "Numerical result out of range": "ERANGE",
  "Directory not empty": "ENOTEMPTY",
  "Operation not supported": "EOPNOTSUPP",
  "Address already in use": "EADDRINUSE",
  "Cannot assign requested address": "EADDRNOTAVAIL",
  "Network is down": "ENETDOWN",
  "Network is unreachable": "ENETUNREACH",
  "No buffer space available": "ENOBUFS",
  "No route to host": "EHOSTUNREACH",
};

/** Words of the kernel's extended acknowledgement, which `ip` prints in place of the number. */
const extended: readonly (readonly [RegExp, string])[] = [
  [/^Cannot find device|Device does not exist|^Failed to find device/, "ENODEV"],
  [/[Aa]ddress not found/, "EADDRNOTAVAIL"],
  [/already (assigned|exists)/, "EEXIST"],
  [/[Nn]exthop device is not up|Device for nexthop is not up/, "ENETDOWN"],
  [/IPv6 is disabled/, "EACCES"],
  [/Unknown device type|Invalid address length/, "EOPNOTSUPP"],
  [/a bridge to a bridge/, "ELOOP"],
  [/Device is (already )?in use/, "EBUSY"],
  [/[Cc]annot (be enslaved|enslave)|can ?not be enslaved/, "EPERM"],
  [/FIB table does not exist/, "ESRCH"],
  [/Nexthop has invalid gateway/, "ENETUNREACH"],
  [/[Ii]nvalid (prefix|prefsrc|source|scope|table)|Gateway can not be|mtu (less|greater)/, "EINVAL"],
];

export function answerOf(stderr: string): IpAnswer {
  const told = /Command failed \S+:(\d+)/.exec(stderr)?.[1];
  const said = stderr.split("\n").find((one) => one.trim() !== "" && !one.startsWith("Command failed")) ?? "";
  const message = said.replace(/^(RTNETLINK answers|Error): /, "").trim();
  const code =
    words[message.replace(/\.$/, "")] ?? extended.find(([pattern]) => pattern.test(message))?.[1] ?? "EPROGRAM";
  return { line: told === undefined ? undefined : Number(told), code, message };
}
