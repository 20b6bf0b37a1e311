/** The files that say how this host is to be configured. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../problem.ts";
import { withLoopback } from "../classic/definitions.ts";
import { readIfstate } from "../ifstate.ts";
import type { StateEntry } from "../ifstate-lines.ts";
import { systemFiles } from "../interfaces/files.ts";
import { loadConfiguration } from "../interfaces/parser.ts";
import type { Files } from "../world.ts";
import { managers } from "./managers.ts";

/** Bytes of a policy. */
const mostPolicy = 1 << 20;
/** Names that run-parts(8) takes. */
const scriptName = /^[a-zA-Z0-9_-]+$/;

export interface FilesOptions {
  /** Path of interfaces(5). */
  interfaces: string;
  /** Path of the policy; "": none. */
  policy: string;
  /** Folder of `if-up.d` and the others. */
  scripts: string;
  /** Folder of `dhclient-exit-hooks.d` and the others; "": none. */
  clientHooks: string;
  /** Folder of ifstate; "": none. */
  ifstate: string;
}

export function filesHere({ interfaces, policy, scripts, clientHooks, ifstate }: FilesOptions): Files {
  return {
    async configuration() {
      // Without a loopback little works on a host, and few files speak of it.
      return withLoopback(inFile(interfaces, () => loadConfiguration(interfaces)));
    },
    interfacesPath: interfaces,
    async policy() {
      if (policy === "") return undefined;
      try {
        return inFile(policy, () => systemFiles.read(policy, mostPolicy));
      } catch (error) {
        if (error instanceof Problem && error.code === "missing") return undefined;
        throw error;
      }
    },
    policyPath: policy,
    tables: routingTables,
    attribute: (iface, name) => {
      if (!/^[\w.@:-]+$/.test(iface) || !/^[\w-]+(\/[\w-]+)*$/.test(name)) return undefined;
      return read(`/sys/class/net/${iface}/${name}`)?.trim();
    },
    listed: listing(ifstate),
    manager: (link) => managers().of(link),
    seed: read("/etc/machine-id")?.trim() ?? "",
    scripts: (phase) => parts(join(scripts, `if-${phase}.d`)).filter((path) => isFile(path, 0o111)),
    clientHooks() {
      if (clientHooks === "") return [];
      const all = ["enter", "exit"].map((when) => join(clientHooks, `dhclient-${when}-hooks`));
      return all.flatMap((path) => [path, ...parts(`${path}.d`)]).filter((path) => isFile(path));
    },
  };
}

/** Every interface of a request asks: it is read anew when it is another file, which each ifup puts in its place. */
function listing(folder: string): () => readonly StateEntry[] {
  let known: { of: string; entries: readonly StateEntry[] } = { of: "", entries: [] };
  return () => {
    try {
      const status = folder && statSync(`${folder}/ifstate`, { bigint: true, throwIfNoEntry: false });
      if (!status) return [];
      const of = `${status.ino} ${status.mtimeNs} ${status.size}`;
      if (of !== known.of) known = { of, entries: readIfstate(folder) };
      return known.entries;
    } catch {
      return []; // nobody's that we could read
    }
  };
}

/** What cannot be read is told by its name. */
function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = Problem.from(error);
    throw new Problem(code, message.startsWith(`${path}:`) ? message : `${path}: ${message}`, { cause: error });
  }
}

/** In the order of run-parts(8); none where there is no such folder. */
function parts(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => scriptName.test(name));
    // Byte order, as LC_COLLATE=C has it.
    names.sort((a, b) => (a < b ? -1 : 1));
    return names.map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** @param bits of its mode, of which it must have one */
function isFile(path: string, bits = 0o777): boolean {
  try {
    const { mode } = statSync(path);
    return (mode & 0o170000) === 0o100000 && (mode & bits) !== 0;
  } catch {
    return false; // a dangling link
  }
}

/** Lines `NUMBER NAME` of iproute2's files. */
function routingTables(): ReadonlyMap<string, number> {
  const paths = [
    "/etc/iproute2/rt_tables",
    ...folder("/etc/iproute2/rt_tables.d").filter((path) => path.endsWith(".conf")),
  ];
  const tables = new Map<string, number>();
  for (const path of paths) {
    for (const [, number = "", name = ""] of (read(path) ?? "").matchAll(/^\s*(\d+|0x[0-9a-f]+)\s+([^\s#]+)/gim)) {
      tables.set(name, Number(number));
    }
  }
  return tables;
}

function folder(path: string): string[] {
  try {
    return readdirSync(path)
      .sort()
      .map((name) => join(path, name));
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // it is absent, or the device has gone
  }
}
