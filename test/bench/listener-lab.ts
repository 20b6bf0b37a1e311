/** What the measurements of the directory listener share: slapd with people in it, a listener in a folder, programs. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ListenerStatus, socketName } from "../../src/console/directory/control.ts";
import { connect } from "../../src/umcp/client.ts";
import { binary } from "../lab/console.ts";
import { admin, password, people, type SlapdLab, slapdOrSkip, slapdPresent, suffix } from "../lab/slapd.ts";
import { peakOf } from "./proc.ts";

/** What OpenLDAP's and Python's programs are given: they are Debian's, not those of a toolchain on PATH. */
export const environment = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" };

/** Part of the usual sizes: `REEVE_BENCH_SCALE=0.1` tries a bench out. */
const scale = Number(process.env.REEVE_BENCH_SCALE ?? 1);
export const scaled = (size: number): number => Math.max(100, Math.round(size * scale));

/** Why nothing can be measured, or undefined. */
export function directoryMissing(): string | undefined {
  if (!slapdPresent()) return "slapd is not installed";
  return Bun.which("ldapsearch", environment) ? undefined : "OpenLDAP's programs are not installed (ldap-utils)";
}

/** slapd with `dbnosync`, that remembers deletions and changes in memory: the least it can do for a change. */
export async function directoryOf(entries: number): Promise<SlapdLab> {
  const slapd = await slapdOrSkip({ log: "memory", sessionLog: 100_000, ldif: () => people(entries) });
  if (!slapd) throw new Error("slapd is not installed");
  writeFileSync(passwordFile(slapd), password, { mode: 0o600 });
  return slapd;
}

export const passwordFile = (slapd: SlapdLab): string => join(slapd.folder, "password");

/** Words that every program of OpenLDAP begins with. */
export const bindWords = (slapd: SlapdLab): string[] => ["-x", "-H", slapd.uri, "-D", admin, "-y", passwordFile(slapd)];

/** Without the handler that feeds the console's cache: it stores a second time what is loaded. */
export const listenerEnvironment = { ...environment, REEVE_HOME: "/nonexistent", REEVE_LISTENER_SHIPPED: "{}" };

export function listenerWords(slapd: SlapdLab, folder: string, ...more: string[]): string[] {
  const where = ["--state", folder, "-c", join(folder, "cache"), "-m", handlersFolder(folder)];
  mkdirSync(handlersFolder(folder), { recursive: true });
  return [
    ...[binary, "listener", "-F", "-H", slapd.uri, "-b", suffix, "-D", admin, "-y", passwordFile(slapd)],
    ...[...where, ...more],
  ];
}

export const handlersFolder = (folder: string): string => join(folder, "handlers");

const spawnOptions = { stdin: "ignore", stdout: "ignore", stderr: "inherit" } as const;

export interface Run {
  /** Milliseconds from start to end, and processor milliseconds of the process. */
  wall: number;
  cpu: number;
  /** Most resident memory, MiB. */
  peak: number;
}

/** A program to its end; what it says is thrown away. */
export async function run(words: string[], env: Record<string, string> = environment): Promise<Run> {
  const begun = performance.now();
  const child = Bun.spawn(words, { ...spawnOptions, cwd: "/", env });
  // Not from getrusage(2): there, what starts a program counts as the program's own.
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 10);
  const status = await child.exited;
  const wall = performance.now() - begun;
  clearInterval(watch);
  if (status !== 0) throw new Error(`${words.slice(0, 3).join(" ")} … ended with ${status}`);
  return { wall, cpu: Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000, peak };
}

export interface Listening {
  pid: number;
  status(): Promise<ListenerStatus>;
  /** Looks every few milliseconds. @returns the status that it holds of */
  until(holds: (status: ListenerStatus) => boolean, every?: number): Promise<ListenerStatus>;
  stop(): Promise<void>;
}

/** A listener of the built binary; when the promise resolves, it follows and its handlers have had their initial load. */
export async function listen(slapd: SlapdLab, folder: string): Promise<Listening> {
  const words = listenerWords(slapd, folder, "-d", "1");
  const child = Bun.spawn(words, { ...spawnOptions, cwd: "/", env: listenerEnvironment });
  const unix = join(folder, "run", socketName);
  let client: Awaited<ReturnType<typeof connect>> | undefined;
  while (!client) {
    if (child.exitCode !== null) throw new Error(`the listener ended with ${child.exitCode}`);
    client = await connect({ unix }).catch(() => undefined);
    if (!client) await Bun.sleep(10);
  }
  const asked = client;
  const status = async () => (await asked.request("COMMAND", ["status"], { options: {} })).result as ListenerStatus;
  const listening: Listening = {
    pid: child.pid,
    status,
    async until(holds, every = 20) {
      for (;;) {
        const now = await status();
        if (holds(now)) return now;
        await Bun.sleep(every);
      }
    },
    async stop() {
      asked.close();
      child.kill();
      await child.exited;
    },
  };
  const ready = (now: ListenerStatus) =>
    now.phase === "following" && now.handlers.every(({ state, lag }) => state === "following" && lag.events === 0);
  await listening.until(ready);
  return listening;
}

/** LDIF of so many changes, each of one attribute of one of the people, in turns from `first` on in steps of `step`. */
export function changes(count: number, entries: number, first = 0, step = 1): string {
  const records = Array.from({ length: count }, (_, at) => {
    const number = first + at * step;
    const uid = `user${String(number % entries).padStart(6, "0")}`;
    return `dn: uid=${uid},ou=people,${suffix}\nchangetype: modify\nreplace: employeeNumber\nemployeeNumber: c${number}\n`;
  });
  return records.join("\n");
}

/** ldapmodify, several at once, each with its part of the changes. @returns milliseconds until the last has ended */
export async function write(slapd: SlapdLab, folder: string, writers: number, count: number, entries: number) {
  const files = Array.from({ length: writers }, (_, writer) => {
    const file = join(folder, `changes-${writer}.ldif`);
    writeFileSync(file, changes(Math.ceil((count - writer) / writers), entries, writer, writers));
    return file;
  });
  const begun = performance.now();
  await Promise.all(files.map((file) => run(["ldapmodify", ...bindWords(slapd), "-f", file])));
  return performance.now() - begun;
}
