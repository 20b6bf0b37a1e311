import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeAttributes, encodeAttributes } from "../../src/ldap/attributes.ts";
import { standardSchema } from "../../src/ldap/schema.ts";
import { sameContent, sighting, uuidBytes, uuidText, volatile } from "../../src/listener/sighting.ts";

const raw = (attributes: Record<string, string[]>) =>
  encodeAttributes(
    Object.fromEntries(
      Object.entries(attributes).map(([type, values]) => [
        type,
        values.map((value) => new TextEncoder().encode(value)),
      ]),
    ),
  );

describe("a sighting", () => {
  it("has its place and its CSN, and nothing that is withheld or of no entry in particular", () => {
    const uuid = uuidBytes("01234567-89ab-cdef-0123-456789abcdef");
    const attributes = raw({
      cn: ["Ä"],
      userPassword: ["geheim"],
      entryDN: ["cn=Ä,dc=lab"],
      entryCSN: ["20260101000000.000000Z#000000#000#000000"],
      contextCSN: ["20260101000000.000000Z#000000#000#000000"],
    });
    const view = { withheld: new Set(["userpassword", ...volatile]), schema: standardSchema };
    const seen = sighting({ uuid, dn: "CN=Ä,dc=lab", attributes }, view);
    assert.equal(seen.key, "\u0001dc=lab\u0001cn=ä");
    assert.equal(seen.csn, "20260101000000.000000Z#000000#000#000000");
    assert.deepEqual(Object.keys(decodeAttributes(seen.attributes)), ["cn", "entryCSN"]);
    assert.equal(uuidText(seen.uuid), "01234567-89ab-cdef-0123-456789abcdef");
  });

  it("says the same in another order of attributes and values", () => {
    const one = raw({ a: ["1", "2"], b: ["3"] });
    assert.ok(sameContent(one, raw({ b: ["3"], a: ["2", "1"] })));
    assert.ok(!sameContent(one, raw({ a: ["1", "3"], b: ["2"] })));
    assert.ok(!sameContent(one, raw({ a: ["1", "1"], b: ["3"] })));
    assert.ok(!sameContent(one, raw({ a: ["1", "2"], c: ["3"] })));
    assert.ok(!sameContent(one, raw({ a: ["1", "2"], b: ["33"] })));
    assert.ok(!sameContent(raw({ a: ["1"], entryCSN: ["2"] }), raw({ entryCSN: ["3"], a: ["1"] })));
    assert.ok(sameContent(raw({ a: ["1"], entryCSN: ["2"] }), raw({ entryCSN: ["2"], a: ["1"] })));
  });
});
