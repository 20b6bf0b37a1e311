/** Cuts a stream of octets into LDAP messages (RFC 4511 §4.1.1), however they arrive. */
import { Problem } from "../problem.ts";
import { frameLength, universal } from "./ber.ts";

/** A whole message, tag and length included, lies from `start` to `end`; the octets may be kept as they are. */
export type TakeFrame = (bytes: Uint8Array, start: number, end: number) => void;

/** Octets of a message set aside for before the first of them has come. */
const smallest = 4096;

export class Framer {
  private readonly maximum: number;
  private readonly take: TakeFrame;
  /** The beginning of a message whose end has not come: `held` octets of it. */
  private pending: Uint8Array = new Uint8Array(0);
  private held = 0;

  /** @param maximum octets of the largest message; a larger one is the problem `too-large` */
  constructor(maximum: number, take: TakeFrame) {
    this.maximum = maximum;
    this.take = take;
  }

  /** Octets of a message that is not whole yet. */
  get incomplete(): number {
    return this.held;
  }

  /** Takes every message that is whole by now. Only a message cut in two is copied. */
  push(chunk: Uint8Array): void {
    let at = this.complete(chunk);
    while (at < chunk.length) {
      if (chunk[at] !== universal.sequence) throw new Problem("protocol", "what came is no LDAP message");
      const length = frameLength(chunk, at, chunk.length, this.maximum);
      if (length === undefined || at + length > chunk.length) {
        this.hold(chunk, at, chunk.length, length);
        return;
      }
      this.take(chunk, at, at + length);
      at += length;
    }
  }

  /** Goes on with the message that was cut, and gives where the next one begins. */
  private complete(chunk: Uint8Array): number {
    let at = 0;
    while (this.held > 0 && at < chunk.length) {
      const length = frameLength(this.pending, 0, this.held, this.maximum);
      // A header of unknown size octet by octet.
      const end = Math.min(chunk.length, at + (length === undefined ? 1 : length - this.held));
      this.hold(chunk, at, end, length);
      at = end;
      if (this.held === length) {
        const whole = this.pending;
        this.pending = new Uint8Array(0);
        this.held = 0;
        this.take(whole, 0, length);
      }
    }
    return at;
  }

  private hold(chunk: Uint8Array, from: number, to: number, length = smallest): void {
    const needed = this.held + to - from;
    if (needed > this.pending.length) {
      // What a header promises is not believed before it comes.
      const bigger = new Uint8Array(Math.max(needed, Math.min(length, Math.max(smallest, needed * 2))));
      bigger.set(this.pending.subarray(0, this.held));
      this.pending = bigger;
    }
    this.pending.set(chunk.subarray(from, to), this.held);
    this.held = needed;
  }
}
