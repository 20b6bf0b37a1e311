import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  formatDn,
  isUnder,
  normaliseDn,
  parentOf,
  parseDn,
  type Rdn,
  rdnOf,
  rdnTypes,
  rebase,
  treeKey,
  treeSeparator,
} from "../../src/ldap/dn.ts";
import { parseSchema } from "../../src/ldap/schema.ts";
import { Problem } from "../../src/problem.ts";
import { random, trials } from "../random.ts";

const values = (dn: string) => parseDn(dn).map((rdn) => rdn.map(({ type, value }) => `${type}:${value}`).join("+"));

describe("dn", () => {
  it("is read with all escapes of RFC 4514", () => {
    const cases: [string, string[]][] = [
      ["", []],
      ["UID=jsmith,DC=example,DC=net", ["UID:jsmith", "DC:example", "DC:net"]],
      ["OU=Sales+CN=J.  Smith,DC=example", ["OU:Sales+CN:J.  Smith", "DC:example"]],
      ['CN=James \\"Jim\\" Smith\\, III,DC=x', ['CN:James "Jim" Smith, III', "DC:x"]],
      ["CN=Before\\0dAfter,DC=x", ["CN:Before\rAfter", "DC:x"]],
      ["1.3.6.1.4.1.1466.0=#04024869", ["1.3.6.1.4.1.1466.0:Hi"]],
      ["CN=Lu\\C4\\8Di\\C4\\87", ["CN:Lučić"]],
      ["cn=Lučić", ["cn:Lučić"]],
      ["cn=\\ a\\ ", ["cn: a "]],
      ["cn= a ,dc=x", ["cn:a", "dc:x"]],
      ["cn=a\\\\,dc=x", ["cn:a\\", "dc:x"]],
      ["cn=a=b,dc=x", ["cn:a=b", "dc:x"]],
      ["cn=\\#a", ["cn:#a"]],
      ["cn=,dc=x", ["cn:", "dc:x"]],
      [' cn = "a, b" ; oid.2.5.4.3= c + sn=d', ["cn:a, b", "2.5.4.3:c+sn:d"]],
    ];
    for (const [dn, expected] of cases) assert.deepEqual(values(dn), expected, dn);
    assert.deepEqual(parseDn("cn=\\ff"), [[{ type: "cn", value: new Uint8Array([4, 1, 0xff]) }]]);
    assert.equal(formatDn(parseDn("cn=#0401ff")), "cn=#0401ff");
  });

  it("says where it is malformed", () => {
    for (const dn of [
      "x",
      "=x",
      "cn=a,",
      "cn=a,,dc=x",
      "cn=a+",
      "cn=a\\",
      'cn="a',
      'cn="a"b',
      ",cn=a",
      "c n=a",
      "cn=#0",
      "cn=#04zz",
    ]) {
      assert.throws(
        () => parseDn(dn),
        (error) => error instanceof Problem && error.code === "bad-request" && /position \d+$/.test(error.message),
        dn,
      );
    }
    const deep = Array.from({ length: 1000 }, () => "cn=x").join(",");
    assert.equal(parseDn(deep).length, 1000);
    for (const dn of [`cn=x,${deep}`, `cn=${"x".repeat(70_000)}`]) {
      for (const read of [parseDn, treeKey, normaliseDn])
        assert.throws(
          () => read(dn),
          (error) => error instanceof Problem && error.code === "too-large",
        );
    }
  });

  it("has one normal form for all its spellings", () => {
    const same: string[][] = [
      [
        "cn=Ada  Lovelace,dc=Example",
        "CN=ada lovelace, DC=example",
        "commonName= ADA LOVELACE ;0.9.2342.19200300.100.1.25=EXAMPLE",
      ],
      ["cn=a+sn=b", "sn=B + cn=A", "SURNAME=b+2.5.4.3=a"],
      ["cn=Müller", "cn=M\\C3\\9CLLER", "cn=mu\u0308ller"],
      ["cn=a\\2Cb", "cn=a\\,b", 'cn="A,b"', "cn=#0403612C62"],
      ["cn=ﬁn", "cn=fin"],
    ];
    for (const spellings of same) {
      const normal = new Set(spellings.map((dn) => normaliseDn(dn)));
      assert.equal(normal.size, 1, spellings.join(" | "));
      assert.equal(new Set(spellings.map((dn) => treeKey(dn))).size, 1);
    }
    assert.equal(normaliseDn("CN=A\\2Cb,DC=X"), "cn=a\\2cb,dc=x");
    assert.notEqual(normaliseDn("cn=straße"), normaliseDn("cn=strasse"));
    assert.notEqual(normaliseDn("memberUid=A"), normaliseDn("memberUid=a"));
  });

  it("goes by the server's own schema where it is given", () => {
    const schema = parseSchema(["( 1.1.1 NAME ( 'thing' 'ding' ) EQUALITY caseExactMatch )"], []);
    assert.equal(normaliseDn("DING=Ab", schema), "thing=Ab");
    assert.equal(treeKey("DING=Ab", schema), `${treeSeparator}thing=Ab`);
    assert.equal(normaliseDn("DING=Ab"), "ding=ab");
  });

  it("knows parents, ancestors and types", () => {
    assert.equal(parentOf("cn=a\\,b, ou=X ,dc=y"), "ou=X,dc=y");
    assert.equal(parentOf("dc=y"), "");
    assert.equal(parentOf(""), undefined);
    assert.ok(isUnder("cn=a,ou=b,dc=c", "OU=B, dc=c"));
    assert.ok(isUnder("dc=c", "dc=C"));
    assert.ok(isUnder("dc=c", ""));
    assert.ok(!isUnder("cn=a,ou=ab,dc=c", "ou=b,dc=c"));
    assert.ok(!isUnder("dc=c", "ou=b,dc=c"));
    assert.deepEqual([...rdnTypes("CN=a+uid=b,dc=c")].sort(), ["cn", "commonname", "uid", "userid"]);
  });

  it("moves with its ancestor and keeps its own spelling", () => {
    const dn = "CN=A\\2c b+sn=X,OU=Old, DC=lab";
    assert.equal(rebase(dn, "ou=old,dc=LAB", "ou=New,dc=lab"), "CN=A\\2c b+sn=X,ou=New,dc=lab");
    assert.equal(rebase(dn, dn, "cn=new"), "cn=new");
    assert.equal(rebase("cn=a,dc=x", "dc=x", ""), "cn=a");
    assert.equal(rebase("cn=a\\ ,dc=x", "dc=x", "dc=y"), "cn=a\\ ,dc=y");
    assert.throws(() => rebase("cn=a", "cn=b", "cn=c"), Problem);
  });
});

describe("dn, at random", () => {
  const alphabet = [
    "a",
    "B",
    "c",
    " ",
    ",",
    "+",
    "\\",
    "#",
    "=",
    '"',
    ";",
    "\u0001",
    "\u0000",
    "ä",
    "É",
    "ß",
    "𝄞",
    "<",
    "-",
    "~",
  ];

  function name(next: () => number, types: readonly string[]): Rdn[] {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
    return Array.from({ length: Math.floor(next() * 5) }, () =>
      Array.from({ length: next() < 0.8 ? 1 : 2 }, () => ({
        type: pick(types),
        value: Array.from({ length: 1 + Math.floor(next() * 6) }, () => pick(alphabet)).join(""),
      })),
    );
  }

  it("is read as it was written", () => {
    const next = random(4514);
    for (let round = 0; round < trials(4000); round++) {
      const rdns = name(next, ["cn", "OU", "1.2.3", "x-y"]);
      assert.deepEqual(parseDn(formatDn(rdns)), rdns);
      const normal = normaliseDn(formatDn(rdns));
      assert.equal(normaliseDn(normal), normal);
    }
  });

  it("has a key that orders the tree, and knows descendants by their beginning", () => {
    const next = random(99);
    const all = Array.from({ length: trials(600) }, () => formatDn(name(next, ["cn", "ou"]))).sort();
    const withParents = new Set(all);
    for (const dn of all)
      for (let above = parentOf(dn); above !== undefined; above = parentOf(above)) withParents.add(above);
    const entries = [...withParents].map((dn) => ({
      dn,
      normal: parseDn(normaliseDn(dn)).map((rdn) => formatDn([rdn])),
      key: treeKey(dn),
    }));
    let under = 0;
    for (const above of entries) {
      for (const entry of entries.slice(0, 400)) {
        const below =
          entry.normal.length > above.normal.length &&
          above.normal.every((rdn, at) => rdn === entry.normal[entry.normal.length - above.normal.length + at]);
        if (entry.key.startsWith(above.key + treeSeparator) !== below) assert.fail(`${entry.dn} below ${above.dn}`);
        if (below) {
          under++;
          assert.ok(above.key < entry.key);
        }
      }
    }
    assert.ok(under > trials(500), `${under} pairs`);
  });

  it("has the same key on the short way as on the long one", () => {
    const next = random(5);
    for (let round = 0; round < trials(3000); round++) {
      const plain = Array.from({ length: 1 + Math.floor(next() * 4) }, () => {
        const value = Array.from({ length: 1 + Math.floor(next() * 3) }, () => "aB=-~ 9"[Math.floor(next() * 7)]).join(
          "",
        );
        return `${["cn", "OU", "memberUid", "DC"][Math.floor(next() * 4)]}=${value.trim() || "x"}`;
      }).join(",");
      // A quote makes it the long one without another meaning.
      const long = plain.replace(/^([^=]+)=([^,]*)/, '$1="$2"');
      assert.equal(treeKey(plain), treeKey(long), plain);
      const [first = "", ...rest] = normaliseDn(plain).split(",").reverse();
      assert.equal(treeKey(plain), [first, ...rest].map((rdn) => treeSeparator + rdn).join(""));
    }
  });

  it("keeps an escaped space at an RDN's end, whatever spaces follow", () => {
    assert.equal(rdnOf("cn=a\\  ,dc=x"), "cn=a\\ ");
    assert.equal(rdnOf("cn=a\\\\  ,dc=x"), "cn=a\\\\");
    assert.equal(rebase("cn=b,cn=a\\  ,dc=x", "dc=x", "dc=y"), "cn=b,cn=a\\ ,dc=y");
    assert.equal(rdnOf(""), "");
  });

  it("reads the longest DN in one pass, spaces and all", () => {
    // A pattern that tries every rest of the spaces takes a minute for this one: the test then times out.
    for (let round = 0; round < 20; round++) {
      assert.equal(treeKey(`cn=a${" ".repeat(60_000)}b${round},dc=x`), treeKey(`cn=a b${round},dc=x`));
    }
  });

  it("never throws anything but a Problem", () => {
    const next = random(1779);
    const pieces = ["cn", "=", ",", "+", "\\", "\\C3", '"', "#", "04", " ", "x", "ä", ";", "1.2", "\u0000"];
    for (let round = 0; round < trials(5000); round++) {
      const dn = Array.from({ length: Math.floor(next() * 12) }, () => pieces[Math.floor(next() * pieces.length)]).join(
        "",
      );
      for (const read of [parseDn, treeKey, normaliseDn, parentOf, rdnTypes]) {
        try {
          read(dn);
        } catch (error) {
          assert.ok(error instanceof Problem && error.code === "bad-request", `${dn}: ${error}`);
        }
      }
    }
  });
});
