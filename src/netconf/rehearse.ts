/** What `up` or `down` would do: the plan over all that it is about, as `ip` lines. Nothing is done, and no lock is needed. */
import type { Settings } from "../config/keys.ts";
import { formerInForce, type UpOptions, type UpResult } from "../console/interfaces/control.ts";
import { Problem } from "../problem.ts";
import { Engine } from "./engine.ts";
import { chosenDown, chosenUp } from "./expand.ts";
import { handlers } from "./handlers/table.ts";
import { worldHere } from "./here/world.ts";
import { type Stanza, stanzasOf } from "./interfaces/configuration.ts";
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

/** @property steps `ip` lines, and lines with `#` for what no line can say: leases, scripts */
export type Rehearsed = UpResult & { steps: string[] };

/** @throws Problem `config` for what is refused, `not-found` */
export async function rehearse(verb: "up" | "down", options: UpOptions, settings: Settings): Promise<Rehearsed> {
  const world = await worldHere(settings, { stays: false, only: "look" });
  try {
    const engine = new Engine(world, handlers);
    await world.kernel.refresh();
    await engine.readConfiguration();
    engine.confirmation.recover();
    return verb === "up" ? up(engine, options) : down(engine, options);
  } finally {
    world.kernel.close();
  }
}

function up(engine: Engine, options: UpOptions): Rehearsed {
  const { context, configuration, records } = engine;
  const all = survey(context);
  const wanted = new Map<string, Wanted>();
  const lines: string[] = [];
  const add = (name: string, logical: string, by: string) => {
    if (wanted.has(name)) return;
    const stanzas = stanzasOf(configuration, logical);
    if (stanzas.length === 0) {
      if (by !== "" && engine.link(name)) return;
      throw new Problem(
        "not-found",
        `${by ? `${by} needs ${name}: ` : ""}the configuration has no stanza for ${logical}`,
      );
    }
    const { wanted: mine, diagnostics } = wantedOf(name, stanzas, context);
    const wrong = [...diagnostics, ...all.diagnostics].find(
      (one) => one.severity === "error" && one.refuses.includes(name),
    );
    if (wrong) throw new Problem("config", `${name}: ${wrong.message}`, { detail: { at: wrong.at } });
    for (const { to } of needsOf(mine)) add(to, records.get(to)?.logical ?? to, name);
    wanted.set(name, withLeases(mine, stanzas, records.get(name)?.leases ?? [], engine.now));
    for (const { family, method } of mine.dynamic) lines.push(`# ${name}: ${method} for IPv${family}`);
    lines.push(...scripts(engine, { iface: name, logical, class: "" }, stanzas, ["pre-up", "up"], options));
  };
  const chosen = chosenUp(engine, options);
  for (const { physical, logical } of chosen) add(physical, logical ?? records.get(physical)?.logical ?? physical, "");
  return result(engine, [...wanted.values()], lines);
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

function result(engine: Engine, wanted: Wanted[], lines: string[]): Rehearsed {
  const plan = transaction(wanted, engine.ground);
  const { rolledBack } = engine.confirmation;
  return {
    event: 0,
    interfaces: wanted.map(({ name }) => ({ name, logical: name, outcome: "done", reason: "nothing was done" })),
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
