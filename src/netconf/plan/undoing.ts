/**
 * Taking back a plan of which it is not known how far it came. A step that has left no trace is not taken back: its inverse
 * might undo what was so before.
 */
import { addressDifference, dataDifference, sameValue, settingsDifference } from "../kernel/compare.ts";
import { namespaceOf } from "../kernel/simulated.ts";
import { type Namespace, Refusal } from "../kernel/simulation/namespace.ts";
import { doStep } from "../kernel/simulation/steps.ts";
import { ruleKey } from "../kernel/state.ts";
import type { Step } from "../kernel/step.ts";
import { forwardingKey } from "./link-part.ts";
import type { Ground, Planned } from "./planned.ts";
import { routePlace } from "./planner.ts";
import { serves } from "./route-part.ts";

/** @param done so many steps are certainly done */
export function undoing(plan: readonly Planned[], done: number, { state, sysctl }: Omit<Ground, "owned">): Step[] {
  const space = namespaceOf(state, { readSysctl: sysctl });
  const back: Step[] = [];
  const tried = plan.slice(0, Math.max(done, reached(plan, space)));
  for (const [at, { step, inverse }] of [...tried.entries()].toReversed()) {
    if (at >= done && !looksDone(step, space)) continue;
    for (const one of inverse) attempt(space, one);
    back.push(...inverse);
  }
  return back;
}

/**
 * So many steps can have been done at most: up to one that makes or deletes a link, and has not. A link that is made anew
 * has what it had before: that is no trace of the steps that give it back.
 */
function reached(plan: readonly Planned[], space: Namespace): number {
  const [deleted, added] = (["link-delete", "link-add"] as const).map(
    (verb) => new Map(plan.flatMap(({ step }, at) => (step.do === verb ? [[step.name, at] as const] : []))),
  ) as [Map<string, number>, Map<string, number>];
  const first = plan.findIndex(({ step }, at) => {
    if (step.do === "link-delete") {
      const again = plan[added.get(step.name) ?? -1]?.step;
      return space.links.has(step.name) && !(again && looksDone(again, space));
    }
    if (step.do !== "link-add" || (deleted.get(step.name) ?? -1) > at) return false;
    return deleted.has(step.name) ? !space.links.has(step.name) : !looksDone(step, space);
  });
  return first < 0 ? plan.length : first;
}

function attempt(space: Namespace, step: Step): void {
  try {
    doStep(space, step);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** Whether all is as this step would have it. */
export function looksDone(step: Step, space: Namespace): boolean {
  switch (step.do) {
    case "link-add": {
      const link = space.links.get(step.name);
      const lower = step.kind === "veth" ? step.peer : step.lower;
      if (link?.kind !== step.kind || (lower !== undefined && lower !== link.lower)) return false;
      return Object.entries(step.data).every(([name, value]) => sameValue(value, link.data[name] ?? value));
    }
    case "link-delete":
      return !space.links.has(step.name);
    case "link-set": {
      const link = space.links.get(step.name);
      return link !== undefined && Object.keys(settingsDifference(step.settings, link)).length === 0;
    }
    case "link-data":
    case "port-data": {
      const there = space.links.get(step.name)?.[step.do === "link-data" ? "data" : "port"];
      return there !== undefined && Object.keys(dataDifference(step.data, there)).length === 0;
    }
    case "vlan-add": {
      const { vlan, pvid, untagged } = step.vlan;
      const there = space.links.get(step.name)?.vlans.find((one) => one.vlan === vlan);
      return there?.pvid === pvid && there.untagged === untagged;
    }
    case "vlan-delete":
      return !space.links.get(step.name)?.vlans.some(({ vlan }) => vlan === step.vlan);
    case "address-add":
      return space
        .addressesOf(step.address.device, step.address.family)
        .some((there) => addressDifference(step.address, { ...there, ...lifetimes(step.address) }) === "none");
    case "address-delete": {
      const { device, family, address, prefix } = step.address;
      return !space.addressesOf(device, family).some((one) => one.address === address && one.prefix === prefix);
    }
    case "route-add":
    case "route-delete": {
      const there = space.routes.some((one) => routePlace(one) === routePlace(step.route) && serves(one, step.route));
      return there === (step.do === "route-add");
    }
    case "rule-add":
    case "rule-delete":
      return space.rules.some((rule) => ruleKey(rule) === ruleKey(step.rule)) === (step.do === "rule-add");
    case "forwarding-add":
    case "forwarding-delete": {
      const there = space.forwarding.some((one) => forwardingKey(one) === forwardingKey(step.entry));
      return there === (step.do === "forwarding-add");
    }
    case "sysctl":
      return space.sysctls.get(step.key) === step.value;
    case "ethtool":
      return true;
  }
}

/** They run off: not by them is it told whether an address was given anew. */
function lifetimes({ valid, preferred }: { valid: number | null; preferred: number | null }) {
  return { valid, preferred };
}
