import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Device, devicesOf } from "../../../src/netconf/interfaces/pattern.ts";

const device = (name: string, address: string, type: string): Device => ({
  name,
  address,
  attribute: (file) => ({ type, "device/vendor": "0x8086" })[file],
});
const devices = [
  device("lo", "00:00:00:00:00:00", "772"),
  device("eth0", "02:00:00:00:00:01", "1"),
  device("eth1", "02:00:00:00:00:02", "1"),
  device("wlan0", "0a:00:00:00:00:03", "1"),
];

function found(word: string): string[] {
  return devicesOf(word, devices).map(({ physical, logical }) =>
    logical === undefined ? physical : `${physical}=${logical}`,
  );
}

describe("words that name interfaces", () => {
  it("are names, with or without a logical one, known to the kernel or not", () => {
    assert.deepEqual(["eth9", "eth0=home", "eth0=", "eth0=a=b"].map(found), [
      ["eth9"],
      ["eth0=home"],
      ["eth0="],
      ["eth0=a=b"],
    ]);
  });

  it("are patterns of names, hardware addresses, files in sysfs", () => {
    assert.deepEqual(found("/eth*"), ["eth0", "eth1"]);
    assert.deepEqual(found("/eth*=home"), ["eth0=home", "eth1=home"]);
    assert.deepEqual(found("mac/02:00:*:02"), ["eth1"]);
    assert.deepEqual(found("mac/02:00:00:00:00:0A"), []);
    assert.deepEqual(found("mac/0A:*"), ["wlan0"]);
    assert.deepEqual(found("type/772"), ["lo"]);
    assert.deepEqual(found("nothing/*"), []);
    assert.deepEqual(found("../*"), []);
  });

  it("may mean the nth that matches", () => {
    assert.deepEqual(["/eth*/1", "/eth*/2=x", "/eth*/3", "/*/1", "/eth*/", "/eth*/x", "/eth*/0"].map(found), [
      ["eth0"],
      ["eth1=x"],
      [],
      ["lo"],
      ["eth0", "eth1"],
      ["eth0", "eth1"],
      ["eth0", "eth1"],
    ]);
  });
});
