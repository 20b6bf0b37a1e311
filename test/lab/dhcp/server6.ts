/** A DHCPv6 server (RFC 8415) that does as a test says: one address for whoever asks, lifetimes of seconds, silence. */
import { Buffer } from "node:buffer";
import { parseAddress } from "../../../src/address.ts";
import type { Namespace } from "../netns.ts";

const types = [
  ...["", "SOLICIT", "ADVERTISE", "REQUEST", "CONFIRM", "RENEW", "REBIND", "REPLY", "RELEASE", "DECLINE"],
  ...["RECONFIGURE", "INFORMATION-REQUEST"],
] as const;
type MessageType = (typeof types)[number];

const code = { client: 1, server: 2, ia: 3, address: 5, preference: 7, status: 13, rapid: 14, dns: 23, domains: 24 };
const group = "ff02::1:2";

interface Request {
  type: MessageType;
  xid: Uint8Array;
  options: Map<number, Uint8Array>;
}

export class DhcpServer6 {
  address: string;
  /** Seconds. */
  preferred = 120;
  valid = 120;
  renewal = 60;
  rebinding = 105;
  silent = false;
  /** It does not answer these. */
  readonly ignores = new Set<MessageType>();
  /** Further options by number, in place of the usual ones. */
  readonly options = new Map<number, Uint8Array>();
  readonly seen: MessageType[] = [];
  #socket: Bun.udp.Socket<"buffer"> | undefined;
  #waiting: { type: MessageType; resolve(): void }[] = [];

  constructor(address: string) {
    this.address = address;
  }

  async open(namespace: Namespace, device: string): Promise<void> {
    const joined = namespace.ip(`-6 maddr show dev ${device}`).includes(group);
    if (!joined) namespace.ip(`addr replace ${group}/128 dev ${device} autojoin`);
    let opening: Promise<Bun.udp.Socket<"buffer">>;
    {
      using _inside = namespace.enter();
      opening = Bun.udpSocket({
        hostname: "::",
        port: 547,
        binaryType: "buffer",
        // A client that has gone refuses its answer; the next one is another's.
        socket: { data: (_socket, bytes, port, from) => this.#take(bytes, port, from), error() {} },
      });
    }
    this.#socket = await opening;
  }

  /** The next one from now on, or the first one after `from` in `seen`. */
  next(type: MessageType, from = this.seen.length): Promise<void> {
    if (this.seen.slice(from).includes(type)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ type, resolve }));
  }

  close(): void {
    this.#socket?.close();
  }

  #take(bytes: Uint8Array, port: number, from: string): void {
    const request = decode(bytes);
    const { type, options } = request;
    this.seen.push(type);
    for (const one of this.#waiting) if (one.type === type) one.resolve();
    this.#waiting = this.#waiting.filter((one) => one.type !== type);
    if (this.silent || this.ignores.has(type)) return;
    const rapid = options.has(code.rapid);
    const reply = type === "SOLICIT" && !rapid ? "ADVERTISE" : "REPLY";
    const answer = new Map<number, Uint8Array>([
      [code.client, options.get(code.client) ?? new Uint8Array()],
      [code.server, Uint8Array.of(0, 3, 0, 1, 2, 0, 0x5e, 0x10, 0, 1)],
      [code.preference, Uint8Array.of(255)],
      [code.dns, addressBytes("fd77::1")],
      [code.domains, Uint8Array.from([4, ...Buffer.from("lab6"), 4, ...Buffer.from("test"), 0])],
    ]);
    if (type === "SOLICIT" && rapid) answer.set(code.rapid, new Uint8Array());
    const ia = options.get(code.ia);
    if (ia && /^(SOLICIT|REQUEST|RENEW|REBIND)$/.test(type)) answer.set(code.ia, this.#identity(ia));
    if (/^(RELEASE|DECLINE|CONFIRM)$/.test(type)) answer.set(code.status, Uint8Array.of(0, 0));
    for (const [number, value] of this.options) answer.set(number, value);
    this.#socket?.send(encode(reply, request.xid, answer), port, from);
  }

  #identity(ia: Uint8Array): Uint8Array {
    const value = new Uint8Array(12 + 4 + 24);
    const view = new DataView(value.buffer);
    value.set(ia.subarray(0, 4));
    view.setUint32(4, this.renewal);
    view.setUint32(8, this.rebinding);
    view.setUint16(12, code.address);
    view.setUint16(14, 24);
    value.set(addressBytes(this.address), 16);
    view.setUint32(32, this.preferred);
    view.setUint32(36, this.valid);
    return value;
  }
}

function decode(bytes: Uint8Array): Request {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const options = new Map<number, Uint8Array>();
  for (let at = 4; at + 4 <= bytes.length; at += 4 + view.getUint16(at + 2)) {
    options.set(view.getUint16(at), bytes.slice(at + 4, at + 4 + view.getUint16(at + 2)));
  }
  return { type: types[bytes[0] ?? 0] ?? "", xid: bytes.slice(1, 4), options };
}

function encode(type: MessageType, xid: Uint8Array, options: Map<number, Uint8Array>): Uint8Array {
  const parts = [...options].map(([number, value]) => {
    const head = Uint8Array.of(number >> 8, number & 255, value.length >> 8, value.length & 255);
    return Buffer.concat([head, value]);
  });
  return Buffer.concat([Uint8Array.of(types.indexOf(type)), xid, ...parts]);
}

export function addressBytes(address: string): Uint8Array {
  return Buffer.from(parseAddress(address)?.ipHex ?? "", "hex");
}

/** @param device of the namespace; it has a link-local address */
export async function startDhcpServer6(namespace: Namespace, device: string, address: string): Promise<DhcpServer6> {
  const server = new DhcpServer6(address);
  await server.open(namespace, device);
  return server;
}
