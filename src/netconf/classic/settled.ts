/** What a stanza's options are once its method of ifupdown 0.8.41 has changed and completed them. */
import type { Stanza } from "../interfaces/configuration.ts";
import { loopback } from "./definitions.ts";
import type { Method } from "./method.ts";
import { methods } from "./methods.ts";
import { Variables } from "./variables.ts";

/** The options of a stanza, those of the command line among them, as its method changes and completes them. */
export function settled(
  physical: string,
  stanza: Stanza,
  options: readonly (readonly [name: string, value: string])[],
): Variables {
  const variables = new Variables(physical, stanza);
  const { defaults = {}, settle = [] } = methodOf(stanza);
  for (const [name, value] of Object.entries(defaults)) if (!variables.has(name)) variables.set(name, value);
  for (const [name, value] of options) {
    if (value === "") variables.remove(name);
    else variables.set(name, value);
  }
  for (const change of settle) change(variables);
  return variables;
}

export function methodOf(stanza: Stanza): Method {
  const { family, method } = stanza;
  // The link itself is all there is of it.
  if (stanza === loopback) return { up: [], down: [] };
  const known = family === "" || family === "link" ? undefined : methods[family][method];
  return known ?? { up: [], down: [] };
}
