/** Stanzas without a family (ifupdown-ng, ifupdown2): the options tell, `use` says the rest. */
import { allOptions, type Option, optionKey, type Stanza } from "../interfaces/configuration.ts";
import { addAddresses, addGateways, familyless as manner } from "./addresses.ts";
import { addAdvertisements } from "./device.ts";
import { addDynamic } from "./dhcp.ts";
import type { Draft } from "./draft.ts";
import { tableOf } from "./table.ts";
import { words } from "./value.ts";

/** Executors whose work is done here, in `links/` or by the options of any link. */
const done = new Set([
  ...["link", "static", "loopback", "dhcp", "vlan", "bridge", "bond", "veth", "dummy", "vrf", "vxlan", "tunnel", "gre"],
  ...["forward", "ipv6-ra", "ethtool", "mpls", "point", "macvlan", "ipvlan", "ifb"],
]);

/** ifupdown-ng's metric of default routes. */
const usualMetric = 1;

export function familyless(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  const uses = allOptions(stanza, "use").flatMap((given) => words(given.value).map((word) => ({ given, word })));
  for (const { given, word } of uses) if (!done.has(word)) unknownExecutor(given, word, draft);
  addAddresses(
    stanza,
    draft,
    draft.device === "lo" ? { ...manner, prefix: (_, family) => (family === 4 ? 32 : 128) } : manner,
  );
  addGateways(stanza, draft, { metric: usualMetric, onlink: false, table: tableOf(stanza, draft) });
  const used = (word: string) => uses.some((use) => use.word === word);
  if (used("dhcp") || stanza.options.some(({ name }) => optionKey(name).startsWith("dhcp-"))) {
    addDynamic(stanza, draft, { family: 4, method: "dhcp" });
  }
  addAdvertisements(stanza, draft, used("ipv6-ra") ? { acceptRa: 1 } : {});
}

function unknownExecutor(given: Option, word: string, draft: Draft): void {
  draft.warning(given.at, `use ${word}: Reeve has no such executor, so that commands of the stanza must do its work`);
}
