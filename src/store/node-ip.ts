/** Which address has which MAC address, as routers know it: ARP and neighbour tables as intervals. */
import { sql } from "kysely";
import { parseAddress } from "../address.ts";
import type { AddressBindingFact, Part } from "../network/facts.ts";
import { Problem } from "../problem.ts";
import { getDevice } from "./device.ts";
import { cleanMac, cleanName } from "./row-diff.ts";
import { holdsAt, type SightingRules, seenTo, writePoll } from "./sighting.ts";
import type { Store } from "./store.ts";

type Binding = AddressBindingFact & { ip_hex: string; dns?: string };

const rules: SightingRules<Binding> = {
  table: "node_ip",
  clock: "last_arpnip_complete",
  last: "last_arpnip",
  key: ({ ip_hex, mac, vrf }) => `${ip_hex} ${mac} ${vrf}`,
  // An address in one VRF is not the same one in another; a link-local one is another's on each interface.
  exclusive: ({ ip_hex, vrf, port }) => (ip_hex.startsWith("fe8") ? undefined : `${ip_hex} ${port} ${vrf}`),
  details: ["port", "state"],
};

export type BindingsPart = Part<AddressBindingFact> & {
  /** VRFs that were not read to their end: in a part that is complete otherwise, theirs is kept, the others' may end. */
  incompleteVrfs?: readonly string[] | undefined;
};

export interface SavedBindings {
  seen: number;
  opened: number;
  closed: number;
  /** Addresses that another MAC address has now. */
  rebound: { ip: string; vrf: string; from: string; to: string }[];
}

/**
 * Stores a poll of a router's ARP and neighbour tables. Rows without a usable address are left out.
 * @throws Problem `not-found`
 */
export async function saveBindings(store: Store, id: number, part: BindingsPart, now: number): Promise<SavedBindings> {
  const rows = part.rows.flatMap((fact): Binding[] => {
    const [mac, address] = [cleanMac(fact.mac), parseAddress(fact.ip)];
    if (mac === undefined || address === undefined) return [];
    const [vrf, port, state] = [fact.vrf, fact.port, fact.state].map(cleanName);
    return [{ ip: address.ip, ip_hex: address.ipHex, mac, vrf: vrf!, port: port!, state: state!, dns: "" }];
  });
  const cut = new Set(part.incompleteVrfs);
  const covers = ({ vrf }: Binding) => part.complete && cut.size > 0 && !cut.has(vrf);
  const poll = { at: now, rows, complete: part.complete && cut.size === 0, covers, unread: part.unread };
  const result = await store.transaction(async (transaction) => {
    const device = await getDevice(transaction, id);
    if (device === undefined) throw new Problem("not-found", `there is no device ${id}`);
    const written = await writePoll(transaction, device.id, rules, poll);
    if (written.opened.length > 0) await inheritNames(transaction, device.id, now);
    return written;
  });
  const left = new Map(result.closed.map((row) => [`${row.ip_hex} ${row.vrf}`, row]));
  const rebound = result.opened.flatMap(({ ip, ip_hex, vrf, mac }) => {
    const from = left.get(`${ip_hex} ${vrf}`);
    return from === undefined || from.mac === mac ? [] : [{ ip, vrf, from: from.mac, to: mac }];
  });
  return { seen: result.seen, opened: result.opened.length, closed: result.closed.length, rebound };
}

/** A new row of an address takes over the name that the address has had: the DNS is asked less often than routers. */
async function inheritNames(store: Store, device: number, at: number): Promise<void> {
  const fresh = sql`device = ${device} and open = 1 and seen_from = ${at}`;
  await sql`update node_ip set dns = named.dns from (
      select ip_hex, vrf, max(dns) as dns from node_ip
      where open = 1 and dns <> '' and ip_hex in (select ip_hex from node_ip where ${fresh})
      group by ip_hex, vrf) as named
    where node_ip.device = ${device} and node_ip.open = 1 and node_ip.seen_from = ${at} and node_ip.dns = ''
      and node_ip.ip_hex = named.ip_hex and node_ip.vrf = named.vrf`.execute(store.db);
}

export interface BindingSighting extends AddressBindingFact {
  id: number;
  device: number;
  ip_hex: string;
  dns: string;
  seen_from: number;
  seen_to: number;
  open: 0 | 1;
}

/** What a router has in its tables, now or at a time, in the order of addresses. */
export async function bindingsAt(
  store: Store,
  device: number,
  at?: number,
  limit = 100_000,
): Promise<BindingSighting[]> {
  return store.db
    .selectFrom("node_ip")
    .innerJoin("device", "device.id", "node_ip.device")
    .select(["node_ip.id", "node_ip.device", "node_ip.ip", "node_ip.ip_hex", "node_ip.mac", "node_ip.vrf"])
    .select(["node_ip.port", "node_ip.state", "node_ip.dns", "node_ip.seen_from", "node_ip.open"])
    .select(seenTo(store, "node_ip", "last_arpnip_complete").as("seen_to"))
    .where("node_ip.device", "=", device)
    .where(holdsAt("node_ip", at))
    .orderBy("node_ip.ip_hex")
    .orderBy("node_ip.id")
    .limit(limit)
    .execute();
}
