/** Makers of whom no recording tells, and whose answers are well known: only what is certain is taken. */
import { others as mib } from "../../snmp/mib/vendor.ts";
import { text } from "../device/cells.ts";
import { scalars, type Vendor, within } from "./vendor.ts";

export const fortinet: Vendor = {
  name: "fortinet",
  matches: ({ enterprise }) => enterprise === 12356,
  objects: scalars(mib.fnSysSerial, mib.fgSysVersion),
  system(tables) {
    const version = text(tables.value(`${mib.fgSysVersion}.0`));
    return {
      vendor: "fortinet",
      os: version ? "fortios" : "",
      os_ver: /v?(\d+\.\d+\.\d+)/.exec(version)?.[1] ?? "",
      serial: text(tables.value(`${mib.fnSysSerial}.0`)),
    };
  },
};

export const paloAlto: Vendor = {
  name: "paloalto",
  matches: ({ enterprise }) => enterprise === 25461,
  objects: scalars(mib.panSysSwVersion, mib.panSysSerialNumber),
  system: (tables, about) => ({
    vendor: "paloalto",
    os: "pan-os",
    os_ver: text(tables.value(`${mib.panSysSwVersion}.0`)),
    serial: text(tables.value(`${mib.panSysSerialNumber}.0`)),
    model: within(about, /\b(PA-[\w-]+)\b/),
  }),
};

export const extreme: Vendor = {
  name: "extreme",
  matches: ({ enterprise, description }) => enterprise === 1916 && /ExtremeXOS|Switch Engine/.test(description),
  system: (_tables, about) => ({
    vendor: "extreme",
    os: "xos",
    os_ver: within(about, /\bversion (\d[\w.-]*)/),
    model: within(about, /^(?:ExtremeXOS|Switch Engine) \(([^)]+)\)/),
  }),
};

export const dellOs: Vendor = {
  name: "dell",
  matches: ({ enterprise, description }) => [674, 6027].includes(enterprise) && /Dell/.test(description),
  system: (_tables, about) => ({
    vendor: "dell",
    os: /\bOS10\b|SmartFabric/.test(about.description) ? "os10" : "",
    os_ver: within(about, /\b(?:Version|Software Version):\s*(\d[\w.()-]*)/),
  }),
};

export const ubiquiti: Vendor = {
  name: "ubiquiti",
  matches: ({ enterprise, description }) =>
    enterprise === 41112 ||
    (enterprise === 10002 && /airOS|Ubiquiti/i.test(description)) ||
    /^EdgeOS /.test(description),
  system: (_tables, about) => ({
    vendor: "ubiquiti",
    os: /^EdgeOS /.test(about.description) ? "edgeos" : "",
    os_ver: within(about, /^EdgeOS v?(\S+)/),
  }),
};
