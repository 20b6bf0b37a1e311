/** Ports of a bond or bridge: what each shall be like. */
import { type Option, option } from "../interfaces/configuration.ts";
import type { BridgeVlan, LinkData } from "../kernel/state.ts";
import type { LinkSettings } from "../kernel/step.ts";
import type { Draft } from "../methods/draft.ts";
import type { WantedLink } from "../plan/wanted.ts";
import { isOther, vlanName } from "./vlan.ts";

export interface PortVlans {
  vlans: readonly BridgeVlan[];
  vlansOnly: boolean;
}

/** @param settings of ports without stanzas, beside being up */
export function addPorts(
  kind: "bond" | "bridge",
  names: readonly { name: string; by: Option }[],
  data: ReadonlyMap<string, LinkData>,
  draft: Draft,
  settings: LinkSettings = {},
  vlansOf: (name: string) => PortVlans = () => ({ vlans: [], vlansOnly: false }),
): void {
  for (const { name, by } of names) {
    const stanzas = draft.context.stanzas.get(name) ?? [];
    const own = stanzas.length > 0;
    const joins = kind === "bond" && stanzas.some((each) => option(each, "bond-master")?.value.trim() === draft.device);
    const link = own ? undefined : impliedLink(name, draft);
    draft.wanted.ports.push({
      is: {
        name,
        own,
        joins,
        ...(link && { link }),
        settings: own ? {} : { up: true, ...settings },
        data: data.get(name) ?? {},
        ...vlansOf(name),
      },
      at: by.at,
      from: "configuration",
    });
  }
}

/** `bridge_ports eth0.5` makes the VLAN, as bridge-utils does. */
function impliedLink(name: string, draft: Draft): WantedLink | undefined {
  const vlan = vlanName(name);
  if (!vlan || isOther(name, draft) || !(Number(vlan.id) >= 1 && Number(vlan.id) <= 4094)) return undefined;
  return { kind: "vlan", lower: vlan.lower, peer: "", data: { id: Number(vlan.id) } };
}
