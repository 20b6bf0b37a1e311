/**
 * A Debian of the test's own: a root made by debootstrap from the mirror this machine uses, kept as an archive so that
 * the next run unpacks it in a moment. Each command runs in a mount namespace of its own, with /proc, and takes its
 * mounts along when it ends.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Ended, output, scratch, tool, toolEnvironment } from "./package.ts";
import { environmentOf, serviceSettings } from "./unit-file.ts";

/** Where bases are kept. */
function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || "/var/cache", "reeve-test");
}

/** The mirror and release that apt has, so that nothing about them stands in here. */
async function source(): Promise<{ mirror: string; release: string }> {
  const release = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "";
  const known = await output([
    ...["apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"],
  ]);
  const line = known.split("\n").find((each) => each.startsWith(`${release} main `));
  if (line === undefined) throw new Error(`apt has no mirror for ${release}`);
  return { mirror: line.split(" ")[2] ?? "", release };
}

async function base(): Promise<string> {
  const { mirror, release } = await source();
  const architecture = (await output(["dpkg", "--print-architecture"])).trim();
  const archive = join(cacheFolder(), `debian-${release}-${architecture}.tar`);
  if (existsSync(archive)) return archive;
  const root = scratch("debootstrap");
  const begun = performance.now();
  const proxies = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  await output(["debootstrap", "--variant=minbase", release, root, mirror], { env: Object.fromEntries(proxies) });
  mkdirSync(cacheFolder(), { recursive: true });
  const beside = `${archive}.${process.pid}`;
  await output([
    "tar",
    "--numeric-owner",
    "--exclude=./var/cache/apt/*",
    "--exclude=./var/lib/apt/lists/*",
    "-C",
    root,
    "-cf",
    beside,
    ".",
  ]);
  renameSync(beside, archive);
  rmSync(root, { recursive: true, force: true });
  console.log(`debootstrap: ${((performance.now() - begun) / 1000).toFixed(0)} s (kept in ${cacheFolder()})`);
  return archive;
}

export interface Service {
  /** The next message to the service manager that has this line. */
  told(line: string): Promise<string>;
  /** TERM, and its exit code. */
  stop(): Promise<number>;
  /** What it has logged so far. */
  log(): string;
}

export class DebianRoot {
  readonly path: string;
  #services = 0;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<DebianRoot> {
    const archive = await base();
    const root = new DebianRoot(scratch("root"));
    await output(["tar", "--numeric-owner", "-C", root.path, "-xf", archive]);
    // As policy wants it of a chroot: nothing is started by a package.
    writeFileSync(root.file("usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    return root;
  }

  file(path: string): string {
    return join(this.path, path);
  }

  #command(command: string[]): string[] {
    const script = 'mount -t proc proc "$1/proc" && exec chroot "$@"';
    return ["unshare", "--mount", "sh", "-c", script, "sh", this.path, ...command];
  }

  run(command: string[], stdin?: string): Promise<Ended> {
    return tool(this.#command(command), {
      env: { HOME: "/root", DEBIAN_FRONTEND: "noninteractive" },
      ...(stdin === undefined ? {} : { stdin }),
    });
  }

  async output(command: string[], stdin?: string): Promise<string> {
    const { status, stdout, stderr } = await this.run(command, stdin);
    if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${stdout}${stderr}`);
    return stdout;
  }

  async install(file: string): Promise<string> {
    copyFileSync(file, this.file(`tmp/${basename(file)}`));
    return this.output(["dpkg", "-i", `/tmp/${basename(file)}`]);
  }

  /** `750 root reeve`, or undefined where there is nothing. */
  async mode(path: string): Promise<string | undefined> {
    const { status, stdout } = await this.run(["stat", "-c", "%a %U %G", path]);
    return status === 0 ? stdout.trim() : undefined;
  }

  /** Runs a unit's ExecStart as systemd would: user, environment, folders, and a socket for its messages. */
  async start(unit: string, extra: Record<string, string>): Promise<Service> {
    const settings = serviceSettings(this.file(`lib/systemd/system/${unit}.service`));
    const user = settings("User")[0] ?? "root";
    for (const [kind, parent] of [
      ["RuntimeDirectory", "/run"],
      ["StateDirectory", "/var/lib"],
    ] as const) {
      const mode = settings(`${kind}Mode`)[0] ?? "0755";
      await this.output(["install", "-d", "-o", user, "-m", mode, `${parent}/${settings(kind)[0]}`]);
    }
    this.#services += 1;
    const socket = `/run/notify.${this.#services}`;
    const manager = Bun.spawn(
      [process.execPath, join(import.meta.dirname, "../fake/service-manager.ts"), this.file(socket)],
      {
        stdout: "pipe",
        stderr: "inherit",
        stdin: "ignore",
      },
    );
    const messages = lines(manager.stdout);
    await messages.next();

    const home = (await this.output(["getent", "passwd", user])).split(":")[5] ?? "/";
    const environment = {
      ...environmentOf(settings),
      HOME: home,
      USER: user,
      NOTIFY_SOCKET: socket,
      PATH: "/usr/bin:/bin",
      ...extra,
    };
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const identity = user === "root" ? [] : [`--reuid=${user}`, `--regid=${user}`, "--init-groups"];
    const command = (settings("ExecStart")[0] ?? "").split(" ");
    const dying = ["setpriv", ...identity, "--pdeathsig=KILL", "--", "env", "-i", ...variables];
    const child = Bun.spawn(this.#command([...dying, ...command]), {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      cwd: "/",
      env: toolEnvironment,
    });
    let log = "";
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      const decoder = new TextDecoder();
      for await (const bytes of stream) log += decoder.decode(bytes, { stream: true });
    };
    const collected = Promise.all([collect(child.stdout), collect(child.stderr)]);
    void child.exited.then(() => collected).then(() => manager.kill("SIGKILL"));
    return {
      log: () => log,
      async told(line) {
        for (;;) {
          const { value, done } = await messages.next();
          if (done) throw new Error(`${unit} ended without saying ${line}: ${log}`);
          const message = JSON.parse(value) as string;
          if (message.split("\n").includes(line)) return message;
        }
      },
      async stop() {
        child.kill("SIGTERM");
        return child.exited;
      },
    };
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  return undefined;
}
