/** The kernel by rtnetlink(7): its state is followed over one socket, and changed over another. */
import { ethtool } from "./ethtool.ts";
import type { Kernel } from "./kernel.ts";
import { NetlinkReader, type Silent } from "./netlink-reader.ts";
import { mostTogether, NetlinkWriter } from "./netlink-writer.ts";
import { addressKey, type KernelChange } from "./state.ts";
import type { NewAddress, Step, StepResult } from "./step.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

export interface NetlinkKernelOptions {
  /** Bytes of notifications that may wait while this process is busy; the kernel takes no memory for them before. */
  receiveBuffer?: number;
}

/** Milliseconds of work at a stretch, before others of this process get their turn. */
const stretch = 5;

/**
 * Of the network namespace that this thread is in. Its state is empty until `refresh`, and kept current from then on.
 * It keeps the process alive until it is closed.
 * @throws Problem `missing`, `permission`, `io`: there is no netlink to be had
 */
export function openNetlinkKernel({ receiveBuffer = 16 * 1024 * 1024 }: NetlinkKernelOptions = {}): Kernel {
  const listeners = new Set<(change: KernelChange) => void>();
  const reader = new NetlinkReader({
    receiveBuffer,
    onChange(change) {
      for (const listener of listeners) {
        try {
          listener(change);
        } catch (error) {
          // What is wrong with a listener must not end the reading.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  });
  const writer = new NetlinkWriter(reader.model);
  /** Ends with the last step that was asked for. */
  let work: Promise<unknown> = Promise.resolve();
  let performing = 0;

  const one = async (step: Step): Promise<StepResult> => {
    if (step.do === "sysctl") return writeSysctl(step.key, step.value);
    return step.do === "ethtool" ? await ethtool(step) : writer.write(step);
  };
  const write = async (steps: readonly Step[], goOn: boolean): Promise<StepResult[]> => {
    const results: StepResult[] = [];
    let rested = performance.now();
    while (results.length < steps.length) {
      const at = results.length;
      const together = await writer.writeTogether(steps.slice(at, at + mostTogether), goOn);
      results.push(...(together.length > 0 ? together : [await one(steps[at]!)]));
      if (!goOn && results.slice(at).some(({ ok }) => !ok)) break;
      if (performance.now() - rested < stretch) continue;
      await new Promise((resolve) => setImmediate(resolve));
      rested = performance.now();
    }
    return results;
  };

  return {
    get state() {
      return reader.model.state;
    },
    refresh: () => reader.refresh(),
    async perform(steps, { goOn = false } = {}) {
      const written = work.then(() => write(steps, goOn));
      work = written.catch(() => undefined);
      performing++;
      try {
        const results = await written;
        // The next one's steps are being done meanwhile.
        await reader.settle(silentOf(steps.filter((_, at) => results[at]?.ok)));
        return results;
      } finally {
        performing--;
        if (performing === 0) writer.forget();
      }
    },
    watch(listener) {
      // One function may be given several times.
      const own = (change: KernelChange) => listener(change);
      listeners.add(own);
      return { close: () => void listeners.delete(own) };
    },
    sysctl: readSysctl,
    close() {
      listeners.clear();
      reader.close();
      writer.close();
    },
  };
}

/** What the kernel says nothing of when this is done, or not at once. */
function silentOf(steps: readonly Step[]): Silent {
  const links = new Set<string>();
  const addresses = new Map<string, NewAddress>();
  for (const step of steps) {
    // It speaks of links that are up.
    if (step.do === "link-data" || step.do === "port-data") links.add(step.name);
    if (step.do === "link-set" || step.do === "link-add") {
      const { alias, addressGeneration, name = step.name } = step.settings ?? {};
      if (alias !== undefined || addressGeneration !== undefined) links.add(name);
    }
    if (step.do === "sysctl" && step.key[1] === "conf" && !/^(all|default)$/.test(step.key[2] ?? "all")) {
      links.add(step.key[2]!);
    }
    // Of addresses of IPv6 it speaks when it has looked for others that have them.
    if (step.do === "address-add" && step.address.family === 6) addresses.set(addressKey(step.address), step.address);
    if (step.do === "address-delete") addresses.delete(addressKey(step.address));
  }
  return { links: [...links], addresses: [...addresses.values()] };
}
