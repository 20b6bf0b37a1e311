/**
 * A kernel in memory that behaves as Linux does: the same refusals, the same things done along with what was asked for.
 * Duplicate address detection is not played: addresses are there at once. Made for tests, and for what wants to know how
 * the kernel will be after some steps (`inverse`, dry runs).
 */
import { changesBetween } from "./changes.ts";
import { countsAsDone, failure } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { addAddress, deleteAddress } from "./simulation/addresses.ts";
import { blankLink, blankRule, removeLink } from "./simulation/links.ts";
import { Namespace, Refusal } from "./simulation/namespace.ts";
import { doStep } from "./simulation/steps.ts";
import { settle } from "./simulation/updown.ts";
import type { KernelChange, KernelState, Link } from "./state.ts";
import type { NewAddress, Step, StepResult } from "./step.ts";

export interface SimulatedOptions {
  /** By the key's parts joined with `/`: `ipv6/conf/eth0/accept_ra`. Any key may be made so. */
  sysctls?: Readonly<Record<string, string>>;
  /** Links may be renamed while they are up, as since Linux 6.2; 6.1 says EBUSY. */
  liveRename?: boolean;
  /** What is set already of links that are there already; what it does not know is as in a fresh kernel. */
  readSysctl?: (key: readonly string[]) => string | undefined;
}

/** What others do, and what a test wants to go wrong. Takes effect at once; watchers hear of it in a microtask. */
export interface SimulatedWorld {
  /** As it really is, whatever a kernel has read of it. */
  readonly state: KernelState;
  /** Every step that any kernel of this world was asked to do, in order, with what became of it. */
  readonly log: readonly { step: Step; result: StepResult }[];
  /** One more kernel on the same namespace: another process, or the same one after its death. */
  open(): Kernel;
  /** Somebody else does this. @throws Error with `code` when the kernel refuses. */
  do(...steps: Step[]): void;
  /** Somebody plugs in or pulls out the cable; of a veth without a peer here, what its other end does. */
  cable(name: string, on: boolean): void;
  /** Hardware comes; with a cable in it unless `carrier` is false. */
  appear(name: string, fields?: Partial<Link>): void;
  /** A link goes, hardware as well. */
  vanish(name: string): void;
  /** A foreign address on a link: what `do` with `address-add` does, with all that is usual left out. */
  address(device: string, address: string, prefix: number, fields?: Partial<NewAddress>): void;
  /** The kernel's own flags of an address (`dadfailed`, `tentative`). */
  flag(device: string, address: string, ...flags: string[]): void;
  /** Time goes by: lifetimes run down, and what has expired goes. */
  elapse(seconds: number): void;
  /**
   * The next step that fits fails, with nothing done.
   * @param skip that many fitting steps succeed before
   */
  fail(
    code: string,
    options?: { message?: string; skip?: number; when?: (step: Step) => boolean; times?: number },
  ): void;
  /** The process of all kernels dies after that many more steps: `perform` rejects, and does nothing any more. */
  die(after: number): void;
  /** Notifications are lost from now on, until `overrun`. */
  lose(): void;
  /** The kernel says that notifications were lost (ENOBUFS). */
  overrun(): void;
  /** What ethtool was told: `eth0 offload gso` → `off`. */
  readonly ethtool: ReadonlyMap<string, string>;
  /** All settings in `/proc/sys/net` that are not as the kernel made them. */
  sysctls(): [string, string][];
}

/** A fresh namespace: a loopback that is down, the rules of a kernel that nobody told anything. */
export function freshState(): KernelState {
  const lo: Link = {
    ...blankLink,
    ...{ index: 1, name: "lo", type: "loopback", mtu: 65536, address: "00:00:00:00:00:00", multicast: false },
  };
  const rule = (family: 4 | 6, priority: number, table: number) => ({ ...blankRule, family, priority, table });
  return {
    links: new Map([["lo", lo]]),
    addresses: [],
    routes: [],
    rules: [rule(4, 0, 255), rule(4, 32766, 254), rule(4, 32767, 253), rule(6, 0, 255), rule(6, 32766, 254)],
    forwarding: [],
  };
}

export function simulatedKernel(
  initial: KernelState = freshState(),
  options: SimulatedOptions = {},
): Kernel & { readonly world: SimulatedWorld } {
  const world = simulatedWorld(initial, options);
  return Object.assign(world.open(), { world });
}

/** A namespace that holds this, before anybody does anything to it. */
export function namespaceOf(state: KernelState, options: SimulatedOptions = {}): Namespace {
  const space = new Namespace(options.liveRename ?? false, options.readSysctl);
  for (const link of state.links.values()) {
    space.links.set(link.name, link);
    space.index(link.index);
    space.mac(link.address);
    if (link.up && !link.carrier) space.cables.set(link.name, false);
    if (link.carrier) space.ready.add(link.name);
    if (link.lower && state.links.get(link.lower)?.address === link.address) space.inheriting.add(link.name);
  }
  for (const { name, kind, address, mtu, up, carrier } of state.links.values()) {
    const ports = kind === "bridge" ? space.ports(name) : [];
    if (ports.length > 0 || (up && !carrier)) space.judged.add(name);
    if (ports.length > 0 && ports.every((port) => port.address !== address)) space.given.add(`${name} address`);
    if (ports.length > 0 && ports.every((port) => port.mtu !== mtu)) space.given.add(`${name} mtu`);
  }
  space.fill(state);
  space.sysctls.preset(options.sysctls ?? {});
  return space;
}

interface Failure {
  code: string;
  message: string;
  skip: number;
  times: number;
  when: (step: Step) => boolean;
}

export function simulatedWorld(initial: KernelState = freshState(), options: SimulatedOptions = {}): SimulatedWorld {
  const space = namespaceOf(initial, options);
  const log: { step: Step; result: StepResult }[] = [];
  const kernels = new Set<Open>();
  let failures: Failure[] = [];
  let life = Number.POSITIVE_INFINITY;
  let losing = false;

  const attempt = (step: Step): StepResult => {
    const failing = failures.find(({ when }) => when(step));
    if (failing && failing.skip-- <= 0) {
      if (--failing.times <= 0) failures = failures.filter((one) => one !== failing);
      return failure(failing.code, failing.message);
    }
    try {
      doStep(space, step);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return isSo(step, error.code) ? { ok: true } : failure(error.code, error.message);
    }
  };
  const isSo = (step: Step, code: string) =>
    countsAsDone(step, code) && (step.do !== "link-add" || space.links.get(step.name)?.kind === step.kind);
  const alive = () => {
    if (life <= 0) throw new Error("the process of this kernel is dead");
  };

  interface Open {
    hear(changes: readonly KernelChange[]): void;
  }
  const open = (): Kernel => {
    let known = space.snapshot();
    const listeners = new Set<(change: KernelChange) => void>();
    let unheard: KernelChange[] = [];
    const tell = (changes: readonly KernelChange[]) => {
      known = space.snapshot();
      for (const change of changes) for (const listener of [...listeners]) listener(change);
    };
    const self: Open = {
      hear: (changes) => {
        if (listeners.size === 0) return;
        if (unheard.length === 0) queueMicrotask(flush);
        unheard.push(...changes);
      },
    };
    const flush = () => {
      const changes = unheard;
      unheard = [];
      if (changes.length > 0 && life > 0) tell(changes);
    };
    return {
      get state() {
        return known;
      },
      refresh: async () => {
        alive();
        const changes = losing ? changesBetween(known, space.snapshot()) : [];
        tell(changes);
      },
      perform: async (steps, { goOn = false } = {}) => {
        const results: StepResult[] = [];
        for (const step of steps) {
          alive();
          const result = attempt(step);
          life--;
          log.push({ step, result });
          results.push(result);
          if (!result.ok && !goOn) break;
        }
        alive();
        known = space.snapshot();
        return results;
      },
      watch: (listener) => {
        listeners.add(listener);
        kernels.add(self);
        return { close: () => void listeners.delete(listener) };
      },
      sysctl: (key) => space.sysctls.get(key),
      close: () => {
        listeners.clear();
        kernels.delete(self);
      },
    };
  };

  let lost: KernelState | undefined;
  space.listen((change) => {
    if (!losing) for (const kernel of kernels) kernel.hear([change]);
  });
  const world: SimulatedWorld = {
    get state() {
      return space.snapshot();
    },
    log,
    open,
    do: (...steps) => {
      for (const step of steps) doStep(space, step);
    },
    cable: (name, on) => {
      space.cables.set(space.link(name).name, on);
      space.touched.add(name);
      settle(space);
    },
    appear: (name, fields = {}) => {
      const { carrier = true, ...rest } = fields;
      space.cables.set(name, carrier);
      const address = space.mac();
      space.putLink({ ...blankLink, address, permanentAddress: address, ...rest, index: space.index(), name });
      space.sysctls.deviceCame(name);
      settle(space);
    },
    vanish: (name) => {
      removeLink(space, space.link(name));
      settle(space);
    },
    address: (device, address, prefix, fields = {}) => {
      const family = address.includes(":") ? 6 : 4;
      const unsaid = { peer: "", broadcast: "", label: "", scope: "global", protocol: 0, flags: [] } as const;
      addAddress(space, {
        ...{ ...unsaid, valid: null, preferred: null, ...fields },
        ...{ device, family, address, prefix },
      });
    },
    flag: (device, address, ...flags) => {
      for (const one of space.addressesOf(device)) {
        if (one.address === address) space.putAddress({ ...one, flags }, one);
      }
    },
    elapse: (seconds) => {
      for (const one of space.addresses) {
        if (one.valid === null) continue;
        const valid = one.valid - seconds;
        const preferred = Math.max(0, (one.preferred ?? valid) - seconds);
        if (valid <= 0) deleteAddress(space, one, true);
        else {
          const flags = preferred > 0 ? one.flags : [...new Set([...one.flags, "deprecated"])];
          space.putAddress({ ...one, valid, preferred, flags }, one);
        }
      }
    },
    fail: (code, { message = code, skip = 0, when = () => true, times = 1 } = {}) => {
      failures.push({ code, message, skip, when, times });
    },
    die: (after) => {
      life = after;
    },
    lose: () => {
      losing = true;
      lost = space.snapshot();
    },
    overrun: () => {
      losing = false;
      const changes = changesBetween(lost ?? space.snapshot(), space.snapshot());
      for (const kernel of kernels) kernel.hear([{ what: "overrun" }, ...changes]);
    },
    ethtool: space.ethtool,
    sysctls: () => space.sysctls.entries(),
  };
  return world;
}
