/**
 * The service manager's end of sd_notify(3): `bun service-manager.ts SOCKET` binds the datagram socket, says `listening`,
 * and prints each message as one line of JSON. node:dgram and Bun have no Unix datagrams, hence libc.
 */
import { chmodSync } from "node:fs";
import { libc } from "../../src/system/libc.ts";

const { socket, bind, recv } = libc({
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
});

const path = process.argv[2] ?? "";
const address = new Uint8Array(2 + path.length + 1);
address[0] = 1; // AF_UNIX
address.set(new TextEncoder().encode(path), 2);
const fd = socket(1, 2, 0); // SOCK_DGRAM
if (fd < 0 || bind(fd, address, address.length) !== 0) throw new Error(`cannot bind ${path}`);
chmodSync(path, 0o666);
process.stdout.write("listening\n");

const message = new Uint8Array(4096);
for (;;) {
  const size = Number(recv(fd, message, 4096n, 0));
  if (size < 0) process.exit(1);
  process.stdout.write(`${JSON.stringify(new TextDecoder().decode(message.subarray(0, size)))}\n`);
}
