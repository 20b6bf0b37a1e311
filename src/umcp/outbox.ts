/**
 * Frames on their way out. `Socket.write` of Bun does not buffer: it takes what fits into the kernel's buffer and says how
 * much that was. The rest waits here for the socket's `drain`.
 */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";

/** Small frames are gathered as text and become bytes together, here; shared, because a flush never waits halfway. */
const gathered = new Uint8Array(64 * 1024);
/** A frame above this many bytes goes by itself. */
const small = 16 * 1024;

const encoder = new TextEncoder();

export class Outbox {
  /** Bytes that wait. */
  queued = 0;

  /** What goes first: bytes, of which `sent` have gone, or text of at most `gathered.length` bytes. */
  private readonly pieces: (Uint8Array | string)[] = [];
  private sent = 0;
  /** The last piece, while small frames may still be added to it. */
  private text = "";
  private textBytes = 0;

  private blocked = false;
  private scheduled = false;
  private dead = false;
  private readonly write: (bytes: Uint8Array) => number;
  private readonly flushed: () => void;

  /**
   * @param write tries to send and gives the number of bytes taken; negative when the other end has gone
   * @param flushed called after every attempt to send
   */
  constructor(write: (bytes: Uint8Array) => number, flushed: () => void) {
    this.write = write;
    this.flushed = flushed;
  }

  /**
   * Queues a frame of so many bytes. It leaves with the others of this turn of the event loop, in one write if they fit:
   * what came in over many connections goes on over this one at the price of one system call here and one at the peer.
   */
  push(frame: string | Uint8Array, bytes: number): void {
    if (this.dead) return;
    this.queued += bytes;
    if (typeof frame !== "string" || bytes > small) {
      this.closeText();
      this.pieces.push(typeof frame === "string" ? encoder.encode(frame) : frame);
    } else {
      if (this.textBytes + bytes > gathered.length) this.closeText();
      this.text += frame;
      this.textBytes += bytes;
    }
    if (this.scheduled || this.blocked) return;
    this.scheduled = true;
    setImmediate(() => {
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
    this.pieces.length = 0;
    this.text = "";
    this.textBytes = 0;
    this.sent = 0;
    this.queued = 0;
  }

  private closeText(): void {
    if (this.textBytes > 0) this.pieces.push(this.text);
    this.text = "";
    this.textBytes = 0;
  }

  private flush(): void {
    while (this.queued > 0 && !this.blocked) {
      if (this.pieces.length === 0) this.closeText();
      const piece = this.pieces[0]!;
      const isText = typeof piece === "string";
      const bytes = isText
        ? gathered.subarray(0, encoder.encodeInto(piece, gathered).written)
        : piece.subarray(this.sent);
      const taken = this.write(bytes);
      if (this.dead) break;
      if (taken < 0) {
        this.discard();
        break;
      }
      this.queued -= taken;
      if (taken === bytes.length) {
        this.pieces.shift();
        this.sent = 0;
      } else {
        this.blocked = true;
        if (isText) this.pieces[0] = bytes.slice(taken);
        else this.sent += taken;
      }
    }
    this.flushed();
  }
}

/** Bytes of a frame. */
export function sizeOf(frame: string | Uint8Array): number {
  return typeof frame === "string" ? Buffer.byteLength(frame) : frame.length;
}
