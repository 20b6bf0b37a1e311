import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Attributes,
  baseType,
  decodeAttributes,
  encodeAttributes,
  scan,
  text,
} from "../../src/ldap/attributes.ts";
import { Problem } from "../../src/problem.ts";
import { random, trials } from "../random.ts";

const encoder = new TextEncoder();
const attributes = (values: Record<string, (string | Uint8Array)[]>): Attributes =>
  Object.fromEntries(
    Object.entries(values).map(([type, list]) => [
      type,
      list.map((value) => (typeof value === "string" ? encoder.encode(value) : value)),
    ]),
  );
const types = (raw: Uint8Array) => Object.keys(decodeAttributes(raw));

const person = attributes({
  objectClass: ["top", "person"],
  cn: ["Ada"],
  "cn;lang-de": ["Äda"],
  userPassword: ["{SSHA}x"],
  "userCertificate;binary": [new Uint8Array(300).fill(0x30)],
  entryCSN: ["20260101000000.000000Z#000000#000#000000"],
  entryUUID: ["5f5c6f2e-1111-1040-8f1e-000000000001"],
  description: [],
});

describe("attributes", () => {
  it("come back as they were", () => {
    const raw = encodeAttributes(person);
    const back = decodeAttributes(raw);
    assert.deepEqual({ ...back }, person);
    assert.equal(Object.getPrototypeOf(back), null);
    assert.equal(text(back["cn;lang-de"]![0]!), "Äda");
    assert.deepEqual(encodeAttributes(back), raw);
    assert.deepEqual(types(encodeAttributes({})), []);
  });

  it("have no names that mean something to objects", () => {
    const back = decodeAttributes(encodeAttributes(attributes({ ["__proto__"]: ["x"], constructor: ["y"] })));
    assert.equal(text((back.constructor as unknown as Uint8Array[])[0]!), "y");
    assert.equal(back.toString, undefined);
  });

  it("join the values of a type that stands there twice", () => {
    const [one, two] = [encodeAttributes(attributes({ cn: ["a"] })), encodeAttributes(attributes({ cn: ["b"] }))];
    const both = new Uint8Array([0x30, one.length + two.length - 4, ...one.slice(2), ...two.slice(2)]);
    assert.deepEqual(decodeAttributes(both).cn!.map(text), ["a", "b"]);
  });

  it("are of a base type", () => {
    assert.equal(baseType("userCertificate;binary"), "usercertificate");
    assert.equal(baseType("CN"), "cn");
  });
});

describe("scan", () => {
  it("finds what tells states apart and leaves the octets alone", () => {
    const raw = encodeAttributes(person);
    const scanned = scan(raw, new Set(["nothing", "cnx", "c"]));
    assert.equal(scanned.raw, raw);
    assert.equal(scanned.csn, "20260101000000.000000Z#000000#000#000000");
    assert.equal(scanned.uuid, "5f5c6f2e-1111-1040-8f1e-000000000001");
    assert.deepEqual(scan(encodeAttributes({}), new Set()), { raw: encodeAttributes({}), csn: "" });
  });

  it("takes out types with all their options, whatever their case", () => {
    const withheld = new Set(["userpassword", "cn", "usercertificate"]);
    const scanned = scan(encodeAttributes(person), withheld);
    assert.deepEqual(types(scanned.raw), ["objectClass", "entryCSN", "entryUUID", "description"]);
    assert.equal(scanned.csn, "20260101000000.000000Z#000000#000#000000");
    assert.deepEqual(types(scan(encodeAttributes(attributes({ USERPASSWORD: ["x"] })), withheld).raw), []);
  });

  it("gives the same octets whatever was taken out", () => {
    const withheld = new Set(["a", "b", "z"]);
    const next = random(17);
    for (let round = 0; round < trials(300); round++) {
      const size = () => Math.floor(next() ** 4 * 70_000);
      const kept = { m: [new Uint8Array(size())], n: [new Uint8Array(size())] };
      const [a, b, z] = [[new Uint8Array(size())], [new Uint8Array(size())], [new Uint8Array(size())]];
      const raw = encodeAttributes({ a, m: kept.m, b, "b;x": b, n: kept.n, z });
      assert.deepEqual(scan(raw, withheld).raw, encodeAttributes(kept));
    }
  });

  it("and decoding refuse what is damaged with a Problem, whatever it is", () => {
    const next = random(4511);
    const good = encodeAttributes(person);
    const withheld = new Set(["cn"]);
    for (const read of [(raw: Uint8Array) => scan(raw, withheld), decodeAttributes]) {
      let refused = 0;
      for (let round = 0; round < 3000; round++) {
        const damaged = good.slice(0, round % 3 === 0 ? Math.floor(next() * good.length) : good.length);
        for (let hits = 0; hits < 3; hits++)
          damaged[Math.floor(next() ** 2 * damaged.length)] = Math.floor(next() * 256);
        try {
          read(damaged);
        } catch (error) {
          assert.ok(error instanceof Problem && error.code === "protocol", String(error));
          refused++;
        }
      }
      assert.ok(refused > 1000, `${refused} refused`);
    }
  });
});
