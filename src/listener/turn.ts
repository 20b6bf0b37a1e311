/** Only one at a time, in the order in which they came. */
export class Turn {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when all before have ended. @returns what ends ours; more than once does nothing */
  async take(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
