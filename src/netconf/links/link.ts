/** Which link an interface is, if Reeve shall make it: the table of kinds, each in a file of its own. */
import { allOptions, option, type Stanza } from "../interfaces/configuration.ts";
import type { Draft } from "../methods/draft.ts";
import { vrfOption } from "../methods/table.ts";
import { device, words } from "../methods/value.ts";
import { addBond, isBond } from "./bond.ts";
import { addBridge, isBridge } from "./bridge.ts";
import type { Options } from "./data.ts";
import { addStacked } from "./stacked.ts";
import { addTunnel, isTunnel } from "./tunnel.ts";
import { addVeth, peerOwner } from "./veth.ts";
import { addVlan } from "./vlan.ts";
import { addVrf, isVrf } from "./vrf.ts";
import { addVxlan, isVxlan } from "./vxlan.ts";

interface LinkKind {
  /** Words of `link-type` and `use` that mean it. */
  called: readonly string[];
  /** Without such a word, its options say so. */
  meant?(options: Options, stanzas: readonly Stanza[]): boolean;
  add(
    options: Options,
    draft: Draft,
    context: { stanzas: readonly Stanza[]; familyless: boolean; called: string },
  ): void;
}

const kinds: readonly LinkKind[] = [
  {
    called: ["bridge"],
    meant: isBridge,
    add: (options, draft, { familyless }) => addBridge(options, options.at, familyless, draft),
  },
  { called: ["bond"], meant: isBond, add: (options, draft) => addBond(options, options.at, draft) },
  { called: ["vxlan"], meant: isVxlan, add: addVxlan },
  { called: ["vrf"], meant: isVrf, add: addVrf },
  {
    called: ["tunnel", "gre"],
    meant: isTunnel,
    add: (options, draft, { stanzas }) => addTunnel(options, draft, stanzas),
  },
  { called: ["veth"], add: addVeth },
  {
    called: ["macvlan", "macvtap", "ipvlan"],
    add: (options, draft, { called }) => addStacked(called, options, draft),
  },
  { called: ["dummy", "ifb"], add: (options, draft, { called }) => draft.link(called, options.at) },
];

/** Once for an interface: `stanzas` are all of it. An alias (`eth0:1`) has none of its own. */
export function addLink(stanzas: readonly Stanza[], draft: Draft): void {
  const [first] = stanzas;
  if (!first) return;
  if (draft.label) {
    draft.requires(first.at, draft.device);
    return;
  }
  const options: Options = { options: stanzas.flatMap((stanza) => stanza.options), at: first.at };
  const familyless = stanzas.some(({ family }) => family === "");
  const found = kindsOf(options, stanzas, draft);
  if (found.length > 1) {
    const names = found.map(({ called }) => called).join(" and ");
    draft.error(options.at, `${draft.name} is asked to be ${names} at once: one of them, please`);
  } else if (found[0]) found[0].kind.add(options, draft, { stanzas, familyless, called: found[0].called });
  else addVlan(options, draft);
  addMaster(options, draft);
  const creator = peerOwner(draft);
  if (creator) draft.requires(options.at, creator);
}

function kindsOf(options: Options, stanzas: readonly Stanza[], draft: Draft): { kind: LinkKind; called: string }[] {
  const said = option(options, "link-type");
  const called = [...(said ? [said] : []), ...allOptions(options, "use")].flatMap(({ value }) => words(value));
  const found = kinds.flatMap((kind) => {
    const word =
      kind.called.find((name) => called.includes(name)) ??
      (kind.meant?.(options, stanzas) ? kind.called[0] : undefined);
    return word ? [{ kind, called: word }] : [];
  });
  const known = [...kinds.flatMap((kind) => kind.called), "vlan"];
  if (said && !known.includes(said.value.trim())) {
    draft.error(said.at, `link-type "${said.value}": must be one of ${known.join(", ")}`);
  }
  return found;
}

/** The bond or vrf that it says it is a port of. */
function addMaster(options: Options, draft: Draft): void {
  const [bond, vrf] = [option(options, "bond-master"), vrfOption(options)];
  const given = bond ?? vrf;
  if (bond && vrf) draft.error(vrf.at, `${draft.name} cannot be a port of ${bond.value} and of ${vrf.value} at once`);
  const master = given?.value.trim() === "none" ? undefined : draft.read(given, device);
  if (!given || !master) return;
  draft.set("master", master, given.at);
  draft.requires(given.at, master);
}
