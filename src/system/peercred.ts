/** Who is at the other end of a Unix socket: unix(7), SO_PEERCRED. */
import { Problem } from "../problem.ts";
import { errno, libc } from "./libc.ts";

export interface PeerCredentials {
  pid: number;
  uid: number;
  gid: number;
}

// asm-generic/socket.h: true of x86, arm, riscv, s390 (not of mips, parisc, sparc).
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

function open() {
  return libc({ getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" } });
}
let functions: ReturnType<typeof open> | undefined;

/**
 * The process that connected, as the kernel recorded it at connect(2): pid in our namespace (0 if it has none there),
 * effective uid and gid.
 * @throws Problem `permission` when the descriptor is not a connected Unix socket. The caller must refuse the peer.
 */
export function peerCredentials(fd: number): PeerCredentials {
  functions ??= open();
  // struct ucred { pid_t pid; uid_t uid; gid_t gid; }. Of a TCP socket the kernel says pid 0, uid and gid -1.
  const ucred = new Int32Array(3);
  const length = new Uint32Array([ucred.byteLength]);
  if (functions.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, length) !== 0) {
    const cause = `getsockopt(SO_PEERCRED): errno ${errno()}`;
    throw new Problem("permission", "the peer's identity cannot be read", { cause });
  }
  const [pid = 0, uid = -1, gid = -1] = ucred;
  if (length[0] !== ucred.byteLength || uid === -1) {
    throw new Problem("permission", "the peer's identity cannot be read", { cause: "not a connected Unix socket" });
  }
  return { pid, uid: uid >>> 0, gid: gid >>> 0 };
}
