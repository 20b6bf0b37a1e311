/** Does one job: the stages of its action, phase by phase. */
import { Problem } from "../problem.ts";
import {
  type Action,
  type JobContext,
  type JobRequest,
  type Outcome,
  phases,
  type Stage,
  type Tools,
} from "./action.ts";
import { actions } from "./actions.ts";

/**
 * @throws Problem `usage` for an action or stage that is not there, `cancelled` when `signal` fires; whatever else goes
 * wrong is the outcome.
 */
export async function perform(request: JobRequest, tools: Tools, signal: AbortSignal): Promise<Outcome> {
  const action = actionNamed(request.action);
  const site = tools.siteStages?.get(action.name) ?? [];
  return performAction({ ...action, stages: [...action.stages, ...site] }, request, tools, signal);
}

export async function performAction(
  action: Action,
  request: JobRequest,
  tools: Tools,
  signal: AbortSignal,
): Promise<Outcome> {
  const chosen = stagesFor(action, request.stage);
  checkWants(action, request);
  const context: JobContext = { ...tools, request, signal };
  const state = action.state();
  let last: Outcome = { status: "done", message: `${request.action} done` };
  try {
    for (const phase of phases) {
      const stages = chosen.filter((stage) => stage.phase === phase);
      // What is done is done, also if it was to be broken off in the last moment.
      if (stages.length === 0) continue;
      const objects = phase === "main" && action.read ? stages.flatMap((stage) => stage.objects?.(state) ?? []) : [];
      signal.throwIfAborted();
      if (objects.length > 0) {
        const outcome = await action.read?.(context, state, objects);
        if (outcome && outcome.status !== "done") return outcome;
      }
      for (const stage of stages) {
        signal.throwIfAborted();
        const outcome = await stage.run(context, state);
        if (outcome && outcome.status !== "done" && !outcome.partial) return outcome;
        if (!last.partial) last = outcome ?? last;
      }
    }
    return last;
  } catch (error) {
    return outcomeOf(error, signal);
  } finally {
    action.end?.(state);
  }
}

/** @throws Problem `usage` */
export function actionNamed(name: string): Action {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action) return action;
  throw new Problem("usage", `there is no action ${name}; known: ${Object.keys(actions).sort().join(", ")}`);
}

/**
 * All stages, or the one asked for with what it needs; checks always belong to it, and to what reads also what stores,
 * with what that needs: a device stored without what it says of itself would not be known again.
 */
export function stagesFor(action: Action, name: string): Stage<unknown>[] {
  if (name === "") return [...action.stages];
  const byName = new Map(action.stages.map((stage) => [stage.name, stage]));
  if (!byName.has(name)) {
    throw new Problem("usage", `${action.name} has no stage ${name}; known: ${[...byName.keys()].join(", ")}`);
  }
  const wanted = new Set<string>();
  const want = (stage: string) => {
    if (wanted.has(stage)) return;
    wanted.add(stage);
    for (const needed of byName.get(stage)?.needs ?? []) want(needed);
  };
  want(name);
  const reads = byName.get(name)?.phase === "main" || byName.get(name)?.phase === "user";
  if (reads) for (const { name: stage, phase } of action.stages) if (phase === "store") want(stage);
  return action.stages.filter(({ name: stage, phase }) => wanted.has(stage) || phase === "check");
}

/**
 * May it be begun, or queued?
 * @throws Problem `usage` for an action or stage that is not there, or without what it wants
 */
export function checkRequest(request: Pick<JobRequest, "action" | "stage" | "device" | "port" | "extra">): void {
  const action = actionNamed(request.action);
  stagesFor(action, request.stage);
  checkWants(action, request);
}

function checkWants({ name, wants, extra }: Action, request: Pick<JobRequest, "device" | "port" | "extra">): void {
  if (wants !== "nothing" && request.device === "") throw new Problem("usage", `${name} wants a device (-d)`);
  if (wants === "port" && request.port === "") throw new Problem("usage", `${name} wants a port (-p)`);
  if (extra?.startsWith("required: ") && request.extra === "") {
    throw new Problem("usage", `${name} wants -e: ${extra.slice("required: ".length)}`);
  }
}

/** A device that does not answer is tried again later; all else is an error that says what went wrong. */
function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) throw signal.reason instanceof Problem ? signal.reason : new Problem("cancelled", "cancelled");
  const problem = Problem.from(error);
  if (problem.code === "unavailable" || problem.code === "timeout")
    return { status: "defer", message: problem.message };
  if (problem.code === "internal") throw problem;
  return { status: "error", message: problem.message };
}
