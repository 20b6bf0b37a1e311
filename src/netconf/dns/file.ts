/**
 * A resolv.conf that Reeve owns: written anew as a whole, with what stood there before kept until no interface brings
 * anything any more. Which interface brought what is kept in the run folder: one-shot commands and restarts go on with it.
 */
import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Problem } from "../../problem.ts";
import { makeFolder, readJson, replaceFile } from "../../system/file.ts";
import type { WantedDns } from "../plan/wanted.ts";
import { isNothing, mark, merge, resolvConf } from "./merge.ts";

export interface ResolvFileOptions {
  /** `/etc/resolv.conf` */
  path: string;
  /** Folder of the run folder: goes with the power, as what interfaces bring does. */
  run: string;
  /** Folder of the state folder: what was there before outlives the power, for ours does, too. */
  state: string;
}

/** What stood at the path; `link` where that was a symbolic link, `text` for a file, neither: nothing. */
interface Before {
  link?: string;
  text?: string;
}

/** Bytes of a resolv.conf that are kept. */
const longest = 64 * 1024;
/** Where other managers write theirs: a link to there is put aside, never written through. */
const foreign = /^\/(var\/)?run\/(systemd\/resolve|NetworkManager|resolvconf|connman)\//;

/** Path of another manager's file that it is a link to; undefined: it is none. */
export function managedLink(path: string): string | undefined {
  const target = linkTarget(path);
  return target !== undefined && foreign.test(target) ? target : undefined;
}

export class ResolvFile {
  readonly #options: ResolvFileOptions;
  /** Of each interface, in the order in which they came; read at first, then in memory: the run folder may be full. */
  #brought: Map<string, WantedDns> | undefined;

  constructor(options: ResolvFileOptions) {
    this.#options = options;
  }

  /** @throws Problem `io` (a read-only file system …); the file is then what it was */
  set(iface: string, dns: WantedDns): void {
    attempt(this.#options.path, () => this.#set(iface, dns));
  }

  #set(iface: string, dns: WantedDns): void {
    const { run } = this.#options;
    const file = join(run, "dns.json");
    this.#brought ??= new Map(Object.entries((readJson(file) as Record<string, WantedDns> | undefined) ?? {}));
    const all = this.#brought;
    if (isNothing(dns)) all.delete(iface);
    else all.set(iface, dns);
    const merged = merge(all.values());
    if (isNothing(merged)) this.#restore();
    else this.#write(merged);
    makeFolder(run, 0o755);
    replaceFile(file, JSON.stringify(Object.fromEntries(all)), 0o644);
  }

  #write(merged: WantedDns): void {
    const path = this.#place();
    const there = read(path);
    if (!there?.startsWith(mark)) this.#keep(path);
    const before = this.#kept();
    // Search domains alone are no reason to be without name servers.
    const servers = merged.servers.length > 0 ? "" : nameservers(before?.text ?? "");
    const text = `${mark}\n${servers}${resolvConf(merged)}`;
    if (there !== text) put(path, text);
  }

  #restore(): void {
    const path = this.#place();
    // Somebody else has written it meanwhile: it is theirs now.
    if (read(path)?.startsWith(mark)) {
      const before = this.#kept();
      if (before?.link !== undefined) putLink(path, before.link);
      else if (before?.text !== undefined) put(path, before.text);
      else if (before) rmSync(path, { force: true });
    }
    rmSync(this.#keeping, { force: true });
  }

  get #keeping(): string {
    return join(this.#options.state, "resolv.conf.before");
  }

  /** A link of the site's own is followed (`/etc` may be read-only), one to another manager's file is replaced. */
  #place(): string {
    const { path } = this.#options;
    const target = linkTarget(path);
    return target === undefined || foreign.test(target) ? path : target;
  }

  #keep(path: string): void {
    const status = lstatSync(path, { throwIfNoEntry: false });
    const before: Before = status?.isSymbolicLink()
      ? { link: readlinkSync(path) }
      : status
        ? { text: readFileSync(path, "utf8").slice(0, longest) }
        : {};
    makeFolder(this.#options.state, 0o700);
    replaceFile(this.#keeping, JSON.stringify(before), 0o600);
  }

  #kept(): Before | undefined {
    return readJson(this.#keeping) as Before | undefined;
  }
}

/** Undefined: it is no link. */
function linkTarget(path: string): string | undefined {
  let at = path;
  // A loop of links ends nowhere.
  for (let hops = 0; hops < 16 && lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink(); hops++) {
    at = resolve(dirname(at), readlinkSync(at));
    if (foreign.test(at)) break;
  }
  return at === path ? undefined : at;
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function nameservers(text: string): string {
  return text
    .split("\n")
    .filter((line) => /^\s*nameserver\s/.test(line))
    .map((line) => `${line}\n`)
    .join("");
}

function put(path: string, text: string): void {
  try {
    replaceFile(path, text, 0o644);
  } catch (error) {
    // Something is mounted there (containers, `ip netns exec`): it can be written, and not replaced.
    const { code } = ((error as Problem).cause ?? {}) as NodeJS.ErrnoException;
    if (code !== "EBUSY") throw error;
    writeFileSync(path, text);
  }
}

function putLink(path: string, target: string): void {
  const beside = `${path}.${process.pid}.new`;
  rmSync(beside, { force: true });
  symlinkSync(target, beside);
  renameSync(beside, path);
}

function attempt(path: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("io", `cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
