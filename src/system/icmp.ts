/** Echo requests (ping) over IPv4: icmp(7), raw(7). */
import { randomBytes } from "node:crypto";
import { errno, libc } from "./libc.ts";
import { setReceiveBuffer } from "./sockopt.ts";

export interface EchoSocket {
  /** `busy`: the kernel has no room for it now. `unreachable`: no route, or not allowed. */
  send(address: string, sequence: number): "sent" | "busy" | "unreachable";
  /** One reply to what was sent here; undefined when none waits. */
  receive(): { address: string; sequence: number } | undefined;
  close(): void;
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
// asm-generic/fcntl.h and net.h: true of x86, arm, riscv, s390.
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_ICMP = 1;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_SNDBUFFORCE = 32;
const IPPROTO_IP = 0;
const IP_RECVERR = 11;
const MSG_ERRQUEUE = 0x2000;
const SOL_RAW = 255;
const ICMP_FILTER = 1;
const [EAGAIN, ENOBUFS, ENOMEM, EINTR] = [11, 105, 12, 4];

const echoReply = 0;
const echoRequest = 8;
const header = 8;
/** Bytes of the kernel's buffers. */
const buffer = 4 * 1024 * 1024;

function open() {
  return libc({
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    recvfrom: { args: ["i32", "ptr", "u64", "i32", "ptr", "ptr"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
}
let functions: ReturnType<typeof open> | undefined;

/**
 * An unprivileged socket where net.ipv4.ping_group_range admits us, else a raw one (CAP_NET_RAW).
 * @returns undefined where neither is allowed
 */
export function openEchoSocket(): EchoSocket | undefined {
  functions ??= open();
  const { socket, setsockopt, sendto, recvfrom, close } = functions;
  let raw = false;
  let fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (fd < 0) {
    raw = true;
    fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);
  }
  if (fd < 0) return undefined;
  setReceiveBuffer(fd, buffer);
  // Requests to neighbours that are not found yet count against it for seconds.
  const size = new Int32Array([buffer]);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, size, 4) !== 0) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, size, 4);
  // Without it a raw socket reports as sent what the kernel had no room for.
  setsockopt(fd, IPPROTO_IP, IP_RECVERR, new Int32Array([1]), 4);
  // A raw socket gets all ICMP of the host; echo replies are enough.
  if (raw) setsockopt(fd, SOL_RAW, ICMP_FILTER, new Uint32Array([~(1 << echoReply)]), 4);

  // Replies are told from strangers' by what they carry back.
  const cookie = randomBytes(16);
  const request = Buffer.alloc(header + cookie.length);
  const packet = Buffer.alloc(256);
  const peer = Buffer.alloc(16);
  const peerLength = new Uint32Array(1);
  const to = Buffer.alloc(16);
  new Uint16Array(to.buffer, to.byteOffset, 1)[0] = AF_INET;

  return {
    send(address, sequence) {
      request.fill(0);
      request[0] = echoRequest;
      request.writeUInt16BE(cookie.readUInt16BE(0), 4);
      request.writeUInt16BE(sequence, 6);
      cookie.copy(request, header);
      request.writeUInt16BE(checksum(request), 2);
      for (const [index, part] of address.split(".").entries()) to[4 + index] = Number(part);
      // Errors of earlier requests, to other hosts, are reported first, one at a time.
      for (let attempt = 0; attempt < 8; attempt++) {
        if (Number(sendto(fd, request, BigInt(request.length), 0, to, to.length)) === request.length) return "sent";
        if ([EAGAIN, ENOBUFS, ENOMEM, EINTR].includes(errno())) return "busy";
      }
      return "unreachable";
    },
    receive() {
      while (Number(recvfrom(fd, packet, BigInt(packet.length), MSG_ERRQUEUE, peer, peerLength)) >= 0);
      for (let errors = 0; ; ) {
        peerLength[0] = peer.length;
        const length = Number(recvfrom(fd, packet, BigInt(packet.length), 0, peer, peerLength));
        if (length < 0) {
          const reason = errno();
          if (reason === EAGAIN) return undefined;
          // An error of an earlier request; anything else would come for ever.
          if (++errors > 1000) return undefined;
          continue;
        }
        // A raw socket gives the IP header, too.
        const start = raw ? ((packet[0] ?? 0) & 15) * 4 : 0;
        const message = packet.subarray(start, length);
        if (message.length < request.length || message[0] !== echoReply) continue;
        if (!message.subarray(header, request.length).equals(cookie)) continue;
        return { address: [...peer.subarray(4, 8)].join("."), sequence: message.readUInt16BE(6) };
      }
    },
    close: () => void close(fd),
  };
}

/** RFC 1071; the checksum's own field is zero. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
