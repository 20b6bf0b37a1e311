/** One request and its answer: attempts, each with an id of its own and less to ask for, until one is answered. */
import type { Message } from "net-snmp";
import type { Failure, Pdu, Reply } from "./pdu.ts";
import type { Peer } from "./peer.ts";
import type { Security } from "./security.ts";

export interface Question {
  security: Security;
  pdu: Pdu;
  /** VLAN or VRF, for traces; "" for none. */
  context: string;
  /** Milliseconds after each attempt, the last one's until it is given up. Asked for when it is sent. */
  patience: () => number[];
  /** Asked before it is sent: a reason not to. */
  gate?: () => string | undefined;
  /** Goes beside the device's own limit, and is quiet. */
  tentative?: boolean;
  /** Its silence says nothing about the device's load. */
  quiet?: boolean;
  /** When the agent last answered questions of this kind (performance.now()); by default, any. */
  lastAnswer?: () => number;
}

/** `again`: the agent refused, but what was wrong is put right. */
export type Outcome = Reply & { again?: boolean };

interface Attempt {
  id: number;
  sent: number;
  repetitions: number;
}

export class Exchange {
  readonly question: Question;
  readonly outcome: Promise<Outcome>;
  readonly #peer: Peer;
  #resolve!: (outcome: Outcome) => void;
  #attempts: Attempt[] = [];
  #waits: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #trouble: string | undefined;
  #damaged = false;
  over = false;

  constructor(peer: Peer, question: Question) {
    this.#peer = peer;
    this.question = question;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get started(): boolean {
    return this.#attempts.length > 0;
  }

  start(): void {
    this.#waits = this.question.patience();
    this.#attempt();
  }

  #attempt(): void {
    const { pdu, security } = this.question;
    const peer = this.#peer;
    const number = this.#attempts.length;
    const repetitions = Math.max(1, (pdu.repetitions ?? 0) >> number);
    const attempt = { id: peer.newId(), sent: 0, repetitions };
    this.#attempts.push(attempt);
    peer.pending.set(attempt.id, this);
    let bytes: Buffer;
    try {
      bytes = security.seal(pdu.kind === "getBulk" ? { ...pdu, repetitions } : pdu, attempt.id);
    } catch (error) {
      const reason = `the request cannot be encoded: ${error instanceof Error ? error.message : error}`;
      this.#fail("refused", reason, false);
      return;
    }
    attempt.sent = performance.now();
    peer.transport.transmit(peer, bytes);
    peer.trace(this.question, { event: "sent", attempt: number + 1, repetitions, bytes: bytes.length });
    this.#timer = setTimeout(() => {
      // After a stall of ours the answer may lie in the kernel already: timers come before sockets.
      setImmediate(() => this.#expire());
    }, this.#waits[number] ?? 0);
  }

  #expire(): void {
    if (this.over) return;
    const peer = this.#peer;
    peer.transport.counters.timeouts++;
    peer.trace(this.question, { event: "timeout" });
    if (!this.question.tentative && !this.question.quiet) peer.slowDown();
    this.#next();
  }

  #next(): void {
    clearTimeout(this.#timer);
    if (this.#attempts.length < this.#waits.length) {
      this.#attempt();
      return;
    }
    const answered = this.question.lastAnswer?.() ?? this.#peer.lastAnswer;
    const alive = this.#damaged || answered > (this.#attempts[0]?.sent ?? 0);
    this.#fail("silent", this.#trouble ?? this.#peer.transport.trouble(this.#peer) ?? "no answer", alive);
  }

  #fail(failure: Failure["failure"], reason: string, alive: boolean, again = false): void {
    this.#finish({ failure, reason, alive, again });
  }

  #finish(outcome: Outcome): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.#timer);
    for (const { id } of this.#attempts) this.#peer.pending.delete(id);
    this.#peer.finished(this);
    this.#resolve(outcome);
  }

  /** Not asked at all, or not any more. */
  stop(reason: string, failure: "stopped" | "given-up" = "stopped"): void {
    this.#fail(failure, reason, false);
  }

  /** An answer to it came that cannot be read: less is asked for, at once. */
  damaged(): void {
    this.#spoilt();
    this.#next();
  }

  /** What came is nobody's answer; it may have been this one's, so it is repeated, but not given up. */
  disturbed(): void {
    this.#spoilt();
    if (this.#attempts.length < this.#waits.length) this.#next();
  }

  #spoilt(): void {
    this.#trouble = "malformed answers";
    this.#damaged = true;
    this.#peer.transport.counters.malformed++;
    this.#peer.trace(this.question, { event: "malformed" });
  }

  receive(message: Message, id: number): void {
    const attempt = this.#attempts.find((one) => one.id === id);
    if (!attempt) return;
    const peer = this.#peer;
    const ms = performance.now() - attempt.sent;
    const opened = peer.open(this.question.security, message);
    if ("rejected" in opened) {
      // Anybody may have sent it, so the right one is still waited for.
      this.#trouble = opened.rejected;
      peer.transport.counters.rejected++;
      peer.trace(this.question, { event: "rejected", reason: opened.rejected, ms });
      return;
    }
    if ("report" in opened) {
      peer.trace(this.question, { event: "rejected", reason: opened.report, ms });
      this.#fail("refused", opened.report, true, opened.again);
      return;
    }
    const { status, index, varbinds, intact } = opened.response;
    if (!intact) {
      this.damaged();
      return;
    }
    peer.answered(ms);
    peer.trace(this.question, { event: "received", status, varbinds, ms });
    this.#finish({ status, index, varbinds, repetitions: attempt.repetitions, ms });
  }
}
