/** What a plan is: steps in order, each with what takes it back, why it is done and the line that wants it. Plain data. */
import type { Difference } from "../../console/interfaces/control.ts";
import type { Position } from "../interfaces/configuration.ts";
import type { KernelState } from "../kernel/state.ts";
import type { Step, Undoable } from "../kernel/step.ts";
import type { Owned, Part } from "./wanted.ts";

export interface Planned extends Undoable {
  /** Interface for which it is done: a port is enslaved for its bridge. */
  iface: string;
  at?: Position;
  /** `missing`: it makes something; `different`: it changes something; `extra`: it takes something of ours away. */
  kind: Exclude<Difference["kind"], "foreign">;
  /** What about: `address 192.0.2.1/24`, `mtu 1400 instead of 1500`. Steps that serve one end have the same words. */
  what: string;
}

/** What a plan is made against. */
export interface Ground {
  state: KernelState;
  sysctl(key: readonly string[]): string | undefined;
  /** Of every interface that has a record: what two want is not taken away with one of them. */
  owned: ReadonlyMap<string, Owned>;
}

export interface PlanOptions {
  /** Default: all three. */
  parts?: readonly Part[];
  /**
   * There is a new lease: lifetimes of addresses are set although the kernel has some. Without it a limited lifetime
   * equals any other limited one, for it runs off while nobody looks.
   */
  renew?: boolean;
  /** False: steps come without inverses, which cost more than all the rest; `withInverses` makes them when they are needed. */
  inverses?: boolean;
}

/** Something that is wanted and was left out of the plan, and why: it is no failure. */
export interface Notice {
  iface: string;
  at?: Position;
  /** `port eth7 is not there`, `default route: that of eth1 has the same metric`. */
  text: string;
}

export interface Plan {
  steps: Planned[];
  /** Of each interface that was planned for: what is ours when all steps are done. */
  owned: Map<string, Owned>;
  notices: Notice[];
}

/** What takes all of it back, in order: the last step's inverse first. */
export function inverseOf(steps: readonly Undoable[]): Step[] {
  return steps.toReversed().flatMap(({ inverse }) => inverse);
}
