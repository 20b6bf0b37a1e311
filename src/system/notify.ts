/** sd_notify(3): tells the service manager how this service is. node:dgram has no Unix sockets, hence libc. */
import { libc } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;

function open() {
  return libc({
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
}

/**
 * Sends lines such as `READY=1` or `STATUS=…` to `NOTIFY_SOCKET`.
 * @returns false without a service manager, or when it did not take the message
 */
export function notifyManager(...lines: string[]): boolean {
  const target = process.env.NOTIFY_SOCKET;
  if (!target || !/^[/@]/.test(target)) return false;
  const path = new TextEncoder().encode(target);
  const address = new Uint8Array(2 + path.length + (target.startsWith("/") ? 1 : 0));
  if (address.length > 110) return false;
  address[0] = AF_UNIX;
  address.set(path, 2);
  if (target.startsWith("@")) address[2] = 0; // the abstract namespace
  const message = new TextEncoder().encode(lines.join("\n"));
  const { socket, sendto, close } = open();
  const fd = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) return false;
  const sent = sendto(fd, message, BigInt(message.length), 0, address, address.length);
  close(fd);
  return Number(sent) === message.length;
}
