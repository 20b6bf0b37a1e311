/** arpnip: which address is bound to which MAC address, as routers know it. */
import type { Tables } from "../../snmp/tables.ts";
import { saveDns } from "../../store/device-part.ts";
import { saveBindings } from "../../store/node-ip.ts";
import type { Action, JobContext, Outcome } from "../action.ts";
import { type BindingsPart, bindingContextObjects, bindingContexts, bindings, bindingsObjects } from "../device/arp.ts";
import { reverseNames } from "../dns.ts";
import { eachAtATime } from "../each.ts";
import { mayArpnip } from "../permission.ts";
import { connectPortVisit, namesObjects, naming, newPortVisit, type PortVisit } from "../port-visit.ts";
import { traceRows } from "../trace.ts";
import { checkVisit, hookStage, readTables } from "../visit.ts";

interface Arpnip extends PortVisit {
  part?: BindingsPart;
}

export const arpnip: Action<Arpnip> = {
  name: "arpnip",
  help: "reads ARP and neighbour tables: which IP address has which MAC address",
  wants: "device",
  state: newPortVisit,
  end: (state) => state.source?.close(),
  read: async (context, state, objects) => {
    await readTables(context, state, objects);
    return undefined;
  },
  stages: [
    {
      name: "allowed",
      phase: "check",
      help: "access lists, age of the last reading",
      run: (context, state) =>
        checkVisit(context, state, {
          may: (subject) => mayArpnip(context.options.settings, subject),
          minAge: context.options.settings["backend.arpnipMinAge"],
          last: (device) => device.last_arpnip,
          mustBeKnown: true,
        }),
    },
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
        const part = bindings(state.tables, state.about, names, await readContexts(context, state));
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
        if (part.complete) return { status: "done", message: text };
        return {
          status: "error",
          partial: true,
          message: `${text}; incomplete, nothing was closed: ${part.reason ?? "cut off"}`,
        };
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

async function readContexts(context: JobContext, state: Arpnip): Promise<Map<string, Tables>> {
  const found = new Map<string, Tables>();
  await eachAtATime(4, bindingContexts(state.tables, state.about), async ({ kind, name }) => {
    const source = state.source?.context(kind, name);
    const tables = await source?.read(bindingContextObjects(state.about), { signal: context.signal });
    if (tables) found.set(name, tables);
  });
  return found;
}
