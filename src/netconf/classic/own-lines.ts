/** What Reeve would do for stanzas that the model does not know (ifupdown-ng's, without a family), as `ip` lines. */
import { Problem } from "../../problem.ts";
import { type Configuration, place, type Stanza } from "../interfaces/configuration.ts";
import { ipText } from "../kernel/ip-line.ts";
import { simulatedWorld } from "../kernel/simulated.ts";
import { contextOf } from "../methods/context.ts";
import { wantedOf } from "../methods/wanted-of.ts";
import { needsOf } from "../plan/graph.ts";
import { transaction } from "../plan/transaction.ts";
import { nothing } from "../plan/wanted.ts";

/**
 * In a kernel that has the devices the interface rests on, and nothing more.
 * @param stanzas of one logical name
 * @throws Problem `config`: a stanza is wrong; `conflict`, `not-found` as `transaction`
 */
export function ownLines(
  configuration: Configuration,
  physical: string,
  stanzas: readonly Stanza[],
  way: "up" | "down",
): string[] {
  const mapped = new Map(stanzas.map(({ name }) => [physical, name]));
  const { wanted, diagnostics } = wantedOf(physical, stanzas, contextOf(configuration, {}, mapped));
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong) throw new Problem("config", `${place(wrong.at)}: ${wrong.message}`);
  const world = simulatedWorld();
  const below = [...needsOf(wanted).map(({ to }) => to), ...wanted.ports.map(({ is }) => is.name)];
  for (const name of wanted.link ? below : [physical.replace(/:.*/, ""), ...below]) {
    if (!world.state.links.has(name)) world.appear(name);
  }
  const kernel = world.open();
  const sysctl = (key: readonly string[]) => kernel.sysctl(key);
  let { steps, owned } = transaction([wanted], { state: world.state, sysctl, owned: new Map() });
  if (way === "down") {
    world.do(...steps.map(({ step }) => step));
    ({ steps } = transaction([nothing(physical)], { state: world.state, sysctl, owned }));
  }
  const lines = steps.map(({ step }) => ipText(step));
  const dynamic = wanted.dynamic.map(({ family, method }) => `# ${physical}: ${method} for IPv${family}`);
  return way === "up" ? [...lines, ...dynamic] : [...dynamic, ...lines];
}
