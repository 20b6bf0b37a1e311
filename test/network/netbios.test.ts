import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeNodeStatusResponse, encodeNodeStatusRequest } from "../../src/network/netbios.ts";

function response(names: [name: string, suffix: number, flags: number][], mac = "0a0b0c0d0e0f", id = 7): Uint8Array {
  const record = names.map(([name, suffix, flags]) => {
    const bytes = Buffer.alloc(18, " ");
    bytes.write(name, "latin1");
    bytes[15] = suffix;
    bytes.writeUInt16BE(flags, 16);
    return bytes;
  });
  const data = Buffer.concat([Buffer.from([names.length]), ...record, Buffer.from(mac, "hex"), Buffer.alloc(40)]);
  const head = Buffer.from(`0000840000000001000000000020${"41".repeat(32)}0000210001000000000000`, "hex");
  const fixed = Buffer.concat([head.subarray(0, 12), head.subarray(13)]);
  fixed.writeUInt16BE(id, 0);
  fixed.writeUInt16BE(data.length, fixed.length - 2);
  return Buffer.concat([fixed, data]);
}

describe("node status", () => {
  it("is asked for with the name *", () => {
    assert.equal(
      Buffer.from(encodeNodeStatusRequest(0x1234)).toString("latin1"),
      `\x12\x34\0\0\0\x01\0\0\0\0\0\0 CK${"A".repeat(30)}\0\0\x21\0\x01`,
    );
  });

  it("gives computer, domain, user and MAC address", () => {
    const status = decodeNodeStatusResponse(
      response([
        ["IS~PC17", 0x00, 0x0400],
        ["PC17", 0x00, 0x0400],
        ["OFFICE", 0x00, 0x8400],
        ["PC17", 0x03, 0x0400],
        ["ALICE", 0x03, 0x0400],
        ["PC17", 0x20, 0x0400],
        ["GONE", 0x00, 0x1400],
        ["\x01\x02__MSBROWSE__\x02", 0x01, 0x8400],
      ]),
    );
    assert.ok(status);
    const { names, ...rest } = status;
    assert.deepEqual(rest, {
      id: 7,
      mac: "0a:0b:0c:0d:0e:0f",
      nbname: "PC17",
      domain: "OFFICE",
      server: true,
      nbuser: "ALICE",
    });
    assert.deepEqual(names.at(-1), { name: "__MSBROWSE__", suffix: 1, group: true });
    assert.equal(names.length, 7);
  });

  it("of Samba has no MAC address; some have no statistics", () => {
    assert.equal(decodeNodeStatusResponse(response([["A", 0, 0x400]], "000000000000"))?.mac, null);
    const whole = response([["A", 0, 0x400]]);
    const cut = Buffer.from(whole.subarray(0, whole.length - 46));
    cut.writeUInt16BE(19, cut.length - 21);
    assert.equal(decodeNodeStatusResponse(cut)?.nbname, "A");
  });

  it("that is cut, is another message or lies about its length is none", () => {
    const whole = response([
      ["A", 0, 0x400],
      ["B", 0, 0x8400],
    ]);
    for (let length = 0; length < whole.length; length++) {
      assert.equal(decodeNodeStatusResponse(whole.subarray(0, length)), undefined, `${length} bytes`);
    }
    assert.equal(decodeNodeStatusResponse(encodeNodeStatusRequest(1)), undefined);
    const wrongly = Buffer.from(whole);
    wrongly[3] = 0x03;
    assert.equal(decodeNodeStatusResponse(wrongly), undefined);
    const many = Buffer.from(whole);
    many[56] = 255;
    assert.equal(decodeNodeStatusResponse(many), undefined);
    for (let seed = 0; seed < 2000; seed++) {
      const noise = Buffer.from(whole);
      for (let change = 0; change < 3; change++)
        noise[(seed * 7 + change * 31) % noise.length] = (seed * 13 + change * 101) & 255;
      decodeNodeStatusResponse(noise);
    }
  });
});
