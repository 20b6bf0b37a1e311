/** What `up` or `down` would do: the plan over all that it is about, as `ip` lines. Nothing is done, and no lock is needed. */
import type { Settings } from "../config/keys.ts";
import { formerInForce, type UpOptions, type UpResult } from "../console/interfaces/control.ts";
import { Problem } from "../problem.ts";
import { Engine } from "./engine.ts";
import { chosenDown, chosenUp } from "./expand.ts";
import { handlers } from "./handlers/table.ts";
import { worldHere } from "./here/world.ts";
import { type Configuration, type Diagnostic, refusal, type Stanza, stanzasOf } from "./interfaces/configuration.ts";
import { matches } from "./interfaces/glob.ts";
import { ipText } from "./kernel/ip-line.ts";
import { survey } from "./methods/survey.ts";
import { wantedOf } from "./methods/wanted-of.ts";
import { needsOf } from "./plan/graph.ts";
import { transaction } from "./plan/transaction.ts";
import { nothing, type Wanted } from "./plan/wanted.ts";
import { scriptLines } from "./script-runs.ts";
import { howOf } from "./several.ts";
import { withLeases } from "./with-leases.ts";
import type { ScriptPhase } from "./world.ts";

export type Rehearsed = UpResult & { steps: string[] };

/** @throws Problem `config` for what is refused, `not-found` */
export async function rehearse(verb: "up" | "down", options: UpOptions, settings: Settings): Promise<Rehearsed> {
  const world = await worldHere(settings, { stays: false, only: "look" });
  try {
    const engine = new Engine(world, handlers);
    await world.kernel.refresh();
    await engine.readFirst();
    engine.confirmation.recover();
    return rehearsed(engine, verb, options);
  } finally {
    world.kernel.close();
  }
}

/** … in this world, of which nothing is changed. Scripts of mappings do not run: a line tells of each. */
export function rehearsed(engine: Engine, verb: "up" | "down", options: UpOptions): Rehearsed {
  return verb === "up" ? up(engine, options) : down(engine, options);
}

function up(engine: Engine, options: UpOptions): Rehearsed {
  const { context, configuration, records } = engine;
  const all = survey(context);
  const wanted = new Map<string, Wanted>();
  const logicals = new Map<string, string>();
  const lines: string[] = [];
  const add = (name: string, logical: string, by: string) => {
    if (wanted.has(name)) return;
    const mapping = options.mappings !== false && !records.has(name) && mappingOf(configuration, name, logical);
    if (mapping) lines.push(`# ${name}: ${mapping} may say another name than ${logical}; it does not run now`);
    const stanzas = stanzasOf(configuration, logical);
    if (stanzas.length === 0) {
      if (by !== "" && engine.link(name)) return;
      throw new Problem(
        "not-found",
        `${by ? `${by} needs ${name}: ` : ""}the configuration has no stanza for ${logical}${
          mapping ? `, and ${mapping}, which says another name, does not run now: ${name}=NAME gives it` : ""
        }`,
      );
    }
    const { wanted: mine, diagnostics } = wantedOf(name, stanzas, context);
    const isError = ({ severity }: Diagnostic) => severity === "error";
    const wrong =
      refusal(configuration, logical) ??
      diagnostics.find(isError) ??
      all.diagnostics.find((one) => isError(one) && one.refuses.includes(logical));
    if (wrong) throw new Problem("config", `${name}: ${wrong.message}`, { detail: { at: wrong.at } });
    for (const { to } of needsOf(mine)) add(to, records.get(to)?.logical ?? to, name);
    logicals.set(name, logical);
    wanted.set(name, withLeases(mine, stanzas, records.get(name)?.leases ?? [], engine.now));
    for (const { family, method } of mine.dynamic) lines.push(`# ${name}: ${method} for IPv${family}`);
    lines.push(...scripts(engine, { iface: name, logical, class: "" }, stanzas, ["pre-up", "up"], options));
  };
  const chosen = chosenUp(engine, options);
  for (const { physical, logical } of chosen) add(physical, logical ?? records.get(physical)?.logical ?? physical, "");
  return result(engine, [...wanted.values()], lines, logicals);
}

/** Script of the first mapping that fits; "": none does. */
function mappingOf({ mappings }: Configuration, name: string, logical: string): string {
  const fits = mappings.find(({ patterns }) => patterns.some((pattern) => matches(pattern, logical)));
  return fits && name !== "lo" ? fits.script : "";
}

function down(engine: Engine, options: UpOptions): Rehearsed {
  const chosen = chosenDown(engine, options).filter(({ physical }) => engine.records.has(physical));
  return result(
    engine,
    chosen.map(({ physical }) => nothing(physical)),
    chosen.flatMap(({ physical }) => {
      const record = engine.records.get(physical);
      if (!record) return [];
      const about = { iface: physical, logical: record.logical, class: record.class };
      return scripts(engine, about, record.stanzas, ["down", "post-down"], options);
    }),
  );
}

function result(
  engine: Engine,
  wanted: Wanted[],
  lines: string[],
  logicals: ReadonlyMap<string, string> = new Map(),
): Rehearsed {
  const plan = transaction(wanted, engine.ground);
  const { rolledBack } = engine.confirmation;
  return {
    event: 0,
    interfaces: wanted.map(({ name }) => {
      const logical = logicals.get(name) ?? engine.records.get(name)?.logical ?? name;
      return { name, logical, outcome: "done", reason: "nothing was done" };
    }),
    steps: [
      ...(rolledBack ? [`# ${formerInForce(rolledBack)}`] : []),
      ...plan.notices.map(({ iface, text }) => `# ${iface}: ${text}`),
      ...plan.steps.map(({ step }) => ipText(step)),
      ...lines,
    ],
  };
}

function scripts(
  engine: Engine,
  about: { iface: string; logical: string; class: string },
  stanzas: readonly Stanza[],
  phases: readonly ScriptPhase[],
  options: UpOptions,
): string[] {
  if (options.scripts === false) return [];
  return phases.flatMap((phase) =>
    scriptLines(engine, about, stanzas, phase, howOf(options)).map((line) => `# ${line}`),
  );
}
