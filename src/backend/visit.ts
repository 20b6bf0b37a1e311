/** The first step of every action on a device: is it known, may we, does it answer, what is it. */

import { isIP } from "node:net";
import type { Part } from "../network/facts.ts";
import { Problem } from "../problem.ts";
import { system } from "../snmp/mib/system.ts";
import type { Source } from "../snmp/source.ts";
import { Tables } from "../snmp/tables.ts";
import { resolveTarget } from "../snmp/target.ts";
import type { Oid } from "../snmp/value.ts";
import { type DeviceRow, findDevice } from "../store/device.ts";
import { parseTarget, targetText } from "../target.ts";
import type { Action, Connection, JobContext, Outcome, Stage } from "./action.ts";
import { about, aboutObjects } from "./device/about.ts";
import { integer } from "./device/cells.ts";
import type { About } from "./device/reader.ts";
import { eachAtATime } from "./each.ts";
import type { HookEvent } from "./hooks.ts";
import { type Decision, deviceSubject, mayArpnip, mayDiscover, mayMacsuck, type Subject } from "./permission.ts";

export interface Visit {
  known?: DeviceRow | undefined;
  /** What a name that the store does not know stands for, with its port: asked of the DNS once, so that it stays one. */
  target?: string | undefined;
  source?: Source;
  /** The credential's tag and version. */
  answered?: Pick<Connection, "tag" | "version">;
  about: About;
  tables: Tables;
  /** When the visit began: the time of everything it saw. */
  now: number;
}

export function newVisit(): Visit {
  return { about: { objectId: "", enterprise: 0, description: "" }, tables: new Tables(), now: Date.now() };
}

export interface Rules {
  /** The access lists' answer. */
  may(subject: Subject): Decision;
  /** Seconds that must have passed since `last`. */
  minAge: number;
  /** When it was last done, epoch ms. */
  last(device: DeviceRow): number | null;
  /** Refuse a device that discover has not stored. */
  mustBeKnown: boolean;
}

/** Before anything is sent: what the store knows of it, and whether the rules let us. */
export async function checkVisit(context: JobContext, visit: Visit, rules: Rules): Promise<Outcome | undefined> {
  const { request, store } = context;
  visit.known = await findDevice(store, request.device);
  if (!visit.known) {
    visit.target = await addressed(context, rules.mustBeKnown);
    if (visit.target) visit.known = await findDevice(store, visit.target);
  }
  if (!visit.known && rules.mustBeKnown) {
    return { status: "error", message: `${request.device} is not known yet: discover it first` };
  }
  if (visit.known?.is_pseudo) return { status: "info", message: `${request.device} is a pseudo device: nobody to ask` };
  refuseRecording(context, visit.known);
  if (request.force) return undefined;
  const asked = deviceSubject(visit.known, request.device);
  const { addresses } = visit.target ? deviceSubject(visit.known, visit.target) : asked;
  const decision = rules.may({ ...asked, addresses });
  if (!decision.allowed) return { status: "info", message: decision.reason };
  const last = visit.known ? rules.last(visit.known) : null;
  // Done in the future: a clock was wrong.
  const wait = last === null || last > visit.now ? 0 : last + rules.minAge * 1000 - visit.now;
  return wait > 0 ? { status: "info", message: `done ${ago(visit.now - (last ?? 0))} ago, not due yet` } : undefined;
}

/**
 * What a recording says is not to take the place of what a device has said itself.
 * @throws Problem `conflict` for one that has answered, unless forced
 */
export function refuseRecording({ recorded, request }: JobContext, device: DeviceRow | undefined): void {
  if (!recorded || request.force || !device?.snmp_auth_tag_read) return;
  const named = device.name && device.name !== device.ip ? `${device.name} (${device.ip})` : device.ip;
  const choice = "--dry-run shows what the recording says, --force stores it in place of what is known";
  throw new Problem("conflict", `${named} was read live, and nothing of the recording was stored: ${choice}`);
}

const guards = { discover: mayDiscover, macsuck: mayMacsuck, arpnip: mayArpnip };

/** The first stage of every visit. */
export function allowedStage<State extends Visit>(action: keyof typeof guards): Stage<State> {
  return {
    name: "allowed",
    phase: "check",
    help: "access lists, age of the last visit",
    run: (context, state) =>
      checkVisit(context, state, {
        may: (subject) => guards[action](context.options.settings, subject),
        minAge: context.options.settings[`backend.${action}MinAge`],
        last: (device) => device[`last_${action}`],
        mustBeKnown: action !== "discover",
      }),
  };
}

/** What every action that visits does about its source. */
export const visiting: Pick<Action<Visit>, "end" | "read"> = {
  end: (state) => state.source?.close(),
  async read(context, state, objects) {
    await readTables(context, state, objects);
    return undefined;
  },
};

/**
 * The same objects in several contexts, by their names. The device's limit of requests in flight holds over all its
 * contexts: asking several at a time costs it nothing.
 */
export async function readContexts(
  { signal }: JobContext,
  { source }: Visit,
  wanted: readonly { kind: "vlan" | "vrf"; name: string }[],
  objects: readonly Oid[],
): Promise<Map<string, Tables>> {
  const found = new Map<string, Tables>();
  await eachAtATime(4, wanted, async ({ kind, name }) => {
    const tables = await source?.context(kind, name).read(objects, { signal });
    if (tables) found.set(name, tables);
  });
  return found;
}

/** What sightings were stored, and whether they were all. */
export function sightingsOutcome(
  text: string,
  { complete, reason }: Pick<Part<never>, "complete" | "reason">,
): Outcome {
  if (complete) return { status: "done", message: text };
  const message = `${text}; incomplete, nothing was closed: ${reason ?? "cut off"}`;
  return { status: "error", partial: true, message };
}

/**
 * Connects with the first credential that answers, and reads what the device says of itself.
 * @param more scalars to read with it
 */
export async function connectVisit(context: JobContext, visit: Visit, more: readonly Oid[] = []): Promise<void> {
  const { request, signal } = context;
  const target = addressOf(visit.known) ?? visit.target ?? request.device;
  const { source, ...answered } = await context.connect(target, "read", signal, {
    known: visit.known,
    name: request.device,
  });
  visit.source = source;
  visit.answered = answered;
  const tables = await visit.source.read([...aboutObjects, ...more], { signal });
  if (aboutObjects.every((oid) => tables.rows(oid).size === 0)) {
    const reason = tables.missing[0]?.reason ?? "it has no system group";
    throw new Problem("unavailable", `${visit.source.name} does not say what it is: ${reason}`);
  }
  // Taken for another maker's, it would be read otherwise, and its ports be called otherwise.
  const cut = [system.sysDescr, system.sysObjectID]
    .map((oid) => tables.column(`${oid}.0`))
    .find((one) => !one.complete);
  if (cut) throw new Problem("unavailable", `${visit.source.name} does not say what it is: ${cut.reason ?? "cut off"}`);
  visit.tables.add(tables);
  visit.about = about(tables);
}

/** Reads what stages want and keeps it; OIDs asked for twice are read once. */
export async function readTables(context: JobContext, visit: Visit, objects: readonly string[]): Promise<void> {
  const missing = [...new Set(objects)].filter((oid) => !visit.tables.has(oid));
  if (missing.length === 0) return;
  const source = visit.source;
  if (!source) throw new Problem("internal", "read before connect");
  const read = await source.read(missing, { signal: context.signal });
  visit.tables.add((await hasRestarted(context, visit, source)) ? cutOff(read) : read);
}

const uptime = `${system.sysUpTime}.0`;
/** Hundredths of a second: a counter that was less than that before its end may have come round. */
const wrapping = 24 * 3600 * 100;
/** Milliseconds: an agent that does not answer now has left columns incomplete already. */
const patience = 2000;

/**
 * An agent that restarts while it is read answers on, but with tables that are not filled yet: what is missing there says
 * nothing.
 */
async function hasRestarted({ signal }: JobContext, { tables }: Visit, source: Source): Promise<boolean> {
  const before = integer(tables.value(uptime));
  if (before === undefined || before > 2 ** 32 - wrapping) return false;
  const now = integer((await source.read([uptime], { signal, deadline: patience })).value(uptime));
  return now !== undefined && now < before;
}

function cutOff(read: Tables): Tables {
  const tables = new Tables();
  for (const oid of read.oids) {
    tables.set(oid, { rows: read.rows(oid), complete: false, reason: "the agent restarted while it was read" });
  }
  return tables;
}

/** The late stage that tells hooks what was read. */
export function hookStage<State extends Visit>(
  event: HookEvent["event"],
  data: (state: State) => Record<string, unknown>,
): Stage<State> {
  return {
    name: "hooks",
    phase: "late",
    help: "tells programs and URLs of backend.hooks",
    needs: ["rows"],
    run(context, state): undefined {
      const { known } = state;
      if (!known || context.dryRun) return;
      const subject = deviceSubject(known, known.ip);
      const told = { ip: known.ip, name: known.name, ...data(state) };
      context.event({ event, at: Date.now(), device: known.ip, data: told, subject });
    },
  };
}

/** Of a name its address, with the port where one was given; undefined for what is an address already. */
async function addressed({ request, options }: JobContext, mayBeMissing: boolean): Promise<string | undefined> {
  const usual = options.settings["snmp.port"];
  const parsed = parseTarget(request.device, usual);
  if (isIP(parsed.host.replace(/%.*$/, ""))) return undefined;
  try {
    const { address, port } = await resolveTarget(parsed);
    return targetText(address, port === usual ? 0 : port);
  } catch (error) {
    if (mayBeMissing) return undefined;
    throw error;
  }
}

/** Where a known device is polled: what it is called may be another's name in the DNS. */
export function addressOf(device: Pick<DeviceRow, "ip" | "snmp_port"> | undefined): string | undefined {
  return device && targetText(device.ip, device.snmp_port);
}

function ago(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 120
    ? `${seconds} s`
    : seconds < 7200
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3600)} h`;
}
