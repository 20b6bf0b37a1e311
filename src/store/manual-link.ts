/** Links that a person enters and takes away. */
import { Problem } from "../problem.ts";
import { updateRows } from "./bulk.ts";
import { getDevice } from "./device.ts";
import { type LinkEvidence, saveLinks } from "./link.ts";
import { openLinksOf } from "./link-list.ts";
import { appendEvents } from "./network-event.ts";
import type { Store } from "./store.ts";

/** A link that a person knows of. It stays until that person takes it away. */
export async function addManualLink(
  store: Store,
  ends: { device: number; port: string; remote_device: number; remote_port: string },
  now: number,
): Promise<void> {
  const [device, remote] = [await getDevice(store, ends.device), await getDevice(store, ends.remote_device)];
  if (device === undefined || remote === undefined)
    throw new Problem("not-found", "one of the two devices is not there");
  const evidence: LinkEvidence = {
    ...{ local_port: ends.port, remote_ip: remote.ip, remote_port: ends.remote_port, remote_name: remote.name },
    resolution: {
      remote_device: remote.id,
      remote_device_port: ends.remote_port,
      ...{ confidence: 100, reason: "entered by hand" },
    },
  };
  await saveLinks(store, device.id, "manual", { rows: [evidence], complete: false }, now);
}

/** Ends a link entered by hand; false when there was none. */
export async function removeManualLink(store: Store, device: number, port: string, now: number): Promise<boolean> {
  return store.transaction(async (transaction) => {
    const rows = await openLinksOf(transaction, device, port);
    const manual = rows.filter((row) => row.protocol === "manual");
    await updateRows(
      transaction,
      "link",
      manual.map(({ id }) => ({ id, open: 0, seen_to: now })),
    );
    await appendEvents(
      transaction,
      manual.map((row) => ({
        ...{ at: now, device, port, kind: "link-gone" as const },
        changes: { protocol: ["manual", null], remote_ip: [row.remote_ip, null], remote_port: [row.remote_port, null] },
      })),
    );
    return manual.length > 0;
  });
}
