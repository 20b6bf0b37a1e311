/** macsuck: which MAC address is behind which port, in which VLAN. */
import { openLinksOf } from "../../store/link-list.ts";
import { appendEvents } from "../../store/network-event.ts";
import { saveForwarding } from "../../store/node.ts";
import type { Action, JobContext, Outcome } from "../action.ts";
import type { ForwardingPart } from "../device/forwarding.ts";
import { forwarding, forwardingContextObjects, forwardingContexts, forwardingObjects } from "../device/forwarding.ts";
import { connectPortVisit, namesObjects, naming, newPortVisit, type PortVisit } from "../port-visit.ts";
import { traceRows } from "../trace.ts";
import { allowedStage, hookStage, readContexts, sightingsOutcome, visiting } from "../visit.ts";

interface Macsuck extends PortVisit {
  part?: ForwardingPart;
}

export const macsuck: Action<Macsuck> = {
  name: "macsuck",
  help: "reads forwarding tables: which MAC address is behind which port",
  wants: "device",
  state: newPortVisit,
  ...visiting,
  stages: [
    allowedStage("macsuck"),
    {
      name: "connect",
      phase: "early",
      help: "finds the credential that answers",
      run: connectPortVisit,
    },
    {
      name: "nodes",
      phase: "main",
      help: "Q-BRIDGE and BRIDGE tables, in each VLAN's context where the device wants that",
      needs: ["connect"],
      objects: (state) => [...namesObjects(state), ...forwardingObjects(state.about)],
      async run(context, state): Promise<undefined> {
        const { names, complete, reason } = naming(state);
        const passed = new Set(context.options.settings["backend.macsuckNoVlan"]);
        const wanted = forwardingContexts(state.tables, state.about).filter(({ name }) => !passed.has(name));
        const contexts = await readContexts(context, state, wanted, forwardingContextObjects());
        const part = forwarding(state.tables, state.about, names, contexts);
        state.part = complete ? part : named(part, reason);
      },
    },
    {
      name: "rows",
      phase: "store",
      help: "sightings as intervals, in one transaction",
      needs: ["nodes"],
      async run(context, { known, part, now }): Promise<Outcome> {
        if (!known || !part) return { status: "error", message: "nothing was read" };
        traceRows(context, { node: part.rows });
        const { moved } = await saveForwarding(context.store, known.id, part, now);
        await noteMoves(context, known, moved, now);
        const silent = part.incompleteVlans?.length ? `; not read: VLAN ${part.incompleteVlans.join(", ")}` : "";
        const text = `${part.rows.length} MAC addresses${silent}`;
        return sightingsOutcome(text, part);
      },
    },
    hookStage("macsuck", ({ part }) => ({ nodes: part?.rows.length ?? 0, complete: part?.complete ?? false })),
  ],
};

/** A host that went from one edge port to another is an event; one seen through another uplink is none. */
async function noteMoves(
  { store }: JobContext,
  { id }: { id: number },
  moved: Awaited<ReturnType<typeof saveForwarding>>["moved"],
  at: number,
): Promise<void> {
  if (moved.length === 0) return;
  const uplinks = new Set((await openLinksOf(store, id)).map(({ port }) => port));
  const edge = moved.filter(({ from, to }) => !uplinks.has(from) && !uplinks.has(to));
  await appendEvents(
    store,
    edge.map(({ mac, vlan, from, to }) => ({
      ...{ at, device: id, port: to, kind: "moved" as const },
      changes: { mac: [mac, mac], vlan: [vlan, vlan], port: [from, to] },
    })),
  );
}

/** Where names of ports are missing, a row without one has not moved to a port without a name: nothing is known of it. */
function named(part: ForwardingPart, reason = "names of ports were cut off"): ForwardingPart {
  const rows = part.rows.filter(({ port }) => port !== "");
  return { ...part, rows, complete: false, reason: part.reason ?? reason, incompleteVlans: [] };
}
