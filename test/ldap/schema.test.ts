import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseSchema, standardSchema } from "../../src/ldap/schema.ts";

describe("schema", () => {
  it("gives inherited rules to a type by any of its names", () => {
    const schema = parseSchema(
      [
        "( 2.5.4.41 NAME 'name' DESC 'it\\27s (a) name $' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
        "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519' SUP name X-ORIGIN ( 'RFC 4519' 'user defined' ) )",
        "(1.1.9 NAME 'own' SUP 2.5.4.3 EQUALITY caseExactMatch SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation)",
      ],
      [],
    );
    assert.deepEqual(schema.malformed, []);
    const own = schema.attribute("OWN;lang-de");
    assert.equal(own?.equality, "caseExactMatch");
    assert.equal(own?.substrings, "caseIgnoreSubstringsMatch");
    assert.equal(own?.syntax, "1.3.6.1.4.1.1466.115.121.1.15");
    assert.equal(own?.ordering, undefined);
    assert.equal(own?.singleValue, true);
    assert.deepEqual([...own!.lineage], ["1.1.9", "2.5.4.3", "2.5.4.41"]);
    assert.equal(schema.attribute("CommonName"), schema.attribute("2.5.4.3"));
    assert.equal(schema.attribute("other"), undefined);
  });

  it("leaves out what is malformed, and says so", () => {
    const broken = [
      "",
      "(",
      "( )",
      "1.2.3",
      "( 1.2.3 NAME ( 'a' )",
      "( 1.2.3 NAME 'a",
      "( 1.2.3 ) )",
      "( 1.2.3 ( x ) )",
      "( ' ' )",
    ];
    const schema = parseSchema([...broken, "( 1.2.4 NAME 'good' )", `( 1.2.5 NAME '${"x".repeat(200_000)}' )`], []);
    assert.equal(schema.malformed.length, broken.length + 1);
    assert.equal(schema.attribute("good")?.oid, "1.2.4");
    assert.equal(schema.attribute("1.2.3"), undefined);
  });

  it("ends where types are derived from each other in a circle", () => {
    const schema = parseSchema(["( 1.1 NAME 'a' SUP b )", "( 1.2 NAME 'b' SUP a EQUALITY integerMatch )"], []);
    assert.equal(schema.attribute("a")?.equality, "integerMatch");
  });

  it("knows what stands above a class", () => {
    const schema = parseSchema(
      [],
      [
        "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
        "( 1.1 NAME 'one' SUP top STRUCTURAL MAY ( cn $ sn ) )",
        "( 1.2 NAME 'two' SUP ( one $ top ) AUXILIARY )",
      ],
    );
    assert.deepEqual([...schema.objectClass("TWO")!.lineage], ["1.2", "1.1", "2.5.6.0"]);
  });

  it("has a standard one that takes unknown types for texts", () => {
    assert.deepEqual(standardSchema.malformed, []);
    const rules: [string, string | undefined][] = [
      ["userid", "caseIgnoreMatch"],
      ["sn", "caseIgnoreMatch"],
      ["dc", "caseIgnoreIA5Match"],
      ["memberUid", "caseExactIA5Match"],
      ["uniqueMember", "uniqueMemberMatch"],
      ["member", "distinguishedNameMatch"],
      ["uidNumber", "integerMatch"],
      ["jpegPhoto", undefined],
      ["univentionObjectType", "caseIgnoreMatch"],
    ];
    for (const [type, rule] of rules) assert.equal(standardSchema.attribute(type)?.equality, rule, type);
    assert.ok(standardSchema.objectClass("inetOrgPerson")?.lineage.has("2.5.6.6"));
  });

  it("follows no endless line of ancestors", () => {
    const types = Array.from({ length: 3000 }, (_, at) => `( 1.2.${at} NAME 't${at}' SUP t${at - 1} )`);
    const schema = parseSchema(types, []);
    // All lines in full would not fit into memory.
    for (let at = 0; at < types.length; at++) assert.ok((schema.attribute(`t${at}`)?.lineage.size ?? 0) <= 100);
    assert.deepEqual([...(schema.attribute("t2")?.lineage ?? [])], ["1.2.2", "1.2.1", "1.2.0"]);
  });
});
