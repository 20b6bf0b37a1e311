/** From what discover read to what is stored: which device it is, its rows, whom its links lead to. */
import type { DeviceFacts, IdentityFact } from "../network/facts.ts";
import { believedValue, recognise } from "../network/identity.ts";
import { Problem } from "../problem.ts";
import { type DeviceRow, getDevice } from "../store/device.ts";
import { renumberDevice } from "../store/device-change.ts";
import { type SavedDiscovery, saveDiscovery } from "../store/device-discovery.ts";
import { mergeAddress, mergeDevices } from "../store/device-merge.ts";
import { saveDns } from "../store/device-part.ts";
import { identityCounts, likenesses } from "../store/known-device.ts";
import type { Store } from "../store/store.ts";
import { parseTarget, targetText } from "../target.ts";
import type { JobContext } from "./action.ts";
import { systemObjects, systemUnread } from "./device/system.ts";
import { reverseNames } from "./dns.ts";
import { resolveLinksAround } from "./links.ts";
import { whoAnswers } from "./same-agent.ts";
import { refuseRecording, type Visit } from "./visit.ts";

export interface StoredDiscovery extends SavedDiscovery {
  device: DeviceRow;
  /** What was found out about its identity, for the log: "is sw1 (192.0.2.1) by its serial number …". */
  notes: string[];
}

export async function storeDiscovery(context: JobContext, visit: Visit, facts: DeviceFacts): Promise<StoredDiscovery> {
  const { store } = context;
  const target = targetOf(context, visit);
  const { known, alias, twins, notes } = await recognised(context, visit, facts, target);
  // At another address than the one it was asked for by.
  for (const id of [known, ...twins.map((twin) => twin.id)]) {
    if (context.recorded && id !== undefined) refuseRecording(context, await getDevice(store, id));
  }
  const saved = await saveDiscovery(store, {
    device: known,
    target,
    facts,
    systemComplete: visit.tables.complete(...systemObjects(visit.about)),
    systemUnread: systemUnread(visit.tables, visit.about),
    credential: visit.answered && { version: visit.answered.version, readTag: visit.answered.tag },
    now: visit.now,
  });
  for (const { id, reasons } of twins) {
    if (id !== saved.id) await mergeTwin(store, saved.id, id, reasons, visit.now);
  }
  if (alias) await mergeAddress(store, saved.id, target, { alias }, visit.now);
  await resolveLinksAround(store, saved.id);
  if (context.options.settings["backend.dns"] && !context.dryRun) {
    const { names } = await reverseNames(
      [target.ip, ...facts.addresses.rows.map(({ alias }) => alias)],
      context.signal,
    );
    await saveDns(store, names);
  }
  const device = await getDevice(store, saved.id);
  if (!device) throw new Problem("not-found", `${target.ip} was deleted while it was discovered`);
  return { ...saved, device, notes };
}

/** Another worker may have met it at its own address and found out the same, or somebody has deleted it. */
async function mergeTwin(store: Store, kept: number, id: number, reasons: string[], now: number): Promise<void> {
  try {
    await mergeDevices(store, kept, id, { reasons }, now);
  } catch (error) {
    const { code } = Problem.from(error);
    if (code !== "bad-options" && code !== "not-found") throw error;
  }
}

/** Where it was polled: the device is kept under the address, by whatever name it was asked for. */
function targetOf(context: JobContext, visit: Visit): { ip: string; port: number } {
  const usual = context.options.settings["snmp.port"];
  const { host, port } = parseTarget(visit.target ?? context.request.device, usual);
  const number = port === usual ? 0 : port;
  if (visit.known) return { ip: visit.known.ip, port: visit.known.snmp_port };
  return { ip: host, port: number };
}

interface Recognised {
  /** The device it is; undefined for a new one, or for the one known at that address. */
  known: number | undefined;
  /** Why it is known under another address that is none of those it has; absent where there is nothing to note. */
  alias?: string[] | undefined;
  twins: { id: number; reasons: string[] }[];
  notes: string[];
}

async function recognised(
  context: JobContext,
  visit: Visit,
  facts: DeviceFacts,
  target: { ip: string; port: number },
): Promise<Recognised> {
  const { store } = context;
  const believed = facts.identities.filter((fact) => believedValue(fact) !== undefined);
  const reading = {
    identities: facts.identities,
    names: [facts.system.name].filter(Boolean),
    addresses: [target.ip, ...facts.addresses.rows.map(({ alias }) => alias)],
    addressesComplete: facts.addresses.complete && facts.addresses.rows.length > 0,
  };
  const counts = await identityCounts(store, believed);
  const seenOn = ({ kind, value }: IdentityFact) => counts.get(`${kind} ${value}`) ?? 0;
  const at = targetText(target.ip, target.port);
  const candidates = await likenesses(store, { ...reading, identities: believed }, target.ip);
  const { verdict, device, twins: like, judgement } = recognise(reading, at, candidates, { seenOn });
  const reasons = judgement?.reasons ?? [];
  const notes: string[] = [];
  const answers = async (address: string) => {
    const own = facts.addresses.rows.some(({ alias }) => alias === address);
    return own ? "same" : await whoAnswers(context, visit, address);
  };
  const elsewhere = device && (verdict === "alias" || verdict === "renumbered") ? await answers(device.ip) : undefined;
  if (device && elsewhere === "another") {
    notes.push(`${device.ip} is much like it, but another agent`);
    const here = candidates.find((candidate) => candidate.ip === at);
    return { known: here?.id, twins: [], notes };
  }
  // One that says nothing now may be another: merged, it would be asked no more.
  const twins: typeof like = [];
  for (const twin of like) if ((await answers(twin.ip)) === "same") twins.push(twin);
  // Only a device that has left its old address was renumbered; else it has one more that its tables do not show.
  const renumbered = verdict === "renumbered" && elsewhere === "nobody";
  if (device && renumbered) {
    const conflict = await renumbering(store, device.id, target.ip, visit.now);
    notes.push(conflict ?? `${device.ip} has become ${at}, by ${reasons.join(" and ")}`);
  } else if (device && elsewhere !== undefined) {
    notes.push(`${at} is an address of ${device.ip}, by ${reasons.join(" and ")}`);
  }
  if (device && verdict === "replaced") {
    notes.push(`another device answers at ${at}: ${judgement?.against.join(", ") ?? ""}`);
  }
  for (const twin of twins) notes.push(`${twin.ip} is the same device`);
  const foreign = target.port !== 0 || !facts.addresses.rows.some((row) => row.alias === target.ip);
  const other = elsewhere !== undefined && !renumbered;
  const alias = other && foreign && !visit.known ? reasons : undefined;
  return { known: device?.id, alias, twins: twins.map(({ id }) => ({ id, reasons })), notes };
}

/**
 * Another device is known at the new address: it keeps it, though somebody else answers there, until it is deleted or
 * renumbered itself; what was read is stored all the same. Gives what there is to say of that.
 */
async function renumbering(store: Store, id: number, ip: string, now: number): Promise<string | undefined> {
  try {
    await renumberDevice(store, id, ip, now);
    return undefined;
  } catch (error) {
    const problem = Problem.from(error);
    if (problem.code !== "conflict") throw error;
    return `${problem.message}: delete or renumber that one`;
  }
}
