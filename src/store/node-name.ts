/** NetBIOS names of hosts, as intervals; names from the DNS. */
import { parseAddress } from "../address.ts";
import { insertRows, textList, updateRows } from "./bulk.ts";
import { cleanMac } from "./row-diff.ts";
import type { Store } from "./store.ts";
import { cleanText } from "./text.ts";

export { saveDns } from "./device-part.ts";

export interface NetbiosFact {
  mac: string;
  ip: string;
  nbname: string;
  domain: string;
  /** It shares files. */
  server: boolean;
  nbuser: string;
}

/** What hosts have answered; of those that have not, nothing is said. Gives the number of names that are new. */
export async function saveNames(store: Store, facts: readonly NetbiosFact[], now: number): Promise<number> {
  const rows = new Map(
    facts.flatMap((fact) => {
      const [mac, address] = [cleanMac(fact.mac), parseAddress(fact.ip)];
      if (mac === undefined || address === undefined) return [];
      const [nbname, domain, nbuser] = [fact.nbname, fact.domain, fact.nbuser].map((text) => cleanText(text, 255));
      const server = fact.server ? (1 as const) : (0 as const);
      const row = {
        mac,
        ip: address.ip,
        ip_hex: address.ipHex,
        nbname: nbname!,
        domain: domain!,
        server,
        nbuser: nbuser!,
      };
      return [[mac, row] as const];
    }),
  );
  if (rows.size === 0) return 0;
  return store.transaction(async (transaction) => {
    const kept = await openNames(transaction, [...rows.keys()]);
    const same = ["ip", "nbname", "domain", "server", "nbuser"] as const;
    const changes: { id: number; seen_to: number; open: 0 | 1 }[] = [];
    for (const old of kept) {
      const row = rows.get(old.mac);
      if (row === undefined || old.seen_to > now) continue;
      if (same.every((column) => old[column] === row[column])) {
        changes.push({ id: old.id, seen_to: now, open: 1 });
        rows.delete(old.mac);
      } else changes.push({ id: old.id, seen_to: old.seen_to, open: 0 });
    }
    const later = new Set(kept.filter((old) => old.seen_to > now).map((old) => old.mac));
    await updateRows(transaction, "node_nbt", changes);
    const added = [...rows.values()].filter(({ mac }) => !later.has(mac));
    await insertRows(
      transaction,
      "node_nbt",
      added.map((row) => ({ ...row, seen_from: now, seen_to: now, open: 1 as const })),
    );
    return added.length;
  });
}

async function openNames(store: Store, macs: readonly string[]) {
  let query = store.db
    .selectFrom("node_nbt")
    .selectAll()
    .where("open", "=", 1)
    .where("mac", "in", textList(store, macs));
  if (store.kind === "postgres") query = query.orderBy("id").forUpdate();
  return query.execute();
}
