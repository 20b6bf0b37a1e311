/** Hosts whose agent is net-snmp, Windows' or a BSD's: sysDescr is what uname prints. */
import { type Vendor, within } from "./vendor.ts";

const system = (vendor: string, os: string, version: RegExp): Vendor["system"] => {
  return (_tables, about) => ({ vendor, os, os_ver: within(about, version) });
};

export const linux: Vendor = {
  name: "net-snmp",
  matches: ({ enterprise, description }) =>
    (enterprise === 8072 || enterprise === 2021) && /^Linux\b/.test(description),
  system: system("net-snmp", "linux", /^Linux \S+ (\S+)/),
};

export const bsd: Vendor = {
  name: "net-snmp",
  matches: ({ enterprise, description }) =>
    [8072, 2021, 12325, 30155].includes(enterprise) && /^(?:Free|Open|Net)BSD\b/.test(description),
  system: (_tables, about) => ({
    vendor: "net-snmp",
    os: within(about, /^(\w+BSD)/).toLowerCase(),
    os_ver: within(about, /^\w+BSD \S+ (\S+)/),
  }),
};

export const windows: Vendor = {
  name: "windows",
  matches: ({ enterprise, description }) => enterprise === 311 && /Windows/.test(description),
  system: system("microsoft", "windows", /Windows Version (\S+)/),
};
