/**
 * dnsmasq as a DHCP server for IPv4 and IPv6 in a namespace of a test. It ends with the test's process. Its shortest
 * lease is 120 s; what wants less, or a server that does wrong, uses `dhcp/server.ts`.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";
import type { Namespace } from "./netns.ts";

export interface DnsmasqOptions {
  /** Device of the namespace; it has the addresses below. */
  device: string;
  /** First three numbers of the IPv4 network: the server is .1 there, clients get .50 to .60. Default 10.77.0. */
  network?: string;
  /** The server's last number; another one is another server to clients. Default 1. */
  host?: number;
  /** `fd77::`: DHCPv6 and router advertisements as well. */
  prefix6?: string;
  /** Further lines of its configuration. */
  lines?: string[];
}

export interface DnsmasqLab {
  folder: string;
  readonly pid: number;
  /** What it says with `log-dhcp`. */
  log(): string;
  /** Addresses that it gave, in order; renewals again. */
  given(): string[];
  /** It neither hears nor answers, but lives. */
  silence(): void;
  speak(): void;
  /** It knows no lease any more: a client that asks for one it had gets NAK (dhcp-authoritative). */
  forget(): Promise<void>;
  /** Stops it and starts one with these options in its place. */
  replace(options: Partial<DnsmasqOptions>): Promise<void>;
  stop(): Promise<void>;
}

const program = "/usr/sbin/dnsmasq";

/** In CI its absence is an error. */
export function dnsmasqPresent(): boolean {
  if (existsSync(program)) return true;
  const reason = "dnsmasq is not installed (apt-get install dnsmasq-base)";
  if (process.env.CI === "true") throw new Error(reason);
  console.warn(`skipped: ${reason}`);
  return false;
}

function configuration(folder: string, options: DnsmasqOptions): string {
  const { device, network = "10.77.0", host = 1, prefix6, lines = [] } = options;
  const own = `${network}.${host}`;
  return [
    ...["port=0", `interface=${device}`, "bind-interfaces", "dhcp-authoritative", "no-resolv", "no-hosts"],
    `dhcp-range=${network}.50,${network}.60,255.255.255.0,120`,
    `dhcp-option=option:router,${own}`,
    `dhcp-option=option:dns-server,${own},${network}.2`,
    "dhcp-option=option:domain-name,lab.test",
    "dhcp-option=option:domain-search,lab.test,sub.lab.test",
    "dhcp-option=option:mtu,1400",
    `dhcp-option=option:ntp-server,${network}.9`,
    `dhcp-option=option:classless-static-route,10.88.0.0/16,${network}.254,0.0.0.0/0,${own}`,
    'dhcp-option=252,"http://192.0.2.80/wpad.dat"',
    'dhcp-option=114,"https://portal.lab.test/api"',
    ...(prefix6
      ? [
          `dhcp-range=${prefix6}100,${prefix6}1ff,64,120`,
          "enable-ra",
          `dhcp-option=option6:dns-server,[${prefix6}1]`,
          "dhcp-option=option6:domain-search,lab6.test",
        ]
      : []),
    // Without no-ping an offer waits three seconds for an echo of the address.
    ...["log-dhcp", "no-ping", "user=root", "leasefile-ro", `log-facility=${folder}/log`, `pid-file=${folder}/pid`],
    ...lines,
    "",
  ].join("\n");
}

export async function startDnsmasq(namespace: Namespace, first: DnsmasqOptions): Promise<DnsmasqLab> {
  const folder = temporaryFolder("dnsmasq");
  let options = first;
  let server: Bun.Subprocess | undefined;
  const start = async () => {
    const { device, network = "10.77.0", host = 1, prefix6 } = options;
    namespace.ip(`-4 addr flush dev ${device}`);
    namespace.ip(`addr replace ${network}.${host}/24 dev ${device}`);
    if (prefix6) namespace.ip(`addr replace ${prefix6}1/64 dev ${device} nodad`);
    writeFileSync(join(folder, "conf"), configuration(folder, options));
    rmSync(join(folder, "log"), { force: true });
    const words = ["setpriv", "--pdeathsig=KILL", program, "--keep-in-foreground", "-C", join(folder, "conf")];
    server = Bun.spawn(namespace.inside(...words), { stdio: ["ignore", "inherit", "inherit"] });
    const deadline = Date.now() + 10_000;
    while (!lab.log().includes("DHCP, IP range")) {
      if (server.exitCode !== null || Date.now() > deadline) throw new Error(`dnsmasq did not start: ${lab.log()}`);
      await Bun.sleep(5);
    }
  };
  const stop = async () => {
    server?.kill("SIGKILL");
    await server?.exited;
  };
  const signal = (name: NodeJS.Signals) => void server?.kill(name);
  const lab: DnsmasqLab = {
    folder,
    get pid() {
      return server?.pid ?? 0;
    },
    log: () => (existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8") : ""),
    given: () =>
      [...lab.log().matchAll(/DHCPACK\(\S+\) (\S+)|DHCPREPLY\(\S+\) (\S+)/g)].map(([, four, six]) => four ?? six ?? ""),
    silence: () => signal("SIGSTOP"),
    speak: () => signal("SIGCONT"),
    async forget() {
      await stop();
      await start();
    },
    async replace(changed) {
      await stop();
      options = { ...options, ...changed };
      await start();
    },
    stop,
  };
  await start();
  return lab;
}
