/** What a server sends on one connection, and what it does about a peer that reads slowly or not at all. */
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { ServerLimits } from "./limits.ts";
import { compose, problemBody, type Request, type Response, respond } from "./message.ts";
import { Outbox, sizeOf } from "./outbox.ts";

/** What a connection needs of its socket. */
export interface Wire {
  /** Bytes taken, perhaps fewer than given; negative: the peer has gone. */
  write(bytes: Uint8Array): number;
  pause(): void;
  resume(): void;
  /** Says that nothing more will be sent; the peer may still be heard. */
  shutdown(): void;
  /** Closes at once. */
  terminate(): void;
}

const log = logger("umcp");

export class Outgoing {
  private readonly wire: Wire;
  private readonly limits: ServerLimits;
  private readonly outbox: Outbox;
  /** The peer is not read until it has read. */
  private paused = false;
  /** Nothing more is taken. */
  private over = false;
  private shut = false;
  private waiting: (() => void)[] = [];

  constructor(wire: Wire, limits: ServerLimits) {
    this.wire = wire;
    this.limits = limits;
    this.outbox = new Outbox(
      (bytes) => wire.write(bytes),
      () => this.flushed(),
    );
  }

  /** @throws Problem `too-large`, TypeError for what is not JSON; nothing is sent then. */
  send(response: Response): void {
    if (this.over) return;
    const frame = compose(response);
    const size = sizeOf(frame);
    const limit = this.limits.response;
    if (size > limit) throw new Problem("too-large", `a response may have ${limit} bytes`, { detail: { limit } });
    this.push(frame, size);
  }

  /** Sends a problem, whatever a handler has put into it. */
  sendProblem(request: Request, problem: Problem): void {
    try {
      this.send(respond(request, problemBody(problem)));
    } catch (error) {
      log.error("a problem could not be sent whole", { code: problem.code, error });
      const frame = compose(respond(request, problemBody(new Problem(problem.code, "the reason could not be sent"))));
      this.push(frame, sizeOf(frame));
    }
  }

  /** The socket takes bytes again. */
  drain(): void {
    this.outbox.drain();
  }

  /** Resolves when the peer has read enough for more to be sent, or the connection ends. */
  drained(): Promise<void> {
    return this.paused && !this.over ? new Promise((resolve) => void this.waiting.push(resolve)) : Promise.resolve();
  }

  /** Takes nothing more; says so to the peer when everything is sent. */
  finish(): void {
    this.over = true;
    if (this.paused) this.wire.resume();
    this.wake();
    if (this.outbox.queued === 0) this.flushed();
  }

  /** The connection is over. */
  discard(): void {
    this.over = true;
    this.shut = true;
    this.outbox.discard();
    this.wake();
  }

  private push(frame: string | Uint8Array, size: number): void {
    this.outbox.push(frame, size);
    const { queued } = this.outbox;
    if (queued > this.limits.queueMax) {
      log.warning("peer given up: it does not read its answers", { queued });
      this.wire.terminate();
    } else if (queued > this.limits.queueHigh && !this.paused) {
      this.paused = true;
      this.wire.pause();
    }
  }

  private flushed(): void {
    if (this.paused && this.outbox.queued <= this.limits.queueHigh / 2) {
      this.paused = false;
      if (!this.over) this.wire.resume();
      this.wake();
    }
    if (this.over && !this.shut && this.outbox.queued === 0) {
      this.shut = true;
      this.wire.shutdown();
    }
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
