/** DHCPv4 messages on the wire (RFC 2131 §2, RFC 2132), as far as a server in a test wants them. */

export const types = ["", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM"] as const;
export type MessageType = (typeof types)[number];

export interface Message {
  /** 1: from a client, 2: from a server. */
  op: number;
  type: MessageType;
  xid: number;
  flags: number;
  /** The client's own address; 0.0.0.0: it has none yet. */
  ciaddr: string;
  yiaddr: string;
  /** 16 bytes as hex. */
  hardware: string;
  requested: string;
  server: string;
  options: Map<number, Uint8Array>;
}

const cookie = [99, 130, 83, 99];

export function decode(bytes: Uint8Array): Message | undefined {
  if (bytes.length < 240 || !cookie.every((byte, at) => bytes[236 + at] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const address = (at: number) => [...bytes.subarray(at, at + 4)].join(".");
  const options = new Map<number, Uint8Array>();
  for (let at = 240; at < bytes.length && bytes[at] !== 255; ) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    options.set(bytes[at] ?? 0, bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return {
    op: bytes[0] ?? 0,
    type: types[options.get(53)?.[0] ?? 0] ?? "",
    xid: view.getUint32(4),
    flags: view.getUint16(10),
    ciaddr: address(12),
    yiaddr: address(16),
    hardware: Buffer.from(bytes.subarray(28, 44)).toString("hex"),
    requested: [...(options.get(50) ?? [])].join("."),
    server: [...(options.get(54) ?? [])].join("."),
    options,
  };
}

export function encode(message: Message): Uint8Array {
  const head = new Uint8Array(240);
  const view = new DataView(head.buffer);
  const put = (at: number, address: string) => head.set(address.split(".").map(Number), at);
  head.set([message.op, 1, 6, 0]);
  view.setUint32(4, message.xid);
  view.setUint16(10, message.flags);
  put(12, message.ciaddr);
  put(16, message.yiaddr);
  head.set(Buffer.from(message.hardware, "hex"), 28);
  head.set(cookie, 236);
  const options = new Map([[53, Uint8Array.of(types.indexOf(message.type))], ...message.options]);
  // Longer values are cut into several options of one number (RFC 3396).
  const parts = [...options].flatMap(([code, value]) =>
    Array.from({ length: Math.max(1, Math.ceil(value.length / 255)) }, (_, at) => {
      const part = value.subarray(at * 255, (at + 1) * 255);
      return [code, part.length, ...part];
    }),
  );
  const bytes = Uint8Array.from([...head, ...parts.flat(), 255]);
  const padded = new Uint8Array(Math.max(300, bytes.length));
  padded.set(bytes);
  return padded;
}
