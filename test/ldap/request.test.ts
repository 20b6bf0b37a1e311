import assert from "node:assert/strict";
import { test } from "node:test";
import { LdapRefusal, resultName } from "../../src/ldap/refusal.ts";
import { encodeAbandon, encodeSearch, encodeStartTls, encodeUnbind } from "../../src/ldap/request.ts";
import { Problem } from "../../src/problem.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const packed = (text: string) => text.replaceAll(/\s/g, "");
const id = 2 ** 30 + 1;
const idHex = "02 04 40000001";

test("a search as it stands in RFC 4511 §4.5.1", () => {
  assert.equal(
    hex(encodeSearch(id, { base: "dc=lab", scope: "sub", attributes: ["*", "+"], sizeLimit: 500 })),
    packed(`30 35 ${idHex} 63 2d 0406 64633d6c6162 0a0102 0a0100 020201f4 020100 010100
            87 0b 6f626a656374436c617373 30 06 04012a 04012b`),
  );
  assert.equal(
    hex(encodeSearch(2, { base: "", scope: "base", filter: "(cn=\\00\\ff)" })),
    packed("30 22 020102 63 1d 0400 0a0100 0a0100 020100 020100 010100 a3 08 0402636e 040200ff 3000"),
  );
});

test("its controls are critical", () => {
  const control = { oid: "1.2.3", value: Uint8Array.of(1, 2) };
  const octets = encodeSearch(id, { base: "", scope: "one" }, [control, control]);
  const one = "30 0e 0405 312e322e33 0101ff 0402 0102";
  assert.ok(hex(octets).endsWith(packed(`a020 ${one} ${one}`)));
});

test("what has no answer, and StartTLS", () => {
  assert.equal(hex(encodeAbandon(id, id - 1)), packed(`30 0c ${idHex} 50 04 40000000`));
  assert.equal(hex(encodeUnbind(id)), packed(`30 08 ${idHex} 4200`));
  assert.equal(
    hex(encodeStartTls(1)),
    packed(`30 1d 020101 77 18 80 16 ${Buffer.from("1.3.6.1.4.1.1466.20037").toString("hex")}`),
  );
});

test("a filter that is none is refused before anything is sent", () => {
  assert.throws(() => encodeSearch(id, { base: "", scope: "sub", filter: "(cn=" }), { code: "bad-request" });
});

test("a refusal says what was asked, the result by name, the server's words, and is a Problem", () => {
  const result = { code: 32, matchedDn: "dc=lab", diagnostic: "no such" };
  const refusal = new LdapRefusal("ldap://a: the search", result, "Look again");
  assert.ok(refusal instanceof Problem);
  assert.equal(
    refusal.message,
    "ldap://a: the search was refused, noSuchObject (32): no such; what exists is dc=lab. Look again",
  );
  assert.deepEqual([refusal.code, refusal.resultCode, refusal.matchedDn], ["not-found", 32, "dc=lab"]);
  assert.equal(resultName(9999), "result (9999)");
  // However long the server's words are.
  const long = new LdapRefusal("x", { code: 1, matchedDn: "y".repeat(1e6), diagnostic: "z".repeat(1e6) });
  assert.ok(long.message.length < 3000);
});
