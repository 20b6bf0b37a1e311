/** From stanzas to what the interface shall be like. Pure: the same stanzas and context give the same. */
import type { Diagnostic, Option, Stanza } from "../interfaces/configuration.ts";
import { allOptions } from "../interfaces/configuration.ts";
import { addLink } from "../links/link.ts";
import type { Wanted } from "../plan/wanted.ts";
import type { Context } from "./context.ts";
import { addDeviceOptions } from "./device.ts";
import { addDns } from "./dns.ts";
import { Draft } from "./draft.ts";
import { addEthtool } from "./ethtool.ts";
import { addNearMisses } from "./known.ts";
import { methods } from "./methods.ts";
import { addRoutes } from "./route.ts";
import { addRules } from "./rule.ts";
import { device, text, words } from "./value.ts";

/**
 * @param name physical name; `eth0:1` for an alias
 * @param stanzas of its logical name, in order
 * @returns diagnostics at the options' own places; with an error among them nothing of it should be done
 */
export function wantedOf(
  name: string,
  stanzas: readonly Stanza[],
  context: Context,
): { wanted: Wanted; diagnostics: Diagnostic[] } {
  const draft = new Draft(name, context);
  for (const stanza of stanzas) {
    const label: Option = { name: "iface", value: name, at: stanza.at };
    draft.part(label, draft.device, device);
    if (draft.label) draft.part(label, name, text(15));
    addDeviceOptions(stanza, draft);
  }
  addLink(stanzas, draft);
  for (const stanza of stanzas) {
    const method = methods[`${stanza.family} ${stanza.method}`.trim()];
    if (method) method(stanza, draft);
    else draft.error(stanza.at, `method ${stanza.method} of family ${stanza.family} is none that Reeve does`);
    addRoutes(stanza, draft);
    addRules(stanza, draft);
    addDns(stanza, draft);
    addEthtool(stanza, draft);
    addNearMisses(stanza, draft);
    for (const { value, at } of allOptions(stanza, "requires")) draft.requires(at, ...words(value));
  }
  return { wanted: draft.wanted, diagnostics: draft.diagnostics };
}
