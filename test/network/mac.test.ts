import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { identifies, isUnicast, isVirtualRouter, macKind, oui } from "../../src/network/mac.ts";
import {
  deviceIdParts,
  idOfBytes,
  idOfText,
  isManagementAddress,
  nameKey,
  plainText,
  portKey,
  sameName,
  serialKey,
} from "../../src/network/normalise.ts";

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const ascii = (text: string) => new TextEncoder().encode(text);

describe("MAC addresses", () => {
  it("are of a kind", () => {
    const kinds: [string, string][] = [
      ["00:00:00:00:00:00", "zero"],
      ["ff:ff:ff:ff:ff:ff", "broadcast"],
      ["01:80:c2:00:00:0e", "multicast"],
      ["33:33:00:00:00:01", "multicast"],
      ["00:00:5e:00:01:0a", "vrrp"],
      ["00:00:5e:00:02:0a", "vrrp"],
      ["00:00:0c:07:ac:01", "hsrp"],
      ["00:00:0c:9f:f0:01", "hsrp"],
      ["00:05:73:a0:00:01", "hsrp"],
      ["00:07:b4:00:01:01", "glbp"],
      ["02:42:ac:11:00:02", "local"],
      ["00:1c:73:b4:fd:69", "universal"],
      ["00:00:0c:07:ad:01", "universal"],
    ];
    for (const [mac, kind] of kinds) assert.equal(macKind(mac), kind, mac);
    assert.deepEqual([isUnicast("02:42:ac:11:00:02"), isUnicast("01:80:c2:00:00:0e")], [true, false]);
    assert.equal(isVirtualRouter("00:07:b4:00:01:01"), true);
  });

  it("identify a device only when a vendor gave them out for one", () => {
    const no = [
      "00:00:00:00:00:01",
      "02:42:ac:11:00:02",
      "00:00:5e:00:01:0a",
      "00:11:22:33:44:55",
      "44:44:44:44:44:44",
      "12:34:56:78:9a:bc",
    ];
    assert.deepEqual(no.filter(identifies), []);
    assert.equal(identifies("00:1c:73:b4:fd:69"), true);
    assert.deepEqual([oui("00:1c:73:b4:fd:69"), oui("02:42:ac:11:00:02")], ["00:1c:73", undefined]);
  });
});

describe("ids and names", () => {
  it("a MAC address is one in any spelling and as bytes, whatever its sender calls it", () => {
    const mac = "8c:60:4f:19:16:7c";
    for (const text of [
      mac,
      "8C-60-4F-19-16-7C",
      "8c60.4f19.167c",
      "8c604f19167c",
      "0x8c604f19167c",
      "8c 60 4f 19 16 7c",
    ]) {
      assert.deepEqual(idOfText(text), { id: mac, kind: "mac" }, text);
    }
    assert.deepEqual(idOfBytes(bytes("8c604f19167c"), "mac"), { id: mac, kind: "mac" });
    assert.deepEqual(idOfBytes(bytes("8c604f19167c"), "text"), { id: mac, kind: "mac" });
    assert.deepEqual(idOfBytes(ascii("8c:60:4f:19:16:7c"), "mac"), { id: mac, kind: "mac" });
    assert.deepEqual(idOfBytes(bytes("e839351aca990000"), "mac"), { id: "e8:39:35:1a:ca:99", kind: "mac" });
    assert.deepEqual(idOfBytes(bytes("70f96ddff01f"), "text"), { id: "70:f9:6d:df:f0:1f", kind: "mac" });
  });

  it("text stays text without its padding, an address is an address, zeros are nothing", () => {
    assert.deepEqual(idOfBytes(ascii("switch"), "text"), { id: "switch", kind: "text" });
    assert.deepEqual(idOfBytes(ascii("mgmt0\0\0\0\0"), "text"), { id: "mgmt0", kind: "text" });
    assert.deepEqual(idOfBytes(bytes("01c0000207"), "address"), { id: "192.0.2.7", kind: "ip" });
    assert.deepEqual(idOfBytes(bytes("0220010db8000000000000000000000001"), "address"), {
      id: "2001:db8::1",
      kind: "ip",
    });
    assert.deepEqual(idOfText("192.0.2.7"), { id: "192.0.2.7", kind: "ip" });
    assert.deepEqual(idOfText("1/0/1"), { id: "1/0/1", kind: "text" });
    for (const nothing of [bytes("000000000000"), bytes(""), bytes("0000")])
      assert.equal(idOfBytes(nothing, "mac").id, "");
    assert.deepEqual(idOfBytes(bytes("0102030405060708"), "text"), { id: "01:02:03:04:05:06:07:08", kind: "text" });
    assert.equal(plainText(bytes("bcb6c1aa35")), "¼¶Áª5");
  });

  it("ports of one device compare in every spelling, and different ones stay different", () => {
    const same: string[][] = [
      ["Gi0/1", "GigabitEthernet0/1", "gigabitEthernet 0/1", "GE0/1", "Gig0/1"],
      ["Te1/0/28", "Ten-GigabitEthernet1/0/28", "TenGigabitEthernet1/0/28", "XGigabitEthernet1/0/28", "XGE1/0/28"],
      ["Eth1/19", "Ethernet1/19", "Et1/19"],
      ["Po12", "port-channel12", "Port-channel12"],
      ["17", "Port 17", "port17"],
      ["Vlan10", "Vl10", "Vlan-interface10"],
      ["Hu0/0/0/1", "HundredGigE0/0/0/1"],
    ];
    for (const group of same) assert.equal(new Set(group.map(portKey)).size, 1, `${group}: ${group.map(portKey)}`);
    const keys = same.map(([first]) => portKey(first!));
    assert.equal(new Set(keys).size, keys.length);
    assert.notEqual(portKey("Gi1/0/1"), portKey("Gi1/0/11"));
    assert.notEqual(portKey("xe-1/2/0"), portKey("ge-1/2/0"));
  });

  it("names compare with and without their domain, defaults not at all", () => {
    assert.equal(sameName("SW1.example.org", "sw1"), true);
    assert.equal(sameName("sw1", "sw1.example.org."), true);
    assert.equal(sameName("sw1.example.org", "sw1.example.com"), false);
    assert.equal(sameName("sw1", "sw10"), false);
    for (const name of ["", "localhost", "<private>", "Switch", "H3C", "(none)"])
      assert.equal(sameName(name, name), false, name);
    assert.equal(nameKey("192.0.2.7"), "192.0.2.7");
  });

  it("CDP's ids hold names, serial numbers and MAC addresses", () => {
    assert.deepEqual(deviceIdParts("n5k-01(SSI183706KP)"), { name: "n5k-01", serial: "SSI183706KP", mac: "" });
    assert.deepEqual(deviceIdParts("SAD04050512(core)"), { name: "core", serial: "SAD04050512", mac: "" });
    assert.deepEqual(deviceIdParts("SEP001122aabbcc"), {
      name: "SEP001122aabbcc",
      serial: "",
      mac: "00:11:22:aa:bb:cc",
    });
    assert.deepEqual(deviceIdParts("sw1.example.org"), { name: "sw1.example.org", serial: "", mac: "" });
  });

  it("serial numbers of nothing, and addresses that nobody manages, are passed over", () => {
    for (const none of ["", "0", "0000000000", "N/A", "Not Specified", "123456789", "None", "xxxxxxx"])
      assert.equal(serialKey(none), "", none);
    assert.equal(serialKey(" foc1408z61u\0"), "FOC1408Z61U");
    const bad = [
      "0.0.0.0",
      "127.0.0.1",
      "224.0.0.5",
      "255.255.255.255",
      "169.254.1.1",
      "::",
      "::1",
      "fe80::1",
      "ff02::1",
      "x",
    ];
    assert.deepEqual(bad.filter(isManagementAddress), []);
    assert.equal(isManagementAddress("2001:db8::1") && isManagementAddress("10.0.0.1"), true);
  });
});
