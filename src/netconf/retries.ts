/** Tries again what was deferred, less and less often; carrier, a lease or a device that comes are quicker. */
import type { Engine } from "./engine.ts";

/** Milliseconds before the first try, and between later ones at most. */
const first = 30_000;
const most = 300_000;

export class Retries {
  readonly #due = new Map<string, { count: number; cancel: () => void }>();

  /** Unless the interface's client goes on asking by itself. */
  later(engine: Engine, iface: string): void {
    const count = this.#due.get(iface)?.count ?? 0;
    this.#due.get(iface)?.cancel();
    if (!engine.world.settings.stays || engine.clients.of(iface).length > 0) return;
    const cancel = engine.world.clock.after(Math.min(first * 2 ** count, most), () => {
      engine.events.queue("TIMER", iface, { what: "retry" }, { by: "timer", timeout: engine.world.settings.timeout });
    });
    this.#due.set(iface, { count: count + 1, cancel });
  }

  forget(iface: string): void {
    this.#due.get(iface)?.cancel();
    this.#due.delete(iface);
  }

  close(): void {
    for (const { cancel } of this.#due.values()) cancel();
    this.#due.clear();
  }
}
