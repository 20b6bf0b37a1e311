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
  /** Octets it will have, once its header says so. */
  private length: number | undefined;

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
    let at = 0;
    while (this.held > 0 && at < chunk.length) at = this.complete(chunk, at);
    while (at < chunk.length) {
      if (chunk[at] !== universal.sequence) throw new Problem("protocol", "what came is no LDAP message");
      const length = frameLength(chunk, at, chunk.length, this.maximum);
      const whole = length !== undefined && at + length <= chunk.length;
      if (whole) this.take(chunk, at, at + length);
      else this.hold(chunk, at, chunk.length);
      at = whole ? at + length : chunk.length;
    }
  }

  /** Goes on with the message that was cut, and gives how far; a header of unknown size comes octet by octet. */
  private complete(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + (this.length === undefined ? 1 : this.length - this.held));
    this.hold(chunk, at, end);
    if (this.held === this.length) {
      const whole = this.pending;
      const length = this.held;
      this.pending = new Uint8Array(0);
      this.held = 0;
      this.length = undefined;
      this.take(whole, 0, length);
    }
    return end;
  }

  private hold(chunk: Uint8Array, from: number, to: number): void {
    const held = this.held + to - from;
    if (held > this.pending.length) {
      // What a header promises is not believed before it comes.
      const size = Math.min(this.length ?? smallest, Math.max(smallest, held * 2));
      const bigger = new Uint8Array(Math.max(held, size));
      bigger.set(this.pending.subarray(0, this.held));
      this.pending = bigger;
    }
    this.pending.set(chunk.subarray(from, to), this.held);
    this.held = held;
    this.length = frameLength(this.pending, 0, held, this.maximum);
  }
}
