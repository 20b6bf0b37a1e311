/** The apply that waits for its confirm, and what is in force after one that was taken back: on disk, whatever becomes of us. */
import { Problem } from "../problem.ts";
import type { Engine } from "./engine.ts";
import type { Configuration } from "./interfaces/configuration.ts";
import { differs, type Former, formerOf, isOf, type Pending, verdict } from "./pending.ts";

/** Milliseconds between two tries to take an apply back. */
const again = 5000;

export class Confirmation {
  readonly #engine: Engine;
  /** The last apply, where it was taken back: since then the configuration was neither read nor applied. */
  #rolledBack: Former | undefined;
  #pending: Pending | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;
  /** The warning that what was in force is not on disk. */
  #unkept = "";

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Undefined: none waits. */
  get pending(): Pending | undefined {
    return this.#pending;
  }

  /** Undefined: what is in force is what was read or applied last. */
  get rolledBack(): Former | undefined {
    return this.#rolledBack;
  }

  /**
   * Before the first step of an apply, or of what takes one back: whatever cuts it off, this is in force at the next start.
   * @param apply its number, where it has one already
   */
  prepare(configuration: Configuration, apply = this.#engine.world.journal.next): void {
    const { now, world } = this.#engine;
    const before = { ...world.pending.here, apply };
    this.#keep({ id: 0, at: now, why: "it was not done when this host or the daemon ended", configuration, before });
  }

  /** It is on disk, and taken back when its time is over. @throws Problem `io`, `permission`: it is not on disk */
  begin(pending: Pending): void {
    this.#engine.world.pending.write(pending);
    this.#wait(pending);
  }

  /** What the files said when they were read last is in force for good: confirmed, applied, read anew. @throws Problem `io` */
  release(): void {
    this.#engine.world.pending.remove();
    this.#end(undefined);
  }

  /** The configuration of before is in force again. */
  takenBack({ configuration, id }: Pick<Former, "configuration" | "id">, why: string): void {
    const former = { id, at: this.#engine.now, why, configuration };
    this.#keep(former);
    this.#end(former);
  }

  /** What a former process left. */
  recover(): void {
    const engine = this.#engine;
    const { pending: store, journal, settings } = engine.world;
    let kept: ReturnType<typeof store.read>;
    try {
      kept = store.read((text) => void engine.warnings.add(text));
    } catch (error) {
      engine.warnings.add(`an apply may wait for its confirm: ${Problem.from(error).message}`);
    }
    if (!kept) return;
    const former = formerOf(kept, store.here, journal, engine.now);
    if (former) this.#restore(former, kept);
    else if (!("inverse" in kept)) this.#forget();
    else if (verdict(kept, store.here, store.uptime()) === "wait") {
      if (settings.stays) this.#wait(kept);
      else engine.warnings.add(`apply ${kept.id} is not confirmed: \`reeve netconf daemon\` sees to it`);
    } else {
      this.#pending = kept;
      if (settings.stays) this.#overdue(kept, "start");
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  /** Unless somebody has put the files right meanwhile, or other files are in use. */
  #restore(former: Former, kept: unknown): void {
    const engine = this.#engine;
    const { configuration: read } = engine;
    if (!isOf(former, read.files[0] ?? "")) return;
    if (differs(former, read)) {
      if (kept !== former) this.#keep(former);
      this.#end(former);
      return;
    }
    this.#forget();
  }

  #forget(): void {
    const { warnings, world } = this.#engine;
    try {
      world.pending.remove();
    } catch (error) {
      warnings.add(Problem.from(error).message);
    }
  }

  /** What is there instead, where it cannot be written, says the same at the next start: the journal knows of it. */
  #keep(former: Former): void {
    const { warnings, world } = this.#engine;
    warnings.delete(this.#unkept);
    try {
      world.pending.write(former);
    } catch (error) {
      this.#unkept = `the configuration of before an apply cannot be kept: ${Problem.from(error).message}`;
      warnings.add(this.#unkept);
    }
  }

  #end(former: Former | undefined): void {
    this.#cancel?.();
    this.#pending = undefined;
    this.#rolledBack = former;
    if (former) this.#engine.configuration = former.configuration;
  }

  #wait(pending: Pending): void {
    const { clock, pending: store } = this.#engine.world;
    this.#pending = pending;
    this.#rolledBack = undefined;
    this.#cancel?.();
    this.#cancel = clock.after(Math.max(0, pending.ends - store.uptime()) * 1000, () =>
      this.#overdue(pending, "timer"),
    );
  }

  /** For who does not stay: what nobody has confirmed in time is taken back before anything else is done. */
  async takeBackLate(): Promise<void> {
    if (this.#pending) await this.#takeBack("start");
  }

  /** Tried until it is taken back: there may have been no time for it. */
  #overdue(pending: Pending, by: string): void {
    const { world } = this.#engine;
    void this.#takeBack(by).then(() => {
      if (this.#pending !== pending || this.#closed) return;
      this.#cancel = world.clock.after(again, () => this.#overdue(pending, "timer"));
    });
  }

  #takeBack(by: string): Promise<unknown> {
    const { events, world } = this.#engine;
    return events.queue("TIMER", "", { what: "confirm" }, { by, timeout: world.settings.timeout }).done;
  }
}
