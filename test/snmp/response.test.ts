import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readResponse } from "../../src/snmp/response.ts";
import { tag } from "../../src/snmp/value.ts";
import { binding, element, endOfMibView, integer, nothing, octets, oid, responsePdu } from "../fake/ber.ts";

const name = "1.3.6.1.2.1.1.1.0";

function value(bytes: Uint8Array) {
  const response = readResponse(responsePdu({ id: 7, bindings: [binding(name, bytes), binding(name, integer(1))] }));
  assert.deepEqual([response.intact, response.varbinds.length, response.varbinds[1]?.value], [true, 2, 1]);
  return response.varbinds[0]!;
}

describe("a response's PDU", () => {
  it("has an id, a status, an index and bindings", () => {
    const bindings = [binding(name, octets("sw1")), binding("1.3.6.1.4.1.4294967295.128.0", integer(-5))];
    assert.deepEqual(readResponse(responsePdu({ id: 2 ** 31 - 1, status: 5, index: 2, bindings })), {
      id: 2 ** 31 - 1,
      status: 5,
      index: 2,
      intact: true,
      varbinds: [
        { oid: name, type: tag.octetString, value: new Uint8Array([115, 119, 49]), bad: false },
        { oid: "1.3.6.1.4.1.4294967295.128.0", type: tag.integer, value: -5, bad: false },
      ],
    });
  });

  it("has values of every type", () => {
    const cases: [Uint8Array, unknown][] = [
      [integer(-(2 ** 31)), -(2 ** 31)],
      [integer(2 ** 31 - 1), 2 ** 31 - 1],
      [integer(2 ** 32 - 1, tag.counter32), 2 ** 32 - 1],
      [element(tag.gauge32, [0xff, 0xff, 0xff, 0xff]), 2 ** 32 - 1],
      [element(tag.timeTicks, [0x80]), 128],
      [element(tag.counter64, [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), 2n ** 64n - 1n],
      [element(tag.counter64, [1, 0, 0, 0, 0]), 2n ** 32n],
      [element(tag.ipAddress, [192, 0, 2, 255]), "192.0.2.255"],
      [oid("0.0"), "0.0"],
      [element(tag.oid, []), "0.0"],
      [oid("2.999.3"), "2.999.3"],
      [oid("1.3.6.1.4.1.9.1.4294967295"), "1.3.6.1.4.1.9.1.4294967295"],
      [octets(""), new Uint8Array()],
      [element(tag.opaque, [1, 2]), new Uint8Array([1, 2])],
      [nothing, null],
      [endOfMibView, null],
    ];
    for (const [bytes, expected] of cases) {
      const read = value(bytes);
      assert.deepEqual([read.value, read.bad], [expected, false]);
    }
  });

  it("loses a value that nobody can read, and no other", () => {
    const unreadable = [
      element(tag.integer, []),
      element(tag.integer, [1, 2, 3, 4, 5, 6, 7, 8]),
      element(tag.counter32, [1, 0, 0, 0, 0]),
      element(tag.counter64, [1, 0, 0, 0, 0, 0, 0, 0, 0]),
      element(tag.ipAddress, []),
      element(tag.ipAddress, new Uint8Array(16)),
      element(tag.oid, [0x2b, 0x86]),
      element(tag.oid, [0x2b, 0x9f, 0xff, 0xff, 0xff, 0xff, 0x7f]),
      element(tag.oid, new Uint8Array(200).fill(1)),
      element(0x45, [1]),
      element(0x30, [1]),
    ];
    for (const bytes of unreadable) {
      const read = value(bytes);
      assert.deepEqual([read.oid, read.value, read.bad], [name, null, true]);
    }
  });

  it("keeps no piece of the datagram that it came in", () => {
    const bytes = responsePdu({ id: 1, bindings: [binding(name, octets("abc"))] });
    const [read] = readResponse(bytes).varbinds;
    bytes.fill(0);
    const kept = read?.value;
    assert.deepEqual(kept, new Uint8Array([97, 98, 99]));
    assert.ok(kept instanceof Uint8Array && kept.buffer.byteLength === 3);
  });

  it("cut off anywhere is never taken for a whole one, and gives no value that was not in it", () => {
    const bindings = [1, 2, 3].map((row) => binding(`1.3.6.1.2.1.2.2.1.2.${row}`, octets("interface name".repeat(12))));
    const whole = responsePdu({ id: 99, bindings });
    const complete = readResponse(whole).varbinds;
    let heads = 0;
    for (let size = 0; size < whole.length; size++) {
      let cut: ReturnType<typeof readResponse>;
      try {
        cut = readResponse(whole.subarray(0, size));
      } catch {
        continue;
      }
      heads++;
      assert.equal(cut.intact, false);
      assert.equal(cut.id, 99);
      assert.deepEqual(cut.varbinds, complete.slice(0, cut.varbinds.length));
    }
    assert.ok(heads > 500);
  });

  it("with any byte changed is read in bounds, or refused", () => {
    const whole = responsePdu({
      id: 5,
      bindings: [binding(name, octets("abc")), binding(name, integer(1)), binding(name, oid("1.3.6.1.4.1.9"))],
    });
    let [read, refused] = [0, 0];
    for (let at = 0; at < whole.length; at++) {
      for (const byte of [0x00, 0x7f, 0x80, 0x84, 0x88, 0xff, 0x30, 0x06]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        try {
          assert.ok(readResponse(changed).varbinds.length <= 3);
          read++;
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          refused++;
        }
      }
    }
    assert.equal(read + refused, whole.length * 8);
    assert.ok(read > 0 && refused > 0);
  });
});
