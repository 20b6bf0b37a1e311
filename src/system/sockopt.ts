/** Options of sockets that Bun does not set: socket(7), ip(7), ipv6(7). */
import { libc } from "./libc.ts";

// asm-generic/socket.h and the uapi headers of ip and ipv6: true of x86, arm, riscv, s390.
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_RECVERR = 11;
const IPPROTO_IPV6 = 41;
const IPV6_RECVERR = 25;

function open() {
  return libc({ setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" } });
}
let functions: ReturnType<typeof open> | undefined;

function set(fd: number, level: number, option: number, value: number): boolean {
  functions ??= open();
  return functions.setsockopt(fd, level, option, new Int32Array([value]), 4) === 0;
}

/** Room for datagrams that came while we were busy; the kernel's own limit (net.core.rmem_max) may make it less. */
export function setReceiveBuffer(fd: number, bytes: number): void {
  if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes)) set(fd, SOL_SOCKET, SO_RCVBUF, bytes);
}

/** Bun asks for the errors of peers; then the ICMP answer of one dead peer makes the next datagram, to anybody, fail. */
export function ignorePeerErrors(fd: number, family: 4 | 6): boolean {
  return family === 4 ? set(fd, IPPROTO_IP, IP_RECVERR, 0) : set(fd, IPPROTO_IPV6, IPV6_RECVERR, 0);
}
