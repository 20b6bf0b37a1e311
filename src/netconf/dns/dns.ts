/** Which resolver is told of name servers, and the way to it. */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../process/program.ts";
import type { WantedDns } from "../plan/wanted.ts";
import type { Dns } from "../world.ts";
import { managedLink, ResolvFile } from "./file.ts";
import { resolvconf, resolved } from "./programs.ts";

export interface DnsOptions {
  /** `netconf.dns` */
  by: "auto" | "resolvconf" | "resolved" | "file" | "none";
  /** `netconf.resolvConf` */
  path: string;
  run: string;
  state: string;
  /** How programs are found; tests put theirs in. */
  find?: (name: string) => string | undefined;
  /** Socket by which systemd-resolved shows that it runs. */
  socket?: string;
}

type Way = Exclude<DnsOptions["by"], "auto">;

const resolvedSocket = "/run/systemd/resolve/io.systemd.Resolve";

/** Interfaces are told of one after the other, whoever asks. */
export function dnsHere(options: DnsOptions): Dns {
  const { path, run, state, find = findProgram } = options;
  const by = options.by === "auto" ? choose(options, find) : options.by;
  const set = setter(by, { path, run: join(run, "netconf"), state: join(state, "netconf") }, find);
  let last: Promise<void> = Promise.resolve();
  return {
    by,
    set(iface, dns, signal) {
      const turn = last.then(() => set(iface, dns, signal));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

function setter(
  by: Way,
  paths: { path: string; run: string; state: string },
  find: (name: string) => string | undefined,
): (iface: string, dns: WantedDns, signal: AbortSignal) => Promise<void> {
  if (by === "none") return async () => undefined;
  if (by === "resolvconf") return resolvconf(find("resolvconf") ?? "resolvconf");
  if (by === "resolved") return resolved(find("resolvectl") ?? "resolvectl");
  const file = new ResolvFile(paths);
  return async (iface, dns) => file.set(iface, dns);
}

function choose({ path, socket = resolvedSocket }: DnsOptions, find: (name: string) => string | undefined): Way {
  const resolvectl = find("resolvectl");
  const link = managedLink(path);
  // At boot it may start after us; where the file is its own, it will, or D-Bus starts it.
  if (resolvectl && (existsSync(socket) || link?.includes("/systemd/resolve/"))) return "resolved";
  const program = find("resolvconf");
  // systemd has a resolvconf of its own, which is resolvectl, and of no use where resolved does not run.
  if (program && !realpathSync(program).endsWith("/resolvectl")) return "resolvconf";
  // Another manager's, NetworkManager's for instance: whose it is, is to see to it.
  return link === undefined ? "file" : "none";
}
