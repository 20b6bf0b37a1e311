/** Veth pairs: `link-type veth` and `veth-peer-name` (ifupdown-ng). */
import { option } from "../interfaces/configuration.ts";
import type { Draft } from "../methods/draft.ts";
import { relationsOf } from "../methods/relations.ts";
import { device } from "../methods/value.ts";
import type { Options } from "./data.ts";

export const vethOptions = ["veth-peer-name"];

/** Of two stanzas that name each other, the first makes the pair. */
export function addVeth(options: Options, draft: Draft): void {
  const given = option(options, "veth-peer-name");
  const peer = draft.read(given, device) ?? "";
  if (peerOwner(draft) !== peer || !peer) draft.link("veth", given?.at ?? options.at, { peer });
}

/** The interface whose stanza makes this one as its other end. */
export function peerOwner({ context, device }: Draft): string | undefined {
  return relationsOf(context).makers.get(device);
}
