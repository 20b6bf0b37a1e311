/**
 * Three Linux bridges in line, s1 – s2 – s3, with two hosts each, in network namespaces: every bridge with Debian's snmpd
 * (BRIDGE-MIB by bridges/agent.ts) and lldpd, managed over a network of its own. s1 is a router, too: its ARP table has all
 * hosts. It wants root, and is gone with the test's process, however that ends.
 *
 *     h1 – swp1 ┐          h3 – swp1 ┐          h5 – swp1 ┐
 *     h2 – swp2 s1 swp9 – swp8 s2 swp9 – swp8 s3
 *     h5 ‑ swp3 ┘ (spare)  h4 – swp2 ┘          h6 – swp2 ┘
 */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";

export interface LabSwitch {
  name: string;
  /** Where its agent answers, from the management namespace. */
  ip: string;
  namespace: string;
  folder: string;
  /** The bridge's own address. */
  mac: string;
  snmpd: LabDaemon;
}

export interface LabHost {
  name: string;
  ip: string;
  mac: string;
  namespace: string;
}

/** A program in a namespace, that ends with the test. */
interface LabDaemon {
  pid(): number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface BridgesLab {
  /** The namespace that management addresses are reached from. */
  management: string;
  switches: [LabSwitch, LabSwitch, LabSwitch];
  /** h1 to h6. */
  hosts: LabHost[];
  /** All hosts (or these), and the switches themselves, say something that every bridge hears. */
  speak(...hosts: LabHost[]): void;
  /** Its cable is pulled out, and the bridges hear of it (a topology change makes them forget). */
  unplug(host: LabHost): void;
  /** h5 leaves swp1 of s3 for swp3 of s1. */
  move(): void;
  startLldp(): Promise<void>;
  stopLldp(): Promise<void>;
  /** snmpd stops (SIGSTOP) when this row of dot1dTpFdbPort is asked for next. */
  freezeAt(device: LabSwitch, row: number): void;
  remove(): Promise<void>;
}

const family = "reeve-lab";
const commandPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/** In CI its absence is an error. */
export async function bridgesOrSkip(): Promise<BridgesLab | undefined> {
  const missing = ["ip", "snmpd", "snmpwalk", "lldpd", "ping", "sysctl"].filter(
    (program) => Bun.which(program, { PATH: commandPath }) === null,
  );
  const root = process.getuid?.() === 0;
  const probe = `${family}-${process.pid}-probe`;
  const able = root && missing.length === 0 && spawnSync("ip", ["netns", "add", probe]).status === 0;
  if (able) spawnSync("ip", ["netns", "del", probe]);
  if (able) return await build();
  const reason = !root
    ? "network namespaces want root"
    : missing.length > 0
      ? `not installed: ${missing.join(", ")} (apt-get install snmpd snmp lldpd iproute2 iputils-ping procps)`
      : "this kernel or container lets nobody make network namespaces";
  if (process.env.CI === "true" && root) throw new Error(`bridges: ${reason}`);
  console.warn(`skipped: bridges: ${reason}`);
  return undefined;
}

function run(...words: string[]): string {
  const [program = "", ...args] = words;
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env: { PATH: commandPath } });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr || stdout || "failed"}`);
  return stdout;
}

const ip = (namespace: string, words: string) => run("ip", "-n", namespace, ...words.split(" "));

/** Words that run a program in a namespace. */
export function inside(namespace: string, ...words: string[]): string[] {
  return ["ip", "netns", "exec", namespace, ...words];
}

/** Waits until `check` gives something; it says what it waited for otherwise. */
export async function until<Result>(
  what: string,
  check: () => Result | undefined | false | Promise<Result | undefined | false>,
  seconds = 30,
): Promise<Result> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s for: ${what}`);
    await Bun.sleep(50);
  }
}

/** Namespaces of runs that are no more, with whatever lives in them. */
function sweep(): void {
  const names = run("ip", "netns", "list").matchAll(new RegExp(`^(${family}-(\\d+)-\\S+)`, "gm"));
  for (const [, name = "", pid] of names) {
    if (existsSync(`/proc/${pid}`)) continue;
    for (const word of run("ip", "netns", "pids", name).split("\n").filter(Boolean))
      process.kill(Number(word), "SIGKILL");
    run("ip", "netns", "del", name);
  }
}

/** Does the same when the pipe from this process ends, which it does in any case. */
const watcher = `
read -r line
for name in $(ip netns list | sed -n "s/^\\($1-[^ ]*\\).*/\\1/p"); do
  for pid in $(ip netns pids "$name"); do kill -9 "$pid" 2>/dev/null; done
  ip netns del "$name" 2>/dev/null
done`;

async function build(): Promise<BridgesLab> {
  sweep();
  const prefix = `${family}-${process.pid}`;
  const remover = Bun.spawn(["sh", "-c", watcher, "sh", prefix], {
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
    env: { PATH: commandPath },
  });
  remover.unref();
  const lab = new Bridges(prefix);
  const remove = async () => {
    await lab.stop();
    remover.stdin.end();
    await remover.exited;
  };
  try {
    lab.wire();
    await Promise.all(lab.switches.map(({ snmpd }) => snmpd.start()));
    await lab.startLldp();
    lab.speak();
  } catch (error) {
    await remove();
    throw error;
  }
  return Object.assign(lab, { remove });
}

const subnet = "10.251.0";
const managed = "10.250.0";
const switchMac = (number: number, port: number) => `00:16:3e:0${number}:00:${port.toString(16).padStart(2, "0")}`;

class Bridges implements Omit<BridgesLab, "remove"> {
  readonly management: string;
  readonly switches: BridgesLab["switches"];
  readonly hosts: LabHost[];
  readonly #lldp: LabDaemon[];
  readonly #plugged = new Set<LabHost>();

  constructor(prefix: string) {
    const folder = temporaryFolder("bridges");
    // lldpd's half without rights speaks to its own socket there.
    chmodSync(folder, 0o711);
    this.management = `${prefix}-management`;
    const made = [1, 2, 3].map((number): LabSwitch => {
      const own = join(folder, `s${number}`);
      mkdirSync(own, { mode: 0o755 });
      const namespace = `${prefix}-s${number}`;
      const address = `${managed}.1${number}`;
      const words = ["snmpd", "-f", "-C", "-c", join(own, "snmpd.conf"), "-I", "-smux", "-Lf", join(own, "snmpd.log")];
      return {
        ...{ name: `s${number}`, ip: address, namespace, folder: own, mac: switchMac(number, 0) },
        snmpd: daemon(inside(namespace, ...words, "-p", join(own, "snmpd.pid")), own, "snmpd", () =>
          readFileSync(join(own, "snmpd.log"), "utf8").includes("NET-SNMP version"),
        ),
      };
    });
    this.switches = made as BridgesLab["switches"];
    this.#lldp = made.map(({ namespace, folder: own }) => {
      const files = ["-u", join(own, "lldpd.socket"), "-X", join(own, "agentx"), "-O", join(own, "lldpd.conf")];
      return daemon(inside(namespace, "lldpd", "-d", ...files, "-I", "swp*,br0", "-C", "br0"), own, "lldpd", () =>
        existsSync(join(own, "lldpd.socket")),
      );
    });
    this.hosts = [1, 2, 3, 4, 5, 6].map((number) => ({
      ...{ name: `h${number}`, ip: `${subnet}.${number}`, mac: `00:16:3e:aa:00:0${number}` },
      namespace: `${prefix}-h${number}`,
    }));
  }

  wire(): void {
    for (const { namespace } of [{ namespace: this.management }, ...this.switches, ...this.hosts]) {
      run("ip", "netns", "add", namespace);
      // What machines say to each other over IPv6 comes when it likes.
      const off = ["all", "default"].map((name) => `net.ipv6.conf.${name}.disable_ipv6=1`);
      run(...inside(namespace, "sysctl", "-qw", ...off));
      ip(namespace, "link set lo up");
    }
    ip(this.management, "link add br0 type bridge");
    ip(this.management, `addr add ${managed}.1/24 dev br0`);
    ip(this.management, "link set br0 up");
    for (const [at, { name, ip: address, namespace, folder, mac }] of this.switches.entries()) {
      const number = at + 1;
      ip(namespace, `link add br0 address ${mac} type bridge`);
      ip(namespace, "link set br0 up");
      // s1 is the router that the hosts speak to.
      ip(namespace, `addr add ${subnet}.${255 - number}/24 dev br0`);
      ip(
        namespace,
        `link add mgmt0 address ${switchMac(number, 254)} type veth peer name ${name} netns ${this.management}`,
      );
      ip(this.management, `link set ${name} master br0 up`);
      ip(namespace, `addr add ${address}/24 dev mgmt0`);
      ip(namespace, "link set mgmt0 up");
      writeFileSync(join(folder, "snmpd.conf"), snmpdConfiguration(name, address, folder));
      const ids = number === 3 ? "configure lldp portidsubtype ifname\n" : "";
      writeFileSync(join(folder, "lldpd.conf"), `${lldpConfiguration(name)}${ids}`);
    }
    for (const number of [1, 2] as const) this.#cable(number, 9, `address ${switchMac(number + 1, 8)} name swp8 netns`);
    for (const [at, host] of this.hosts.entries()) {
      this.#cable(Math.floor(at / 2) + 1, (at % 2) + 1, `address ${host.mac} name eth0 netns`, host);
      ip(host.namespace, `addr add ${host.ip}/24 dev eth0`);
      ip(host.namespace, "link set eth0 up");
      this.#plugged.add(host);
    }
    this.#cable(1, 3, "name eth1 netns", this.hosts[4]);
  }

  /** From a port of a switch to the next switch, or to a host. */
  #cable(number: number, port: number, far: string, host?: LabHost): void {
    const near = this.switches[number - 1] as LabSwitch;
    const next = this.switches[number] as LabSwitch;
    const to = (host ?? next).namespace;
    ip(near.namespace, `link add swp${port} address ${switchMac(number, port)} type veth peer ${far} ${to}`);
    ip(near.namespace, `link set swp${port} master br0 up`);
    if (!host) ip(next.namespace, "link set swp8 master br0 up");
  }

  speak(...hosts: LabHost[]): void {
    const speakers = hosts.length > 0 ? hosts : [...this.#plugged];
    // Who does not know the other asks for it, and that is heard everywhere. The router's table is to have the hosts.
    for (const { namespace, name } of [...this.switches, ...speakers]) {
      ip(namespace, "neigh flush all");
      run(...inside(namespace, "ping", "-q", "-c", "1", "-W", "5", `${subnet}.${name === "s1" ? 253 : 254}`));
    }
  }

  unplug(host: LabHost): void {
    ip(host.namespace, "link set eth0 down");
    this.#plugged.delete(host);
    for (const { namespace } of this.switches) {
      for (const port of ["swp8", "swp9"]) {
        const there = spawnSync("ip", ["-n", namespace, "link", "show", port]).status === 0;
        if (there) ip(namespace, `link set ${port} type bridge_slave fdb_flush`);
      }
    }
  }

  move(): void {
    const host = this.hosts[4] as LabHost;
    this.unplug(host);
    ip(host.namespace, "addr flush dev eth0");
    ip(host.namespace, `link set eth1 address ${host.mac} up`);
    ip(host.namespace, `addr add ${host.ip}/24 dev eth1`);
    this.#plugged.add(host);
    this.speak();
  }

  /** Ready when every bridge tells of all its neighbours over SNMP. */
  async startLldp(): Promise<void> {
    await Promise.all(this.#lldp.map((one) => one.start()));
    for (const [at, { ip: address }] of this.switches.entries()) {
      await until(`neighbours of s${at + 1} over SNMP`, () => {
        const words = ["snmpwalk", "-v2c", "-cpublic", "-On", "-m", "", "-t", "1", address, "1.0.8802.1.1.2.1.4.1.1.9"];
        const { stdout } = spawnSync("ip", inside(this.management, ...words).slice(1), { encoding: "utf8" });
        return (stdout.match(/STRING: "s\d"/g)?.length ?? 0) === (at === 1 ? 2 : 1);
      });
    }
  }

  async stopLldp(): Promise<void> {
    await Promise.all(this.#lldp.map((one) => one.stop()));
  }

  freezeAt({ folder }: LabSwitch, row: number): void {
    writeFileSync(join(folder, "freeze"), String(row));
  }

  async stop(): Promise<void> {
    await this.stopLldp();
    await Promise.all(this.switches.map(({ snmpd }) => snmpd.stop()));
  }
}

function lldpConfiguration(name: string): string {
  return [
    `configure system hostname ${name}`,
    `configure system ip management pattern ${managed}.*`,
    "configure lldp tx-interval 1",
    // It gives the chassis its address, but is no port: what is said there goes out of all of them.
    "configure ports br0 lldp status disabled",
    "",
  ].join("\n");
}

/** What a configuration sets, nobody may SET: sysLocation of s3 alone. */
function snmpdConfiguration(name: string, address: string, folder: string): string {
  const agent = join(import.meta.dirname, "bridges", "agent.ts");
  return [
    `agentAddress udp:${address}:161`,
    "rocommunity public",
    "rwcommunity private",
    `sysName ${name}`,
    `sysServices ${name === "s1" ? 6 : 2}`,
    ...(name === "s3" ? ["sysLocation rack 3"] : []),
    "master agentx",
    `agentXSocket ${join(folder, "agentx")}`,
    `pass_persist .1.3.6.1.2.1.17 ${process.execPath} ${agent} br0 ${folder}`,
    "",
  ].join("\n");
}

/** @param ready said by the program's files */
function daemon(words: string[], folder: string, name: string, ready: () => boolean): LabDaemon {
  let child: Bun.Subprocess<"ignore", "ignore", "ignore"> | undefined;
  const log = join(folder, `${name}.log`);
  return {
    pid: () => child?.pid ?? 0,
    async start() {
      for (const file of [log, join(folder, `${name}.socket`)]) spawnSync("rm", ["-f", file]);
      const output = Bun.file(join(folder, `${name}.output`));
      child = Bun.spawn(["setpriv", "--pdeathsig=KILL", ...words], {
        ...{ stdin: "ignore", stdout: output as never, stderr: output as never, cwd: "/" },
        env: { PATH: commandPath, SNMP_PERSISTENT_DIR: join(folder, "state"), MIBS: "", HOME: folder },
      });
      await until(`${name} of ${folder}`, () => {
        if (child?.exitCode === null) return existsSync(log) || name !== "snmpd" ? ready() : false;
        const text = existsSync(log) ? readFileSync(log, "utf8") : readFileSync(output.name ?? "", "utf8");
        throw new Error(`${name} did not start: ${text.slice(-2000)}`);
      });
    },
    async stop() {
      // As a power cut does it; TERM takes snmpd five seconds, and a frozen one does not hear it.
      child?.kill("SIGKILL");
      await child?.exited;
    },
  };
}
