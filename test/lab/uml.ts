/**
 * A machine of its own with a kernel that has what the host's may lack (dummy, VLANs, bonds, VRFs, tunnels, VLAN filtering):
 * User-Mode-Linux, a kernel that runs as a process. It sees the host's files, so that whatever is installed here runs there.
 *
 *     const uml = umlOrSkip("links");
 *     test.skipIf(!uml)("…", async () => {
 *       const { status, output } = await uml!.run(["ip", "link", "add", "d0", "type", "dummy"]);
 *     }, 120_000);
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";

export interface UmlOptions {
  /** Modules to load beside those that `modules` names. */
  load?: readonly string[];
  /** Folders that are empty and the machine's own; `/run` always is. What it writes elsewhere is written on the host. */
  tmpfs?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Seconds from power-on to power-off. */
  timeout?: number;
  /** MiB */
  memory?: number;
}

export interface UmlResult {
  /** Of the program; undefined: the machine did not get as far, `console` may say why. */
  status: number | undefined;
  /** Both streams of the program. */
  output: string;
  /** What the kernel and init said. */
  console: string;
  seconds: number;
}

export interface Uml {
  /** Boots, runs one program as root with `lo` up, and ends. Several machines may run at a time. */
  run(words: readonly string[], options?: UmlOptions): Promise<UmlResult>;
}

const modules = ["dummy", "veth", "8021q", "bonding", "vrf", "bridge", "vxlan", "ipvlan", "macvlan", "macvtap", "ifb"];
const tunnels = ["ip_gre", "ip6_gre", "ip6_tunnel", "ipip", "sit"];
/** The machine's memory is a file there, which has no name. */
const memoryFolder = "/dev/shm";
const commandPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/** In CI its absence is an error. */
export function umlOrSkip(title: string): Uml | undefined {
  const reason =
    process.getuid?.() !== 0
      ? "User-Mode-Linux runs tests as root only"
      : process.arch !== "x64"
        ? "User-Mode-Linux is there for amd64 only"
        : ["linux.uml", "ip", "modprobe"].some((program) => Bun.which(program, { PATH: commandPath }) === null)
          ? "not installed: user-mode-linux, iproute2 or kmod"
          : undefined;
  if (!reason) return { run };
  if (process.env.CI === "true" && process.getuid?.() === 0) throw new Error(`${title}: ${reason}`);
  console.warn(`skipped: ${title}: ${reason}`);
  return undefined;
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

async function run(words: readonly string[], options: UmlOptions = {}): Promise<UmlResult> {
  const { load = [], tmpfs = [], env = {}, timeout = 90, memory = 512 } = options;
  const folder = temporaryFolder("uml");
  const variables = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`);
  // Written in pieces by name: a test's folder may stand in what a tmpfs would hide.
  const init = `#!/bin/sh
export PATH=${commandPath} HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
exec 3>${quoted(join(folder, "output"))} 4>${quoted(join(folder, "status"))}
for folder in /run ${tmpfs.map(quoted).join(" ")}; do mkdir -p "$folder"; mount -t tmpfs tmpfs "$folder"; done
mkdir -p /run/netns
mkdir -p /run/modules/lib
ln -s /usr/lib/uml/modules /run/modules/lib/modules
modprobe -d /run/modules -a ${[...modules, ...tunnels, ...load].join(" ")}
ip link set lo up
${variables.join("\n")}
${words.map(quoted).join(" ")} >&3 2>&3 </dev/null
echo $? >&4
exec 3>&- 4>&-
sync
echo o >/proc/sysrq-trigger
sleep 60
`;
  const script = join(folder, "init");
  writeFileSync(script, init, { mode: 0o755 });
  const begun = performance.now();
  const machine = Bun.spawn(
    [
      ...["linux.uml", `umid=${folder.split("-").at(-1)}`, `uml_dir=${folder}`],
      ...["root=none", "rootfstype=hostfs", "rootflags=/", "rw", `mem=${memory}M`, `init=${script}`],
      ...["con=null", "con0=null,fd:1", "quiet"],
    ],
    {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
      env: { PATH: commandPath, TMPDIR: memoryFolder },
    },
  );
  // It is many processes, all of one group. They end with the pipe from this process, too, which ends in any case.
  const ender = Bun.spawn(["sh", "-c", 'read -r line; kill -9 "-$1" 2>/dev/null', "sh", String(machine.pid)], {
    ...{ stdin: "pipe", stdout: "ignore", stderr: "ignore", detached: true },
  });
  const timer = setTimeout(() => ender.stdin.end(), timeout * 1000);
  const said = await Promise.all([new Response(machine.stdout).text(), new Response(machine.stderr).text()]);
  await machine.exited;
  clearTimeout(timer);
  ender.stdin.end();
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), "utf8");
    } catch {
      return "";
    }
  };
  const status = read("status").trim();
  return {
    status: status === "" ? undefined : Number(status),
    output: read("output"),
    console: said.join("\n"),
    seconds: (performance.now() - begun) / 1000,
  };
}
