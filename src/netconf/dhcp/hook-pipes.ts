/**
 * How the shell script that clients run (`script`) asks the running Reeve without a program being started: it writes its
 * pid to one pipe, and reads its exit status from another, its client's. The end of that one tells it to run the program,
 * which asks by the socket: we have gone, cannot tell what it wants, or two scripts would eat each other's answers.
 */
import { rmSync } from "node:fs";
import { logger } from "../../log.ts";
import { environmentOf, factsOf } from "../../process/lasting.ts";
import { LineCutter } from "../../process/lines.ts";
import { aborted } from "../../process/wait.ts";
import { type FifoWriter, fifoToRead, fifoToWrite } from "../../system/fifo.ts";
import type { Family } from "../kernel/state.ts";
import { keepShort } from "./client-log.ts";
import { type HookRequest, patience, requestOf, statusFor, type Verdict } from "./hook.ts";
import { hookPipes, hookVariables } from "./hook-variables.ts";

const log = logger("netconf");

/** Bytes of a question: a pid, a device's name, a family. */
const longest = 64;
/** Clients that have a pipe, which is a descriptor: of more than that the one that came first has none any more. */
const most = 256;
/** Milliseconds between two looks whether a script still waits. */
const between = 250;

interface Slot {
  pipe: FifoWriter;
  /** The script that waits for its answer. */
  waits?: { pid: number; gone: AbortController };
}

export class HookPipes {
  readonly #socket: string;
  readonly #asked: (request: HookRequest, signal: AbortSignal) => Promise<Verdict>;
  readonly #slots = new Map<string, Slot>();
  #close: (() => void) | undefined;

  /**
   * @param socket path of the hook's socket; the pipes are beside it
   * @param asked may throw: the program asks again, and tells the client
   * @throws Problem `missing` (no FFI), `io`
   */
  constructor(socket: string, asked: (request: HookRequest, signal: AbortSignal) => Promise<Verdict>) {
    this.#socket = socket;
    this.#asked = asked;
    // Before any client's: whoever finds that one finds this one.
    const { stream, close } = fifoToRead(hookPipes.ask(socket));
    const reader = stream.getReader();
    const lines = new LineCutter(longest, (line) => this.#take(line));
    const read = async () => {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) lines.push(piece.value);
    };
    this.#close = () => void reader.cancel().then(close, close);
    void read()
      .catch((error) => log.warning("scripts of DHCP clients cannot be heard by a pipe", { error }))
      .finally(() => this.stop());
  }

  /** Makes ready for what a client's script may ask; without that it asks by the socket. */
  expect(iface: string, family: Family): void {
    const name = hookPipes.client(iface, family);
    if (this.#close && !this.#slots.has(name)) this.#renew(name);
  }

  stop(): void {
    if (!this.#close) return;
    rmSync(hookPipes.ask(this.#socket), { force: true });
    for (const name of this.#slots.keys()) this.#drop(name);
    this.#close();
    this.#close = undefined;
  }

  #renew(name: string): void {
    try {
      const pipe = fifoToWrite(hookPipes.answer(this.#socket, name));
      this.#end(name);
      this.#slots.set(name, { pipe });
    } catch (error) {
      log.warning("a DHCP client's script has no pipe", { name, error });
      this.#drop(name);
    }
    const [first = ""] = this.#slots.keys();
    if (this.#slots.size > most) this.#drop(first);
  }

  #drop(name: string): void {
    rmSync(hookPipes.answer(this.#socket, name), { force: true });
    this.#end(name);
  }

  /** Whoever waits runs the program. */
  #end(name: string): void {
    const slot = this.#slots.get(name);
    this.#slots.delete(name);
    slot?.pipe.close();
    slot?.waits?.gone.abort();
  }

  #take(line: string): void {
    const [, pid = "", name = ""] = /^([1-9]\d{0,9}) (\S+)$/.exec(line) ?? [];
    const slot = this.#slots.get(name);
    // Who reads from a pipe of before has seen its end.
    if (!slot) return;
    // One that was killed with its client may not have been missed yet.
    if (slot.waits && !factsOf(slot.waits.pid)) slot.waits = void slot.waits.gone.abort();
    const environment = slot.waits ? undefined : environmentOf(Number(pid));
    const request = environment?.[hookVariables.socket] === this.#socket ? requestOf(environment) : undefined;
    if (request) void this.#answer(pid, request, slot).catch(() => this.#slots.get(name) === slot && this.#renew(name));
    else this.#renew(name);
  }

  async #answer(pid: string, request: HookRequest, slot: Slot): Promise<void> {
    const { environment } = request;
    const { [hookVariables.log]: file, [hookVariables.interface]: iface } = environment;
    if (file) keepShort(file);
    const gone = new AbortController();
    const waits = { pid: Number(pid), gone };
    slot.waits = waits;
    const { promise: late, resolve: giveUp } = Promise.withResolvers<Verdict>();
    const end = setTimeout(() => {
      log.warning("a DHCP client's script waits no longer for an answer", { iface });
      giveUp("ok");
    }, patience(environment));
    const watch = setInterval(() => slot.pipe.hasReader() || gone.abort(), between);
    try {
      const verdict = await Promise.race([this.#asked(request, gone.signal), late, aborted(gone.signal)]);
      if (verdict) slot.pipe.write(`${pid} ${statusFor(environment, verdict)}\n`);
    } finally {
      clearTimeout(end);
      clearInterval(watch);
      gone.abort();
      if (slot.waits === waits) slot.waits = undefined;
    }
  }
}
