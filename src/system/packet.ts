/** Packet sockets: packet(7). Frames of one protocol on one device, without their link-layer header. */
import { ptr } from "bun:ffi";
import { Problem } from "../problem.ts";
import { errno, libc } from "./libc.ts";

export interface PacketSocket {
  /** @returns false: the device is down, gone, or has no room now */
  send(payload: Uint8Array, to: Uint8Array): boolean;
  /** All that comes from now on, pieces of the socket's size each; a chunk may hold several. */
  stream(): ReadableStream<Uint8Array>;
  close(): void;
}

export interface PacketOptions {
  /** Index of the device. */
  device: number;
  /** EtherType, e.g. 0x0806. */
  protocol: number;
  /** Bytes of a payload that are received: shorter frames are dropped, longer ones cut. */
  size: number;
}

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
// asm-generic/fcntl.h and socket.h: true of x86, arm, riscv, s390.
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
/** struct sockaddr_ll */
const addressBytes = 20;
const denied = [1, 13];

function open() {
  return libc({
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
}
let functions: ReturnType<typeof open> | undefined;

/** @throws Problem `permission` (CAP_NET_RAW), `io` (no such device …) */
export function openPacketSocket({ device, protocol, size }: PacketOptions): PacketSocket {
  functions ??= open();
  const { socket, bind, setsockopt, sendto, close } = functions;
  // Protocol 0: nothing is received before filter and device hold.
  const fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw refused("socket", errno());
  const fail = (call: string): never => {
    const reason = errno();
    close(fd);
    throw refused(call, reason);
  };
  const program = filter(size);
  const header = new DataView(new ArrayBuffer(16));
  header.setUint16(0, program.length / 4, littleEndian);
  header.setBigUint64(8, BigInt(ptr(program)), littleEndian);
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(header.buffer), 16) !== 0) fail("setsockopt");
  const own = linkAddress(device, protocol, new Uint8Array(0));
  if (bind(fd, own, own.length) !== 0) fail("bind");
  let closed = false;
  return {
    send(payload, to) {
      const address = linkAddress(device, protocol, to);
      return Number(sendto(fd, payload, BigInt(payload.length), 0, address, address.length)) === payload.length;
    },
    // Bun reads from a duplicate of the descriptor, and closes that one itself.
    stream: () => Bun.file(fd).stream(),
    close() {
      if (!closed) close(fd);
      closed = true;
    },
  };
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Classic BPF (linux/filter.h): of frames with at least `size` bytes the first `size`, of others nothing. The stream has no
 * borders between frames: all must be of one length.
 */
function filter(size: number): Uint16Array {
  const instructions = [
    [0x80, 0, 0, 0], // ld len
    [0x35, 0, 1, size], // jge size, else over the next
    [0x06, 0, 0, size], // ret size
    [0x06, 0, 0, 0], // ret 0
  ] as const;
  const program = new DataView(new ArrayBuffer(instructions.length * 8));
  for (const [index, [code, yes, no, value]] of instructions.entries()) {
    program.setUint16(index * 8, code, littleEndian);
    program.setUint8(index * 8 + 2, yes);
    program.setUint8(index * 8 + 3, no);
    program.setUint32(index * 8 + 4, value, littleEndian);
  }
  return new Uint16Array(program.buffer);
}

function linkAddress(device: number, protocol: number, to: Uint8Array): Uint8Array {
  const address = new DataView(new ArrayBuffer(addressBytes));
  address.setUint16(0, AF_PACKET, littleEndian);
  address.setUint16(2, protocol); // network byte order
  address.setInt32(4, device, littleEndian);
  address.setUint8(11, to.length);
  const bytes = new Uint8Array(address.buffer);
  bytes.set(to.subarray(0, 8), 12);
  return bytes;
}

function refused(call: string, reason: number): Problem {
  const code = denied.includes(reason) ? "permission" : "io";
  return new Problem(code, "no packet socket to be had", { cause: `${call}: errno ${reason}` });
}
