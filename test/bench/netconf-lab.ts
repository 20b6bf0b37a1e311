/** What the measurements of netconf share: other projects' ifup, and namespaces full of links in which programs are run. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary } from "../lab/console.ts";
import type { Namespace } from "../lab/netns.ts";

/** Debian's programs, not those of a toolchain on PATH. */
export const commandPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/** What is put over the host's folders inside the scene: source by place. */
export type Overlays = Record<string, string>;

export interface Ifup {
  name: string;
  up: string[];
  down: string[];
  /** What its stanzas want beside, that of a bridge it makes. */
  bridge?: (name: string) => string[];
}

export interface Peers {
  tools: Ifup[];
  overlays: Overlays;
  /** Folders whose content is to lie in /etc/network. */
  settings: string[];
  /** Why some are missing. */
  notes: string[];
}

const made = "bridge-ports none";

/** ifupdown as it is installed; ifupdown-ng and ifupdown2 unpacked, for Debian lets one of the three be installed. */
export function peersIn(folder: string): Peers {
  const peers: Peers = { tools: [], overlays: {}, settings: [], notes: [] };
  const { tools, overlays, settings, notes } = peers;
  if (existsSync("/sbin/ifup") && existsSync("/usr/share/doc/ifupdown")) {
    const bridge = (name: string) => [
      `pre-up ip link add ${name} type bridge`,
      `post-down ip link delete ${name} type bridge`,
    ];
    tools.push({ name: "ifupdown", up: ["/sbin/ifup", "-a"], down: ["/sbin/ifdown", "-a"], bridge });
  } else notes.push("Not measured, because it is not installed: ifupdown.");
  for (const name of ["ifupdown-ng", "ifupdown2"]) {
    const root = unpacked(name, folder);
    if (root === undefined) {
      notes.push(`Not measured, because \`apt-get download\` does not bring it: ${name}.`);
      continue;
    }
    settings.push(join(root, "etc/network"));
    if (name === "ifupdown-ng") {
      overlays["/usr/libexec"] = join(root, "usr/libexec");
      const program = (word: string) => [join(root, "sbin", word), "-a"];
      tools.push({ name, up: program("ifup"), down: program("ifdown"), bridge: () => [made] });
    } else {
      overlays["/usr/share"] = join(root, "usr/share");
      const main = join(root, "usr/share/ifupdown2/__main__.py");
      chmodSync(main, 0o755);
      // Where it lies in the end nothing can be written.
      Bun.spawnSync(["/usr/bin/python3", "-m", "compileall", "-q", join(root, "usr/share/ifupdown2")]);
      const program = (word: string) => [join(root, "sbin", word), "-a"];
      tools.push({ name, up: program("ifup"), down: program("ifdown"), bridge: () => [made] });
    }
  }
  return peers;
}

function unpacked(name: string, folder: string): string | undefined {
  const root = join(folder, name);
  mkdirSync(root, { recursive: true });
  const options = { cwd: folder, env: { PATH: commandPath }, stderr: "ignore" } as const;
  Bun.spawnSync(["apt-get", "download", "-q", name], options);
  const file = readdirSync(folder).find((one) => one.startsWith(`${name}_`) && one.endsWith(".deb"));
  if (file === undefined) return undefined;
  return Bun.spawnSync(["dpkg", "-x", file, root], options).success ? root : undefined;
}

/** `ip -batch` for the same; the address is deleted and not flushed, which would have it read all there are. */
export function ipBatch(folder: string, links: readonly Link[], bridges: boolean): Ifup {
  const file = (name: string, lines: readonly string[]) => {
    writeFileSync(join(folder, name), `${lines.join("\n")}\n`);
    return ["ip", "-batch", join(folder, name)];
  };
  const kind = bridges ? "bridges" : "links";
  const up = links.flatMap(({ name, address }) => [
    ...(bridges ? [`link add ${name} type bridge`] : []),
    `address add ${address} broadcast + dev ${name}`,
    `link set ${name} up`,
  ]);
  const down = links.flatMap(({ name, address }) =>
    bridges ? [`link delete ${name}`] : [`address delete ${address} dev ${name}`, `link set ${name} down`],
  );
  return { name: "ip -batch", up: file(`${kind}-up`, up), down: file(`${kind}-down`, down) };
}

export interface Link {
  name: string;
  address: string;
}

export function linksOf(count: number, prefix: string): Link[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `${prefix}${at}`,
    address: `10.${Math.floor(at / 250)}.${at % 250}.1/24`,
  }));
}

/** interfaces(5) of them. */
export function stanzas(links: readonly Link[], options: (name: string) => string[] = () => []): string {
  const lines = links.map(({ name, address }) =>
    [
      `auto ${name}`,
      `iface ${name} inet static`,
      ...[`address ${address}`, ...options(name)].map((line) => `    ${line}`),
    ]
      .concat("", "")
      .join("\n"),
  );
  return `auto lo\niface lo inet loopback\n\n${lines.join("")}`;
}

/** Reads words, runs them, and says how many microseconds that took and how it ended; without anything of ours between. */
const driver = `
log=$1; shift
mkdir -p /run/network
for phase in pre-up up down post-down; do mkdir -p /etc/network/if-$phase.d; done
while [ "$1" != -- ]; do mount -t overlay overlay -o "lowerdir=$2:$1" "$1" || exit 125; shift 2; done; shift
for settings; do cp -r "$settings/." /etc/network/; done
while IFS=$'\\t' read -r -a words; do
  begun=$EPOCHREALTIME
  "\${words[@]}" >"$log" 2>&1 </dev/null
  status=$?
  ended=$EPOCHREALTIME
  echo "$(( \${ended/./} - \${begun/./} )) $status"
done`;

/** A process that lives in a namespace with `/etc/network` and `/run` of its own, and runs programs there. */
export class Scene {
  readonly namespace: Namespace;
  readonly #log: string;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #answers: AsyncIterator<string>;

  /** @param empty further folders that it sees empty */
  constructor(
    namespace: Namespace,
    folder: string,
    env: Record<string, string>,
    { peers, empty = [] }: { peers?: Peers; empty?: string[] } = {},
  ) {
    this.namespace = namespace;
    this.#log = join(folder, "said");
    const overlays = Object.entries(peers?.overlays ?? {}).flat();
    const words = [this.#log, ...overlays, "--", ...(peers?.settings ?? [])];
    const inside = namespace.insideWith(
      { tmpfs: ["/run", "/etc/network", "/var/tmp", ...empty] },
      ...["bash", "-c", driver, "bash", ...words],
    );
    this.#child = Bun.spawn(inside, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { PATH: commandPath, HOME: "/nonexistent", REEVE_HOME: "/nonexistent", LC_ALL: "C.UTF-8", ...env },
    });
    this.#answers = lines(this.#child.stdout);
  }

  /** @returns milliseconds. @throws when it fails */
  async run(...words: string[]): Promise<number> {
    this.#child.stdin.write(`${words.join("\t")}\n`);
    this.#child.stdin.flush();
    const { value } = await this.#answers.next();
    const [microseconds, status] = String(value).split(" ");
    if (status === "0") return Number(microseconds) / 1000;
    const said = existsSync(this.#log) ? readFileSync(this.#log, "utf8").slice(-1000) : "";
    throw new Error(`${words.join(" ")} ended with ${status ?? "its scene"}: ${said}`);
  }

  /** So many of these links have their address and are up, or none at all. @throws when not */
  check(links: readonly Link[], up: boolean): void {
    const { namespace } = this;
    const wanted = new Map(links.map(({ name, address }) => [name, address]));
    const found = new Map<string, string[]>();
    for (const each of namespace.json("-4 address show")) {
      const infos = each.addr_info as { local: string; prefixlen: number }[];
      found.set(
        String(each.ifname),
        infos.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
      );
    }
    const isUp = (flags: unknown) => (flags as string[]).includes("UP");
    const upNow = new Set(namespace.json("link show").flatMap(({ ifname, flags }) => (isUp(flags) ? [ifname] : [])));
    const wrong = links.filter(({ name }) => {
      const addresses = found.get(name) ?? [];
      return up ? addresses.join() !== wanted.get(name) || !upNow.has(name) : addresses.length > 0 || upNow.has(name);
    });
    if (wrong.length > 0) {
      throw new Error(`${wrong.length} of ${links.length} links are not ${up ? "up" : "down"}: ${wrong[0]?.name}`);
    }
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#child.exited;
  }
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 1);
    }
  }
}

export interface Daemon {
  pid: number;
  stop(): Promise<void>;
}

/** A daemon in the scene, which says when it is ready. */
export async function daemonIn(scene: Scene, state: string): Promise<Daemon> {
  await scene.run(binary, "netconf", "daemon", "--background", "--state", state);
  const pid = Number(readFileSync(join(state, "run", "netconf.pid"), "utf8"));
  return {
    pid,
    async stop() {
      await scene.run(binary, "netconf", "stop", "--state", state);
    },
  };
}
