/** One step, done to a namespace in memory. */
import { type Forwarding, type Rule, ruleKey } from "../state.ts";
import type { Step } from "../step.ts";
import { addAddress, deleteAddress } from "./addresses.ts";
import { addLink, deleteLink, setData, setLink, setPortData } from "./links.ts";
import { type Namespace, Refusal } from "./namespace.ts";
import { addVlan, deleteVlan } from "./ports.ts";
import { addRoute, deleteRoute } from "./routes.ts";
import { inet6Down, inet6Ready, settle } from "./updown.ts";

/** @throws Refusal: what the kernel would answer. Links' carriers are settled in any case. */
export function doStep(space: Namespace, step: Step): void {
  const act = acts[step.do] as (space: Namespace, step: Step) => void;
  try {
    act(space, step);
  } finally {
    if (step.do.startsWith("link") || step.do === "sysctl") settle(space);
  }
}

type Acts = { [Kind in Step["do"]]: (space: Namespace, step: Extract<Step, { do: Kind }>) => void };

const acts: Acts = {
  "link-add": addLink,
  "link-delete": (space, { name }) => deleteLink(space, name),
  "link-set": (space, { name, settings }) => setLink(space, name, settings),
  "link-data": (space, { name, kind, data }) => setData(space, name, kind, data),
  "port-data": (space, { name, kind, data }) => setPortData(space, name, kind, data),
  "vlan-add": (space, { name, vlan, self }) => addVlan(space, name, vlan, self),
  "vlan-delete": (space, { name, vlan, self }) => deleteVlan(space, name, vlan, self),
  "address-add": (space, { address }) => addAddress(space, address),
  "address-delete": (space, { address }) => deleteAddress(space, address),
  "route-add": (space, { route, beside }) => addRoute(space, route, beside),
  "route-delete": (space, { route }) => deleteRoute(space, route),
  "rule-add": (space, { rule }) => addRule(space, rule),
  "rule-delete": (space, { rule }) => deleteRule(space, rule),
  "forwarding-add": forwarding,
  "forwarding-delete": forwarding,
  sysctl: (space, { key, value }) => setSysctl(space, key, value),
  ethtool: (space, { name, section, words: [word = "", ...values] }) => {
    space.link(name);
    space.ethtool.set(`${name} ${section} ${word}`, values.join(" "));
  },
};

function addRule(space: Namespace, rule: Rule): void {
  const key = ruleKey(rule);
  if (space.rules.some((one) => ruleKey(one) === key)) throw new Refusal("EEXIST", "File exists");
  if (rule.action === "lookup" && (rule.table === 0) !== rule.l3mdev) throw new Refusal("EINVAL", "Invalid table id");
  space.putRule(rule);
}

function deleteRule(space: Namespace, rule: Rule): void {
  const key = ruleKey(rule);
  const found = space.rules.find((one) => ruleKey(one) === key);
  if (!found) throw new Refusal("ENOENT", "No such file or directory");
  space.dropRule(found);
}

/** An address that is none or many people's has all its destinations; another has the last one that was said. */
function forwarding(space: Namespace, step: Extract<Step, { do: "forwarding-add" | "forwarding-delete" }>): void {
  const { entry } = step;
  const { kind, master } = space.link(entry.device);
  const behindPort = space.links.get(master)?.kind === "bridge";
  if (entry.destination ? kind !== "vxlan" : !behindPort) {
    throw new Refusal("EOPNOTSUPP", "Operation not supported");
  }
  const many = /^(00:){5}00$/.test(entry.address) || (Number.parseInt(entry.address.slice(0, 2), 16) & 1) === 1;
  const same = (one: Forwarding) =>
    one.device === entry.device && one.address === entry.address && one.vlan === entry.vlan;
  const found = space.forwarding.find((one) => same(one) && one.destination === entry.destination);
  const adding = step.do === "forwarding-add";
  if (adding && found) throw new Refusal("EEXIST", "File exists");
  if (!adding && !found) throw new Refusal("ENOENT", "No such file or directory");
  const kept = space.forwarding.filter((one) => one !== found && !(adding && !many && same(one)));
  space.forwarding = adding ? [...kept, entry] : kept;
  space.version++;
}

/** `all` of some is told to each (addrconf_disable_ipv6, addrconf_fixup_forwarding, devinet_sysctl_forward). */
function setSysctl(space: Namespace, key: readonly string[], value: string): void {
  space.sysctls.set(key, value);
  const [family = "", conf, device = "", name = ""] =
    key.join("/") === "ipv4/ip_forward" ? ["ipv4", "conf", "all", "forwarding"] : key;
  if (conf !== "conf") return;
  if (device === "all" && (name === "forwarding" || (family === "ipv6" && name === "disable_ipv6"))) {
    for (const each of ["default", ...space.links.keys()]) setSysctl(space, [family, conf, each, name], value);
  }
  const link = space.links.get(device);
  if (!link || family !== "ipv6") return;
  if (name === "disable_ipv6") {
    if (value.trim() === "1") inet6Down(space, link);
    else if (link.carrier && !space.ready.has(device)) inet6Ready(space, link);
  }
  if (name === "addr_gen_mode") {
    const addressGeneration = ["eui64", "none", "stable_secret", "random"][Number(value)] ?? link.addressGeneration;
    space.putLink({ ...link, addressGeneration });
  }
}
