/** Which neighbours are worth a discover of their own. */
import type { Settings } from "../config/keys.ts";
import type { DeviceFacts, NeighbourFact } from "../network/facts.ts";
import { compilePattern, type Pattern } from "../network/pattern.ts";
import { findDevice } from "../store/device.ts";
import type { NewJob } from "../store/job.ts";
import type { Store } from "../store/store.ts";
import { deviceSubject, mayDiscover } from "./permission.ts";

/** One device cannot flood the queue. */
const most = 2000;

/**
 * Discover jobs for neighbours by LLDP, CDP and OSPF that have an address, are not known, and may be discovered. BGP
 * peers are other people's more often than not, and telephones answer nobody.
 */
export async function neighbourJobs(
  store: Store,
  settings: Settings,
  links: DeviceFacts["neighbours"],
): Promise<NewJob[]> {
  const unwanted = patterns(settings);
  const jobs = new Map<string, NewJob>();
  for (const neighbour of [...links.lldp.rows, ...links.cdp.rows, ...links.ospf.rows]) {
    const { remote_ip: ip } = neighbour;
    if (ip === "" || jobs.has(ip) || jobs.size >= most || !isDevice(neighbour, unwanted)) continue;
    if (await findDevice(store, ip)) continue;
    if (!mayDiscover(settings, deviceSubject(undefined, ip)).allowed) continue;
    jobs.set(ip, { action: "discover", device: ip, deviceKey: neighbour.remote_id });
  }
  return [...jobs.values()];
}

function isDevice({ capabilities, remote_type }: NeighbourFact, unwanted: readonly Pattern[]): boolean {
  const phone = capabilities.some((word) => /phone/i.test(word)) && !capabilities.includes("bridge");
  return !phone && !unwanted.some((pattern) => pattern.test(remote_type));
}

const compiled = new WeakMap<Settings, Pattern[]>();

function patterns(settings: Settings): Pattern[] {
  const known = compiled.get(settings);
  if (known) return known;
  const made = settings["backend.discoverNoType"].map((source) => compilePattern(source, { ignoreCase: true }));
  compiled.set(settings, made);
  return made;
}
