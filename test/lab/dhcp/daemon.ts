/**
 * The daemon's half of DHCP, as far as a client can tell: the hook socket, a lock, addresses put on the device and taken
 * off again. What it answers is the test's to say.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Verdict } from "../../../src/netconf/dhcp/hook.ts";
import { type HookCall, type HookServer, serveHook } from "../../../src/netconf/dhcp/hook-server.ts";
import type { Lease, LeaseEvent, LeaseReason } from "../../../src/netconf/dhcp/lease.ts";
import { scriptText } from "../../../src/netconf/dhcp/script.ts";
import { binary } from "../console.ts";
import { temporaryFolder } from "../folder.ts";
import type { Namespace } from "../netns.ts";

export interface FakeDaemon {
  /** Run folder: socket, lock, files of clients. */
  folder: string;
  socket: string;
  /** The script for clients. */
  script: string;
  events: LeaseEvent[];
  /** What the script was called for when it ran the program to ask. */
  programs(): string[];
  /** What the next calls are told; default: `ok`, after the address was set. */
  answer: (call: HookCall) => Verdict | undefined | Promise<Verdict | undefined>;
  /** The first event of that reason, or like that, after `from` events; default: from now on. */
  next(wanted: LeaseReason | ((event: LeaseEvent) => boolean), from?: number): Promise<LeaseEvent>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** @param devices whose clients ask by pipes; those of others by the socket */
export async function fakeDaemon(namespace: Namespace, ...devices: string[]): Promise<FakeDaemon> {
  const folder = temporaryFolder("dhcp");
  const socket = join(folder, "netconf-hook.sock");
  const script = join(folder, "reeve-dhcp-hook");
  const program = join(folder, "program");
  const ran = join(folder, "ran");
  writeFileSync(program, `#!/bin/sh\necho "$reason$REASON" >> "${ran}"\nexec "${binary}" "$@"\n`, { mode: 0o755 });
  writeFileSync(script, scriptText([program]), { mode: 0o755 });
  let server: HookServer | undefined;
  let waiting: { fits(event: LeaseEvent): boolean; resolve(event: LeaseEvent): void }[] = [];

  const set = (verb: "replace" | "del", { family, address, prefix }: Lease, iface: string) => {
    if (address !== "") namespace.ip(`-${family} addr ${verb} ${address}/${prefix} dev ${iface}`);
  };
  const configure = async ({ reason, family, iface, lease, old }: LeaseEvent) => {
    if (reason === "preinit") {
      namespace.ip(`link set ${iface} up`);
      // DHCPv6 speaks from a link-local address, once that is known to be nobody else's.
      const ready = () => /inet6 fe80/.test(namespace.ip(`-6 addr show dev ${iface} scope link -tentative`));
      while (family === 6 && !ready()) await Bun.sleep(20);
    }
    if (old && (lease ? old.address !== lease.address : reason !== "fail")) {
      try {
        set("del", old, iface);
      } catch {
        // it was not there
      }
    }
    if (lease && reason !== "depref") set("replace", lease, iface);
  };

  const daemon: FakeDaemon = {
    folder,
    socket,
    script,
    events: [],
    programs: () => (existsSync(ran) ? readFileSync(ran, "utf8").split("\n").slice(0, -1) : []),
    answer: () => undefined,
    next(wanted, from = daemon.events.length) {
      const fits = typeof wanted === "function" ? wanted : (event: LeaseEvent) => event.reason === wanted;
      const there = daemon.events.slice(from).find(fits);
      if (there) return Promise.resolve(there);
      return new Promise((resolve) => waiting.push({ fits, resolve }));
    },
    async start() {
      server = await serveHook(socket, async (call) => {
        const { event } = call;
        daemon.events.push(event);
        const ready = waiting.filter(({ fits }) => fits(event));
        waiting = waiting.filter(({ fits }) => !fits(event));
        const verdict = await daemon.answer(call);
        if (verdict === undefined) await configure(event);
        for (const { resolve } of ready) resolve(event);
        return verdict ?? "ok";
      });
      for (const device of devices) for (const family of [4, 6] as const) server.expect(device, family);
    },
    async stop() {
      await server?.stop(0);
    },
  };
  await daemon.start();
  return daemon;
}

/** Everything that `work` starts is inside the namespace. */
export async function within<T>(namespace: Namespace, work: () => Promise<T>): Promise<T> {
  using _inside = namespace.enter();
  return await work();
}
