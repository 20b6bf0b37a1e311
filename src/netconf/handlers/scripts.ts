/** SCRIPTS: commands of a stanza and scripts of a hook folder, one after the other. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { Task } from "../events/task.ts";
import { environmentOf, type Step, stepsOf } from "../scripts.ts";

export async function scripts(task: Task<"SCRIPTS">, engine: Engine): Promise<Ending> {
  const run = task.parameters;
  const { phase } = run;
  task.about = ` ${phase}`;
  if (phase === "hooks") {
    const step = { what: "hooks of dhclient", program: { shell: run.shell } };
    const wrong = await runOne(task as Task, engine, step, run.env);
    return wrong === "" ? "done" : { outcome: "failed", reason: wrong };
  }
  const env = environmentOf(run, task.event.id);
  const goesOn = run.goesOn || phase === "down" || phase === "post-down";
  let failure = "";
  for (const step of stepsOf(run, run.folder ? engine.scripts(phase) : [])) {
    task.check();
    const wrong = await runOne(task as Task, engine, step, env);
    if (wrong === "") continue;
    failure ||= wrong;
    if (step.at) task.event.line ??= step.at;
    if (!goesOn) break;
    engine.say(task as Task, wrong);
  }
  return failure !== "" && !run.goesOn ? { outcome: "failed", reason: failure } : "done";
}

/** @returns what went wrong; "": nothing */
async function runOne(task: Task, engine: Engine, step: Step, env: Readonly<Record<string, string>>): Promise<string> {
  const { what, program, at } = step;
  const ran = { what, status: null as number | null, ...(at ? { at } : {}) };
  task.event.ran.push(ran);
  const { signal } = task;
  ran.status = await engine.world.programs.run(program, {
    env,
    signal,
    onLine: (line, on) => engine.say(task, line, on),
  });
  if (ran.status === 0) return "";
  return `${what.length > 100 ? `${what.slice(0, 99)}…` : what}: ${
    ran.status === null ? "ended by a signal" : `exit status ${ran.status}`
  }`;
}
