/** Output of snmpwalk and snmpbulkwalk (net-snmp): numeric (`-On`, `-ObentU`) and with names of MIBs. */
import { Parsed } from "./parsed.ts";

/** Does the line look like a row of such a walk? */
export const walkLine =
  /^(?:\.?\d+(?:\.\d+)+|iso(?:\.\d+)+|[A-Za-z][\w-]*::[A-Za-z][\w-]*\S*|[a-z][\w-]*(?:\.[^\s=]+)+) (?:= |=$|\S)/;

export function parseWalk(_text: string): Parsed {
  return new Parsed();
}
