/** Power over Ethernet: what each supply gives, and to which ports. */
import type { Part, PortPowerFact, PowerFact } from "../../network/facts.ts";
import { foundryPower, power as mib } from "../../snmp/mib/power.ts";
import type { Tables } from "../../snmp/tables.ts";
import type { Oid } from "../../snmp/value.ts";
import { integer, numbered } from "./cells.ts";
import { completenessOf } from "./completeness.ts";
import { powerPortObjects, powerPorts } from "./power-ports.ts";
import type { About, PortNames } from "./reader.ts";

const detection = ["", "disabled", "searching", "deliveringPower", "fault", "test", "otherFault"];
const supply = ["", "on", "off", "faulty"];

const main: readonly Oid[] = [mib.pethMainPsePower, mib.pethMainPseOperStatus];
const port: readonly Oid[] = [
  mib.pethPsePortAdminEnable,
  mib.pethPsePortDetectionStatus,
  mib.pethPsePortPowerClassifications,
];

const isFoundry = ({ enterprise }: About) => enterprise === 1991;

/** Columns of which rows are made; without the maker's ones nothing is missing that the standard has. */
function columns(about: About): Oid[] {
  if (isFoundry(about)) return [...port, ...Object.values(foundryPower)];
  return about.enterprise === 9 ? [...port, mib.cpeExtPsePortPwrConsumption] : [...port];
}

export function powerObjects(about: About): Oid[] {
  return [...main, ...columns(about), ...powerPortObjects(about)];
}

export interface Power {
  power: Part<PowerFact>;
  portPower: Part<PortPowerFact>;
}

export function power(tables: Tables, about: About, names: PortNames): Power {
  const supplies = [...numbered(tables, mib.pethMainPsePower)].map(([module, watts]) => ({
    module,
    power: integer(watts) ?? null,
    status: supply[integer(tables.value(mib.pethMainPseOperStatus, String(module))) ?? 0] ?? "",
  }));
  const standard = portsOf(tables, names);
  const rows = standard.rows.length === 0 && isFoundry(about) ? foundryPorts(tables, names) : standard.rows;
  const objects = [...columns(about), ...(tables.rows(mib.pethPsePortAdminEnable).size ? powerPortObjects(about) : [])];
  const whole = completenessOf(tables, objects);
  const reason = [whole.reason, standard.lost].filter((text) => text !== undefined).join("; ");
  return {
    power: { rows: supplies, ...completenessOf(tables, main) },
    portPower: { rows, complete: whole.complete, reason: reason || undefined },
  };
}

function portsOf(tables: Tables, names: PortNames): { rows: PortPowerFact[]; lost?: string } {
  const indexes = [...tables.rows(mib.pethPsePortAdminEnable).keys()].filter((index) => /^\d+\.\d+$/.test(index));
  if (indexes.length === 0) return { rows: [] };
  const interfaceOf = powerPorts(tables, names, indexes);
  const rows: PortPowerFact[] = [];
  for (const index of indexes) {
    const ifIndex = interfaceOf.get(index);
    const name = ifIndex === undefined ? "" : names.name(ifIndex);
    if (name === "") continue;
    const state = integer(tables.value(mib.pethPsePortDetectionStatus, index)) ?? 0;
    const kind = integer(tables.value(mib.pethPsePortPowerClassifications, index)) ?? 0;
    rows.push({
      port: name,
      module: Number(index.split(".")[0]),
      admin: tables.value(mib.pethPsePortAdminEnable, index) === 1,
      status: detection[state] ?? "",
      // Only while power is delivered is the class anything but the last guest's.
      class: state === 3 && kind >= 1 && kind <= 9 ? `class${kind - 1}` : "",
      power: integer(tables.value(mib.cpeExtPsePortPwrConsumption, index)) ?? null,
    });
  }
  const lost = indexes.length - rows.length;
  return lost > 0 ? { rows, lost: `${lost} powered ports could not be told to be any interface` } : { rows };
}

/** A switch without PoE has the table, too, with every port `other`. */
function foundryPorts(tables: Tables, names: PortNames): PortPowerFact[] {
  const rows: PortPowerFact[] = [];
  for (const [ifIndex, value] of numbered(tables, foundryPower.snAgentPoePortControl)) {
    const control = integer(value) ?? 0;
    const name = names.name(ifIndex);
    if (control < 2 || name === "") continue;
    const milliwatts = integer(tables.value(foundryPower.snAgentPoePortConsumed, String(ifIndex))) ?? 0;
    const kind = integer(tables.value(foundryPower.snAgentPoePortClass, String(ifIndex)));
    rows.push({
      port: name,
      module: 1,
      admin: control > 2,
      status: control === 2 ? "disabled" : milliwatts > 0 ? "deliveringPower" : "searching",
      class: milliwatts > 0 && kind !== undefined ? `class${kind}` : "",
      power: milliwatts,
    });
  }
  return rows;
}
