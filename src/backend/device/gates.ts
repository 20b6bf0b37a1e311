/**
 * Change gates: what a device says has not changed since our last visit need not be read again. A gate stands open after
 * a reboot or a wrap of sysUpTime, where the device lacks the object or leaves it at 0, and once a day whatever it says.
 */
import type { Tables } from "../../snmp/tables.ts";

/** Scalars, all of them sysUpTime at the last change, in hundredths of a second. */
const objects = {
  uptime: "1.3.6.1.2.1.1.3.0",
  /** ifTableLastChange (RFC 2863): rows came or went; says nothing of their states. */
  interfaces: "1.3.6.1.2.1.31.1.5.0",
  /** entLastChangeTime (RFC 6933). */
  entities: "1.3.6.1.2.1.47.1.4.1.0",
  /** lldpStatsRemTablesLastChangeTime (IEEE 802.1AB). */
  lldp: "1.0.8802.1.1.2.1.2.1.0",
} as const;

export const gateObjects: readonly string[] = Object.values(objects);

export type Gate = "interfaces" | "entities" | "lldp";

/** What is kept of a visit. */
export type GateTimes = { at: number; uptime: number } & { [Name in Gate]?: number } & {
  /** When each table was last read whole, epoch ms. */
  read?: { [Name in Gate]?: number };
};

/** As they are kept with the device (`device.gates`, JSON); undefined before the first visit. */
export function keptGates(json: string | undefined): GateTimes | undefined {
  const kept: Partial<GateTimes> | null = JSON.parse(json || "null");
  return kept?.uptime === undefined ? undefined : (kept as GateTimes);
}

/** undefined: the device does not tell its uptime, so nothing can be said about what has changed. */
export function gateTimes(tables: Tables, now: number): GateTimes | undefined {
  const value = (oid: string) => {
    const found = tables.value(oid);
    return typeof found === "number" ? found : undefined;
  };
  const uptime = value(objects.uptime);
  if (uptime === undefined) return undefined;
  const times: GateTimes = { at: now, uptime };
  for (const name of ["interfaces", "entities", "lldp"] as const) {
    const time = value(objects[name]);
    if (time !== undefined) times[name] = time;
  }
  return times;
}

/** Read anew at least this often: a device may forget to tell. */
const longest = 24 * 3600 * 1000;

/** The gates that are closed: what lies behind them is as it was at the visit `before`. */
export function closedGates(before: GateTimes | undefined, now: GateTimes | undefined): Set<Gate> {
  const closed = new Set<Gate>();
  if (!before || !now) return closed;
  const elapsed = (now.at - before.at) / 10;
  const drift = Math.abs(now.uptime - before.uptime - elapsed);
  // A clock of a device may go wrong by a thousandth, and an answer take a few seconds; more is another start.
  if (elapsed < 0 || now.uptime < before.uptime || drift > 500 + elapsed / 1000) return closed;
  for (const name of ["interfaces", "entities", "lldp"] as const) {
    const [then, time] = [before[name], now[name]];
    const read = before.read?.[name] ?? 0;
    const same = time !== undefined && time > 0 && time === then && time <= before.uptime;
    if (same && now.at - read < longest) closed.add(name);
  }
  return closed;
}
