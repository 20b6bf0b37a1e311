/** One agent's address: its requests, how many at a time, and how fast it is. Sessions and contexts share it. */
import type { Message } from "net-snmp";
import { decodeMessage } from "./codec.ts";
import { Exchange, type Question } from "./exchange.ts";
import type { Opened, Security } from "./security.ts";
import type { TraceEvent, Transport } from "./transport.ts";

/** A quick agent is asked again after this many milliseconds at the earliest. */
const soonest = 400;

export class Peer {
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  /** For messages and traces. */
  readonly name: string;
  readonly transport: Transport;
  readonly pending = new Map<number, Exchange>();
  /** Sessions that have it open. */
  users = 0;
  /** When it last answered (performance.now()). */
  lastAnswer = Number.NEGATIVE_INFINITY;
  /** Its slowest answer of late, in milliseconds; undefined before the first. */
  slowest: number | undefined;
  readonly #beside: Exchange[] = [];
  readonly #waiting: Exchange[] = [];
  #inFlight = 0;
  #window: number;
  #credit = 0;

  constructor(transport: Transport, at: { address: string; port: number; family: 4 | 6; name: string }) {
    this.transport = transport;
    this.address = at.address;
    this.port = at.port;
    this.family = at.family;
    this.name = at.name;
    this.#window = transport.options.inFlight;
  }

  /** Requests that it may have at a time now: up to `inFlight`, one after a time-out. */
  get window(): number {
    return this.#window;
  }

  ask(question: Question): Exchange {
    const exchange = new Exchange(this, question);
    (question.tentative ? this.#beside : this.#waiting).push(exchange);
    if (this.transport.closed) exchange.stop("closed");
    else this.transport.wants(this);
    return exchange;
  }

  /** The next request that may be sent now. */
  next(): Exchange | undefined {
    const exchange = this.#beside.shift() ?? (this.#inFlight < this.#window ? this.#waiting.shift() : undefined);
    if (exchange && !exchange.question.tentative) this.#inFlight++;
    return exchange;
  }

  get ready(): boolean {
    return this.#beside.length > 0 || (this.#waiting.length > 0 && this.#inFlight < this.#window);
  }

  finished(exchange: Exchange): void {
    const queue = exchange.question.tentative ? this.#beside : this.#waiting;
    const at = queue.indexOf(exchange);
    if (at >= 0) {
      queue.splice(at, 1);
      return;
    }
    if (!exchange.question.tentative) this.#inFlight--;
    this.transport.freed(this);
  }

  answered(ms: number): void {
    this.lastAnswer = performance.now();
    this.slowest = Math.max(ms, (this.slowest ?? 0) * 0.95);
    if (this.#window < this.transport.options.inFlight && ++this.#credit >= 2 * this.#window) {
      this.#window++;
      this.#credit = 0;
      this.transport.wants(this);
    }
  }

  slowDown(): void {
    this.#window = 1;
    this.#credit = 0;
  }

  /**
   * How long to wait after each attempt: a lost datagram is repeated as soon as the agent's usual time has well passed,
   * later ones ever later, and in all it has time-out × (retries + 1).
   */
  patience(): number[] {
    const { timeout, retries } = this.transport.options;
    let left = timeout * (retries + 1);
    let wait = this.slowest === undefined ? timeout : Math.min(timeout, Math.max(soonest, this.slowest * 3));
    const waits: number[] = [];
    for (let attempt = 0; attempt < retries; attempt++) {
      waits.push(wait);
      left -= wait;
      wait = Math.min(timeout, wait * 2);
    }
    return [...waits, left];
  }

  /** Unpredictable, so that nobody off the path can answer in its name, and not in use. */
  newId(): number {
    for (;;) {
      const id = this.transport.random();
      if (!this.pending.has(id)) return id;
    }
  }

  receive(bytes: Buffer): void {
    const { counters } = this.transport;
    let message: Message;
    let id: number;
    try {
      message = decodeMessage(bytes);
      id = message.getReqId();
    } catch {
      const [only, another] = new Set(this.pending.values());
      if (only && !another) only.disturbed();
      else {
        counters.malformed++;
        this.trace(undefined, { event: "malformed", bytes: bytes.length });
      }
      return;
    }
    const exchange = this.pending.get(id);
    if (exchange) exchange.receive(message, id);
    else {
      counters.wrongId++;
      this.trace(undefined, { event: "stray", reason: "no request has its id", bytes: bytes.length });
    }
  }

  open(security: Security, message: Message): Opened {
    try {
      return security.open(message);
    } catch {
      return { rejected: "the answer cannot be read" };
    }
  }

  trace(question: Question | undefined, event: Omit<TraceEvent, "target" | "context">): void {
    const { trace } = this.transport;
    if (!trace) return;
    const { pdu, context = "" } = question ?? {};
    trace({
      target: this.name,
      context,
      ...(pdu && { pdu: pdu.kind, oids: pdu.bindings ? pdu.bindings.map(({ oid }) => oid) : pdu.oids }),
      ...(pdu?.bindings && { varbinds: pdu.bindings }),
      ...event,
    });
  }

  /** Ends everything that waits or is under way. */
  stop(reason: string): void {
    for (const exchange of new Set([...this.#beside, ...this.#waiting, ...this.pending.values()]))
      exchange.stop(reason);
  }
}
