import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressText, hostsOf, parseAddress, parseMac, parsePrefix } from "../src/address.ts";

describe("addresses", () => {
  for (const [text, ip, ipHex] of [
    ["192.0.2.1", "192.0.2.1", "00000000000000000000ffffc0000201"],
    [" 10.0.0.255/24 ", "10.0.0.255", "00000000000000000000ffff0a0000ff"],
    ["0.0.0.0", "0.0.0.0", "00000000000000000000ffff00000000"],
    ["::", "::", "00000000000000000000000000000000"],
    ["::1", "::1", "00000000000000000000000000000001"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1", "20010db8000000000000000000000001"],
    ["2001:db8::1:0:0:1", "2001:db8::1:0:0:1", "20010db8000000000001000000000001"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1", "20010000000000010000000000000001"],
    ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7", "00010000000200030004000500060007"],
    ["fe80::1%eth0", "fe80::1", "fe800000000000000000000000000001"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221", "0064ff9b0000000000000000c0000221"],
    ["::ffff:255.255.0.1", "::ffff:ffff:1", "00000000000000000000ffffffff0001"],
    ["1::", "1::", "00010000000000000000000000000000"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "f".repeat(32)],
  ] as const) {
    it(text, () => {
      assert.deepEqual(parseAddress(text), { ip, ipHex, family: ip.includes(":") ? 6 : 4 });
      assert.equal(parseAddress(ip)?.ip, ip);
    });
  }

  for (const text of [
    "",
    "host",
    "1.2.3",
    "256.1.1.1",
    "1.2.3.4.5",
    "::1::",
    "12345::",
    ":",
    "1:2:3:4:5:6:7:8:9",
    "0x7f.1",
  ]) {
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseAddress(text), undefined));
  }
});

describe("masks", () => {
  for (const [mask, family, length] of [
    ["255.255.255.0", 4, 24],
    ["255.255.255.255", 4, 32],
    ["0.0.0.0", 4, 0],
    ["255.0.255.0", 4, undefined],
    ["/64", 6, 64],
    ["128", 6, 128],
    ["129", 6, undefined],
    ["33", 4, undefined],
    ["ffff:ffff:ffff:ffff::", 6, 64],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6, 128],
    ["::", 6, 0],
    ["255.255.255.0", 6, undefined],
    ["", 4, undefined],
    ["abc", 4, undefined],
  ] as const) {
    it(`${mask} of IPv${family}`, () => assert.equal(parsePrefix(mask, family), length));
  }
});

describe("hosts of a network", () => {
  for (const [network, first, last] of [
    ["192.0.2.9/30", "192.0.2.9", "192.0.2.10"],
    ["192.0.2.9/31", "192.0.2.8", "192.0.2.9"],
    ["192.0.2.9/32", "192.0.2.9", "192.0.2.9"],
    ["192.0.2.9", "192.0.2.9", "192.0.2.9"],
    [" 192.0.2.9/255.255.255.0", "192.0.2.1", "192.0.2.254"],
    ["0.0.0.0/0", "0.0.0.1", "255.255.255.254"],
    ["2001:db8::4/127", "2001:db8::4", "2001:db8::5"],
    ["2001:db8::4/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"],
  ] as const) {
    it(network, () => {
      const range = hostsOf(network);
      assert.ok(range);
      assert.deepEqual([addressText(range.first, range.family), addressText(range.last, range.family)], [first, last]);
    });
  }

  for (const network of ["", "/24", "name/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/24/25", "2001:db8::/129"]) {
    it(`${JSON.stringify(network)} is none`, () => assert.equal(hostsOf(network), undefined));
  }
});

describe("MAC addresses", () => {
  for (const [text, mac] of [
    ["00:1A:2b:3C:4d:5E", "00:1a:2b:3c:4d:5e"],
    ["0:1a:2b:3c:4d:e", "00:1a:2b:3c:4d:0e"],
    ["00-1A-2B-3C-4D-5E", "00:1a:2b:3c:4d:5e"],
    ["001a.2b3c.4d5e", "00:1a:2b:3c:4d:5e"],
    [" 001A2B3C4D5E ", "00:1a:2b:3c:4d:5e"],
    ["00:00:00:00:00:00", undefined],
    ["00:1a:2b:3c:4d", undefined],
    ["00:1a:2b:3c:4d:5e:6f:70", undefined],
    ["00:1g:2b:3c:4d:5e", undefined],
    ["", undefined],
  ] as const) {
    it(JSON.stringify(text), () => assert.equal(parseMac(text), mac));
  }
});
