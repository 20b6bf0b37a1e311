/** DHCP clients that run, and the DHCP events that wait for what these do. */
import type { LeaseEvent } from "./dhcp/lease.ts";
import type { Client } from "./dhcp/supplier.ts";
import type { Ended, Task } from "./events/task.ts";
import type { Family } from "./kernel/state.ts";

/** A DHCP event that waits: what the client's script says until it has ended is its child. */
export interface Waiting {
  task: Task;
  /** It has come to an end; `unanswered`: it may go on asking. */
  settle(ended: Ended, unanswered?: boolean): void;
}

export class Clients {
  readonly #live = new Map<string, Client>();
  readonly #waiting = new Map<string, Waiting>();

  get(iface: string, family: Family): Client | undefined {
    return this.#live.get(`${family} ${iface}`);
  }

  /** Until it ends: `gone` is called then, unless another one has taken its place. */
  add(client: Client, gone: (client: Client) => void): void {
    const { iface, family } = client.record;
    const key = `${family} ${iface}`;
    this.#live.set(key, client);
    void client.exited.then(() => {
      if (this.#live.get(key) !== client) return;
      this.#live.delete(key);
      gone(client);
    });
  }

  /** Its end is no news any more. */
  forget(client: Client): void {
    const { iface, family } = client.record;
    if (this.#live.get(`${family} ${iface}`) === client) this.#live.delete(`${family} ${iface}`);
  }

  of(iface: string): Client[] {
    return [...this.#live.values()].filter(({ record }) => record.iface === iface);
  }

  waiting(iface: string, family: Family): Waiting | undefined {
    return this.#waiting.get(`${family} ${iface}`);
  }

  /** While `work` runs, this event is the one that waits for the interface's client. */
  async whileWaiting<T>(iface: string, family: Family, waiting: Waiting, work: () => Promise<T>): Promise<T> {
    const key = `${family} ${iface}`;
    this.#waiting.set(key, waiting);
    try {
      return await work();
    } finally {
      if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    }
  }

  /** What a script says is news of a client that we have, or wait for: others were replaced or ended meanwhile. */
  isOurs({ iface, family, pid }: LeaseEvent): boolean {
    if (this.waiting(iface, family)) return true;
    const client = this.get(iface, family);
    return client !== undefined && (pid === 0 || pid === client.record.pid);
  }
}
