/** Random files of interfaces(5), and random command lines, such as the model understands. */
import { random } from "../../random.ts";

const quads = [
  "10.1.2.3",
  "172.16.5.6",
  "192.168.0.1",
  "203.0.113.7",
  "224.0.0.1",
  "0.0.0.0",
  "1.2.3",
  "300.1.1.1",
  "x",
];
const masks4 = ["", "", "/0", "/8", "/24", "/30", "/31", "/32", "/33", "/255.255.254.0", "/", "/x", "/24/3", "//25"];
const sixes = ["2001:db8::1", "fe80::1", "::1", "x", "2001:db8:1:2:3:4:5:6"];
const masks6 = ["", "/64", "/128", "/129", "/", "/x"];
const numbers = ["0", "1", "2", "60", "x"];
const words = ["a", "foo bar", "x-1", "eth0", '"q q"', "$x", "a%b"];
const hardware = ["00:11:22:33:44:55", "ether 00:11:22:33:44:55", "ETHER 0:1:2:3:4:5", "x", "ether"];

type Pools = Record<string, readonly string[] | ((pick: Pick) => string)>;
type Pick = <Thing>(things: readonly Thing[]) => Thing;

const address4 = (pick: Pick) => pick(quads) + pick(masks4);
const address6 = (pick: Pick) => pick(sixes) + pick(masks6);
const common: Pools = { mtu: ["1400", "1500", "x"], description: words, hwaddress: hardware };
const netmask4 = ["255.255.255.0", "255.255.255.254", "24", "255.0.255.0", "x", "255.255.255.256"];

/** Options of every method of the manual page, and values good and bad. */
const methods: Record<string, Pools> = {
  "inet loopback": {},
  "inet static": {
    ...common,
    address: address4,
    netmask: netmask4,
    broadcast: ["+", "-", "10.1.2.255", "x"],
    metric: numbers,
    gateway: quads,
    pointopoint: quads,
    scope: ["global", "link", "host"],
  },
  "inet manual": common,
  "inet dhcp": { ...common, hostname: words, metric: numbers, leasetime: numbers, vendor: words, client: ["no", "c"] },
  "inet bootp": { bootfile: words, server: quads, hwaddr: hardware },
  "inet tunnel": {
    address: address4,
    netmask: netmask4,
    mode: ["gre", "ipip", "GRE"],
    endpoint: quads,
    dstaddr: quads,
    local: quads,
    metric: numbers,
    gateway: quads,
    ttl: numbers,
    mtu: numbers,
  },
  "inet ppp": { provider: words, unit: numbers, options: words },
  "inet wvdial": { provider: words },
  "inet ipv4ll": common,
  "inet6 auto": {
    ...common,
    privext: numbers,
    accept_ra: numbers,
    dhcp: numbers,
    request_prefix: numbers,
    "ll-attempts": numbers,
    "ll-interval": numbers,
  },
  "inet6 loopback": common,
  "inet6 static": {
    ...common,
    address: address6,
    netmask: ["64", "128", "x"],
    metric: numbers,
    gateway: sixes,
    media: words,
    accept_ra: numbers,
    autoconf: numbers,
    privext: numbers,
    scope: ["global", "site"],
    "preferred-lifetime": numbers,
    "dad-attempts": numbers,
    "dad-interval": numbers,
  },
  "inet6 manual": common,
  "inet6 dhcp": {
    ...common,
    accept_ra: numbers,
    autoconf: numbers,
    request_prefix: numbers,
    "ll-attempts": numbers,
    "ll-interval": numbers,
  },
  "inet6 tunnel": {
    address: address6,
    netmask: numbers,
    mode: ["ip6gre", "ip6ip6", "ipip6", "IPIP6"],
    endpoint: sixes,
    dstaddr: sixes,
    local: sixes,
    metric: numbers,
    gateway: sixes,
    ttl: numbers,
    mtu: numbers,
    encaplimit: ["none", "4"],
  },
  "inet6 v4tunnel": {
    address: address6,
    netmask: numbers,
    endpoint: quads,
    local: quads,
    metric: numbers,
    gateway: sixes,
    ttl: numbers,
    mtu: numbers,
    "preferred-lifetime": numbers,
  },
  "inet6 6to4": { local: address4, metric: numbers, ttl: numbers, mtu: numbers, "preferred-lifetime": numbers },
  "can static": {
    bitrate: ["500000", "x"],
    samplepoint: ["0.875"],
    loopback: ["on", "off"],
    listenonly: ["on"],
    triple: ["on"],
    oneshot: ["on"],
    berr: ["on"],
    "restart-ms": numbers,
  },
  "ipx static": { frame: words, netnum: numbers },
  "ipx dynamic": { frame: words },
};
export const methodNames = Object.keys(methods);

const names = ["a", "b", "c0", "c0.5", "c0.05", "c0:1", "c0.5:2", "lo", "d.x"];
const commands = ["pre-up", "up", "post-up", "pre-down", "down", "post-down"];
/** Each is wrong in a way of its own. */
const mistakes = [
  "iface",
  "iface z inet",
  "iface z foo bar",
  "iface z inet foo",
  "foo bar",
  " mtu",
  "iface z inherits",
];

export class RandomFile {
  readonly chance: () => number;
  readonly #defined: string[] = [];

  constructor(seed: number) {
    this.chance = random(seed);
  }

  pick: Pick = (things) => things[Math.floor(this.chance() * things.length)] as (typeof things)[number];

  often(share: number): boolean {
    return this.chance() < share;
  }

  /** @param method every stanza has it; absent: any */
  text(method?: string): string {
    const lines: string[] = [];
    const count = 1 + Math.floor(this.chance() * 4);
    for (let at = 0; at < count; at++) lines.push(...this.#stanza(method ?? this.pick(methodNames)));
    // The model leaves a file for the device below a VLAN, and then takes its name for known.
    if (!this.#defined.includes("c0")) lines.push(...this.#stanza(method ?? this.pick(methodNames), "c0"));
    if (this.often(0.7)) lines.unshift(`auto ${this.#some()}`);
    if (this.often(0.5)) lines.push(`allow-hotplug ${this.#some()}`);
    if (this.often(0.1)) lines.push(`no-scripts ${this.pick(["a", "c*", "*"])}`);
    if (this.often(0.1)) lines.push(`no-auto-down ${this.pick(["a", "c0", "b"])}`);
    if (this.often(0.08)) lines.splice(Math.floor(this.chance() * lines.length), 0, this.pick(mistakes));
    return `${lines.join("\n")}\n`;
  }

  /** Words of a command line. */
  words(): string[] {
    const chosen = this.often(0.5) ? ["-a"] : this.#some().split(" ");
    // What the model does to a stanza for an alias it has done to it for all that come after.
    const [physical, logical] = [names, this.#defined].map((some) => this.pick(some.filter((name) => !/:/.test(name))));
    if (this.often(0.2) && chosen[0] !== "-a") chosen.push(`${physical}=${logical}`);
    if (this.often(0.2)) chosen.push("--allow=hotplug");
    if (this.often(0.1)) chosen.push("-X", this.pick(["a", "c*", "lo"]));
    if (this.often(0.3)) chosen.push("--no-scripts");
    if (this.often(0.3)) chosen.push("--no-loopback");
    if (this.often(0.1)) chosen.push("-o", this.pick(["mtu=1300", "address=198.51.100.1/28", "x=y"]));
    return chosen;
  }

  #some(): string {
    const known = [...names, ...this.#defined, ...this.#defined];
    return Array.from({ length: 1 + Math.floor(this.chance() * 4) }, () => this.pick(known)).join(" ");
  }

  #stanza(method: string, name: string = this.pick(names)): string[] {
    const [parent] = this.#defined;
    const inherits = parent !== undefined && this.often(0.15) ? ` inherits ${parent}` : "";
    this.#defined.push(name);
    const lines = [`iface ${name} ${method}${inherits}`];
    for (const [option, pool] of Object.entries(methods[method] ?? {})) {
      // A value of two lines would end the shell's line that compares it.
      if (inherits !== "" && (option === "client" || option === "mtu")) continue;
      if (!this.often(option === "address" || option === "endpoint" || option === "mode" ? 0.85 : 0.35)) continue;
      lines.push(`  ${option} ${typeof pool === "function" ? pool(this.pick) : this.pick(pool)}`);
      if (this.often(0.05)) lines.push(`# ${option}`);
    }
    for (const command of commands) if (this.often(0.15)) lines.push(`\t${command}  echo ${this.pick(words)}`);
    if (this.often(0.1)) lines.push(`  other-${this.pick(["1", "2"])} ${this.pick(words)}`);
    return lines;
  }
}
