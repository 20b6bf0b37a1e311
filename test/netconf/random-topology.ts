/** interfaces(5) with links upon links: random ones, consistent in themselves, and what the kernel must have of each. */
import type { Dice } from "./plan/random-wanted.ts";

/** Made before anything begins: what Reeve takes for hardware. */
export const cards = ["d0", "d1", "d2", "d3"];

export interface Expected {
  name: string;
  kind: string;
  master: string;
  /** `ADDRESS/PREFIX`, those of the link itself left out. */
  addresses: string[];
  /** The device below; "": none. */
  lower: string;
}

export interface Topology {
  text: string;
  expected: Expected[];
}

interface Draft extends Expected {
  words: string[];
  /** Not `auto`: it comes for those that need it. */
  left: boolean;
}

class Drawing {
  readonly drafts: Draft[] = [];
  #addresses = 0;

  add(name: string, kind: string, words: string[], lower = ""): Draft {
    const draft: Draft = { name, kind, master: "", addresses: [], lower, words, left: false };
    this.drafts.push(draft);
    return draft;
  }

  /** A network of its own each. */
  address(draft: Draft): string {
    const number = ++this.#addresses;
    const address = `10.${Math.floor(number / 200)}.${number % 200}.1`;
    draft.addresses.push(`${address}/24`);
    draft.words.push(`address ${address}/24`);
    return address;
  }

  /** Stands in others' hands: no address of its own. */
  port(names: readonly string[], master: string): void {
    for (const name of names) {
      const draft = this.drafts.find((one) => one.name === name) ?? this.add(name, "dummy", []);
      draft.master = master;
    }
  }

  /** Some of those that others need come for them alone. */
  leave(dice: Dice): void {
    const needed = new Set(this.drafts.flatMap(({ lower, master }) => [lower, master]));
    const ports = this.drafts.filter(({ master, words }) => master !== "" && !words.includes(`vrf ${master}`));
    for (const { name } of ports) needed.add(name);
    // A master comes for what says itself that it belongs to it, not for the ports that it names.
    for (const { master } of ports) needed.delete(master);
    for (const draft of this.drafts) draft.left = needed.has(draft.name) && dice.chance(0.3);
  }

  topology(): Topology {
    const text = this.drafts.map(({ name, words, addresses, left }) => {
      const method = addresses.length > 0 ? "static" : "manual";
      const lines = [
        ...(left ? [] : [`auto ${name}`]),
        `iface ${name} inet ${method}`,
        ...words.map((word) => `  ${word}`),
      ];
      return `${lines.join("\n")}\n`;
    });
    return { text: text.join("\n"), expected: this.drafts.map(({ words: _, left: _left, ...expected }) => expected) };
  }
}

/** Bond under VLAN under bridge under VRF, and tunnels between addresses of its own. */
export function tower(): Topology {
  const drawing = new Drawing();
  drawing.add("bond1", "bond", ["bond-slaves d0 d1", "bond-mode active-backup", "bond-miimon 100"]);
  drawing.port(["d0", "d1"], "bond1");
  drawing.add("bond1.10", "vlan", [], "bond1");
  const bridge = drawing.add("br1", "bridge", ["bridge_ports bond1.10 d2", "bridge_fd 0", "vrf red"]);
  drawing.port(["bond1.10", "d2"], "br1");
  drawing.add("red", "vrf", ["vrf-table 100"]);
  bridge.master = "red";
  drawing.address(bridge);
  const outer = drawing.add("d3", "dummy", []);
  tunnels(drawing, drawing.address(outer), "d3", ["gre", "ipip", "sit", "vxlan"]);
  return drawing.topology();
}

const tunnelWords: Record<string, (local: string, device: string) => string[]> = {
  gre: (local, device) => [
    `tunnel-mode gre`,
    `tunnel-local ${local}`,
    "tunnel-remote 10.250.0.1",
    `tunnel-dev ${device}`,
  ],
  ipip: (local, device) => [
    `tunnel-mode ipip`,
    `tunnel-local ${local}`,
    "tunnel-remote 10.250.0.2",
    `tunnel-dev ${device}`,
  ],
  sit: (local, device) => [
    `tunnel-mode sit`,
    `tunnel-local ${local}`,
    "tunnel-remote 10.250.0.3",
    `tunnel-dev ${device}`,
  ],
  vxlan: (local, device) => ["vxlan-id 77", `vxlan-local-ip ${local}`, `vxlan-physdev ${device}`],
};

function tunnels(drawing: Drawing, local: string, device: string, kinds: readonly string[]): void {
  for (const kind of kinds) {
    // ip tells the device below a vxlan elsewhere.
    const draft = drawing.add(
      `t-${kind}`,
      kind,
      tunnelWords[kind]?.(local, device) ?? [],
      kind === "vxlan" ? "" : device,
    );
    drawing.address(draft);
  }
}

export function randomTopology(dice: Dice): Topology {
  const drawing = new Drawing();
  const free = [...cards];
  const take = (most: number) => free.splice(0, 1 + dice.below(Math.min(most, free.length)));
  /** What may be a port, or have an address. */
  const ends: string[] = [];
  if (dice.chance(0.6)) {
    const slaves = take(2);
    const mode = dice.one(["active-backup", "balance-rr", "balance-xor", "802.3ad"]);
    drawing.add("bond1", "bond", [`bond-slaves ${slaves.join(" ")}`, `bond-mode ${mode}`, "bond-miimon 100"]);
    drawing.port(slaves, "bond1");
    ends.push("bond1");
  }
  for (const name of free.splice(0, dice.below(free.length + 1))) {
    drawing.add(name, "dummy", dice.chance(0.3) ? ["mtu 1400"] : []);
    ends.push(name);
  }
  for (const below of dice.some(ends, 0.6)) {
    const id = 2 + dice.below(4000);
    drawing.add(`${below}.${id}`, "vlan", [], below);
    ends.push(`${below}.${id}`);
    if (dice.chance(0.5)) ends.splice(ends.indexOf(below), 1);
  }
  for (const name of dice.some(["br1", "br2"], 0.5)) {
    const ports = dice
      .some(ends, 0.5)
      .filter((end) => !end.startsWith("br") && !drawing.drafts.some(({ lower }) => lower === end));
    for (const port of ports) ends.splice(ends.indexOf(port), 1);
    const aware = dice.chance(0.4) ? ["bridge-vlan-aware yes", "bridge-vids 10 20-22"] : ["bridge_stp off"];
    drawing.add(name, "bridge", [`bridge_ports ${ports.join(" ") || "none"}`, "bridge_fd 0", ...aware]);
    drawing.port(ports, name);
    ends.push(name);
  }
  if (dice.chance(0.5)) {
    drawing.add("red", "vrf", [`vrf-table ${100 + dice.below(3)}`]);
    for (const name of dice.some(ends, 0.4)) {
      const draft = drawing.drafts.find((one) => one.name === name);
      if (!draft || draft.master) continue;
      draft.words.push("vrf red");
      draft.master = "red";
    }
  }
  let outer: { address: string; device: string } | undefined;
  for (const name of ends) {
    const draft = drawing.drafts.find((one) => one.name === name);
    if (!draft || !dice.chance(0.8)) continue;
    const address = drawing.address(draft);
    if (draft.master === "") outer = { address, device: name };
  }
  if (outer) tunnels(drawing, outer.address, outer.device, dice.some(["gre", "ipip", "sit", "vxlan"], 0.4));
  drawing.leave(dice);
  return drawing.topology();
}
