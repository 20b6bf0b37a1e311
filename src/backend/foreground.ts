/** Jobs done at once, in this process, for a person who waits: `reeve backend do`. */
import { Problem } from "../problem.ts";
import type { JobRequest, Outcome, Tools } from "./action.ts";
import { eachAtATime } from "./each.ts";
import { actionNamed, checkRequest, perform, stagesFor } from "./perform.ts";

export interface Wanted {
  action: string;
  stage: string;
}

export interface Ended extends Outcome {
  action: string;
  stage: string;
  device: string;
  /** Milliseconds. */
  took: number;
}

/**
 * `discover,macsuck` or `discover::neighbors` → actions with stages.
 * @throws Problem `usage`
 */
export function parseActions(words: readonly string[]): Wanted[] {
  const wanted = words.flatMap((word) => word.split(",")).filter(Boolean);
  return wanted.map((word) => {
    const [action = "", stage = "", ...more] = word.split("::");
    const known = actionNamed(action);
    if (more.length > 0 || word.endsWith("::")) throw new Problem("usage", `${word} is no ACTION or ACTION::STAGE`);
    stagesFor(known, stage);
    return { action, stage };
  });
}

export type Common = Omit<JobRequest, "action" | "stage" | "device">;

/**
 * Every request, in the order in which they would be queued: device by device, its actions in the order given.
 * @throws Problem `usage` for one that cannot be done: nothing is begun then
 */
export function requestsFor(wanted: readonly Wanted[], devices: readonly string[], common: Common): JobRequest[][] {
  const once = wanted.filter(({ action }) => actionNamed(action).wants === "nothing");
  const each = wanted.filter((one) => !once.includes(one));
  if (each.length > 0 && devices.length === 0) throw new Problem("usage", `${each[0]?.action} wants a device (-d)`);
  const groups = [
    ...once.map((one) => [{ ...common, ...one, device: devices[0] ?? "" }]),
    ...(each.length > 0 ? devices.map((device) => each.map((one) => ({ ...common, ...one, device }))) : []),
  ];
  // The first device's stand for all.
  for (const request of groups.slice(0, once.length + 1).flat()) checkRequest(request);
  return groups;
}

/** @param told as each one ends */
export async function runRequests(
  groups: readonly (readonly JobRequest[])[],
  tools: Tools,
  atATime: number,
  signal: AbortSignal,
  told: (ended: Ended) => void,
): Promise<Ended[]> {
  const all: Ended[] = [];
  await eachAtATime(atATime, groups, async (group) => {
    for (const request of group) {
      const begun = performance.now();
      const outcome = await perform(request, tools, signal);
      const { action, stage, device } = request;
      const ended = { action, stage, device, ...outcome, took: Math.round(performance.now() - begun) };
      all.push(ended);
      told(ended);
      // Its next action would only wait for the same silence.
      if (outcome.status === "defer") break;
    }
  });
  return all;
}
