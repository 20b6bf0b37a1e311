/** Cuts a stream of bytes into lines, however it is chopped. */
import { Buffer } from "node:buffer";

/**
 * Takes pieces, gives the lines that have ended. A line longer than `most` bytes is told once, cut to that length, with
 * `whole` false; the rest of it is dropped.
 */
export class LineCutter {
  readonly #most: number;
  readonly #take: (line: string, whole: boolean) => void;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #dropping = false;

  constructor(most: number, take: (line: string, whole: boolean) => void) {
    this.#most = most;
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; ) {
      const end = chunk.indexOf(10, from);
      this.#keep(chunk.subarray(from, end < 0 ? chunk.length : end));
      if (end < 0) return;
      if (!this.#dropping) this.#tell(true);
      this.#dropping = false;
      from = end + 1;
    }
  }

  /** The stream is at its end: what stands there without a line end is told, too. */
  end(): void {
    if (this.#size > 0) this.#tell(true);
  }

  #keep(piece: Uint8Array): void {
    if (this.#dropping || piece.length === 0) return;
    // A copy: the chunk may be a window of a buffer that is filled anew.
    this.#pieces.push(piece.slice(0, this.#most - this.#size));
    this.#size += piece.length;
    if (this.#size <= this.#most) return;
    this.#tell(false);
    this.#dropping = true;
  }

  #tell(whole: boolean): void {
    const [only] = this.#pieces;
    const bytes = this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    this.#take(new TextDecoder().decode(bytes), whole);
  }
}
