/** Which addresses of networks are alive: thousands asked at a time, so that a dead /16 takes a minute or two. */
import { type AddressRange, addressText, hostsOf } from "../address.ts";
import { Problem } from "../problem.ts";
import { pause } from "../process/wait.ts";
import { type EchoSocket, openEchoSocket } from "../system/icmp.ts";
import { pacer } from "./pace.ts";

/** Whether something answers at that address. */
export type Probe = (ip: string, signal: AbortSignal) => Promise<boolean>;

export interface SweepOptions {
  probe: Probe;
  signal: AbortSignal;
  /** Called as they are found. */
  onAlive(ip: string): void;
  /** Addresses that are begun with each second; 1000 unless told otherwise. */
  rate?: number;
  /** Addresses that are asked at a time, at most; 10 000 unless told otherwise. */
  inFlight?: number;
  /** For whoever watches: every second at most. */
  onProgress?(summary: SweepSummary): void;
}

export interface SweepSummary {
  asked: number;
  alive: number;
  of: number;
}

/** A sweep of more addresses is a mistake: an IPv4 /8 would be 16 million. */
const mostAddresses = 1_048_576;

/**
 * Asks every address of the networks once; the network's own and the broadcast address of IPv4 networks are passed over.
 * When the signal fires, what was found so far is the result.
 * @throws Problem `bad-request` for what is no network, or one too large to be swept
 */
export async function sweep(networks: readonly string[], options: SweepOptions): Promise<SweepSummary> {
  const { probe, signal, rate = 1000, inFlight = 10_000 } = options;
  const ranges = networks.map(rangeOf);
  const of = Number(ranges.reduce((sum, { first, last }) => sum + (last - first + 1n), 0n));
  if (of > mostAddresses)
    throw new Problem("bad-request", `${of} addresses are too many: at most ${mostAddresses} at a time`);
  const summary = { asked: 0, alive: 0, of };
  const turn = pacer(rate, signal);
  const running = new Set<Promise<void>>();
  // Not a race of all that run: each of them would keep every race that it was in, and there are thousands of both.
  let room = Promise.withResolvers<void>();
  let told = performance.now();
  const ask = async (ip: string) => {
    const alive = await probe(ip, signal);
    if (!alive || signal.aborted) return;
    summary.alive++;
    options.onAlive(ip);
  };
  for (const { first, last, family } of ranges) {
    for (let number = first; number <= last; number++) {
      await turn();
      while (running.size >= inFlight) await room.promise;
      if (signal.aborted) break;
      const one: Promise<void> = ask(addressText(number, family)).finally(() => {
        running.delete(one);
        room.resolve();
        room = Promise.withResolvers();
      });
      running.add(one);
      summary.asked++;
      if (options.onProgress && performance.now() - told > 1000) {
        told = performance.now();
        options.onProgress({ ...summary });
      }
    }
  }
  await Promise.all(running);
  return summary;
}

function rangeOf(network: string): AddressRange {
  const range = hostsOf(network);
  if (!range) throw new Problem("bad-request", `“${network.slice(0, 100)}” is no network`);
  return range;
}

export interface EchoProbe {
  probe: Probe;
  close(): void;
}

/** Milliseconds between two looks for replies, and between two tries of what the kernel had no room for. */
const look = 5;
const again = 20;

/**
 * Pings, all over one socket. IPv6 addresses are asked by `otherwise`.
 * @param timeout milliseconds until a request is repeated or given up
 * @returns undefined where the system allows no echo requests: the caller falls back to SNMP
 */
export function echoProbe(otherwise: Probe, { timeout = 1000, tries = 2 } = {}): EchoProbe | undefined {
  const socket = openEchoSocket();
  if (!socket) return undefined;
  const waiting = new Map<string, { sequence: number; done: AbortController }>();
  const queue = sendQueue(socket);
  let sequence = 0;
  let watch: ReturnType<typeof setInterval> | undefined;

  const read = () => {
    for (let reply = socket.receive(); reply; reply = socket.receive()) {
      const asked = waiting.get(reply.address);
      if (asked?.sequence === reply.sequence) asked.done.abort();
    }
  };
  const watchWhileWaiting = () => {
    if (waiting.size > 0) watch ??= setInterval(read, look);
    else {
      clearInterval(watch);
      watch = undefined;
    }
  };

  return {
    async probe(ip, signal) {
      if (ip.includes(":")) return otherwise(ip, signal);
      if (waiting.has(ip)) return false;
      sequence = (sequence + 1) & 0xffff;
      const asked = { sequence, done: new AbortController() };
      waiting.set(ip, asked);
      watchWhileWaiting();
      const stop = AbortSignal.any([asked.done.signal, signal]);
      try {
        for (let attempt = 0; attempt < tries && !stop.aborted; attempt++) {
          const sent = await queue.send(ip, asked.sequence, stop);
          if (sent === "never") return false;
          await pause(timeout, stop);
          // Who had to wait in line is a neighbour, whom the kernel itself has looked for three times.
          if (sent === "later") break;
        }
        return asked.done.signal.aborted;
      } finally {
        waiting.delete(ip);
        watchWhileWaiting();
      }
    },
    close() {
      clearInterval(watch);
      queue.close();
      socket.close();
    },
  };
}

/** `never`: it cannot be sent. */
type Sent = "now" | "later" | "never";

/**
 * The kernel keeps a bounded number of neighbours that it has not found yet (net.ipv4.neigh.default.gc_thresh3); places
 * come free within seconds. Until then requests wait in line, and only the first one is tried.
 */
function sendQueue(socket: EchoSocket) {
  const line: { ip: string; sequence: number; stop: AbortSignal; sent(how: Sent): void }[] = [];
  let timer: ReturnType<typeof setInterval> | undefined;
  const pump = () => {
    for (let [first] = line; first; [first] = line) {
      const result = first.stop.aborted ? "unreachable" : socket.send(first.ip, first.sequence);
      if (result === "busy") return;
      line.shift();
      first.sent(result === "sent" ? "later" : "never");
    }
    clearInterval(timer);
    timer = undefined;
  };
  return {
    async send(ip: string, sequence: number, stop: AbortSignal): Promise<Sent> {
      const result = line.length > 0 ? "busy" : socket.send(ip, sequence);
      if (result !== "busy") return result === "sent" ? "now" : "never";
      timer ??= setInterval(pump, again);
      return new Promise((sent) => line.push({ ip, sequence, stop, sent }));
    },
    close: () => clearInterval(timer),
  };
}
