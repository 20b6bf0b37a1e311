/** The first tiny read: what kind of device answers. It decides what else is asked for. */
import { system } from "../../snmp/mib/system.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { text } from "./cells.ts";
import type { About } from "./reader.ts";

const { sysDescr, sysObjectID, sysUpTime, sysName, sysServices } = system;

export const aboutObjects: readonly Oid[] = [sysDescr, sysObjectID, sysUpTime, sysName, sysServices].map(
  (oid) => `${oid}.0`,
);

export function about(tables: Tables): About {
  const objectId = text(tables.value(`${sysObjectID}.0`)).replace(/^\./, "");
  return {
    objectId: objectId === "0.0" ? "" : objectId,
    enterprise: Number(/^1\.3\.6\.1\.4\.1\.(\d+)/.exec(objectId)?.[1] ?? 0),
    description: text(tables.value(`${sysDescr}.0`)).replace(/\r+\n/g, "\n"),
  };
}
