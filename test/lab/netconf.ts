/** A host whose network the built binary configures: a namespace, a folder with its files, the daemon when it is wanted. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Asked, Options, Results, Verb } from "../../src/console/interfaces/control.ts";
import { controlName, statusName, verbs } from "../../src/console/interfaces/control.ts";
import { connect } from "../../src/umcp/client.ts";
import { binary, reeve } from "./console.ts";
import { temporaryFolder } from "./folder.ts";
import type { Namespace } from "./netns.ts";

export class NetconfHost {
  readonly namespace: Namespace;
  readonly folder: string;
  readonly env: Record<string, string>;
  #daemon: Bun.Subprocess<"ignore", "pipe", "pipe"> | undefined;

  constructor(namespace: Namespace, interfaces: string, settings: Record<string, string> = {}) {
    this.namespace = namespace;
    this.folder = temporaryFolder("netconf");
    mkdirSync(join(this.folder, "scripts"));
    this.env = {
      PATH: process.env.PATH ?? "",
      HOME: "/nonexistent",
      REEVE_HOME: "/nonexistent",
      REEVE_STATE: join(this.folder, "state"),
      REEVE_NETCONF_INTERFACES: join(this.folder, "interfaces"),
      REEVE_NETCONF_SCRIPTS: join(this.folder, "scripts"),
      REEVE_NETCONF_IFSTATE: join(this.folder, "ifstate"),
      REEVE_NETCONF_POLICY: join(this.folder, "policy"),
      REEVE_NETCONF_RESOLV_CONF: join(this.folder, "resolv.conf"),
      REEVE_NETCONF_DNS: "file",
      REEVE_NETCONF_GROUP: "",
      REEVE_NETCONF_DHCP_HOOKS: join(this.folder, "dhcp"),
      ...settings,
    };
    this.write(interfaces);
  }

  write(interfaces: string): void {
    writeFileSync(join(this.folder, "interfaces"), interfaces);
  }

  get run(): string {
    return this.env.REEVE_RUN ?? join(this.folder, "state", "run");
  }

  /** `reeve netconf …` to its end; status lines are on `stderr`. */
  netconf(...words: string[]) {
    return reeve(["netconf", ...words], { env: this.env, within: this.namespace.inside() });
  }

  /** … that is left to itself: its process. */
  spawn(...words: string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    return Bun.spawn(this.namespace.inside(binary, "netconf", ...words), {
      stdio: ["ignore", "pipe", "pipe"],
      env: this.env,
    });
  }

  /** … as somebody else. */
  netconfAs(user: string, ...words: string[]) {
    const gid = spawnSync("id", ["-g", user], { encoding: "utf8" }).stdout.trim();
    const within = this.namespace.inside("setpriv", `--reuid=${user}`, `--regid=${gid}`, "--init-groups");
    return reeve(["netconf", ...words], { env: this.env, within });
  }

  /** Resolves when it is ready. */
  async start(...words: string[]): Promise<void> {
    const child = this.spawn("daemon", ...words);
    this.#daemon = child;
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    if (value === undefined) throw new Error(`the daemon ended: ${await new Response(child.stderr).text()}`);
  }

  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  /** Ends it by a signal, in order unless told otherwise, and resolves when it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const child = this.#daemon;
    if (!child) return null;
    child.kill(signal);
    await child.exited;
    this.#daemon = undefined;
    return child.exitCode;
  }

  /** Over the sockets, as the command line does. */
  async ask<V extends Verb>(verb: V, options: Options[V], onPartial?: (partial: unknown) => void): Promise<Results[V]> {
    const client = await connect({ unix: join(this.run, verbs[verb].changes ? controlName : statusName) });
    try {
      const body: Asked<V> = { options };
      const { result } = await client.request("COMMAND", [verb], body as never, onPartial ? { onPartial } : {});
      return result as Results[V];
    } finally {
      client.close();
    }
  }

  /** Status lines of a verb, and its answer. */
  async told<V extends Verb>(verb: V, options: Options[V]): Promise<{ lines: string[]; result: Results[V] }> {
    const lines: string[] = [];
    const result = await this.ask(verb, options, (partial) => {
      lines.push(...(partial as { line: string }).line.split("\n"));
    });
    return { lines, result };
  }

  /** Resolves as soon as the monitor tells a line that fits. */
  async until(fits: RegExp, work: () => Promise<unknown>): Promise<string> {
    const client = await connect({ unix: join(this.run, statusName) });
    try {
      const found = Promise.withResolvers<string>();
      const monitoring = client.request("COMMAND", ["monitor"], { options: { kernel: true } } as never, {
        onPartial: (partial) => {
          const { text } = partial as { text?: string };
          if (text !== undefined && fits.test(text)) found.resolve(text);
        },
      });
      monitoring.catch((error) => found.reject(error));
      // The server has the request before the next one on any connection is answered.
      await client.request("STATUS", [], {});
      await work();
      return await found.promise;
    } finally {
      client.close();
    }
  }

  /** Addresses of a device that are not of the link alone. */
  addresses(device: string): string[] {
    const [link] = this.namespace.json(`addr show dev ${device}`);
    const all = (link?.addr_info ?? []) as { local: string; prefixlen: number; scope: string }[];
    return all.filter(({ scope }) => scope === "global").map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  }
}
