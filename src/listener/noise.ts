/** What a handler prints, for the log: bounded, so that one that never stops talking fills no disk. */
import { type Level, levels, logSettings } from "../log.ts";

/** Lines that are written in each window; the rest is counted. */
const most = 500;
/** Milliseconds. */
const window = 10_000;

export class Noise {
  readonly #write: (level: Level, text: string) => void;
  readonly #now: () => number;
  #begun = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #dropped = 0;
  /** The latest of them, for the message of a process that ends. */
  readonly last: string[] = [];

  constructor(write: (level: Level, text: string) => void, now: () => number = () => performance.now()) {
    this.#write = write;
    this.#now = now;
  }

  line(text: string, level: Level = "INFO"): void {
    this.last.push(text);
    if (this.last.length > 10) this.last.shift();
    // What nobody writes does not count.
    if (levels.indexOf(level) > levels.indexOf(logSettings().level)) return;
    if (this.#now() - this.#begun > window) {
      this.flush();
      this.#begun = this.#now();
      this.#lines = 0;
    }
    if (++this.#lines <= most) this.#write(level, text);
    else this.#dropped++;
  }

  /** Says how much was left out. */
  flush(): void {
    if (this.#dropped > 0) this.#write("WARNING", `(${this.#dropped} more lines)`);
    this.#dropped = 0;
  }
}
