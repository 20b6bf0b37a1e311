/** An IPv4LL address (RFC 3927): found, claimed, and given to the interface as if it were a lease. */
import type { Lease } from "./dhcp/lease.ts";
import type { Engine } from "./engine.ts";
import type { Ending } from "./events/events.ts";
import type { Task } from "./events/task.ts";
import { wantedOf } from "./methods/wanted-of.ts";
import type { DynamicMethod } from "./plan/wanted.ts";
import { nextWay, stanzaOf, wayOf } from "./policy/policy.ts";
import type { Claim } from "./world.ts";

/** Nobody gave it. */
export function isLinkLocal({ address }: Lease): boolean {
  return address.startsWith("169.254.");
}

/**
 * DHCP that has failed, and in whose place the policy has put an IPv4LL address: it is tried on, for its lease is worth more
 * (RFC 3927 §1.9, §2.11). Undefined: there is none.
 */
export function behindLinkLocal(engine: Engine, iface: string): DynamicMethod | undefined {
  const { policy } = engine;
  const record = engine.records.get(iface);
  const methods = record?.owned.wanted.dynamic.filter(({ family }) => family === 4).map(({ method }) => method);
  if (!record || !methods?.includes("ipv4ll") || methods.includes("dhcp")) return undefined;
  const follows = (["failed", "timeout"] as const).some((end) => nextWay(policy, "dhcp", end)?.method === "ipv4ll");
  const way = follows ? wayOf(policy, "dhcp") : undefined;
  if (!way) return undefined;
  const configured = engine.stanzasOf(record.logical);
  const { wanted } = wantedOf(iface, configured.length > 0 ? configured : [stanzaOf(way, iface)], engine.context);
  return wanted.dynamic.find(({ family, method }) => family === 4 && method === "dhcp");
}

export async function claimLinkLocal(engine: Engine, task: Task): Promise<Ending> {
  const { iface } = task.event;
  task.about = " ipv4ll";
  const held = engine.claims.get(iface);
  if (held) return { outcome: "done", reason: `${held.address} is held` };
  const leases = engine.records.get(iface)?.leases ?? [];
  const better = leases.find(({ family, lease }) => family === 4 && !isLinkLocal(lease));
  if (better) return { outcome: "done", reason: `${better.lease.address} is held` };
  const before = leases.find(({ lease }) => isLinkLocal(lease));
  const prefer = before === undefined ? {} : { prefer: before.lease.address };
  const claim = await engine.world.neighbours.claim(iface, { avoid: [], ...prefer }, task.signal);
  try {
    task.check();
    const ended = await engine.child(task, "LEASE", iface, said(iface, "ipv4ll", leaseOf(claim.address, engine.now)));
    if (ended.outcome !== "done") claim.release();
    else keep(engine, iface, claim);
    return ended;
  } catch (error) {
    claim.release();
    throw error;
  }
}

/** Until somebody else has won the address: another one is found then. */
function keep(engine: Engine, iface: string, claim: Claim): void {
  engine.claims.set(iface, claim);
  void claim.lost.then(() => {
    if (engine.claims.get(iface) !== claim) return;
    engine.claims.delete(iface);
    const lost = said(iface, "expire", undefined, leaseOf(claim.address, engine.now));
    const task = engine.events.queue("LEASE", iface, lost, { by: "ipv4ll", timeout: engine.world.settings.timeout });
    void task.done.then(() => engine.resume(iface, "ipv4ll"));
  });
}

function said(iface: string, reason: "ipv4ll" | "expire", lease?: Lease, old?: Lease) {
  return {
    reason,
    said: reason === "ipv4ll" ? "IPV4LL" : "CONFLICT",
    iface,
    family: 4 as const,
    pid: 0,
    unusable: "",
    ...(lease ? { lease } : {}),
    ...(old ? { old } : {}),
  };
}

function leaseOf(address: string, since: number): Lease {
  return {
    family: 4,
    address,
    prefix: 16,
    broadcast: "169.254.255.255",
    routes: [],
    routers: [],
    mtu: 0,
    hostName: "",
    domain: "",
    search: [],
    dns: [],
    ntp: [],
    server: "",
    lifetime: null,
    renewal: 0,
    rebinding: 0,
    preferred: null,
    since,
    other: {},
    refused: {},
  };
}
