/** All that is wrong with what is configured: with the text itself, with what each interface wants, with the policy. */
import type { Configuration, Diagnostic } from "./interfaces/configuration.ts";
import { contextOf } from "./methods/context.ts";
import { survey } from "./methods/survey.ts";
import type { Policy } from "./policy/policy.ts";

/** What can be a device: other names of stanzas are for mappings only. */
const physical = /^[^\s/]{1,15}$/;

/** In the order of files and lines, each once. */
export function diagnosticsOf(
  configuration: Configuration,
  policy: Policy,
  rest: { tables: ReadonlyMap<string, number>; seed: string },
): readonly Diagnostic[] {
  const stanzas = configuration.stanzas.filter(({ name }) => physical.test(name));
  const { diagnostics } = survey(contextOf({ ...configuration, stanzas }, rest));
  const all = new Map<string, Diagnostic>();
  for (const one of [...configuration.diagnostics, ...diagnostics, ...policy.diagnostics]) {
    const key = `${one.at.file}:${one.at.line}:${one.at.column} ${one.message}`;
    if (!all.has(key)) all.set(key, one);
  }
  const files = [...configuration.files];
  return [...all.values()].sort(
    ({ at: a }, { at: b }) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
