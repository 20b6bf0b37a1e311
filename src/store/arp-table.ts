/** ARP and neighbour tables of many devices at once, as the conclusion of links wants them (network/arp-links.ts). */
import { sql } from "kysely";
import { parseAddress } from "../address.ts";
import type { ArpTable, OwnInterface } from "../network/arp-links.ts";
import { batches, idList, textList } from "./bulk.ts";
import { longestGap } from "./sighting.ts";
import type { Store } from "./store.ts";

/** Devices whose rows are read by one statement. */
const atOnce = 50;

export interface ArpDevice {
  id: number;
  ip: string;
  name: string;
  /** Base address; null where unknown. */
  mac: string | null;
  /** It was asked for its table within the last week. What an older one says is passed over. */
  current: boolean;
  /** Its last reading was a whole one. */
  complete: boolean;
}

/** All devices that are there. */
export async function arpDevices(store: Store, now: number): Promise<Map<number, ArpDevice>> {
  const rows = await store.db
    .selectFrom("device")
    .select(["id", "ip", "name", "mac", "last_arpnip", "last_arpnip_complete"])
    .where("merged_into", "is", null)
    .where("deleted", "is", null)
    .orderBy("id")
    .execute();
  return new Map(
    rows.map(({ last_arpnip, last_arpnip_complete, ...row }) => {
      const current = last_arpnip !== null && now - last_arpnip <= longestGap;
      return [row.id, { ...row, current, complete: last_arpnip !== null && last_arpnip === last_arpnip_complete }];
    }),
  );
}

/** The tables of these devices, some at a time; of their bindings those that are open, in the order of addresses. */
export async function* arpTables(store: Store, devices: readonly number[]): AsyncGenerator<Omit<ArpTable, "told">[]> {
  for (const some of batches(devices, atOnce)) {
    const among = idList(store, some);
    const bindings = await store.db
      .selectFrom("node_ip")
      .select(["device", "ip", "mac", "port"])
      .where("device", "in", among)
      .where("open", "=", 1)
      .orderBy("ip_hex")
      .orderBy("id")
      .execute();
    const rows = await store.db
      .selectFrom("device_port")
      .select(["device", "port", "type", "slave_of", "bridge_port"])
      .where("device", "in", among)
      .where("gone", "is", null)
      .execute();
    // The bridge's own interface, whatever type it says it is of.
    const inside = await store.db
      .selectFrom("node_ip")
      .innerJoin("node", (join) =>
        join.onRef("node.device", "=", "node_ip.device").onRef("node.mac", "=", "node_ip.mac").on("node.open", "=", 1),
      )
      .select(["node_ip.device", "node_ip.port"])
      .distinct()
      .where("node_ip.device", "in", among)
      .where("node_ip.open", "=", 1)
      .execute();
    const seen = new Set(inside.map(({ device, port }) => `${device} ${port}`));
    const [bindingsOf, portsOf] = [Map.groupBy(bindings, (row) => row.device), Map.groupBy(rows, (row) => row.device)];
    yield some.map((device) => ({
      device,
      bindings: bindingsOf.get(device) ?? [],
      ports: (portsOf.get(device) ?? []).map(({ port, type, slave_of, bridge_port }) => {
        return { port, type, slave_of, bridged: bridge_port !== null || seen.has(`${device} ${port}`) };
      }),
    }));
  }
}

/** Interfaces of known devices that have one of these MAC addresses, or one of these addresses; merged devices' as the kept one's. */
export async function interfacesOf(
  store: Store,
  macs: readonly string[],
  ips: readonly string[],
): Promise<OwnInterface[]> {
  const { db } = store;
  const byMac = textList(store, macs);
  const byIp = textList(
    store,
    ips.flatMap((ip) => parseAddress(ip)?.ipHex ?? []),
  );
  const none = sql.lit("");
  const own = db
    .selectFrom("device_port")
    .select(["device", "port", "mac", none.$castTo<string>().as("ip")])
    .where("mac", "in", byMac)
    .where("gone", "is", null)
    .unionAll(
      db
        .selectFrom("device")
        .select(["id as device", none.$castTo<string>().as("port"), "mac", none.$castTo<string>().as("ip")])
        .where("mac", "in", byMac),
    )
    .unionAll(
      db
        .selectFrom("device_ip")
        .leftJoin("device_port", (join) =>
          join
            .onRef("device_port.device", "=", "device_ip.device")
            .onRef("device_port.port", "=", "device_ip.port")
            .on("device_port.gone", "is", null),
        )
        .select(["device_ip.device", "device_ip.port", "device_port.mac", "device_ip.alias as ip"])
        .where("device_ip.alias_hex", "in", byIp),
    )
    .unionAll(
      db
        .selectFrom("device")
        .select(["id as device", none.$castTo<string>().as("port"), sql<string | null>`null`.as("mac"), "ip"])
        .where("ip_hex", "in", byIp),
    );
  const rows = await db
    .selectFrom(own.as("own"))
    .innerJoin("device", "device.id", "own.device")
    .innerJoin("device as kept", (join) =>
      join.on(({ eb, ref, fn }) => eb("kept.id", "=", fn.coalesce(ref("device.merged_into"), ref("device.id")))),
    )
    .select(["kept.id as device", "kept.name", "kept.ip as at", "own.port", "own.mac", "own.ip"])
    .distinct()
    .where("kept.deleted", "is", null)
    .execute();
  return rows.map(({ name, at, ...row }) => ({ ...row, label: name || at }));
}
