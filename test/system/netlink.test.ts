import { afterEach, expect, test } from "bun:test";
import { closeSync, fstatSync, openSync, readdirSync } from "node:fs";
import { linksDump } from "../../src/netconf/netlink/link-request.ts";
import { RTM, readMessages } from "../../src/netconf/netlink/message.ts";
import { NetlinkFailure, type NetlinkSocket, openNetlink } from "../../src/system/netlink.ts";

const opened: NetlinkSocket[] = [];
function open(): NetlinkSocket {
  const socket = openNetlink({ receiveBuffer: 1 << 20 });
  opened.push(socket);
  return socket;
}
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

function links(socket: NetlinkSocket): number {
  socket.send(linksDump());
  let count = 0;
  for (let datagram = socket.receive(); datagram; datagram = socket.receive()) {
    count += readMessages(datagram).messages.filter(({ type }) => type === RTM.NEWLINK).length;
  }
  return count;
}

const descriptors = () => readdirSync("/proc/self/fd").length;

test("the kernel's answer is there at once, and nothing when all was said", () => {
  const socket = open();
  expect(links(socket)).toBeGreaterThan(0);
  expect(socket.receive()).toBeUndefined();
});

test("once closed it speaks to nobody, whoever has its number now", () => {
  const socket = open();
  socket.close();
  const next = openSync("/dev/null", "r+");
  for (const use of [() => socket.send(linksDump()), () => socket.receive(), () => socket.stream()]) {
    expect(use).toThrow(NetlinkFailure);
  }
  socket.close();
  expect(fstatSync(next).isCharacterDevice()).toBe(true);
  closeSync(next);
});

test("a stream has a descriptor of its own: the socket lives on when it is cancelled", async () => {
  const socket = open();
  const before = descriptors();
  const reader = socket.stream().getReader();
  const chunk = reader.read();
  socket.send(linksDump());
  expect(readMessages((await chunk).value!).messages[0]?.type).toBe(RTM.NEWLINK);
  await reader.cancel();
  while (descriptors() > before) await new Promise((resolve) => setImmediate(resolve));
  expect(links(socket)).toBeGreaterThan(0);
});
