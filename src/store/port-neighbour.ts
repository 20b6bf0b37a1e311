/** The one neighbour that Netdisco's device_port shows of each port, as the view of PostgreSQL chooses it. */
import { idList } from "./bulk.ts";
import type { LinkRow } from "./link.ts";
import type { Store } from "./store.ts";

/** Protocols that go by cable. BGP and OSPF may lead anywhere. */
const physical: readonly string[] = ["lldp", "cdp", "fdb", "stp", "manual"];

const none = {
  ...{ remote_ip: "", remote_port: "", remote_type: "", remote_id: "", is_uplink: false, manual_topo: false },
  ...{ remote_is_wap: false, remote_is_phone: false, remote_vendor: "", remote_model: "", remote_os_ver: "" },
  remote_serial: "",
};

export type PortNeighbour = typeof none;

/**
 * @param links of one device, its own evidence
 * @returns what stands in a port's row; of a port without neighbour, too
 */
export async function portNeighbours(
  store: Store,
  links: readonly LinkRow[],
): Promise<(port: string) => PortNeighbour> {
  const known = links.flatMap(({ remote_device }) => (remote_device === null ? [] : [remote_device]));
  const devices = await store.db
    .selectFrom("device")
    .select(["id", "ip"])
    .where("id", "in", idList(store, known))
    .execute();
  const ipOf = new Map(devices.map(({ id, ip }) => [id, ip]));
  const best = new Map<string, LinkRow>();
  for (const link of links) {
    const before = best.get(link.port);
    if (physical.includes(link.protocol) && (before === undefined || order(link, before) < 0))
      best.set(link.port, link);
  }
  return (port) => {
    const link = best.get(port);
    return link ? columns(link, link.remote_device === null ? undefined : ipOf.get(link.remote_device)) : none;
  };
}

/** Who was entered by hand, then who is known, then who is most certain. */
function order(one: LinkRow, other: LinkRow): number {
  const rank = ({ protocol, remote_device }: LinkRow) =>
    (protocol === "manual" ? 0 : 2) + (remote_device === null ? 1 : 0);
  return rank(one) - rank(other) || (other.confidence ?? -1) - (one.confidence ?? -1) || one.id - other.id;
}

function columns(link: LinkRow, knownIp: string | undefined): PortNeighbour {
  const capabilities = JSON.parse(link.capabilities || "[]") as string[];
  return {
    remote_ip: knownIp ?? link.remote_ip,
    remote_port: link.remote_device_port || link.remote_port,
    remote_type: link.remote_type,
    remote_id: link.remote_id,
    is_uplink: true,
    manual_topo: link.protocol === "manual",
    remote_is_wap: capabilities.includes("wlanAccessPoint"),
    remote_is_phone: capabilities.includes("telephone"),
    remote_vendor: link.remote_vendor,
    remote_model: link.remote_model,
    remote_os_ver: link.remote_os_ver,
    remote_serial: link.remote_serial,
  };
}
