/** Random configurations of one host, any two of which quarrel about the same devices, addresses and routes. */

/** Cards that are there whatever the configuration says. */
export const cards = ["p0", "p1", "p2", "p3"];

interface Stanza {
  name: string;
  /** What the link is. */
  link: string[];
  /** Whether addresses belong on it. */
  speaks: boolean;
}

/** @param next numbers from 0 to 1 */
export function randomConfiguration(next: () => number): string {
  const below = (limit: number) => Math.floor(next() * limit);
  const chance = (of: number) => next() < of;
  const pick = <T>(all: readonly T[]): T => all[below(all.length)]!;
  const stanzas: Stanza[] = [];
  const ports = new Map<string, string[]>();
  const bridges = ["br0", "br1"].filter(() => chance(0.7));
  for (const name of bridges) ports.set(name, []);
  const joinable: string[] = [];
  const add = (name: string, link: string[], joins = true): void => {
    const bridge = joins && bridges.length > 0 && chance(0.45) ? pick(bridges) : undefined;
    if (bridge) ports.get(bridge)!.push(name);
    else joinable.push(name);
    if (!bridge || link.length > 0 || chance(0.5)) stanzas.push({ name, link, speaks: bridge === undefined });
  };
  for (const card of cards) if (chance(0.85)) add(card, chance(0.4) ? [`mtu ${pick([1400, 1480, 2000])}`] : []);
  const alone = joinable.filter((name) => cards.includes(name));
  if (chance(0.6)) add("v0", ["link-type veth", `veth-peer-name ${pick(["v1", "v2"])}`]);
  for (const name of ["i0", "i1"]) if (chance(0.5)) add(name, ["link-type ifb"], false);
  if (chance(0.6)) {
    const data = [`vxlan-id ${pick([7, 8])}`, "vxlan-local-ip 10.255.0.1", `vxlan-dstport ${pick([4789, 8472])}`];
    add("x0", [...data, ...(chance(0.5) ? ["vxlan-remoteip 10.255.0.2 10.255.0.3"] : ["vxlan-remoteip 10.255.0.2"])]);
  }
  if (alone.length > 0 && chance(0.6)) {
    const mode = `macvlan-mode ${pick(["bridge", "private"])}`;
    add("m0", ["link-type macvlan", `macvlan-raw-device ${pick(alone)}`, mode], false);
  }
  for (const [name, members] of ports) {
    const timers = [`bridge_fd ${pick([0, 2, 4])}`, ...(chance(0.3) ? [`bridge_ageing ${pick([100, 200])}`] : [])];
    // No costs: one that is asked for no longer stays (docs/netconf.md, "Not done").
    const ranks = members.length > 0 && chance(0.3) ? [`bridge_portprio ${members[0]} ${pick([16, 40])}`] : [];
    const aware = chance(0.25) ? ["bridge-vlan-aware yes", `bridge-vids ${pick(["5 6", "6-9"])}`] : [];
    const own = ["mtu 1500", `hwaddress 02:00:00:00:09:0${name.at(-1)}`];
    const link = [`bridge_ports ${members.join(" ") || "none"}`, "bridge_maxwait 0", ...timers, ...ranks, ...aware];
    stanzas.push({ name, link: [...link, ...own], speaks: true });
  }

  const some = (length: number) => Array.from({ length }, (_, number) => number);
  const draw = (left: number[]) => left.splice(below(left.length), 1);
  const [networks, far4, far6] = [some(8), some(4), some(2)];
  const drawn = () => draw(networks);
  let gateways = 0;
  const text = stanzas.map(({ name, link, speaks }) => {
    const manual = () => [`iface ${name} inet manual`, ...link];
    if (!speaks || chance(0.1)) return manual();
    const mine = [...drawn(), ...(chance(0.3) ? drawn() : [])];
    const switches = chance(0.3) ? [pick(["ip-forward 1", "rp-filter 2", "ip-proxy-arp 1"])] : [];
    const four = mine.flatMap((number, at) => {
      const routes = chance(0.6) ? draw(far4) : [];
      const more = [...(chance(0.5) ? [` metric ${pick([10, 20])}`] : []), ...(chance(0.3) ? [" table 100"] : [])];
      const gateway = gateways === 0 && chance(0.5) ? ++gateways : 0;
      return [
        ...[`iface ${name} inet static`, `address 10.0.${number}.${pick([1, 2])}/${pick([24, 25])}`],
        ...(at === 0 ? [...link, ...switches] : []),
        ...(gateway ? [`gateway 10.0.${number}.254`, ...(chance(0.5) ? [`metric ${pick([5, 6])}`] : [])] : []),
        ...routes.map((to) => `route 172.16.${to}.0/24 via 10.0.${number}.254${more.join("")}`),
        ...(chance(0.4) ? [`rule from 10.0.${number}.0/24 lookup 100 priority ${1000 + number}`] : []),
      ];
    });
    if (mine.length > 0 && chance(0.5)) return four;
    const [number] = drawn();
    if (number === undefined) return mine.length > 0 ? four : manual();
    return [
      ...(mine.length > 0 ? four : manual()),
      ...[`iface ${name} inet6 static`, `address fd00:${number}::${pick([1, 2])}/64`],
      ...(chance(0.4) ? [`accept-ra ${pick([0, 2])}`] : []),
      ...(chance(0.3) ? [`privext ${pick([0, 2])}`] : []),
      ...(chance(0.5) ? draw(far6) : []).map(
        (to) => `route fd99:${to}::/64 via fd00:${number}::fe metric ${pick([30, 40])}`,
      ),
      ...(chance(0.3) ? [`rule from fd00:${number}::/64 lookup 101 priority ${2000 + number}`] : []),
    ];
  });
  const lines = text.flat().map((line) => (line.startsWith("iface ") ? line : `  ${line}`));
  return `auto ${stanzas.map(({ name }) => name).join(" ")}\n${lines.join("\n")}\n`;
}
