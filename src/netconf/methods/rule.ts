/** `rule from 192.0.2.0/24 lookup 10`: the words of ip-rule(8). */
import { allOptions, type Stanza } from "../interfaces/configuration.ts";
import { networkOf } from "../kernel/prefix.ts";
import { type Family, protocols, type Rule } from "../kernel/state.ts";
import type { Draft } from "./draft.ts";
import { tableNumber } from "./table.ts";
import { device, integer, network, Unfit, words } from "./value.ts";

/** The kernel's own choice for the first rule that is added; rules of one priority are asked in their order. */
const usualPriority = 32_765;

const actions = ["blackhole", "unreachable", "prohibit", "nop"] as const;

export function addRules(stanza: Stanza, draft: Draft): void {
  for (const given of allOptions(stanza, "rule")) {
    const rules = draft.read(given, (text) => rulesOf(words(text), stanza, draft));
    for (const rule of rules ?? []) draft.rule(rule, given.at);
  }
}

/** One, or one of each family where nothing tells which. */
function rulesOf(said: string[], stanza: Stanza, draft: Draft): Rule[] {
  const left = [...said];
  const families = new Set<Family>();
  const rule: Omit<Rule, "family"> = {
    priority: usualPriority,
    ...{ from: "", to: "", iif: "", oif: "", fwmark: 0, fwmask: 0 },
    action: "nop",
    table: 0,
    l3mdev: false,
    invert: false,
    protocol: protocols.static,
  };
  let acts = false;
  const act = (action: Rule["action"], table = 0) => {
    if (acts) throw new Unfit("has more than one action");
    acts = true;
    Object.assign(rule, { action, table });
  };
  while (left.length > 0) {
    const word = left.shift()!;
    const value = () => {
      const next = left.shift();
      if (next === undefined) throw new Unfit(`there is nothing after "${word}"`);
      return next;
    };
    const named = actions.find((each) => each === word);
    if (named) act(named);
    else if (word === "-4" || word === "inet") families.add(4);
    else if (word === "-6" || word === "inet6") families.add(6);
    else if (word === "not") rule.invert = true;
    else if (word === "from" || word === "to") rule[word] = matchOf(value(), families);
    else if (word === "iif" || word === "dev") rule.iif = device(value());
    else if (word === "oif") rule.oif = device(value());
    else if (word === "fwmark") Object.assign(rule, markOf(value()));
    else if (word === "priority" || word === "pref" || word === "preference" || word === "order") {
      rule.priority = integer(1, 0xffff_ffff)(value());
    } else if (word === "lookup" || word === "table") act("lookup", tableNumber(draft.context)(value()));
    else if (word === "l3mdev") {
      act("lookup");
      rule.l3mdev = true;
    } else
      throw new Unfit(`"${word}" is no word that Reeve knows here: as "up ip rule add …" it can stand all the same`);
  }
  if (!acts) throw new Unfit("must say what to do: lookup TABLE, blackhole, unreachable or prohibit");
  if (families.size > 1) throw new Unfit("has addresses of both families");
  return familiesOf(stanza, families).map((family) => ({ family, ...rule }));
}

function familiesOf(stanza: Stanza, said: ReadonlySet<Family>): Family[] {
  if (said.size > 0) return [...said];
  return stanza.family === "inet" ? [4] : stanza.family === "inet6" ? [6] : [4, 6];
}

function matchOf(text: string, families: Set<Family>): string {
  if (text === "all" || text === "any" || text === "default") return "";
  const { family, address, prefix } = network()(text);
  families.add(family);
  return `${networkOf(address, prefix, family)}/${prefix}`;
}

/** `MARK` or `MARK/MASK`. */
function markOf(text: string): { fwmark: number; fwmask: number } {
  const [mark = "", mask = "0xffffffff", ...more] = text.split("/");
  const read = integer(0, 0xffff_ffff);
  if (more.length > 0) throw new Unfit("fwmark must be like 1 or 0x10/0xff");
  return { fwmark: read(mark), fwmask: read(mask) };
}
