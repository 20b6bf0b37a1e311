/** Whom links lead to: neighbours' words held against the devices that are known, after each discover. */
import type { NeighbourFact } from "../network/facts.ts";
import { directoryOf, neighbourKeys } from "../network/known.ts";
import { type Evidence, evidenceOf, links } from "../network/link.ts";
import { knownDevices } from "../store/known-device.ts";
import { type LinkRow, type Resolution, resolveLinks } from "../store/link.ts";
import { linksAt, linksTowards } from "../store/link-list.ts";
import type { Store } from "../store/store.ts";

/**
 * Resolves the open links of a device, and those of others that may mean it: it may have been discovered only now.
 * @returns how many links have got another answer
 */
export async function resolveLinksAround(store: Store, device: number): Promise<number> {
  const [self] = await knownDevices(store, { ids: [device] });
  if (!self) return 0;
  const towards = await linksTowards(store, device, {
    addresses: self.addresses,
    ids: [...self.macs, ...self.chassisIds, ...self.ports.flatMap(({ mac }) => (mac ? [mac] : []))],
    names: self.names,
  });
  return resolve(store, [...(await linksAt(store, device)), ...towards], [device]);
}

/** Evidence that came with its judgement: nothing was told that could be looked up. */
const judged: ReadonlySet<string> = new Set(["manual", "fdb", "arp"]);

async function resolve(store: Store, rows: readonly LinkRow[], devices: readonly number[]): Promise<number> {
  const told = rows.filter(({ protocol }) => !judged.has(protocol));
  if (told.length === 0) return 0;
  const facts = told.map(factOf);
  const keys = facts.map(neighbourKeys);
  const known = await knownDevices(store, {
    ids: [...new Set([...devices, ...rows.map((row) => row.device)])],
    addresses: keys.flatMap(({ addresses }) => addresses),
    macs: keys.flatMap(({ macs }) => macs),
    chassisIds: keys.flatMap(({ chassisIds }) => chassisIds),
    serials: keys.flatMap(({ serials }) => serials),
    names: keys.flatMap(({ names }) => names),
  });
  const directory = directoryOf(known);
  const evidence = facts.map((fact, at) => evidenceOf(fact, (told[at] as LinkRow).device, directory));
  const confidences = mutual(evidence);
  const changed: Resolution[] = [];
  for (const [at, row] of told.entries()) {
    const found = evidence[at] as Evidence;
    const resolution: Resolution = {
      id: row.id,
      remote_device: found.remoteDevice ?? null,
      remote_device_port: found.remotePort ?? "",
      confidence: Math.round((confidences.get(found) ?? found.confidence) * 100),
      reason: [found.reason, ...found.contradictions.map((text) => `but ${text}`)].join("; ").slice(0, 1000),
    };
    if ((Object.keys(resolution) as (keyof Resolution)[]).some((name) => resolution[name] !== row[name])) {
      changed.push(resolution);
    }
  }
  await resolveLinks(store, changed);
  return changed.length;
}

/** What both ends say counts for more than each word alone. */
function mutual(evidence: readonly Evidence[]): Map<Evidence, number> {
  const found = new Map<Evidence, number>();
  const joined = new Map<string, number>();
  const note = (device: number, port: string | undefined, other: number, confidence: number) => {
    const key = JSON.stringify([device, port, other]);
    if (!joined.has(key)) joined.set(key, confidence);
  };
  for (const { a, b, confidence } of links(evidence)) {
    if (b.device === undefined) continue;
    note(a.device, a.port, b.device, confidence);
    note(b.device, b.port, a.device, confidence);
  }
  for (const one of evidence) {
    const confidence = joined.get(JSON.stringify([one.device, one.port, one.remoteDevice]));
    if (confidence !== undefined) found.set(one, Math.max(confidence, one.confidence));
  }
  return found;
}

function factOf(row: LinkRow): NeighbourFact {
  return {
    ...row,
    protocol: row.protocol as NeighbourFact["protocol"],
    local_port: row.port,
    capabilities: JSON.parse(row.capabilities || "[]") as string[],
  };
}
