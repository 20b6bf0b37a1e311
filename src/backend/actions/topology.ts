/** topology: links of switches that speak neither LLDP nor CDP, out of what all forwarding tables say together. */
import type { Action, Outcome } from "../action.ts";
import { concludeTopology, type Topology } from "../topology.ts";

export const topology: Action<undefined> = {
  name: "topology",
  help: "concludes links from the forwarding tables of all devices, where no protocol tells of them",
  wants: "nothing",
  state: () => undefined,
  stages: [
    {
      name: "links",
      phase: "store",
      help: "reads what macsuck has stored, writes links with confidence and reason, ends those concluded no more",
      async run({ store, signal }): Promise<Outcome> {
        const found = await concludeTopology(store, Date.now(), signal);
        if (found.left.length === 0) return { status: "done", message: summary(found) };
        const sizes = found.left
          .slice(0, 5)
          .map(({ devices, sightings }) => `${devices} devices with ${sightings} sightings`)
          .join(", ");
        const message = `${summary(found)}; too large to be concluded, their links were left as they are: ${sizes}`;
        return { status: "error", partial: true, message };
      },
    },
  ],
};

function summary({ devices, domains, links, added, gone }: Topology): string {
  const where = `${devices} devices in ${domains} broadcast ${domains === 1 ? "domain" : "domains"}`;
  return `${links} ${links === 1 ? "link" : "links"} by forwarding tables, ${added} new, ${gone} gone (${where})`;
}
