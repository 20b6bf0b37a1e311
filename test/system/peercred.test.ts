import { expect, test } from "bun:test";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peerCredentials } from "../../src/system/peercred.ts";

test("a peer on a Unix socket is this process, this user, this group", async () => {
  const folder = mkdtempSync(join(tmpdir(), "reeve-peercred-"));
  const seen = Promise.withResolvers<ReturnType<typeof peerCredentials>>();
  const server = Bun.listen({
    unix: join(folder, "s"),
    socket: {
      open: (socket) => seen.resolve(peerCredentials((socket as unknown as { fd: number }).fd)),
      data() {},
    },
  });
  const socket = await Bun.connect({ unix: join(folder, "s"), socket: { data() {} } });
  try {
    expect(await seen.promise).toEqual({ pid: process.pid, uid: process.geteuid!(), gid: process.getegid!() });
  } finally {
    socket.terminate();
    server.stop(true);
    rmSync(folder, { recursive: true });
  }
});

test("anything else is refused, never taken for somebody", async () => {
  const refused = expect.objectContaining({ code: "permission" });
  expect(() => peerCredentials(-1)).toThrow(refused);
  expect(() => peerCredentials(openSync("/dev/null", "r"))).toThrow(refused);
  const seen = Promise.withResolvers<unknown>();
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        try {
          seen.resolve(peerCredentials((socket as unknown as { fd: number }).fd));
        } catch (error) {
          seen.resolve(error);
        }
      },
      data() {},
    },
  });
  const socket = await Bun.connect({ hostname: "127.0.0.1", port: server.port, socket: { data() {} } });
  expect(await seen.promise).toMatchObject({ code: "permission" });
  socket.terminate();
  server.stop(true);
});
