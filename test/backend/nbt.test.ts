import { expect, test } from "bun:test";
import { createSocket, type Socket } from "node:dgram";
import { askNetbios } from "../../src/backend/nbt.ts";

function answer(id: number, name: string): Uint8Array {
  const record = Buffer.alloc(18, " ");
  record.write(name, "latin1");
  record.writeUInt16BE(0x0400, 16);
  record[15] = 0;
  const head = Buffer.alloc(12);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(0x8400, 2);
  head.writeUInt16BE(1, 6);
  const data = Buffer.concat([Buffer.from([1]), record, Buffer.from("020000000001", "hex")]);
  const meta = Buffer.from("002100010000000000", "hex");
  const length = Buffer.from([data.length]);
  return Buffer.concat([head, Buffer.from([0]), meta, length, data]);
}

async function bind(
  address: string,
  port: number,
  react: (socket: Socket, id: number, from: number, count: number) => void,
) {
  const socket = createSocket("udp4");
  let count = 0;
  socket.on("message", (bytes, { port: from }) => react(socket, bytes.readUInt16BE(0), from, ++count));
  await new Promise<void>((ready) => socket.bind(port, address, ready));
  return socket;
}

test("live hosts are found among dead, deaf, lying and late ones", async () => {
  const first = await bind("127.0.40.1", 0, (socket, id, from) => socket.send(answer(id, "FIRST"), from, "127.0.0.1"));
  const { port } = first.address();
  const sockets = [
    first,
    await bind("127.0.40.2", port, () => undefined),
    await bind("127.0.40.3", port, (socket, id, from) => socket.send(answer(id ^ 1, "LIAR"), from, "127.0.0.1")),
    await bind("127.0.40.4", port, (socket, _, from) => socket.send("noise", from, "127.0.0.1")),
    await bind(
      "127.0.40.5",
      port,
      (socket, id, from, count) => count > 1 && socket.send(answer(id, "SECOND"), from, "127.0.0.1"),
    ),
  ];
  for (let host = 100; host < 150; host += 2) {
    sockets.push(
      await bind(`127.0.40.${host}`, port, (socket, id, from) =>
        socket.send(answer(id, `H${host}`), from, "127.0.0.1"),
      ),
    );
  }
  const found = new Map<string, string>();
  // Every odd address from 101 on has nobody at that port: an ICMP error for each.
  const hosts = ["127.0.40.1", "2001:db8::1", ...[2, 3, 4, 5].map((n) => `127.0.40.${n}`), "127.0.40.1"];
  for (let host = 100; host < 150; host++) hosts.push(`127.0.40.${host}`);
  const summary = await askNetbios(hosts, {
    signal: new AbortController().signal,
    onAnswer: (ip, { nbname }) => found.set(ip, nbname),
    rate: 2000,
    timeout: 300,
    port,
  });
  for (const socket of sockets) socket.close();
  expect(summary).toEqual({ asked: 55, answered: 27, strange: expect.any(Number) });
  expect(summary.strange).toBeGreaterThanOrEqual(4);
  expect([found.get("127.0.40.1"), found.get("127.0.40.5"), found.get("127.0.40.3")]).toEqual([
    "FIRST",
    "SECOND",
    undefined,
  ]);
  for (let host = 100; host < 150; host += 2) expect(found.get(`127.0.40.${host}`)).toBe(`H${host}`);
});

test("stops when told, with what it has", async () => {
  const live = await bind("127.0.40.1", 0, (socket, id, from) => socket.send(answer(id, "A"), from, "127.0.0.1"));
  const stop = new AbortController();
  const found: string[] = [];
  const hosts = ["127.0.40.1", ...Array.from({ length: 10_000 }, (_, n) => `127.1.${n >> 8}.${n & 255}`)];
  const onAnswer = (ip: string) => {
    found.push(ip);
    stop.abort();
  };
  const summary = await askNetbios(hosts, { signal: stop.signal, onAnswer, rate: 100, port: live.address().port });
  live.close();
  expect(found).toEqual(["127.0.40.1"]);
  expect(summary.asked).toBeLessThan(10_000);
});
