/** A host with cards and with things that are none of Reeve's; and its twin, whom nobody kills, to know how it should look. */
import { NetconfHost } from "../lab/netconf.ts";
import type { Namespace, NamespaceLab } from "../lab/netns.ts";
import { cards } from "./netconf-configurations.ts";
import { pictureOf, unlike } from "./netconf-picture.ts";

/** A namespace with four cards, and with links, addresses, routes and rules that somebody else has made. */
export function furnished(lab: NamespaceLab, label: string): Namespace {
  const namespace = lab.add(label);
  // Addresses count at once.
  for (const which of ["all", "default"]) namespace.sysctl(`net.ipv6.conf.${which}.accept_dad`, "0");
  namespace.batch([
    ...cards.flatMap((card, at) => {
      const [mac, other] = [`02:00:00:00:01:0${at}`, `02:00:00:00:02:0${at}`];
      const peer = `q${at}`;
      return [
        `link add ${card} mtu 2000 address ${mac} type veth peer name ${peer} mtu 2000 address ${other}`,
        `link set ${card} mtu 1500`,
        `link set ${peer} addrgenmode none up`,
      ];
    }),
    "link add ext0 address 02:00:00:00:03:00 type ifb",
    "link add ext1 address 02:00:00:00:03:01 type veth peer name ext2 address 02:00:00:00:03:02",
    "link add ext3 address 02:00:00:00:03:03 type bridge",
    "link set ext1 master ext3 up",
    "link set ext0 up",
    "addr add 10.200.0.1/24 dev ext0",
    "addr add fd00:200::1/64 dev ext0",
    "addr add 203.0.113.7/32 dev p0",
    "addr add 203.0.113.8/32 dev p1",
    "route add 172.16.0.0/16 via 10.200.0.254 metric 7",
    "route add 172.16.1.0/24 via 10.200.0.254 metric 15 table 100",
    "route add blackhole 10.99.0.0/16 proto 99",
    "route add fd99:1::/64 via fd00:200::fe metric 35",
    "rule add from 10.200.0.0/24 lookup 100 priority 1003",
  ]);
  namespace.ip("-6 rule add from fd00:200::/64 lookup 101 priority 5000");
  namespace.sysctl("net.ipv4.conf.p2.rp_filter", "1");
  return namespace;
}

/** For `down`: all but the loopback, which was up before. */
export const allDown = { all: true, exclude: ["lo"], force: true };

/** Names of what Reeve has brought up, but for the loopback. */
export async function upOn(host: NetconfHost): Promise<string[]> {
  const { interfaces } = await host.ask("status", {});
  const up = interfaces.filter(({ name, logical }) => name !== "lo" && logical !== "");
  const unsettled = up.filter(({ setup }) => setup !== "configured");
  if (unsettled.length > 0) {
    throw new Error(
      unsettled.map(({ name, setup, error, waitsFor }) => `${name}: ${setup} ${error}${waitsFor}`).join("\n"),
    );
  }
  return up.map(({ name }) => name).sort();
}

export class Twin {
  readonly #host: NetconfHost;
  /** Without any of Reeve. */
  readonly bare: string[];
  readonly #known = new Map<string, string[]>();

  private constructor(host: NetconfHost) {
    this.#host = host;
    this.bare = pictureOf(host.namespace);
  }

  static async start(lab: NamespaceLab): Promise<Twin> {
    const twin = new Twin(new NetconfHost(furnished(lab, "twin"), ""));
    await twin.#host.start();
    return twin;
  }

  /** A kernel where just these are up by this configuration. @throws where they cannot be */
  async picture(configuration: string, up: readonly string[]): Promise<string[]> {
    const key = `${up.join(" ")}\n${configuration}`;
    const known = this.#known.get(key);
    if (known) return known;
    const host = this.#host;
    await host.ask("down", allDown);
    const left = unlike(pictureOf(host.namespace), this.bare);
    if (left.length > 0) throw new Error(`the twin kept after going down:\n${left.join("\n")}`);
    host.write(configuration);
    await host.ask("reload", {});
    if (up.length > 0) await host.ask("up", { names: [...up] });
    const reached = await upOn(host);
    if (reached.join() !== up.join()) throw new Error(`up are ${up}, which on the twin makes ${reached}`);
    const picture = pictureOf(host.namespace);
    this.#known.set(key, picture);
    return picture;
  }

  /** What is up when all of `auto` is; undefined: a configuration that cannot be. */
  async all(configuration: string): Promise<string[] | undefined> {
    const host = this.#host;
    await host.ask("down", allDown);
    host.write(configuration);
    await host.ask("reload", {});
    try {
      await host.ask("up", { all: true });
      return await upOn(host);
    } catch {
      return undefined;
    }
  }

  async end(): Promise<void> {
    await this.#host.stop();
  }
}
