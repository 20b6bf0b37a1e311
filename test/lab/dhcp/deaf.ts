/** A Reeve that hears scripts and answers none: `bun deaf.ts SOCKET INTERFACE` prints a line when it is ready, and one a call. */
import { serveHook } from "../../../src/netconf/dhcp/hook-server.ts";

const [socket = "", iface = ""] = process.argv.slice(2);
const server = await serveHook(socket, () => {
  process.stdout.write("called\n");
  return new Promise(() => undefined);
});
server.expect(iface, 4);
process.stdout.write("ready\n");
