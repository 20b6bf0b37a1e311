/** VLANs that a bridge and its ports carry (`bridge-vids`, `bridge-pvid`, `bridge-access`, `bridge-allow-untagged`). */
import { option, type Position } from "../interfaces/configuration.ts";
import type { BridgeVlan } from "../kernel/state.ts";
import type { Draft } from "../methods/draft.ts";
import { relationsOf } from "../methods/relations.ts";
import { flag, integer, Unfit, words } from "../methods/value.ts";
import type { Options } from "./data.ts";
import type { PortVlans } from "./wanted-ports.ts";

const id = integer(1, 4094);
/** What the kernel gives to every port (vlan_default_pvid). */
const usual = 1;

type Placed = BridgeVlan & { at: Position };

/** Of a port, by its own stanzas, or else by its bridge's (ifupdown2; ifupdown-ng where it is compatible). */
export function vlansOf(port: string, bridge: Options, draft: Draft): PortVlans {
  const stanzas = draft.context.stanzas.get(port) ?? [];
  const own: Options = { options: stanzas.flatMap(({ options }) => options), at: stanzas[0]?.at ?? bridge.at };
  const inherited = bridge.options.filter(({ name }) => /^bridge[-_](vids|pvid)$/.test(name) && !option(own, name));
  const { vlans, vlansOnly } = carried({ ...own, options: [...inherited, ...own.options] }, draft);
  return { vlans: vlans.map(({ vlan, pvid, untagged }) => ({ vlan, pvid, untagged })), vlansOnly };
}

/** Of the bridge itself: what its options say, and every VLAN that is configured on top of it (`br0.5`). */
export function ownVlans(bridge: Options, draft: Draft): { vlans: Placed[]; vlansOnly: boolean } {
  const { vlans, vlansOnly } = carried(bridge, draft);
  const aware = option(bridge, "bridge-vlan-aware");
  if (!aware || !/^(yes|on|true|1)$/i.test(aware.value)) return { vlans, vlansOnly };
  for (const { vlan, at } of relationsOf(draft.context).above.get(draft.device) ?? []) {
    if (vlan === usual || vlans.some((each) => each.vlan === vlan)) continue;
    vlans.push({ vlan, pvid: false, untagged: false, at });
  }
  return { vlans, vlansOnly };
}

function carried(options: Options, draft: Draft): { vlans: Placed[]; vlansOnly: boolean } {
  const [access, pvid, vids] = ["bridge-access", "bridge-pvid", "bridge-vids"].map((name) => option(options, name));
  const untagged = option(options, "bridge-allow-untagged");
  if (!access && !pvid && !vids && !untagged) return { vlans: [], vlansOnly: false };
  const one = draft.read(access ?? pvid, id);
  const native = one ?? (draft.read(untagged, flag) === false ? undefined : usual);
  const vlans = new Map<number, Placed>();
  const at = (access ?? pvid ?? untagged ?? vids)!.at;
  if (native !== undefined) vlans.set(native, { vlan: native, pvid: true, untagged: true, at });
  for (const vlan of access ? [] : (draft.read(vids, list) ?? [])) {
    if (!vlans.has(vlan)) vlans.set(vlan, { vlan, pvid: false, untagged: false, at: vids!.at });
  }
  return { vlans: [...vlans.values()], vlansOnly: true };
}

/** `100 200-210`, in order, each once. */
function list(text: string): number[] {
  if (text === "none") return [];
  const found = words(text.replaceAll(",", " ")).flatMap((word) => {
    const [first = Number.NaN, last = first, ...more] = word.split("-").map(id);
    if (last < first || more.length > 0) throw new Unfit(`"${word}" must be a VLAN or a range, like 200-210`);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
  return [...new Set(found)].sort((a, b) => a - b);
}
