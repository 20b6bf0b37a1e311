/** topology: links of devices that speak neither LLDP nor CDP, out of what all forwarding and ARP tables say together. */
import type { Action, Outcome } from "../action.ts";
import { concludeArpLinks } from "../arp-links.ts";
import { concludeTopology, type Topology } from "../topology.ts";

export const topology: Action<undefined> = {
  name: "topology",
  help: "concludes links from the forwarding and ARP tables of all devices, where no protocol tells of them",
  wants: "nothing",
  state: () => undefined,
  stages: [
    {
      name: "links",
      phase: "store",
      help: "reads what macsuck and arpnip have stored, writes links with confidence and reason, ends those concluded no more",
      async run({ store, signal }): Promise<Outcome> {
        const now = Date.now();
        const found = await concludeTopology(store, now, signal);
        const arp = await concludeArpLinks(store, now, signal);
        const text = `${summary(found)}; ${arp.links} by ARP tables, ${arp.added} new, ${arp.gone} gone`;
        if (found.left.length === 0) return { status: "done", message: text };
        const sizes = found.left
          .slice(0, 5)
          .map(({ devices, sightings }) => `${devices} devices with ${sightings} sightings`)
          .join(", ");
        const message = `${text}; too large to be concluded, their links were left as they are: ${sizes}`;
        return { status: "error", partial: true, message };
      },
    },
  ],
};

function summary({ devices, domains, links, added, gone }: Topology): string {
  const where = `${devices} devices in ${domains} broadcast ${domains === 1 ? "domain" : "domains"}`;
  return `${links} ${links === 1 ? "link" : "links"} by forwarding tables, ${added} new, ${gone} gone (${where})`;
}
