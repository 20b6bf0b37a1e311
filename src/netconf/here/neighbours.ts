/** Hosts on the same wire, asked by ARP over packet sockets. */

import type { Clock } from "../../clock.ts";
import { Problem } from "../../problem.ts";
import { openPacketSocket, type PacketSocket } from "../../system/packet.ts";
import { type Arp, arpBytes, broadcast, bytesOfMac, conflicts, decodeArp, encodeArp, probe } from "../dhcp/arp.ts";
import { anyAddress } from "../dhcp/checks.ts";
import { claimAddress, type Wire } from "../dhcp/ipv4ll.ts";
import type { Link } from "../kernel/state.ts";
import type { Claim, Neighbours } from "../world.ts";

const ARP = 0x0806;
/** How many questions the time is given to (PROBE_NUM of RFC 5227 §1.1), and how many milliseconds are too few for that. */
const [most, short] = [3, 30];

/** @param links of the kernel as they are now */
export function neighboursHere(links: () => ReadonlyMap<string, Link>, clock: Clock): Neighbours {
  return {
    async answers(iface, address, milliseconds, signal) {
      if (anyAddress(address, 4) === undefined) throw new Problem("internal", `${address} is no IPv4 address`);
      const wire = open(links, iface, clock);
      if (!wire) return false;
      const { promise: ended, reject } = Promise.withResolvers<never>();
      ended.catch(() => undefined);
      const stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop);
      try {
        const answered = new Promise<true>((resolve) => {
          void wire.hear((arp) => {
            if (conflicts(arp, wire.own, address, false)) resolve(true);
          });
        });
        const questions = milliseconds < short ? 1 : most;
        for (let asked = 0; asked < questions; asked++) {
          signal.throwIfAborted();
          wire.send(probe(wire.mac, address));
          if (await Promise.race([answered, ended, after(clock, milliseconds / questions)])) return true;
        }
        return false;
      } catch (error) {
        if (!signal.aborted) throw error;
        throw new Problem("cancelled", `nobody wants to know any more who has ${address}`);
      } finally {
        signal.removeEventListener("abort", stop);
        wire.close();
      }
    },
    async claim(iface, options, signal): Promise<Claim> {
      const wire = open(links, iface, clock);
      if (!wire) throw new Problem("io", `${iface} has no ARP: no address can be claimed there`);
      return await claimAddress(wire, options, { clock, random: Math.random }, signal);
    },
  };
}

function after(clock: Clock, milliseconds: number): Promise<false> {
  return new Promise((resolve) => clock.after(milliseconds, () => resolve(false)));
}

/** Undefined where there is no ARP. @throws Problem `not-found`, `permission`, `io` */
function open(links: () => ReadonlyMap<string, Link>, iface: string, clock: Clock): Wire | undefined {
  const link = links().get(iface);
  if (!link) throw new Problem("not-found", `there is no ${iface}`);
  if (link.type !== "ether" || !link.arp) return undefined;
  let line = new Line(link.index);
  let closed = false;
  return {
    mac: link.address,
    own: new Set([...links().values()].map(({ address }) => address)),
    send: (arp) => line.send(arp),
    async hear(listener) {
      while (!closed) {
        await line.listen(listener);
        line.close();
        // The device went down (ENETDOWN): nobody is heard there, and nobody speaks, until it is up again.
        await after(clock, pause);
        if (closed || links().get(iface)?.index !== link.index) continue;
        try {
          line = new Line(link.index);
        } catch {
          // it has gone in between
        }
      }
    },
    close() {
      closed = true;
      line.close();
    },
  };
}

/** Milliseconds until a device that went down is tried again. */
const pause = 1000;
const everybody = bytesOfMac(broadcast);

class Line {
  readonly #socket: PacketSocket;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(device: number) {
    this.#socket = openPacketSocket({ device, protocol: ARP, size: arpBytes });
    this.#reader = this.#socket.stream().getReader();
  }

  send(arp: Arp): void {
    this.#socket.send(encodeArp(arp), everybody);
  }

  /** Until it is closed, or the device is down. */
  async listen(listener: (arp: Arp) => void): Promise<void> {
    try {
      for (let next = await this.#reader.read(); !next.done; next = await this.#reader.read()) {
        for (let at = 0; at + arpBytes <= next.value.length; at += arpBytes) {
          const arp = decodeArp(next.value.subarray(at, at + arpBytes));
          if (arp) listener(arp);
        }
      }
    } catch {
      // as said
    }
  }

  close(): void {
    this.#socket.close();
    this.#reader.cancel().catch(() => undefined);
  }
}
