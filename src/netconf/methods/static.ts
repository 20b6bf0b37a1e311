/** `static`, for both families, as ifupdown's inet.defn and inet6.defn say it. */
import { option, type Stanza } from "../interfaces/configuration.ts";
import { addAddresses, addGateways, classic } from "./addresses.ts";
import { addAdvertisements, waitOf } from "./device.ts";
import type { Draft } from "./draft.ts";
import { tableOf } from "./table.ts";

export function static4(stanza: Stanza, draft: Draft): void {
  addStatic(stanza, draft, 4);
}

/** With a gateway of its own it takes none from advertisements unless told to, and no addresses either way. */
export function static6(stanza: Stanza, draft: Draft): void {
  addStatic(stanza, draft, 6);
  addAdvertisements(stanza, draft, { acceptRa: option(stanza, "gateway") ? 0 : undefined, autoconf: 0 });
  draft.wanted.waits.dad = Math.max(draft.wanted.waits.dad, waitOf(stanza, draft, "dad"));
}

function addStatic(stanza: Stanza, draft: Draft, family: 4 | 6): void {
  draft.up(stanza.at);
  if (!option(stanza, "address")) {
    const example = family === 4 ? "192.0.2.1/24" : "2001:db8::1/64";
    draft.error(stanza.at, `${draft.name} has no address: method static needs one, like address ${example}`);
  }
  addAddresses(stanza, draft, classic(family));
  addGateways(stanza, draft, { family, metric: 0, onlink: true, table: tableOf(stanza, draft) });
}
