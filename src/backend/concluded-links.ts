/** Links that were concluded, not told: as rows of the store, with new ones and ended ones as events. */
import type { Evidence } from "../network/link.ts";
import { type LinkEvidence, type LinkRow, writeLinks } from "../store/link.ts";
import { listLinks } from "../store/link-list.ts";
import { appendEvents } from "../store/network-event.ts";
import type { Store } from "../store/store.ts";

/** What LLDP, CDP or a person say with less confidence than this is no ground to pass a port over, hundredths. */
const certain = 50;
/** Devices whose links are written in one transaction. */
const atOnce = 100;

/** Links that are known from elsewhere with certainty. */
export async function certainLinks(store: Store): Promise<LinkRow[]> {
  const rows = await listLinks(store, { protocols: ["lldp", "cdp", "manual"] });
  return rows.filter(({ confidence }) => (confidence ?? 0) >= certain);
}

/** What is told of the other end. */
interface KnownEnd {
  ip: string;
  name: string;
  mac: string | null;
}

/**
 * Writes what has changed, ends what is concluded no more.
 * @param devices all that there are
 * @param untouched devices whose links stay as they are
 * @throws Problem `cancelled`
 */
export async function writeConcluded(
  store: Store,
  protocol: "fdb" | "arp",
  found: readonly Evidence[],
  devices: ReadonlyMap<number, KnownEnd>,
  untouched: ReadonlySet<number>,
  now: number,
  signal: AbortSignal,
): Promise<{ added: number; gone: number }> {
  const before = await listLinks(store, { protocols: [protocol] });
  const byDevice = Map.groupBy(found, ({ device }) => device);
  const wanted = new Set([...byDevice.keys(), ...before.map(({ device }) => device)]);
  const ids = [...wanted].filter((id) => !untouched.has(id) && devices.has(id)).toSorted((a, b) => a - b);
  let [added, gone] = [0, 0];
  for (let from = 0; from < ids.length; from += atOnce) {
    signal.throwIfAborted();
    const events = await store.transaction(async (transaction) => {
      const all = [];
      for (const id of ids.slice(from, from + atOnce)) {
        const rows = (byDevice.get(id) ?? []).map((evidence) => linkEvidence(evidence, devices));
        all.push(...(await writeLinks(transaction, id, protocol, { rows, complete: true }, now)));
      }
      await appendEvents(transaction, all);
      return all;
    });
    added += events.filter(({ kind }) => kind === "link-new").length;
    gone += events.filter(({ kind }) => kind === "link-gone").length;
  }
  return { added, gone };
}

function linkEvidence(evidence: Evidence, devices: ReadonlyMap<number, KnownEnd>): LinkEvidence {
  const { port, remoteDevice = 0, remotePort = "", confidence, reason } = evidence;
  const remote = devices.get(remoteDevice);
  return {
    local_port: port,
    remote_ip: remote?.ip ?? "",
    remote_port: remotePort,
    remote_id: remote?.mac ?? "",
    remote_id_kind: remote?.mac ? "mac" : "text",
    remote_name: remote?.name ?? "",
    resolution: {
      remote_device: remoteDevice,
      remote_device_port: remotePort,
      confidence: Math.round(confidence * 100),
      reason: reason.slice(0, 1000),
    },
  };
}
