/** Which neighbours are worth a discover of their own. */
import type { Settings } from "../config/keys.ts";
import type { DeviceFacts, NeighbourFact } from "../network/facts.ts";
import { compilePattern, type Pattern } from "../network/pattern.ts";
import type { NewJob } from "../store/job.ts";
import { knownAddresses } from "../store/known-device.ts";
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
  const wanted = new Map<string, NeighbourFact>();
  for (const neighbour of [...links.lldp.rows, ...links.cdp.rows, ...links.ospf.rows]) {
    const { remote_ip: ip } = neighbour;
    if (ip !== "" && !wanted.has(ip) && isDevice(neighbour, unwanted)) wanted.set(ip, neighbour);
  }
  const known = await knownAddresses(store, [...wanted.keys()]);
  return [...wanted]
    .filter(([ip]) => !known.has(ip) && mayDiscover(settings, deviceSubject(undefined, ip)).allowed)
    .slice(0, most)
    .map(([ip, { remote_id }]) => ({ action: "discover", device: ip, deviceKey: remote_id }));
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
