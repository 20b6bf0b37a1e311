/** arpnip: which address is bound to which MAC address, as routers know it. */
import type { Tables } from "../../snmp/tables.ts";
import { saveDns } from "../../store/device-part.ts";
import { saveBindings } from "../../store/node-ip.ts";
import type { Action, JobContext, Outcome } from "../action.ts";
import { type BindingsPart, bindingContextObjects, bindingContexts, bindings, bindingsObjects } from "../device/arp.ts";
import { ports, portsObjects } from "../device/ports.ts";
import { reverseNames } from "../dns.ts";
import { eachAtATime } from "../each.ts";
import { mayArpnip } from "../permission.ts";
import { checkVisit, connectVisit, hookStage, newVisit, readTables, type Visit } from "../visit.ts";

interface Arpnip extends Visit {
  part?: BindingsPart;
}

export const arpnip: Action<Arpnip> = {
  name: "arpnip",
  help: "reads ARP and neighbour tables: which IP address has which MAC address",
  wants: "device",
  state: newVisit,
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
      async run(context, state): Promise<undefined> {
        await connectVisit(context, state);
      },
    },
    {
      name: "nodes",
      phase: "main",
      help: "ARP and neighbour discovery, IPv4 and IPv6, in each VRF",
      needs: ["connect"],
      objects: ({ about }) => [...portsObjects(about), ...bindingsObjects(about)],
      async run(context, state): Promise<undefined> {
        const { names } = ports(state.tables, state.about);
        state.part = bindings(state.tables, state.about, names, await readContexts(context, state));
      },
    },
    {
      name: "rows",
      phase: "store",
      help: "sightings as intervals, in one transaction",
      needs: ["nodes"],
      async run(context, { known, part, now }): Promise<Outcome> {
        if (!known || !part) return { status: "error", message: "nothing was read" };
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

async function readContexts(context: JobContext, state: Arpnip): Promise<Map<string, Tables>> {
  const found = new Map<string, Tables>();
  await eachAtATime(4, bindingContexts(state.tables, state.about), async ({ kind, name }) => {
    const source = state.source?.context(kind, name);
    const tables = await source?.read(bindingContextObjects(state.about), { signal: context.signal });
    if (tables) found.set(name, tables);
  });
  return found;
}
