/** The apply that waits for its confirm: on disk, so that it is taken back whatever becomes of us. */
import type { RolledBack } from "../console/interfaces/control.ts";
import { Problem } from "../problem.ts";
import type { Engine } from "./engine.ts";
import { type Pending, verdict } from "./pending.ts";

export class Confirmation {
  readonly #engine: Engine;
  /** The last apply, where it was taken back: since then the configuration was neither read nor applied. */
  rolledBack: RolledBack | undefined;
  #pending: Pending | undefined;
  #cancel: (() => void) | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Undefined: none waits. */
  get pending(): Pending | undefined {
    return this.#pending;
  }

  /** It is on disk, and taken back when its time is over. @throws Problem `io`, `permission`: it is not on disk */
  begin(pending: Pending): void {
    this.#engine.world.pending.write(pending);
    this.#wait(pending);
  }

  /** Confirmed, or taken back. @throws Problem `io` */
  end(): void {
    this.#engine.world.pending.remove();
    this.#cancel?.();
    this.#pending = undefined;
  }

  /** What a former process left. */
  recover(): void {
    const engine = this.#engine;
    const { pending: store, journal, settings } = engine.world;
    let pending: Pending | undefined;
    try {
      pending = store.read((text) => void engine.warnings.add(text));
    } catch (error) {
      engine.warnings.add(`an apply may wait for its confirm: ${Problem.from(error).message}`);
    }
    if (!pending) return;
    const what = verdict(pending, store.here, store.uptime());
    if (what === "forget" || journal.rolledBack.has(pending.id)) {
      this.former(pending, "it was not confirmed before this host or the daemon ended");
      store.remove();
    } else if (what === "wait") this.#wait(pending);
    else {
      this.#pending = pending;
      const parameters = { what: "confirm" } as const;
      engine.events.queue("TIMER", "", parameters, { by: "start", timeout: settings.timeout });
    }
  }

  /** The configuration of before is in force again. */
  former({ configuration, id }: Pending, why: string): void {
    this.#engine.configuration = configuration;
    this.rolledBack = { id, at: this.#engine.now, why };
  }

  close(): void {
    this.#cancel?.();
  }

  #wait(pending: Pending): void {
    const { clock, pending: store, settings } = this.#engine.world;
    this.#pending = pending;
    this.#cancel?.();
    this.#cancel = clock.after(Math.max(0, pending.ends - store.uptime()) * 1000, () => {
      this.#engine.events.queue("TIMER", "", { what: "confirm" }, { by: "timer", timeout: settings.timeout });
    });
  }
}
