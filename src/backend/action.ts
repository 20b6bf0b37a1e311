/** What an action is: stages in phases, run over one device (or none), and what comes of it. */
import type { Source } from "../snmp/source.ts";
import type { Oid } from "../snmp/value.ts";
import type { DeviceRow } from "../store/device.ts";
import type { Store } from "../store/store.ts";
import type { HookEvent } from "./hooks.ts";
import type { BackendOptions } from "./options.ts";
import type { SiteStages } from "./site-stages.ts";

/** In this order. A stage of `check` that says no ends the job; `store` is the only phase that writes to the store. */
export const phases = ["check", "early", "main", "user", "store", "late"] as const;
export type Phase = (typeof phases)[number];

export interface Outcome {
  /**
   * `done`: all of it. `info`: nothing to do, and why (not an error). `defer`: the device cannot be reached now; the
   * queue tries again later. `error`: it failed, or only a part was done.
   */
  status: "done" | "info" | "defer" | "error";
  /** One sentence for a person: what was done, or why not and what to do. */
  message: string;
  /** With `error`: a part was done and stored, so what comes after goes on. */
  partial?: true;
}

/** What somebody wants done. */
export interface JobRequest {
  action: string;
  /** One stage alone (`neighbors` of `discover::neighbors`); "" for all. */
  stage: string;
  /** Address, `HOST:PORT` or name; "" for actions without a device. */
  device: string;
  port: string;
  /** The action's own parameter (Netdisco's subaction). */
  extra: string;
  /** Do it though it is not due, or access lists forbid it. */
  force: boolean;
  username: string;
  userip: string;
  /** Why, as the user gave it; for the log of port control. */
  reason?: string | undefined;
}

/** One line of progress or of the trace, for whoever watches. */
export type Report = (text: string, fields?: Record<string, unknown>) => void;

export interface Connection {
  source: Source;
  /** Of the credential that answered: remembered with the device. */
  tag: string;
  version: 1 | 2 | 3;
}

/** A device that is to be connected to. */
export interface AskedFor {
  /** What the store has at that address. */
  known: DeviceRow | undefined;
  /** What it was asked for by, for lists of credentials. */
  name: string;
}

/** What stages work with. */
export interface Tools {
  store: Store;
  options: BackendOptions;
  /**
   * The agent at that address with the first credential that answers.
   * @param asked what the caller knows of it already; the store is asked otherwise
   * @throws Problem `unavailable` when none does: the job is deferred
   */
  connect(target: string, purpose: "read" | "write", signal: AbortSignal, asked?: AskedFor): Promise<Connection>;
  /** Nothing is sent to a device but reads, and the store is a scratch one. */
  dryRun: boolean;
  /** `connect` gives a recording: what it says is not what the device says now. */
  recorded?: boolean | undefined;
  report: Report;
  /** Somebody wants to see every row (`traceRows`). */
  tracing?: boolean | undefined;
  /** A row for whoever asked to see it (`show`). */
  show(table: string, row: object): void;
  /** Stages of this site, by action; they run after ours of the same phase. */
  siteStages?: SiteStages | undefined;
  /** Something hooks may want to be told of. */
  event(event: HookEvent): void;
}

export interface JobContext extends Tools {
  request: JobRequest;
  signal: AbortSignal;
}

export interface Stage<State> {
  name: string;
  phase: Phase;
  /** Told in help: "LLDP and CDP". */
  help: string;
  /** Stages that must have run before it; asked for singly, it brings them along. */
  needs?: readonly string[];
  /** What it wants of the device's tables. The action reads what all its chosen stages want in one go (`Action.read`). */
  objects?(state: State): readonly Oid[];
  /**
   * An outcome of `info`, `defer` or `error` ends the job with it; nothing, or `done`, goes on. The last `done` message
   * is the job's.
   */
  run(context: JobContext, state: State): Promise<Outcome | undefined> | Outcome | undefined;
}

export interface Action<State = unknown> {
  name: string;
  help: string;
  /** What it wants: a device, a port of it, neither. */
  wants: "device" | "port" | "nothing";
  /** What `extra` means, where it means something; after `required: ` where nothing goes without it. */
  extra?: string;
  /** Asked for by a person, so it goes before the scheduled ones. */
  urgent?: boolean;
  /** Milliseconds it gets to break off, where the usual few seconds are not enough. */
  grace?: number;
  /** Made anew for each job; stages hand on through it. */
  state(): State;
  /** Frees what the state holds, however the job ended. */
  end?(state: State): void;
  /** Reads before `main` what its stages want. */
  read?(context: JobContext, state: State, objects: readonly Oid[]): Promise<Outcome | undefined>;
  stages: readonly Stage<State>[];
}
