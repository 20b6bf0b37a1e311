/** Waits until what was put into the kernel counts there: duplicate addresses, ports, carrier. Nothing hangs for it. */
import type { Engine } from "./engine.ts";
import { Ends, type Task } from "./events/task.ts";
import type { Address, KernelState } from "./kernel/state.ts";
import type { Wanted } from "./plan/wanted.ts";

/** @throws Ends `conflict`: another host has one of the addresses; Stopped */
export async function settled(engine: Engine, task: Task, iface: string, wanted: Wanted): Promise<void> {
  const { dad, ports, carrier } = wanted.waits;
  const link = (state: KernelState) => state.links.get(iface);
  if (ports > 0) {
    const names = wanted.ports.map(({ is }) => is.name);
    const missing = (state: KernelState) => names.filter((name) => state.links.get(name)?.master !== iface);
    if (missing(engine.state).length > 0) {
      await within(engine, task, ports, "ports", (state) => missing(state).length === 0 || undefined);
    }
  }
  if (carrier > 0 && link(engine.state)?.carrier === false) {
    await within(engine, task, carrier, "carrier", (state) => link(state)?.carrier || undefined);
  }
  if (dad > 0 && wanted.addresses.some(({ is }) => is.family === 6)) {
    const own = (state: KernelState) => ownAddresses(state, wanted);
    if (own(engine.state).some(isTentative) && link(engine.state)?.carrier) {
      await within(
        engine,
        task,
        dad,
        "duplicate address detection",
        (state) => !own(state).some(isTentative) || undefined,
      );
    }
    const taken = own(engine.state).find(({ flags }) => flags.includes("dadfailed"));
    if (taken) throw new Ends("conflict", `another host has ${taken.address}`);
  }
}

function ownAddresses({ addresses }: KernelState, wanted: Wanted): Address[] {
  const names = new Set(wanted.addresses.map(({ is }) => `${is.device} ${is.address}`));
  return addresses.filter(({ device, address }) => names.has(`${device} ${address}`));
}

function isTentative({ flags }: Address): boolean {
  return flags.includes("tentative") && !flags.includes("dadfailed");
}

/** Until it is so, or the seconds are over, which is said. */
async function within(
  engine: Engine,
  task: Task,
  seconds: number,
  what: string,
  look: (state: KernelState) => true | undefined,
): Promise<void> {
  engine.say(task, `waits for ${what}, ${seconds} s at most`);
  const found = await engine.changes.within(task, seconds * 1000, look);
  if (!found) engine.say(task, `goes on without: ${what}`);
}
