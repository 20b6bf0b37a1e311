/** Addresses of 169.254/16 that hosts give themselves (RFC 3927): chosen, probed, announced, defended. */
import { createHash } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { Problem } from "../../problem.ts";
import type { Claim } from "../world.ts";
import { type Arp, announcement, conflicts, probe } from "./arp.ts";
import { textOf } from "./checks.ts";

/** The wire, as ARP sees it. */
export interface Wire {
  /** Of the interface. */
  mac: string;
  /** Hardware addresses of this host. */
  own: ReadonlySet<string>;
  send(arp: Arp): void;
  /** One listener, until it is closed. */
  hear(listener: (arp: Arp) => void): Promise<void>;
  close(): void;
}

export interface ClaimOptions {
  avoid: readonly string[];
  prefer?: string;
}

export interface Chance {
  clock: Clock;
  /** From 0 to below 1. */
  random(): number;
}

/** RFC 3927 §9, seconds and counts. */
const probeWait = 1;
const probes = 3;
const [probeLeast, probeMost] = [1, 2];
const announceWait = 2;
const announcements = 2;
const announceInterval = 2;
const mostConflicts = 10;
const rateLimit = 60;
const defendInterval = 10;

/**
 * The address that this hardware chooses at its n-th try: always the same row, so that a host gets the same one again
 * (§2.1). From 169.254.1.0 to 169.254.254.255.
 */
export function candidate(mac: string, attempt: number): string {
  const hash = createHash("sha256").update(`${mac} ${attempt}`).digest();
  return textOf(0xa9fe0100 + (hash.readUInt32BE(0) % 65_024));
}

/**
 * Resolves when an address has been found to be nobody's; 4 to 7 s where nobody objects.
 * @throws Problem `cancelled`; it never gives up by itself, but slows down after ten conflicts (§2.2.1)
 */
export async function claimAddress(
  wire: Wire,
  options: ClaimOptions,
  chance: Chance,
  signal: AbortSignal,
): Promise<Claim> {
  let heard: (arp: Arp) => void = () => undefined;
  void wire.hear((arp) => heard(arp));
  const { clock, random } = chance;
  const wait = (seconds: number, end?: Promise<void>) => pause(clock, seconds * 1000, signal, end);
  try {
    let lost = 0;
    for (const address of candidates(wire.mac, options)) {
      if (lost >= mostConflicts) await wait(rateLimit);
      const taken = Promise.withResolvers<void>();
      heard = (arp) => {
        if (conflicts(arp, wire.own, address, true)) taken.resolve();
      };
      let free = await wait(random() * probeWait, taken.promise);
      for (let sent = 1; free && sent <= probes; sent++) {
        wire.send(probe(wire.mac, address));
        const gap = sent < probes ? probeLeast + random() * (probeMost - probeLeast) : announceWait;
        free = await wait(gap, taken.promise);
      }
      if (free) return defend(wire, address, clock, (listener) => (heard = listener));
      lost++;
    }
    throw new Problem("internal", "there is always another candidate");
  } catch (error) {
    wire.close();
    throw error;
  }
}

function* candidates(mac: string, { prefer, avoid }: ClaimOptions): Generator<string> {
  if (prefer?.startsWith("169.254.") && !avoid.includes(prefer)) yield prefer;
  for (let attempt = 0; ; attempt++) {
    const address = candidate(mac, attempt);
    if (address !== prefer && !avoid.includes(address)) yield address;
  }
}

/** §2.4 announces it, §2.5 (b) keeps it against one other host, and gives way to one that insists. */
function defend(
  { mac, own, send, close }: Wire,
  address: string,
  clock: Clock,
  hear: (listener: (arp: Arp) => void) => void,
): Claim {
  const lost = Promise.withResolvers<void>();
  let defended = Number.NEGATIVE_INFINITY;
  let cancel: () => void = () => undefined;
  const release = () => {
    cancel();
    hear(() => undefined);
    close();
  };
  const announce = (left: number) => {
    send(announcement(mac, address));
    if (left > 1) cancel = clock.after(announceInterval * 1000, () => announce(left - 1));
  };
  hear((arp) => {
    if (!conflicts(arp, own, address, false)) return;
    if (clock.steady() - defended < defendInterval * 1000) {
      release();
      return lost.resolve();
    }
    defended = clock.steady();
    send(announcement(mac, address));
  });
  announce(announcements);
  return { address, lost: lost.promise, release };
}

/** Resolves to true when the time is over, to false when `end` came first. @throws Problem `cancelled` */
function pause(clock: Clock, milliseconds: number, signal: AbortSignal, end?: Promise<void>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      cancel();
      reject(new Problem("cancelled", "the search for an address was cancelled"));
    };
    const finish = (whole: boolean) => {
      cancel();
      signal.removeEventListener("abort", stop);
      resolve(whole);
    };
    const cancel = clock.after(milliseconds, () => finish(true));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    void end?.then(() => finish(false));
  });
}
