/** What the stanzas of an interface are once the policy has been asked. */
import type { Engine } from "./engine.ts";
import { type Configuration, type Stanza, saySame, stanzasOf } from "./interfaces/configuration.ts";
import { firstWay, stanzaOf } from "./policy/policy.ts";

/**
 * As the configuration has it now, with what the policy begins with, or has put in place of a method that failed, as long as
 * the configuration says of it what it said then. Empty: it says nothing of that interface.
 */
export function inForce(
  { policy, records }: Pick<Engine, "policy" | "records">,
  configuration: Configuration,
  iface: string,
  logical: string,
): readonly Stanza[] {
  const said = stanzasOf(configuration, logical);
  const first = said.length > 0 ? firstWay(policy, iface) : undefined;
  const now = first && first.method !== "eni" ? [stanzaOf(first, iface)] : said;
  const then = records.get(iface)?.stanzas ?? [];
  return now.map((stanza, at) => {
    const replaced = then[at]?.insteadOf;
    return replaced && saySame([replaced], [stanza]) ? then[at]! : stanza;
  });
}
