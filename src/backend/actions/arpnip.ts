/** arpnip: which address is bound to which MAC address, as routers know it. */
import { saveDns } from "../../store/device-part.ts";
import { saveBindings } from "../../store/node-ip.ts";
import type { Action, Outcome } from "../action.ts";
import { type BindingsPart, bindingContextObjects, bindingContexts, bindings, bindingsObjects } from "../device/arp.ts";
import { reverseNames } from "../dns.ts";
import { connectPortVisit, namesObjects, naming, newPortVisit, type PortVisit } from "../port-visit.ts";
import { traceRows } from "../trace.ts";
import { allowedStage, hookStage, readContexts, sightingsOutcome, visiting } from "../visit.ts";

interface Arpnip extends PortVisit {
  part?: BindingsPart;
}

export const arpnip: Action<Arpnip> = {
  name: "arpnip",
  help: "reads ARP and neighbour tables: which IP address has which MAC address",
  wants: "device",
  state: newPortVisit,
  ...visiting,
  stages: [
    allowedStage("arpnip"),
    {
      name: "connect",
      phase: "early",
      help: "finds the credential that answers",
      run: connectPortVisit,
    },
    {
      name: "nodes",
      phase: "main",
      help: "ARP and neighbour discovery, IPv4 and IPv6, in each VRF",
      needs: ["connect"],
      objects: (state) => [...namesObjects(state), ...bindingsObjects(state.about)],
      async run(context, state): Promise<undefined> {
        const { names, complete, reason } = naming(state);
        const { tables, about } = state;
        const wanted = bindingContexts(tables, about);
        const contexts = await readContexts(context, state, wanted, bindingContextObjects(about));
        const part = bindings(tables, about, names, contexts);
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
        traceRows(context, { node_ip: part.rows });
        await saveBindings(context.store, known.id, part, now);
        const silent = part.incompleteVrfs.length > 0 ? `; not read: VRF ${part.incompleteVrfs.join(", ")}` : "";
        const text = `${part.rows.length} addresses${silent}`;
        return sightingsOutcome(text, part);
      },
    },
    {
      name: "dns",
      phase: "late",
      help: "names of the addresses that were seen",
      needs: ["rows"],
      async run({ store, options, signal, dryRun }, { part }): Promise<undefined> {
        if (dryRun || !part || !options.settings["backend.dns"]) return;
        const addresses = part.rows.map(({ ip }) => ip);
        await saveDns(store, (await reverseNames(addresses, signal)).names);
      },
    },
    hookStage("arpnip", ({ part }) => ({ addresses: part?.rows.length ?? 0, complete: part?.complete ?? false })),
  ],
};

/** Where names of ports are missing, an address at a port without one has not moved: nothing is known of it. */
function named(part: BindingsPart, reason = "names of ports were cut off"): BindingsPart {
  const rows = part.rows.filter(({ port }) => port !== "");
  return { ...part, rows, complete: false, reason: part.reason ?? reason, incompleteVrfs: [] };
}
