/** `manual`: the link with its options, up, and nothing on it: commands and other stanzas do the rest. */
import type { Stanza } from "../interfaces/configuration.ts";
import { addressOptionsUnused } from "./addresses.ts";
import type { Draft } from "./draft.ts";

export function manual(stanza: Stanza, draft: Draft): void {
  draft.up(stanza.at);
  addressOptionsUnused(stanza, draft, ["address", "gateway", "netmask", "broadcast", "pointopoint"]);
}
