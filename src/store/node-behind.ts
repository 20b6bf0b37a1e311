/** Hosts behind a switch: the addresses of the MAC addresses that it sees. */
import { sql } from "kysely";
import type { Store } from "./store.ts";

/** IPv4 addresses, each once with its MAC address, seen since then behind any port of the device. */
export async function addressesBehind(
  store: Store,
  device: number,
  since: number,
): Promise<{ ip: string; mac: string }[]> {
  const rows = await store.db
    .selectFrom("node")
    .innerJoin("node_ip", "node_ip.mac", "node.mac")
    .select(["node_ip.ip", "node_ip.mac"])
    .distinct()
    .where("node.device", "=", device)
    .where(({ or, eb }) => or([eb("node.open", "=", 1), eb("node.seen_to", ">=", since)]))
    .where(({ or, eb }) => or([eb("node_ip.open", "=", 1), eb("node_ip.seen_to", ">=", since)]))
    .where(sql`node_ip.ip_hex`, "like", `${"0".repeat(20)}ffff%`)
    .orderBy("node_ip.ip")
    .execute();
  return rows;
}
