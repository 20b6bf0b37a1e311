import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { announcement, arpBytes, conflicts, decodeArp, encodeArp, probe } from "../../../src/netconf/dhcp/arp.ts";

const mac = "02:00:5e:10:00:01";
const other = "02:00:5e:10:00:02";

describe("ARP", () => {
  it("a probe is what RFC 5227 says, byte by byte", () => {
    assert.equal(
      Buffer.from(encodeArp(probe(mac, "192.0.2.7"))).toString("hex"),
      "0001080006040001" + "02005e100001" + "00000000" + "000000000000" + "c0000207",
    );
  });

  it("there and back", () => {
    const reply = {
      ...{ operation: "reply" as const, sender: other, senderAddress: "255.1.2.3" },
      ...{ target: mac, targetAddress: "10.0.0.1" },
    };
    for (const arp of [reply, probe(mac, "10.0.0.1"), announcement(mac, "169.254.9.9")]) {
      assert.deepEqual(decodeArp(encodeArp(arp)), arp);
    }
  });

  it("what is no ARP of IPv4 over Ethernet is nothing", () => {
    const good = encodeArp(probe(mac, "10.0.0.1"));
    assert.equal(decodeArp(good.subarray(0, arpBytes - 1)), undefined);
    for (const [at, value] of [
      [2, 0x86],
      [4, 8],
      [5, 16],
      [7, 3],
    ] as const) {
      const bad = good.slice();
      bad[at] = value;
      assert.equal(decodeArp(bad), undefined);
    }
  });

  it("who has the address, and who wants it", () => {
    const own = new Set([mac]);
    const shows = (arp: Parameters<typeof conflicts>[0], probing: boolean) => conflicts(arp, own, "10.0.0.1", probing);
    assert.equal(shows(announcement(other, "10.0.0.1"), false), true);
    assert.equal(shows({ ...announcement(other, "10.0.0.1"), operation: "reply" }, true), true);
    assert.equal(shows(announcement(mac, "10.0.0.1"), true), false, "ourselves");
    assert.equal(shows(announcement(other, "10.0.0.2"), true), false);
    assert.equal(shows(probe(other, "10.0.0.1"), true), true, "two that probe at once");
    assert.equal(shows(probe(other, "10.0.0.1"), false), false, "who has it may be asked");
  });
});
