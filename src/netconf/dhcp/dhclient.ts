/** ISC dhclient as a supplier: dhclient(8), dhclient-script(8). */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../problem.ts";
import { adoptLasting, factsOf, type Lasting, startLasting } from "../../process/lasting.ts";
import { findProgram } from "../../process/program.ts";
import { run } from "../../process/run.ts";
import { makeFolder, replaceFile } from "../../system/file.ts";
import { type FileLock, lockFile } from "../../system/flock.ts";
import { lastLine } from "./client-log.ts";
import { wishesOf } from "./client-options.ts";
import { clientVariables } from "./client-variables.ts";
import { dhclientConf } from "./dhclient-conf.ts";
import { leaseEvent } from "./lease-event.ts";
import type { Client, ClientOptions, ClientRecord, Supplier } from "./supplier.ts";
import { takeOver } from "./take-over.ts";

/** Milliseconds between TERM and KILL; it has no reason to take longer than none at all. */
const grace = 2000;

export const dhclient: Supplier = {
  name: "dhclient",
  program: () => findProgram("dhclient"),
  async start(options) {
    const files = filesOf(options);
    makeFolder(options.folder, 0o755);
    const argv = prepare(options, files);
    await takeOver(options.iface, options.family, files.leases);
    const { iface, family } = options;
    const lock = await hold(files, argv);
    try {
      const process = await startLasting(argv, { log: files.log, lock: lock.fd });
      const { pid, startTime } = process;
      const paths = { leaseFile: files.leases, pidFile: files.pid, logFile: files.log };
      return new Running({ supplier: "dhclient", iface, family, pid, startTime, argv, ...paths }, process);
    } finally {
      lock.release(); // it holds the lock now, if it was started
    }
  },
  adopt(record) {
    const process = isClient(record.pid, record.leaseFile) && adoptLasting(record.pid, record.startTime);
    return process ? new Running(record, process) : undefined;
  },
  parse: (environment, now) => leaseEvent("dhclient", environment, now),
};

class Running implements Client {
  record: ClientRecord;
  readonly exited: Promise<{ status: number | null }>;
  #process: Lasting;
  #gone = Promise.withResolvers<{ status: number | null }>();

  constructor(record: ClientRecord, process: Lasting) {
    this.record = record;
    this.#process = process;
    this.exited = this.#gone.promise;
    this.#watch();
  }

  #watch(): void {
    const process = this.#process;
    void process.exited.then((exit) => {
      // `renew` has put another in its place.
      if (process === this.#process) this.#gone.resolve(exit);
    });
  }

  async release(deadline: number): Promise<void> {
    await this.#written();
    await this.stop();
    const mode = this.record.argv.slice(1);
    // Without a pid file it does not wait a second for a process that has gone.
    const command = [this.record.argv[0] ?? "dhclient", "-r", ...mode];
    try {
      await run(command, { timeout: Math.max(1, deadline), maxOutput: 64 * 1024, onOverflow: "truncate" });
    } catch (error) {
      // It has ended, which is what counts: the server forgets the lease by itself.
      if (Problem.from(error).code !== "timeout") throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#process.end(grace);
    rmSync(this.record.pidFile, { force: true });
  }

  /** There is no signal for it: started anew it asks for the lease that it has (INIT-REBOOT). */
  async renew(): Promise<void> {
    const former = this.#process;
    const { argv, logFile, leaseFile, pidFile } = this.record;
    await this.#written();
    const standIn = Promise.withResolvers<never>();
    this.#process = { ...former, exited: standIn.promise };
    try {
      await former.end(grace);
      const lock = await hold({ leases: leaseFile, pid: pidFile }, argv);
      try {
        this.#process = await startLasting(argv, { log: logFile, lock: lock.fd });
      } finally {
        lock.release();
      }
    } catch (error) {
      this.#gone.resolve({ status: null });
      throw error;
    }
    const { pid, startTime } = this.#process;
    this.record = { ...this.record, pid, startTime };
    this.#watch();
  }

  /** It writes a lease down when its script has said yes: before that there is nothing to give back, or to ask for again. */
  async #written(): Promise<void> {
    const end = performance.now() + grace;
    while (this.lastWord().startsWith("DHCPACK ") && performance.now() < end) await sleep(5);
  }

  lastWord(): string {
    return lastLine(this.record.logFile);
  }
}

interface Files {
  leases: string;
  pid: string;
  log: string;
  conf: string;
  /** Lease file of the client for the other address family: it may know this host's DUID. */
  other: string;
}

// AppArmor's profile lets dhclient have /var/lib/dhcp/dhclient*, and nothing else of ours.
function filesOf({ folder, iface, family }: ClientOptions): Files {
  const of = (which: number, ending: string) => join(folder, `dhclient-reeve-${iface}-${which}.${ending}`);
  const mine = (ending: string) => of(family, ending);
  return {
    leases: mine("leases"),
    pid: mine("pid"),
    log: mine("log"),
    conf: mine("conf"),
    other: of(10 - family, "leases"),
  };
}

function prepare(options: ClientOptions, files: Files): string[] {
  const { iface, family, script, declineWait } = options;
  const wishes = wishesOf(options);
  const own = ["/etc/dhcp/dhclient.conf", "/etc/dhclient.conf"].find((path) => existsSync(path));
  const conf = dhclientConf(wishes, own, options.timeout);
  // The same as last time, as a rule: a file that is put in its place is synced, which may take as long as a lease.
  if (textOf(files.conf) !== conf) replaceFile(files.conf, conf, 0o644);
  const six = [
    ...(wishes.stateless ? ["-S"] : []),
    ...(wishes.prefix ? ["-P", ...(wishes.stateless ? [] : ["-N"])] : []),
  ];
  return [
    ...["dhclient", `-${family}`, "-d"],
    // As ifupdown calls it: an identifier of RFC 4361, so that servers know us as the same host.
    ...(family === 4 && wishes.clientId !== "no" ? ["-i"] : []),
    ...(family === 6 ? six : []),
    ...["-I", "-df", files.other, "-cf", files.conf, "-lf", files.leases, "-pf", files.pid, "-sf", script],
    ...(declineWait === undefined ? [] : ["--decline-wait-time", String(declineWait)]),
    ...clientVariables("dhclient", options, files.log),
    iface,
  ];
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * dhclient does not refuse to be the second one on an interface. The lock is its own as long as it lives; one of ours
 * that nobody knows any more is ended.
 */
async function hold(files: Pick<Files, "leases" | "pid">, argv: readonly string[]): Promise<FileLock> {
  const path = `${files.leases.replace(/\.leases$/, "")}.lock`;
  const free = lockFile(path);
  if (free) return free;
  for (const pid of await pidsOf(files.leases)) await adoptLasting(pid, factsOf(pid)?.startTime ?? 0)?.end(grace);
  const lock = lockFile(path);
  if (!lock) throw new Problem("conflict", `another dhclient serves ${argv.at(-1)} (lock of ${path})`);
  return lock;
}

async function pidsOf(leases: string): Promise<number[]> {
  const { readdir } = await import("node:fs/promises");
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => isClient(pid, leases));
}

function isClient(pid: number, leases: string): boolean {
  const facts = factsOf(pid);
  return facts?.name === "dhclient" && facts.argv.includes(leases);
}
