/** Juniper Junos. MX and T have no ENTITY-MIB: their parts stand in jnxContainers and jnxContents. */
import type { ModuleFact } from "../../network/facts.ts";
import { juniper } from "../../snmp/mib/vendor.ts";
import type { Tables } from "../../snmp/tables.ts";
import { integer, numbered, parts, text } from "../device/cells.ts";
import { jnxTypes } from "./juniper-types.ts";
import { fans, moduleOf, scalars, type Vendor, within } from "./vendor.ts";

const states = ["", "unknown", "running", "ready", "reset", "runningAtFullSpeed", "down", "standby"];

/** Container, place, sub-place and its sub-place → one number, as Netdisco counts them. */
const indexOf = ([container = 0, first = 0, second = 0, third = 0]: number[]) =>
  container * 1_000_000 + first * 10_000 + second * 100 + third;

/** What a container's description says of what is in it. */
function classOf(slot: string): string {
  if (/^(PEM|PDM|PSM|Power)/i.test(slot)) return "powerSupply";
  return /^FAN|Tray/i.test(slot) ? "fan" : "module";
}

function serialOf(tables: Tables): string {
  for (const [member, role] of tables.rows(juniper.jnxVirtualChassisMemberRole)) {
    if (role === 1) return text(tables.value(juniper.jnxVirtualChassisMemberSerialnumber, member));
  }
  return text(tables.value(`${juniper.jnxBoxSerialNo}.0`));
}

/** A serial without the words before it, and none for what is soldered in. */
const plain = (serial: string) => (serial === "BUILTIN" ? "" : serial.replace(/^S\/N\s+/, ""));

function modules(tables: Tables): ModuleFact[] {
  const found: ModuleFact[] = [];
  const slots = new Map<number, string>();
  for (const [container, value] of numbered(tables, juniper.jnxContainersDescr)) {
    const within = integer(tables.value(juniper.jnxContainersWithin, String(container))) ?? 0;
    const type = text(tables.value(juniper.jnxContainersType, String(container)));
    const description = text(value);
    slots.set(container, description);
    const chassis = within === 0;
    found.push(
      moduleOf({
        index: container * 1_000_000,
        description: chassis ? text(tables.value(`${juniper.jnxBoxDescr}.0`)) || description : description,
        type: jnxTypes.get(type) ?? type,
        parent: chassis ? 0 : within * 1_000_000,
        class: chassis ? "chassis" : "container",
        serial: chassis ? serialOf(tables) : "",
        fru: false,
      }),
    );
  }
  for (const [index, value] of tables.rows(juniper.jnxContentsDescr)) {
    const place = parts(index);
    const type = text(tables.value(juniper.jnxContentsType, index));
    const slot = slots.get(place[0] ?? 0) ?? "";
    const serial = plain(text(tables.value(juniper.jnxContentsSerialNo, index)));
    found.push(
      moduleOf({
        index: indexOf(place),
        description: text(value),
        type: jnxTypes.get(type) ?? type,
        parent: (place[0] ?? 0) * 1_000_000,
        class: slot === "chassis frame" ? "backplane" : classOf(slot),
        pos: place.findLast((number) => number > 0) ?? null,
        hw_ver: text(tables.value(juniper.jnxContentsRevision, index)),
        serial,
        model: text(tables.value(juniper.jnxContentsPartNo, index)),
        fru: serial !== "",
      }),
    );
  }
  return found;
}

export const junos: Vendor = {
  name: "juniper",
  matches: ({ enterprise }) => enterprise === 2636,
  objects: [
    ...scalars(juniper.jnxBoxDescr, juniper.jnxBoxSerialNo),
    juniper.jnxVirtualChassisMemberRole,
    juniper.jnxVirtualChassisMemberSerialnumber,
    juniper.jnxOperatingDescr,
    juniper.jnxOperatingState,
  ],
  system(tables, about) {
    const supplies: { type: string; state: string }[] = [];
    const fan: string[] = [];
    for (const [index, state] of tables.rows(juniper.jnxOperatingState)) {
      const type = text(tables.value(juniper.jnxOperatingDescr, index));
      const entry = { type, state: states[Number(state)] ?? "" };
      if (/^(PEM|Power Supply|PSM) \d/.test(type)) supplies.push(entry);
      else if (/\bFan\b/i.test(type)) fan.push(entry.state);
    }
    return {
      vendor: "juniper",
      os: "junos",
      os_ver:
        within(about, /\bkernel JUNOS (\S+?),?\s/i) ||
        within(about, /\bJUNOS\s+(?:Software Release\s+)?\[?(\d[^\],\s]*)/i),
      model: (
        within(about, /^Juniper Networks, Inc\.\s+(\S+)/) ||
        (/^Juniper (\S+)/.exec(text(tables.value(`${juniper.jnxBoxDescr}.0`)))?.[1] ?? "")
      ).toUpperCase(),
      serial: serialOf(tables),
      ps1_type: supplies[0]?.type ?? "",
      ps1_status: supplies[0]?.state ?? "",
      ps2_type: supplies[1]?.type ?? "",
      ps2_status: supplies[1]?.state ?? "",
      fan: fans(fan),
    };
  },
  moduleObjects: [
    ...scalars(juniper.jnxBoxDescr, juniper.jnxBoxSerialNo),
    juniper.jnxContainersWithin,
    juniper.jnxContainersType,
    juniper.jnxContainersDescr,
    juniper.jnxContentsType,
    juniper.jnxContentsDescr,
    juniper.jnxContentsSerialNo,
    juniper.jnxContentsRevision,
    juniper.jnxContentsPartNo,
  ],
  modules,
};
