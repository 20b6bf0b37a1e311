/** Whether steps have had their effect: what was asked for and is not in the state, in words. */
import {
  addressDifference,
  canonicalRoute,
  dataDifference,
  sameRoute,
  sameRule,
  settingsDifference,
} from "../../../src/netconf/kernel/compare.ts";
import { addressKey, type KernelState, routeKey } from "../../../src/netconf/kernel/state.ts";
import type { Step } from "../../../src/netconf/kernel/step.ts";

/** Of several steps to one thing, the last counts. */
export function missing(steps: readonly Step[], state: KernelState): string[] {
  return steps.flatMap((step, at) => {
    const gone = (other: Step) => other.do === "link-delete" && "name" in step && other.name === step.name;
    const later = steps.slice(at + 1).some((other) => gone(other) || objectOf(other) === objectOf(step));
    const wrong = later ? "" : effect(step, state);
    return wrong ? [`${JSON.stringify(step)}: ${wrong}`] : [];
  });
}

function objectOf(step: Step): string {
  if ("address" in step) return addressKey(step.address);
  if ("route" in step) return routeKey(canonicalRoute(step.route));
  // One host is behind one far end.
  if ("entry" in step && /^.[02468ace]:.*[1-9a-f]/.test(step.entry.address)) return step.entry.address;
  return JSON.stringify({ ...step, do: step.do.replace(/-.*/, "") });
}

function effect(step: Step, state: KernelState): string {
  const nothing = (what: object) => (Object.keys(what).length > 0 ? JSON.stringify(what) : "");
  switch (step.do) {
    case "link-add":
    case "link-set": {
      const { name = step.name, ...settings } = step.settings ?? {};
      const link = state.links.get(name);
      if (!link) return "it is not there";
      const data = step.do === "link-add" ? dataDifference(step.data, link.data) : {};
      return nothing({ ...settingsDifference(settings, link), ...data });
    }
    case "link-delete":
      return state.links.has(step.name) ? "it is there" : "";
    case "link-data":
      return nothing(dataDifference(step.data, state.links.get(step.name)?.data ?? {}));
    case "port-data":
      return nothing(dataDifference(step.data, state.links.get(step.name)?.port ?? {}));
    case "vlan-add": {
      const vlans = state.links.get(step.name)?.vlans ?? [];
      return vlans.some((vlan) => JSON.stringify(vlan) === JSON.stringify(step.vlan)) ? "" : JSON.stringify(vlans);
    }
    case "vlan-delete":
      return state.links.get(step.name)?.vlans.some(({ vlan }) => vlan === step.vlan) ? "it is there" : "";
    case "address-add": {
      const there = state.addresses.find((each) => addressKey(each) === addressKey(step.address));
      const flags = there && step.address.flags.filter((flag) => !there.flags.includes(flag));
      const protocol = there && step.address.protocol && there.protocol !== step.address.protocol;
      if (!there || flags?.length || protocol) return JSON.stringify(there ?? null);
      const difference = addressDifference(step.address, there);
      return difference === "none" ? "" : `${difference} ${JSON.stringify(there)}`;
    }
    case "address-delete":
      return state.addresses.some((each) => addressKey(each) === addressKey(step.address)) ? "it is there" : "";
    case "route-add":
      return state.routes.some((each) => sameRoute(step.route, each)) ? "" : "it is not there";
    case "route-delete":
      return state.routes.some((each) => sameRoute(step.route, each)) ? "it is there" : "";
    case "rule-add":
      return state.rules.some((each) => sameRule(step.rule, each)) ? "" : "it is not there";
    case "rule-delete":
      return state.rules.some((each) => sameRule(step.rule, each)) ? "it is there" : "";
    case "forwarding-add":
    case "forwarding-delete": {
      const there = state.forwarding.some((each) => JSON.stringify(each) === JSON.stringify(step.entry));
      return there === (step.do === "forwarding-add") ? "" : JSON.stringify(state.forwarding);
    }
    default:
      return "";
  }
}
