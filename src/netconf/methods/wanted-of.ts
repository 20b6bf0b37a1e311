/**
 * From stanzas to what the interface shall be like. Pure: the same stanzas and context give the same, and are read once
 * unless it goes by the links that there are.
 */
import { isCommand } from "../classic/variables.ts";
import type { Option, Stanza } from "../interfaces/configuration.ts";
import { allOptions, optionKey } from "../interfaces/configuration.ts";
import { addLink } from "../links/link.ts";
import type { Context, Known } from "./context.ts";
import { addDeviceOptions } from "./device.ts";
import { addDns } from "./dns.ts";
import { Draft } from "./draft.ts";
import { addEthtool } from "./ethtool.ts";
import { addNearMisses, knownOptions } from "./known.ts";
import { methods } from "./methods.ts";
import { addRoutes } from "./route.ts";
import { addRules } from "./rule.ts";
import { device, text, words } from "./value.ts";

/**
 * @param name physical name; `eth0:1` for an alias
 * @param written stanzas of its logical name, in order
 * @returns diagnostics at the options' own places; with an error among them nothing of it should be done
 */
export function wantedOf(name: string, written: readonly Stanza[], context: Context): Omit<Known, "stanzas"> {
  const known = context.known.get(name);
  if (known && isSame(known.stanzas, written)) return known;
  const draft = new Draft(name, context);
  const stanzas = written.map((stanza) => withoutRemarks(stanza, draft));
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
  const { wanted, diagnostics } = draft;
  if (!draft.looked) context.known.set(name, { stanzas: [...written], wanted, diagnostics });
  return { wanted, diagnostics };
}

function isSame(some: readonly Stanza[], others: readonly Stanza[]): boolean {
  return some.length === others.length && some.every((one, at) => one === others[at]);
}

/** Any text at all, or nothing of ours. */
const free = new Set(["description", "alias", "hostname", "vendor", "client", "media"]);

/** `address 192.0.2.1/24 # office`: ifupdown's shell takes it for a comment, though interfaces(5) does not. */
function withoutRemarks(stanza: Stanza, draft: Draft): Stanza {
  const hasOne = ({ name, value }: Option) => {
    const key = optionKey(name);
    return (
      value.includes("#") && /\s#/.test(value) && knownOptions.has(key) && !isCommand({ name: key }) && !free.has(key)
    );
  };
  if (!stanza.options.some(hasOne)) return stanza;
  const options = stanza.options.map((option) => {
    if (!hasOne(option)) return option;
    draft.warning(option.at, `what follows # is left out of ${option.name}: comments have lines of their own`);
    return { ...option, value: option.value.replace(/\s+#.*/s, "") };
  });
  return { ...stanza, options };
}
