/** Route netlink sockets: netlink(7), rtnetlink(7). Datagrams in and out, as bytes. */
import { ptr } from "bun:ffi";
import { write } from "node:fs";
import { Problem } from "../problem.ts";
import { errno, libc } from "./libc.ts";

export interface NetlinkSocket {
  /**
   * The kernel acts on it before this returns: its answers wait to be received.
   * @throws NetlinkFailure
   */
  send(bytes: Uint8Array): void;
  /**
   * The same, but the kernel acts on it in another thread: resolves when it has.
   * @throws NetlinkFailure
   */
  sendAside(bytes: Uint8Array): Promise<void>;
  /**
   * One datagram; undefined when none waits.
   * @throws NetlinkFailure `ENOBUFS`: some were lost
   */
  receive(): Uint8Array | undefined;
  /**
   * All that comes from now on, several datagrams at a time. It ends with an error when some were lost, and is of no use
   * from then on. Not to be mixed with `receive`.
   */
  stream(): ReadableStream<Uint8Array>;
  close(): void;
}

export class NetlinkFailure extends Error {
  override name = "NetlinkFailure";
  readonly errno: number;

  constructor(call: string, errno: number) {
    super(`${call}: errno ${errno}`);
    this.errno = errno;
  }
}

export interface NetlinkOptions {
  /** Numbers of the groups to listen to (RTNLGRP_…), 1 to 32. */
  groups?: readonly number[];
  /** What is to come in at all: instructions of classic BPF (linux/filter.h); absent: everything. */
  filter?: readonly Instruction[];
  /** Bytes that may wait; the kernel's limit counts only for those without CAP_NET_ADMIN. */
  receiveBuffer: number;
}

/** struct sock_filter */
export type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, value: number];

const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
const SOCK_RAW = 3;
// asm-generic/fcntl.h and socket.h: true of x86, arm, riscv, s390.
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const MSG_TRUNC = 0x20;
const [EAGAIN, EINTR, EBADF, EMSGSIZE, EIO] = [11, 4, 9, 90, 5];
const denied = [1, 13];

/** struct sockaddr_nl */
const addressBytes = 12;
/** The kernel's largest datagram of a dump is 32 KiB. */
const datagramBytes = 1 << 16;

function open() {
  return libc({
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
    send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
}
let functions: ReturnType<typeof open> | undefined;

/** @throws Problem `missing`, `permission`, `io` where there is none to be had */
export function openNetlink(options: NetlinkOptions): NetlinkSocket {
  functions ??= open();
  const { socket, bind, setsockopt, send, recv, close } = functions;
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) throw refused("socket", errno());
  const set = (level: number, option: number, value: number) =>
    setsockopt(fd, level, option, new Int32Array([value]), 4) === 0;
  if (!set(SOL_SOCKET, SO_RCVBUFFORCE, options.receiveBuffer)) set(SOL_SOCKET, SO_RCVBUF, options.receiveBuffer);
  // Since Linux 4.12 and 4.2; without them errors come without words, and with the whole request.
  set(SOL_NETLINK, NETLINK_EXT_ACK, 1);
  set(SOL_NETLINK, NETLINK_CAP_ACK, 1);
  if (options.filter) attach(fd, options.filter);
  const address = new Uint8Array(addressBytes);
  new Uint16Array(address.buffer)[0] = AF_NETLINK;
  for (const group of options.groups ?? []) new Uint32Array(address.buffer)[2]! |= 1 << (group - 1);
  if (bind(fd, address, address.length) !== 0) {
    const reason = errno();
    close(fd);
    throw refused("bind", reason);
  }
  const buffer = new Uint8Array(datagramBytes);
  let closed = false;
  let sending = 0;
  // The number may be another's descriptor by then.
  const needOpen = (call: string) => {
    if (closed) throw new NetlinkFailure(call, EBADF);
  };

  return {
    send(bytes) {
      needOpen("send");
      while (Number(send(fd, bytes, BigInt(bytes.length), 0)) !== bytes.length) {
        const reason = errno();
        if (reason !== EINTR) throw new NetlinkFailure("send", reason);
      }
    },
    async sendAside(bytes) {
      needOpen("send");
      sending++;
      try {
        await new Promise<void>((resolve, reject) => {
          const failure = ({ errno = EIO }: NodeJS.ErrnoException) => new NetlinkFailure("send", Math.abs(errno));
          write(fd, bytes, (error) => (error ? reject(failure(error)) : resolve()));
        });
      } finally {
        sending--;
        if (closed && sending === 0) close(fd);
      }
    },
    receive() {
      needOpen("recv");
      for (;;) {
        const length = Number(recv(fd, buffer, BigInt(buffer.length), MSG_TRUNC));
        if (length > buffer.length) throw new NetlinkFailure("recv", EMSGSIZE);
        if (length >= 0) return buffer.slice(0, length);
        const reason = errno();
        if (reason === EAGAIN) return undefined;
        if (reason !== EINTR) throw new NetlinkFailure("recv", reason);
      }
    },
    // Bun reads from a duplicate of the descriptor, and closes that one itself.
    stream() {
      needOpen("recv");
      return Bun.file(fd).stream();
    },
    close() {
      if (!closed && sending === 0) close(fd);
      closed = true;
    },
  };
}

/** Without it more comes in than is wanted, and nothing worse. */
function attach(fd: number, program: readonly Instruction[]): void {
  const code = new Uint8Array(program.length * 8);
  const view = new DataView(code.buffer);
  const [u16, u32] = [new Uint16Array(code.buffer), new Uint32Array(code.buffer)];
  for (const [at, [operation, jumpTrue, jumpFalse, value]] of program.entries()) {
    u16[at * 4] = operation;
    view.setUint8(at * 8 + 2, jumpTrue);
    view.setUint8(at * 8 + 3, jumpFalse);
    u32[at * 2 + 1] = value;
  }
  // struct sock_fprog
  const header = new Uint8Array(16);
  new Uint16Array(header.buffer)[0] = program.length;
  new BigUint64Array(header.buffer)[1] = BigInt(ptr(code));
  functions?.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, header, header.length);
}

function refused(call: string, reason: number): Problem {
  const code = denied.includes(reason) ? "permission" : "io";
  return new Problem(code, "no netlink socket to be had", { cause: new NetlinkFailure(call, reason) });
}
