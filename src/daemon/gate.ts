/** So much costly work at a time; the rest waits in line, and what finds the line full is refused. */
import { Problem } from "../problem.ts";

export class Gate {
  readonly #atOnce: number;
  readonly #longest: number;
  readonly #line: (() => void)[] = [];
  #running = 0;

  /** @param longest most that wait */
  constructor(atOnce: number, longest: number) {
    this.#atOnce = atOnce;
    this.#longest = longest;
  }

  /** @throws Problem `unavailable` when the line is full */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= this.#atOnce) {
      if (this.#line.length >= this.#longest) {
        throw new Problem("unavailable", "too many requests of this kind at once; try again", { retryAfter: 5 });
      }
      // Who ends hands the place over, so that nobody slips in between.
      await new Promise<void>((resolve) => this.#line.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
