/** Interfaces that nobody wants to see (`backend.ignorePorts`). */
import type { Settings } from "../config/keys.ts";
import type { PortFact } from "../network/facts.ts";
import { compilePattern, type Pattern } from "../network/pattern.ts";

const compiled = new WeakMap<Settings, Pattern[]>();

/** Does a pattern fit its name, description or type? */
export function isIgnored(
  settings: Settings,
  { port, descr, type }: Pick<PortFact, "port" | "descr" | "type">,
): boolean {
  let patterns = compiled.get(settings);
  if (!patterns) {
    patterns = settings["backend.ignorePorts"].map((source) => compilePattern(source));
    compiled.set(settings, patterns);
  }
  return patterns.some((pattern) => [port, descr, type].some((text) => pattern.test(text)));
}
