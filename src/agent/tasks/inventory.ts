/** `agent task inventory`: what this machine is, as one document. */
import type { InventoryDocument } from "../../inventory/document.ts";
import { version } from "../../version.ts";
import { collect } from "../inventory/collect.ts";
import { systemReader } from "../inventory/reader.ts";
import type { InventoryTask } from "../task.ts";

export async function inventory({ identity, tag }: InventoryTask, signal: AbortSignal): Promise<InventoryDocument> {
  const { sections, incomplete } = await collect(systemReader(signal), { signal });
  return {
    ...identity,
    ...(tag === "" ? {} : { tag }),
    agent: `Reeve_v${version}`,
    collected: Date.now(),
    sections,
    incomplete,
  };
}
