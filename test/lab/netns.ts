/**
 * Network namespaces of a test's own. They are gone, with all that runs in them, when the test says so or when its
 * process ends, however it ends.
 *
 *     const lab = await namespacesOrSkip("netlink");
 *     describe.skipIf(!lab)("…", () => {
 *       const host = lab!.add("host");
 *       const router = lab!.add("router");
 *       lab!.veth(host, "eth0", router, "swp0");
 *       host.ip("addr add 192.0.2.1/24 dev eth0");
 *       Bun.spawn(host.inside(binary, "netconf", "daemon"));
 *       afterAll(() => lab!.remove());
 *     });
 */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { errno, libc } from "../../src/system/libc.ts";

export interface Namespace {
  /** As `ip netns` knows it: `reeve-net-PID-N-LABEL`. */
  readonly name: string;
  /**
   * Words that run a program inside, with a `/sys` that shows the namespace's devices.
   * @property tmpfs folders that are empty and the program's own (`/run`, `/etc/network`): it sees nobody's there
   */
  inside(...words: string[]): string[];
  insideWith(options: { tmpfs: string[] }, ...words: string[]): string[];
  /** What it printed. @throws when it fails */
  run(...words: string[]): string;
  /** `ip` inside, words separated by spaces. @throws when it fails */
  ip(words: string): string;
  /** `ip -json -details` inside. */
  json(words: string): Record<string, unknown>[];
  /** `ip -batch`, which is by far faster for many. */
  batch(lines: readonly string[]): void;
  sysctl(key: string, value: string): void;
  /**
   * This thread is inside until disposed of: sockets it opens and programs it starts (`/sys` is the host's, though).
   * Never `await` a fetch in between: its thread stays where it was.
   */
  enter(): Disposable;
}

export interface NamespaceLab {
  /** @param label a short word, unique within the test @param ipv6 false: the kernel stays silent over IPv6 */
  add(label: string, options?: { ipv6?: boolean }): Namespace;
  /** A cable between two of them; both ends are up. */
  veth(one: Namespace, name: string, other: Namespace, otherName: string): void;
  remove(): Promise<void>;
}

const family = "reeve-net";
const commandPath = "/usr/sbin:/usr/bin:/sbin:/bin";
const CLONE_NEWNET = 0x40000000;

let labs = 0;

/** In CI its absence is an error. @param needs programs beside `ip` that the test wants */
export async function namespacesOrSkip(title: string, needs: string[] = []): Promise<NamespaceLab | undefined> {
  const missing = ["ip", ...needs].filter((program) => Bun.which(program, { PATH: commandPath }) === null);
  const root = process.getuid?.() === 0;
  const probe = `${family}-${process.pid}-probe`;
  const able = root && missing.length === 0 && spawnSync("ip", ["netns", "add", probe]).status === 0;
  if (able) {
    spawnSync("ip", ["netns", "del", probe]);
    return await build();
  }
  const reason = !root
    ? "network namespaces want root"
    : missing.length > 0
      ? `not installed: ${missing.join(", ")}`
      : "this kernel or container lets nobody make network namespaces";
  if (process.env.CI === "true" && root) throw new Error(`${title}: ${reason}`);
  console.warn(`skipped: ${title}: ${reason}`);
  return undefined;
}

function run(words: string[], input?: string): string {
  const [program = "", ...args] = words;
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    env: { PATH: commandPath },
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : { input }),
  });
  if (status !== 0) throw new Error(`${words.join(" ")}: ${stderr || stdout || "failed"}`);
  return stdout;
}

/** Namespaces of runs that are no more, with whatever lives in them. */
function sweep(): void {
  const names = run(["ip", "netns", "list"]).matchAll(new RegExp(`^(${family}-(\\d+)-\\S+)`, "gm"));
  for (const [, name = "", pid] of names) if (!existsSync(`/proc/${pid}`)) removeNamespace(name);
}

function removeNamespace(name: string): void {
  const pids = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" }).stdout;
  for (const pid of pids.split("\n").filter(Boolean).map(Number)) {
    try {
      if (pid !== process.pid) process.kill(pid, "SIGKILL");
    } catch {
      // gone already
    }
  }
  spawnSync("ip", ["netns", "del", name]);
}

/** Does the same when the pipe from this process ends, which it does in any case. */
const watcher = `
read -r line
for name in $(ip netns list | sed -n "s/^\\($1-[^ ]*\\).*/\\1/p"); do
  for pid in $(ip netns pids "$name"); do kill -9 "$pid" 2>/dev/null; done
  ip netns del "$name" 2>/dev/null
done`;

async function build(): Promise<NamespaceLab> {
  sweep();
  // Bun makes the thread that fetches once; it must not be born inside a namespace that goes.
  await fetch("http://127.0.0.1:1/").catch(() => undefined);
  const prefix = `${family}-${process.pid}-${++labs}`;
  const remover = Bun.spawn(["sh", "-c", watcher, "sh", prefix], {
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
    env: { PATH: commandPath },
  });
  remover.unref();
  return {
    add(label, { ipv6 = true } = {}) {
      const name = `${prefix}-${label}`;
      run(["ip", "netns", "add", name]);
      const made = namespace(name);
      if (!ipv6) for (const which of ["all", "default"]) made.sysctl(`net.ipv6.conf.${which}.disable_ipv6`, "1");
      made.ip("link set lo up");
      return made;
    },
    veth(one, name, other, otherName) {
      one.ip(`link add ${name} type veth peer ${otherName} netns ${other.name}`);
      one.ip(`link set ${name} up`);
      other.ip(`link set ${otherName} up`);
    },
    async remove() {
      remover.stdin.end();
      await remover.exited;
    },
  };
}

function namespace(name: string): Namespace {
  const inside = (...words: string[]) => ["ip", "netns", "exec", name, ...words];
  return {
    name,
    inside,
    insideWith({ tmpfs }, ...words) {
      const script = `for folder in ${tmpfs.map((path) => `'${path}'`).join(" ")}; do
        mkdir -p "$folder"; mount -t tmpfs tmpfs "$folder" || exit 125; done; exec "$@"`;
      return inside("sh", "-c", script, "sh", ...words);
    },
    run: (...words) => run(inside(...words)),
    ip: (words) => run(["ip", "-n", name, ...words.split(" ")]),
    json: (words) => JSON.parse(run(["ip", "-n", name, "-json", "-details", ...words.split(" ")]) || "[]"),
    batch: (lines) => void run(["ip", "-n", name, "-batch", "-"], `${lines.join("\n")}\n`),
    sysctl: (key, value) => void run(inside("sysctl", "-qw", `${key}=${value}`)),
    enter() {
      const outside = openSync("/proc/thread-self/ns/net", "r");
      const to = openSync(`/run/netns/${name}`, "r");
      try {
        setns(to);
      } catch (error) {
        closeSync(outside);
        throw error;
      } finally {
        closeSync(to);
      }
      return {
        [Symbol.dispose]() {
          setns(outside);
          closeSync(outside);
        },
      };
    },
  };
}

let functions: { setns(fd: number, kind: number): number } | undefined;

function setns(fd: number): void {
  functions ??= libc({ setns: { args: ["i32", "i32"], returns: "i32" } });
  if (functions.setns(fd, CLONE_NEWNET) !== 0) throw new Error(`setns: errno ${errno()}`);
}
