/** A set of small whole numbers, a bit each. */
export class Bits {
  #words = new Uint32Array(1024);

  has(number: number): boolean {
    return ((this.#words[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0;
  }

  add(number: number): void {
    const word = number >>> 5;
    if (word >= this.#words.length) {
      const larger = new Uint32Array(Math.max(word + 1, this.#words.length * 2));
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[word]! |= 1 << (number & 31);
  }

  delete(number: number): void {
    if (this.has(number)) this.#words[number >>> 5]! &= ~(1 << (number & 31));
  }

  clear(): void {
    this.#words.fill(0);
  }
}
