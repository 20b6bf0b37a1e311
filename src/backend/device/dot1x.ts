/** Port-based access control: who is let in where. */
import { dot1x } from "../../snmp/mib/dot1x.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, parts, text } from "./cells.ts";
import type { About } from "./reader.ts";

/** dot1xAuthPaeState. */
const states = [
  "initialize",
  "disconnected",
  "connecting",
  "authenticating",
  "authenticated",
  "aborting",
  "held",
  "forceAuth",
  "forceUnauth",
  "restart",
];
const portStatus = ["authorized", "unauthorized"];

export interface PortAccess {
  state: string;
  status: string;
  user: string;
  authenticator: boolean | null;
  supplicant: boolean | null;
}

export function dot1xObjects(about: About): Oid[] {
  const standard = [
    `${dot1x.dot1xPaeSystemAuthControl}.0`,
    dot1x.dot1xPaePortCapabilities,
    dot1x.dot1xAuthPaeState,
    dot1x.dot1xAuthAuthControlledPortStatus,
    dot1x.dot1xAuthSessionUserName,
  ];
  return about.enterprise === 9 ? [...standard, dot1x.cafSessionAuthUserName] : standard;
}

/** Is access control on at all? null where the device does not say. */
export function paeEnabled(tables: Tables): boolean | null {
  const control = integer(tables.value(`${dot1x.dot1xPaeSystemAuthControl}.0`));
  return control === undefined ? null : control === 1;
}

/** What is known of one port. Where access control is off, states are what they would be: none is told. */
export function portAccess(tables: Tables, ifIndex: number): PortAccess {
  const cell = (column: Oid) => tables.value(column, String(ifIndex));
  const on = paeEnabled(tables) !== false;
  const capabilities = cell(dot1x.dot1xPaePortCapabilities);
  const bits = capabilities instanceof Uint8Array ? (capabilities[0] ?? 0) : undefined;
  return {
    state: (on && states[(integer(cell(dot1x.dot1xAuthPaeState)) ?? 0) - 1]) || "",
    status: (on && portStatus[(integer(cell(dot1x.dot1xAuthAuthControlledPortStatus)) ?? 0) - 1]) || "",
    user: on ? text(cell(dot1x.dot1xAuthSessionUserName)) || sessionUser(tables, ifIndex) : "",
    authenticator: bits === undefined ? null : (bits & 0x80) !== 0,
    supplicant: bits === undefined ? null : (bits & 0x40) !== 0,
  };
}

/** Cisco counts sessions by port and a text; the first named user stands for the port. */
function sessionUser(tables: Tables, ifIndex: number): string {
  for (const [index, value] of tables.rows(dot1x.cafSessionAuthUserName)) {
    if (parts(index)[0] === ifIndex && text(value) !== "") return text(value);
  }
  return "";
}
