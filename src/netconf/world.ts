/**
 * All that the engine needs from outside. What comes from it, and the order in which it comes, is all that decides what
 * the engine does: it reads no clock, file, process or kernel but by this, so that a recorded world plays back.
 */

import type { Clock } from "../clock.ts";
import type { Boot } from "./boot.ts";
import type { Supplier } from "./dhcp/supplier.ts";
import type { Task } from "./events/task.ts";
import type { Configuration } from "./interfaces/configuration.ts";
import type { Journal } from "./journal.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { Kept } from "./pending.ts";
import type { WantedDns } from "./plan/wanted.ts";

export interface World {
  settings: EngineSettings;
  clock: Clock;
  kernel: Kernel;
  files: Files;
  programs: Programs;
  /** Those that are installed, best first. */
  suppliers: readonly Supplier[];
  neighbours: Neighbours;
  dns: Dns;
  hostName: HostName;
  journal: Journal;
  pending: PendingApply;
  /** Present: what is asked of the engine, and what became of it, is recorded. */
  recording?: Recording;
}

export interface Recording {
  /** Something was asked. */
  note(name: string, value: unknown): void;
  /** All of it has ended. */
  tree(root: Task): void;
  /** Somebody only looks: what he reads is not recorded, for no replay has him. */
  aside<T>(look: () => T): T;
}

export interface EngineSettings {
  /** Milliseconds for an interface to come up or go down. */
  timeout: number;
  /** Milliseconds in which an apply must be confirmed. */
  confirm: number;
  /** Milliseconds for a first lease. */
  dhcpTimeout: number;
  /** Milliseconds for other hosts to say that an address is theirs: before a lease's is used, and when it is in use. */
  dhcpProbe: number;
  dhcpWatch: number;
  /** A host without a name takes that of a lease. */
  dhcpHostName: boolean;
  /** Name of the supplier of leases; `auto`: the first one. */
  dhcpClient: string;
  /** Folder for files of clients, the program they run, and the socket on which that finds us. */
  clients: { folder: string; script: string; socket: string };
  /**
   * True: it stays to see what comes (the daemon), so that it may say of an interface that it is deferred. False: it ends
   * with its operation, and what did not come is a failure unless a client goes on by itself.
   */
  stays: boolean;
  /** Uids that may do everything beside 0: that of the service. */
  uids: readonly number[];
}

/** The apply that waits for its confirm, or what is in force after one that was taken back (pending.ts); on disk. */
export interface PendingApply {
  here: Boot;
  /** Seconds since the host was booted. */
  uptime(): number;
  /** Undefined: there is none; `warn` is told of one that cannot be understood. @throws Problem `io` */
  read(warn: (text: string) => void): Kept | undefined;
  /** @throws Problem `io`, `permission` */
  write(kept: Kept): void;
  /** @throws Problem `io` */
  remove(): void;
}

/** What is read from files, always whole and anew. */
export interface Files {
  /** What is wrong with it is among its diagnostics. @throws Problem `missing`, `permission`, `io`, `config`: it cannot be read at all */
  configuration(): Promise<Configuration>;
  interfacesPath: string;
  /** Text of the policy; undefined: there is none. @throws Problem `io`, `permission` */
  policy(): Promise<string | undefined>;
  policyPath: string;
  /** Names of routing tables (/etc/iproute2/rt_tables). */
  tables(): ReadonlyMap<string, number>;
  /** A file of a device's folder in sysfs, for patterns; undefined: there is none. */
  attribute(iface: string, name: string): string | undefined;
  /** What ifstate lists as up, whoever has brought it up, and as which logical interface. */
  listed(): readonly { physical: string; logical: string }[];
  /** Who else takes care of a link: `NetworkManager`, `systemd-networkd`; "": nobody. */
  manager(link: { index: number; name: string }): string;
  /** From which `hwaddress random` is made. */
  seed: string;
  /** Absolute paths of a hook folder's scripts (`if-up.d`) in the order of run-parts(8); none where it is absent. */
  scripts(phase: ScriptPhase): readonly string[];
  /** Absolute paths of the hooks of dhclient-script(8), those of entering before those of leaving it. */
  clientHooks(): readonly string[];
}

export const scriptPhases = ["pre-up", "up", "down", "post-down"] as const;
export type ScriptPhase = (typeof scriptPhases)[number];

/** What a program prints on. */
export type Stream = "stdout" | "stderr";

/** A text for `/bin/sh -c` that root wrote into interfaces(5), or that names files of root's; or an argument vector. */
export type Program = { shell: string } | { argv: readonly string[] };

export interface ProgramOptions {
  /** All of it. */
  env: Readonly<Record<string, string>>;
  /** Ends its process group: TERM, then KILL. */
  signal: AbortSignal;
  /** Written to its standard input, which is then closed; absent: /dev/null. */
  stdin?: string;
  /** Each line that it prints, without what steers a terminal. */
  onLine?: (line: string, stream: Stream) => void;
}

export interface Programs {
  /**
   * Ends when the program itself has: what it left in the background lives on, and nobody waits for its pipes.
   * @returns exit status, null: a signal ended it
   * @throws Problem `missing`, `io`, `cancelled` (by the signal)
   */
  run(program: Program, options: ProgramOptions): Promise<number | null>;
}

/** Hosts on the same wire. */
export interface Neighbours {
  /**
   * Does another host say within so many milliseconds that it has this address (ARP probes, RFC 5227)? It is asked for even
   * where it is ours.
   * @throws Problem `cancelled`, `io`
   */
  answers(iface: string, address: string, milliseconds: number, signal: AbortSignal): Promise<boolean>;
  /** Finds a free address of 169.254/16 (RFC 3927), `prefer` if it is, and claims it. @throws Problem `cancelled`, `io`, `conflict` (too many) */
  claim(iface: string, options: { avoid: readonly string[]; prefer?: string }, signal: AbortSignal): Promise<Claim>;
}

/** A claimed IPv4LL address, defended until it is released. */
export interface Claim {
  address: string;
  /** Resolves when somebody else has won it; never after `release`. */
  lost: Promise<void>;
  release(): void;
}

/** hostname(7). */
export interface HostName {
  read(): string;
  /** @throws Problem `io` */
  write(name: string): void;
}

/** Who tells the resolver (resolvconf, resolved, the file). */
export interface Dns {
  /** `resolvconf`, `resolved`, `file`, `none`. */
  by: string;
  /**
   * What an interface brings, in place of what it brought before; all lists empty: nothing any more. Every text in it has
   * been checked.
   * @throws Problem `io`, `child-failed`, `timeout`
   */
  set(iface: string, dns: WantedDns, signal: AbortSignal): Promise<void>;
}
