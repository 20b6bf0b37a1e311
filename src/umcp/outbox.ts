/**
 * Frames on their way out. `Bun.Socket.write` does not buffer: it takes what fits into the kernel's buffer and says how
 * much that was. The rest waits here for the socket's `drain`.
 */

/** One system call takes many small frames, joined here; shared, because a flush never waits halfway. */
const joined = new Uint8Array(64 * 1024);

export class Outbox {
  /** Bytes that wait. */
  queued = 0;

  /** Frames in order; those before `first` are gone, and of `frames[first]` the first `sent` bytes. */
  private frames: Uint8Array[] = [];
  private first = 0;
  private sent = 0;
  private blocked = false;
  private scheduled = false;
  private dead = false;
  private readonly write: (bytes: Uint8Array) => number;
  private readonly flushed: (() => void) | undefined;

  /**
   * @param write tries to send and gives the number of bytes taken; negative when the other end has gone
   * @param flushed called after every attempt to send
   */
  constructor(write: (bytes: Uint8Array) => number, flushed?: () => void) {
    this.write = write;
    this.flushed = flushed;
  }

  /** Queues a frame. It leaves with the others of this turn of the event loop, in one write where they fit. */
  push(frame: Uint8Array): void {
    if (this.dead) return;
    this.frames.push(frame);
    this.queued += frame.length;
    if (this.scheduled || this.blocked) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  /** The socket takes bytes again. */
  drain(): void {
    this.blocked = false;
    this.flush();
  }

  /** Forgets everything: the connection is over. */
  discard(): void {
    this.dead = true;
    this.frames = [];
    this.first = 0;
    this.sent = 0;
    this.queued = 0;
  }

  private flush(): void {
    while (this.queued > 0 && !this.blocked) {
      const bytes = this.next();
      const taken = this.write(bytes);
      if (taken < 0) {
        this.discard();
        break;
      }
      this.took(taken);
      if (taken < bytes.length) this.blocked = true;
    }
    this.flushed?.();
  }

  /** The next bytes to write: a large frame by itself, or as many small ones as fit together. */
  private next(): Uint8Array {
    const head = this.frames[this.first]!;
    const following = this.frames[this.first + 1];
    const left = head.length - this.sent;
    if (!following || left + following.length > joined.length) return this.sent === 0 ? head : head.subarray(this.sent);
    joined.set(this.sent === 0 ? head : head.subarray(this.sent));
    let filled = left;
    for (let i = this.first + 1; i < this.frames.length; i++) {
      const frame = this.frames[i]!;
      if (filled + frame.length > joined.length) break;
      joined.set(frame, filled);
      filled += frame.length;
    }
    return joined.subarray(0, filled);
  }

  private took(bytes: number): void {
    this.queued -= bytes;
    let left = this.sent + bytes;
    while (this.first < this.frames.length && left >= this.frames[this.first]!.length) {
      left -= this.frames[this.first]!.length;
      this.first++;
    }
    this.sent = left;
    // Sent frames are dropped now and then, so that a queue that never empties does not keep them and costs no shifting.
    if (this.first === this.frames.length || this.first > 1024) {
      this.frames = this.frames.slice(this.first);
      this.first = 0;
    }
  }
}
