/**
 * A DHCP server that does as a test says: leases of seconds, refusals, silence, wrong values. It runs in the test's own
 * process, its socket in a namespace; dnsmasq (`../dnsmasq.ts`) is the honest one, and gives no lease below 120 s.
 */
import type { Namespace } from "../netns.ts";
import { decode, encode, type Message, type MessageType } from "./message.ts";

export interface DhcpServerOptions {
  /** Device of the namespace, which has the server's address already. */
  device: string;
  /** Of the device. */
  address: string;
  /** Offered one after the other; declined ones are left out. */
  pool: string[];
  /** Seconds. */
  lease: number;
}

export interface Seen {
  type: MessageType;
  message: Message;
}

export class DhcpServer {
  /** What it does from now on. */
  lease: number;
  /** Seconds; absent: the client's own halves. */
  renewal: number | undefined;
  rebinding: number | undefined;
  silent = false;
  /** Answers requests with NAK. */
  refuses = false;
  /** What it calls itself: another one is another server. */
  identifier: string;
  pool: string[];
  /** Further options by number, in place of the usual ones of that number; empty: that one is left out. */
  readonly options = new Map<number, Uint8Array>();
  readonly seen: Seen[] = [];
  #socket: Bun.udp.Socket<"buffer"> | undefined;
  #leases = new Map<string, string>();
  #waiting: { type: MessageType; from: number; resolve(message: Message): void }[] = [];

  constructor(options: DhcpServerOptions) {
    this.lease = options.lease;
    this.identifier = options.address;
    this.pool = options.pool;
  }

  async open(namespace: Namespace, device: string): Promise<void> {
    namespace.ip(`route replace 255.255.255.255/32 dev ${device}`);
    let opening: Promise<Bun.udp.Socket<"buffer">>;
    {
      using _inside = namespace.enter();
      opening = Bun.udpSocket({
        hostname: "0.0.0.0",
        port: 67,
        binaryType: "buffer",
        // A client that has gone refuses its answer; the next one is another's.
        socket: { data: (_socket, bytes) => this.#take(bytes), error() {} },
      });
    }
    this.#socket = await opening;
    this.#socket.setBroadcast(true);
  }

  /** The next message of that type from now on, or the first one after `from` in `seen`. */
  next(type: MessageType, from = this.seen.length): Promise<Message> {
    const there = this.seen.slice(from).find((one) => one.type === type);
    if (there) return Promise.resolve(there.message);
    return new Promise((resolve) => this.#waiting.push({ type, from, resolve }));
  }

  forget(): void {
    this.#leases.clear();
  }

  close(): void {
    this.#socket?.close();
  }

  #take(bytes: Uint8Array): void {
    const message = decode(bytes);
    if (message?.op !== 1) return;
    const { type } = message;
    this.seen.push({ type, message });
    const ready = this.#waiting.filter((one) => one.type === type);
    this.#waiting = this.#waiting.filter((one) => one.type !== type);
    for (const one of ready) one.resolve(message);
    const client = message.hardware;
    if (type === "DECLINE") {
      this.pool = this.pool.filter((address) => address !== message.requested);
      this.#leases.delete(client);
    }
    if (type === "RELEASE") this.#leases.delete(client);
    if (this.silent) return;
    if (type === "DISCOVER") this.#answer(message, "OFFER", this.#leases.get(client) ?? this.#free());
    if (type !== "REQUEST") return;
    const wanted = message.requested || message.ciaddr;
    // For another server's offer.
    if (message.server && message.server !== this.identifier) return;
    const fits = this.pool.includes(wanted) && (this.#leases.get(client) ?? wanted) === wanted;
    if (fits && !this.refuses) this.#leases.set(client, wanted);
    this.#answer(message, fits && !this.refuses ? "ACK" : "NAK", wanted);
  }

  #free(): string | undefined {
    const taken = new Set(this.#leases.values());
    return this.pool.find((address) => !taken.has(address));
  }

  #answer(message: Message, type: "OFFER" | "ACK" | "NAK", address: string | undefined): void {
    if (type !== "NAK" && address === undefined) return;
    const options = new Map<number, Uint8Array>();
    options.set(54, bytesOf(this.identifier));
    if (type !== "NAK") {
      options.set(51, number(this.lease));
      if (this.renewal !== undefined) options.set(58, number(this.renewal));
      if (this.rebinding !== undefined) options.set(59, number(this.rebinding));
      options.set(1, bytesOf("255.255.255.0"));
      options.set(3, bytesOf(this.identifier));
      options.set(6, bytesOf(this.identifier));
      options.set(15, new TextEncoder().encode("lab.test"));
      for (const [code, value] of this.options) {
        if (value.length > 0) options.set(code, value);
        else options.delete(code);
      }
    }
    const reply = encode({ ...message, op: 2, type, yiaddr: type === "NAK" ? "0.0.0.0" : (address ?? ""), options });
    // A renewal comes from the address itself, and is answered there.
    const to = message.ciaddr !== "0.0.0.0" && type !== "NAK" ? message.ciaddr : "255.255.255.255";
    this.#socket?.send(reply, 68, to);
  }
}

export function bytesOf(...addresses: string[]): Uint8Array {
  return Uint8Array.from(addresses.flatMap((address) => address.split(".").map(Number)));
}

export function number(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

export async function startDhcpServer(namespace: Namespace, options: DhcpServerOptions): Promise<DhcpServer> {
  const server = new DhcpServer(options);
  await server.open(namespace, options.device);
  return server;
}
