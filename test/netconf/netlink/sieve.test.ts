import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressAdd } from "../../../src/netconf/netlink/address.ts";
import { forwardingAdd } from "../../../src/netconf/netlink/forwarding.ts";
import type { Names } from "../../../src/netconf/netlink/link-data.ts";
import { message, NLM_F, RTM } from "../../../src/netconf/netlink/message.ts";
import { putNumber, s32, u8, u16 } from "../../../src/netconf/netlink/number.ts";
import { routeAdd } from "../../../src/netconf/netlink/route.ts";
import { sieve } from "../../../src/netconf/netlink/sieve.ts";
import { address, route } from "../kernel/objects.ts";

const names: Names = { nameOf: () => "eth0", indexOf: () => 2 };

/** What the kernel would do: accepted or not. */
function comesIn(bytes: Uint8Array, flags = 0): boolean {
  putNumber(bytes, 6, flags, "u16");
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const [code, jumpTrue, jumpFalse, value] = sieve[at]!;
    if (code === 0x06) return value !== 0;
    if (code === 0x30) accumulator = bytes[value]!;
    else at += (code === 0x15 ? accumulator === value : (accumulator & value) !== 0) ? jumpTrue : jumpFalse;
  }
}

const neighbour = (family: number, state: number, type: number = RTM.NEWNEIGH) =>
  message(type, 0, u8(family), u8(0), u16(0), s32(2), u16(state), u16(0));

describe("the sieve", () => {
  it("keeps out what neighbours and bridges learn", () => {
    const [reachable, noarp, permanent] = [0x02, 0x40, 0x80];
    for (const type of [RTM.NEWNEIGH, RTM.DELNEIGH]) {
      assert.equal(comesIn(neighbour(2, reachable, type)), false);
      assert.equal(comesIn(neighbour(2, permanent, type)), false);
      assert.equal(comesIn(neighbour(7, reachable, type)), false);
      assert.equal(comesIn(neighbour(7, noarp, type)), true);
      assert.equal(comesIn(neighbour(7, permanent, type)), true);
    }
    const entry = { device: "eth0", address: "02:00:00:00:00:01", destination: "192.0.2.1", vlan: 0 };
    assert.equal(comesIn(forwardingAdd(entry, names)), true);
    // As the first of a dump's datagram it stands for others.
    assert.equal(comesIn(neighbour(7, reachable), NLM_F.MULTI), true);
  });

  it("keeps out the kernel's own routes but those to its networks", () => {
    const of = (fields: Parameters<typeof route>[0]) => routeAdd(route({ device: "eth0", ...fields }), 0, names);
    assert.equal(comesIn(of({ type: "local", protocol: 2, table: 255 })), false);
    assert.equal(comesIn(of({ type: "multicast", protocol: 2, destination: "ff00::" })), false);
    assert.equal(comesIn(of({ protocol: 2 })), true);
    assert.equal(comesIn(of({ type: "local", protocol: 4, table: 255 })), true);
    assert.equal(comesIn(of({ type: "blackhole", protocol: 16 })), true);
    assert.equal(comesIn(of({ type: "local", protocol: 2, table: 255 }), NLM_F.MULTI), true);
  });

  it("lets in all else", () => {
    assert.equal(comesIn(addressAdd(address("eth0", "192.0.2.1", 24), names)), true);
    for (const type of [2, 3, RTM.NEWLINK, RTM.DELLINK, RTM.NEWRULE]) {
      assert.equal(comesIn(message(type, 0, new Uint8Array(16))), true);
    }
  });
});
