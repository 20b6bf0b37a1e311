/**
 * Addresses that have just been taken into use, and of which another host may still say that they are its own: whoever
 * comes up does not wait for that (RFC 5227 §2.1 would take seconds), but the client's script does. At a conflict the
 * address goes, and the script's answer lets the client decline the lease, which it can at no later time.
 */
import { hookTimeout } from "./dhcp/client-variables.ts";
import type { Lease } from "./dhcp/lease.ts";
import type { Engine } from "./engine.ts";

interface Watch {
  address: string;
  /** True: another host has it, and we have it no more. */
  over: Promise<boolean>;
  end(): void;
}

export class Watches {
  readonly #of = new Map<string, Watch>();

  /** In place of any other of that interface. Shorter where the lease is, and always over before the script gives up. */
  begin(engine: Engine, iface: string, lease: Lease): void {
    this.end(iface);
    const { stays, dhcpWatch, dhcpTimeout } = engine.world.settings;
    const time = Math.min(dhcpWatch, dhcpTimeout / 4, (lease.lifetime ?? Number.POSITIVE_INFINITY) * 250);
    if (!stays || time <= 0) return;
    const abort = new AbortController();
    const { promise: over, resolve } = Promise.withResolvers<boolean>();
    const end = () => {
      abort.abort();
      resolve(false);
    };
    const watch = { address: lease.address, over, end };
    this.#of.set(iface, watch);
    const { clock } = engine.world;
    const begun = clock.steady();
    const conflict = async (): Promise<void> => {
      const taken = await engine.world.neighbours.answers(iface, lease.address, time, abort.signal).catch(() => false); // the device has gone, or nobody wants to know any more
      if (this.#of.get(iface) !== watch) return;
      this.#of.delete(iface);
      if (taken) await takenAway(engine, iface, lease);
      resolve(taken);
      if (!taken || clock.steady() - begun < scriptTime(dhcpTimeout)) return;
      // A long operation was in the way, and the script has given up meanwhile: its client believes in the lease.
      const { timeout } = engine.world.settings;
      engine.events.queue("CARRIER", iface, { carrier: true }, { by: "arp", timeout });
    };
    void conflict();
  }

  /** Nobody need know any more. */
  end(iface: string): void {
    this.#of.get(iface)?.end();
    this.#of.delete(iface);
  }

  /** Whether the address has turned out to be another host's, when there has been time to hear of it. */
  async taken(iface: string, address: string): Promise<boolean> {
    const watch = this.#of.get(iface);
    return watch?.address === address && (await watch.over);
  }

  close(): void {
    for (const iface of [...this.#of.keys()]) this.end(iface);
  }
}

/** Milliseconds that a client's script waits for its answer. @param dhcpTimeout milliseconds */
function scriptTime(dhcpTimeout: number): number {
  return hookTimeout(dhcpTimeout / 1000) * 1000;
}

async function takenAway(engine: Engine, iface: string, lease: Lease): Promise<void> {
  const said = { reason: "expire", said: "CONFLICT", iface, family: 4, pid: 0, unusable: "", old: lease } as const;
  await engine.events.queue("LEASE", iface, said, { by: "arp", timeout: engine.world.settings.timeout }).done;
}
