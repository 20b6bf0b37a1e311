/** Cisco IOS, IOS-XE, IOS-XR, NX-OS and ASA. */
import { entity } from "../../snmp/mib/entity.ts";
import { cisco } from "../../snmp/mib/vendor.ts";
import type { Tables } from "../../snmp/tables.ts";
import { integer, numbered, text } from "../device/cells.ts";
import type { About } from "../device/reader.ts";
import { fans, scalars, type Told, type Vendor, within } from "./vendor.ts";

const envmon = ["", "normal", "warning", "critical", "shutdown", "notPresent", "notFunctioning"];
const source = ["", "unknown", "ac", "dc", "externalPowerSupply", "internalRedundant"];
const supply = [
  "",
  "offEnvOther",
  "on",
  "offAdmin",
  "offDenied",
  "offEnvPower",
  "offEnvTemp",
  "offEnvFan",
  "failed",
  "onButFanFail",
  "offCooling",
  "offConnectorRating",
  "onButInlinePowerFail",
];
const tray = ["", "unknown", "up", "down", "warning"];

const objects = [
  ...scalars(cisco.chassisId, cisco.chassisSlots),
  cisco.ciscoEnvMonFanState,
  cisco.ciscoEnvMonSupplyState,
  cisco.ciscoEnvMonSupplySource,
  cisco.cefcFRUPowerOperStatus,
  cisco.cefcFanTrayOperStatus,
];

function environment(tables: Tables): Told {
  const told: Told = {};
  const slots = integer(tables.value(`${cisco.chassisSlots}.0`));
  if (slots !== undefined && slots >= 0) told.slots = slots;
  const monitored = [...numbered(tables, cisco.ciscoEnvMonSupplyState)];
  const found = monitored.length
    ? monitored.map(([index, state]) => ({
        type: source[Number(tables.value(cisco.ciscoEnvMonSupplySource, String(index)))] ?? "",
        state: envmon[Number(state)] ?? "",
      }))
    : [...numbered(tables, cisco.cefcFRUPowerOperStatus)]
        .filter(([index]) => tables.value(entity.entPhysicalClass, String(index)) === 6)
        .map(([index, state]) => ({
          type: text(tables.value(entity.entPhysicalModelName, String(index))),
          state: supply[Number(state)] ?? "",
        }));
  told.ps1_type = found[0]?.type ?? "";
  told.ps1_status = found[0]?.state ?? "";
  told.ps2_type = found[1]?.type ?? "";
  told.ps2_status = found[1]?.state ?? "";
  const fan = [...numbered(tables, cisco.ciscoEnvMonFanState)].map(([, state]) => envmon[Number(state)] ?? "");
  const trays = [...numbered(tables, cisco.cefcFanTrayOperStatus)].map(([, state]) => tray[Number(state)] ?? "");
  told.fan = fans(fan.length ? fan : trays);
  return told;
}

function told(os: string, version: RegExp) {
  return (tables: Tables, about: About): Told => {
    const os_ver = within(about, version);
    return { vendor: "cisco", os, os_ver, serial: text(tables.value(`${cisco.chassisId}.0`)), ...environment(tables) };
  };
}

export const ciscoNxos: Vendor = {
  name: "cisco-nxos",
  matches: ({ enterprise, description }) => enterprise === 9 && /\bNX-OS\b/.test(description),
  objects,
  system: told("nx-os", /\bVersion\s+([^,\s]+)/),
};

export const ciscoXr: Vendor = {
  name: "cisco-xr",
  matches: ({ enterprise, description }) => enterprise === 9 && /\bIOS[ -]XR\b/.test(description),
  objects,
  system: told("ios-xr", /\bVersion\s+([^,\s[]+)/),
};

export const ciscoXe: Vendor = {
  name: "cisco-xe",
  matches: ({ enterprise, description }) => enterprise === 9 && /\bIOS[ -]XE\b|_IOSXE\b|LINUX_IOSD/i.test(description),
  objects,
  system: told("ios-xe", /\bVersion\s+([^,\s]+)/),
};

export const ciscoAsa: Vendor = {
  name: "cisco-asa",
  matches: ({ enterprise, description }) => enterprise === 9 && /Adaptive Security Appliance/.test(description),
  system: (_tables, about) => ({ vendor: "cisco", os: "asa", os_ver: within(about, /\bVersion\s+(\S+)/) }),
};

export const ciscoIos: Vendor = {
  name: "cisco-ios",
  matches: ({ enterprise, description }) =>
    enterprise === 9 && /\bIOS\b|Internetwork Operating System/.test(description),
  objects,
  system: told("ios", /\bVersion\s+([^,\s]+)/),
};
