import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Writer } from "../../src/ldap/ber.ts";
import { encodeFilter, type Filter, formatFilter, parseFilter } from "../../src/ldap/filter.ts";
import { Problem } from "../../src/problem.ts";
import { random, trials } from "../random.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (filter: Filter) => {
  const writer = new Writer();
  encodeFilter(writer, filter);
  return [...writer.finish()].map((octet) => octet.toString(16).padStart(2, "0")).join("");
};

describe("filter", () => {
  it("is read as RFC 4515 says, with its examples", () => {
    const equal = (attribute: string, value: string | Uint8Array): Filter => ({
      kind: "equal",
      attribute,
      value: typeof value === "string" ? bytes(value) : value,
    });
    const cases: [string, Filter][] = [
      ["(cn=Babs Jensen)", equal("cn", "Babs Jensen")],
      ["(!(cn=Tim Howes))", { kind: "not", filter: equal("cn", "Tim Howes") }],
      [
        "(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))",
        {
          kind: "and",
          filters: [
            equal("objectClass", "Person"),
            {
              kind: "or",
              filters: [
                equal("sn", "Jensen"),
                { kind: "substrings", attribute: "cn", initial: bytes("Babs J"), any: [] },
              ],
            },
          ],
        },
      ],
      [
        "(o=univ*of*mich*)",
        { kind: "substrings", attribute: "o", initial: bytes("univ"), any: [bytes("of"), bytes("mich")] },
      ],
      ["(seeAlso=)", equal("seeAlso", "")],
      ["(seeAlso=*)", { kind: "present", attribute: "seeAlso" }],
      ["(cn=*a)", { kind: "substrings", attribute: "cn", any: [], final: bytes("a") }],
      [
        "(cn:caseExactMatch:=Fred Flintstone)",
        { kind: "extensible", attribute: "cn", rule: "caseExactMatch", dn: false, value: bytes("Fred Flintstone") },
      ],
      ["(cn:=Betty Rubble)", { kind: "extensible", attribute: "cn", dn: false, value: bytes("Betty Rubble") }],
      [
        "(sn:dn:2.4.6.8.10:=Barney Rubble)",
        { kind: "extensible", attribute: "sn", rule: "2.4.6.8.10", dn: true, value: bytes("Barney Rubble") },
      ],
      ["(o:dn:=Ace Industry)", { kind: "extensible", attribute: "o", dn: true, value: bytes("Ace Industry") }],
      ["(:1.2.3:=Wilma)", { kind: "extensible", rule: "1.2.3", dn: false, value: bytes("Wilma") }],
      ["(:DN:2.4.6.8.10:=Dino)", { kind: "extensible", rule: "2.4.6.8.10", dn: true, value: bytes("Dino") }],
      ["(o=Parens R Us \\28for all\\29)", equal("o", "Parens R Us (for all)")],
      ["(cn=*\\2A*)", { kind: "substrings", attribute: "cn", any: [bytes("*")] }],
      ["(filename=C:\\5cMyFile)", equal("filename", "C:\\MyFile")],
      ["(bin=\\00\\00\\ff\\04)", equal("bin", new Uint8Array([0, 0, 0xff, 4]))],
      ["(sn=Lu\\c4\\8di\\c4\\87)", equal("sn", "Lučić")],
      ["(sn=Lučić)", equal("sn", "Lučić")],
      ["(uidNumber>=1000)", { kind: "greaterOrEqual", attribute: "uidNumber", value: bytes("1000") }],
      ["(a;lang-de<=x=y)", { kind: "lessOrEqual", attribute: "a;lang-de", value: bytes("x=y") }],
      ["(2.5.4.3~=x)", { kind: "approx", attribute: "2.5.4.3", value: bytes("x") }],
      ["(&)", { kind: "and", filters: [] }],
      ["(|)", { kind: "or", filters: [] }],
      [
        " ( & (a=b) \n ( ! (c=d) ) ) ",
        { kind: "and", filters: [equal("a", "b"), { kind: "not", filter: equal("c", "d") }] },
      ],
      ["uid=x", equal("uid", "x")],
    ];
    for (const [text, filter] of cases) {
      assert.deepEqual(parseFilter(text), filter, text);
      assert.deepEqual(parseFilter(formatFilter(filter)), filter, text);
    }
  });

  it("says where it is malformed", () => {
    const cases: [string, number][] = [
      ["", 0],
      ["(", 1],
      ["()", 1],
      ["(cn)", 1],
      ["(=x)", 1],
      ["(cn=x", 5],
      ["(cn=x))", 6],
      ["(cn=x)(cn=y)", 6],
      ["(cn=a(b)", 5],
      ["(cn=a\\2)", 5],
      ["(cn=a\\)", 5],
      ["(cn=\0)", 4],
      ["(cn=a**b)", 8],
      ["(cn>=a*b)", 6],
      ["(cn:=a*)", 6],
      ["(!)", 2],
      ["(!(a=b)(c=d))", 12],
      ["(&(a=b)c)", 7],
      ["(:=x)", 1],
      ["(:dn:=x)", 1],
      ["(c n=x)", 1],
    ];
    for (const [text, position] of cases) {
      assert.throws(
        () => parseFilter(text),
        (error) =>
          error instanceof Problem && error.code === "bad-request" && error.message.endsWith(`position ${position}`),
        text,
      );
    }
    const nested = (depth: number) => `${"(!".repeat(depth - 1)}(a=b)${")".repeat(depth - 1)}`;
    assert.equal(formatFilter(parseFilter(nested(100))), nested(100));
    assert.throws(() => parseFilter(nested(101)), /100 deep/);
    assert.throws(
      () => parseFilter(`(a=${"x".repeat(70_000)})`),
      (error) => error instanceof Problem && error.code === "too-large",
    );
  });

  it("is written as a search request carries it", () => {
    assert.equal(hex(parseFilter("(cn=x)")), "a3070402636e040178");
    assert.equal(hex(parseFilter("(cn=*)")), "8702636e");
    assert.equal(hex(parseFilter("(!(cn>=x))")), "a209a5070402636e040178");
    assert.equal(hex(parseFilter("(&(a~=b)(|))")), "a00aa806040161040162a100");
    assert.equal(hex(parseFilter("(cn=a*b*c)")), "a40f0402636e3009" + "800161" + "810162" + "820163");
    assert.equal(hex(parseFilter("(cn:dn:r:=v)")), "a90d" + "810172" + "8202636e" + "830176" + "8401ff");
  });

  it("is read as it was written, whatever it is", () => {
    const next = random(4515);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
    const value = () =>
      Uint8Array.from({ length: Math.floor(next() * 5) }, () =>
        pick([0, 0x28, 0x29, 0x2a, 0x5c, 0x61, 0x20, 0xc3, 0xa4, 0xff]),
      );
    const part = () => Uint8Array.of(0x62, ...value());
    const attribute = () => pick(["cn", "1.2.3", "a;x-y;z", "o-b"]);
    const make = (depth: number): Filter => {
      const kind = pick([
        "and",
        "or",
        "not",
        "present",
        "equal",
        "greaterOrEqual",
        "lessOrEqual",
        "approx",
        "substrings",
        "extensible",
      ] as const);
      switch (kind) {
        case "and":
        case "or":
          return {
            kind,
            filters: Array.from({ length: depth > 0 ? Math.floor(next() * 4) : 0 }, () => make(depth - 1)),
          };
        case "not":
          return depth > 0 ? { kind, filter: make(depth - 1) } : { kind: "present", attribute: "x" };
        case "present":
          return { kind, attribute: attribute() };
        case "substrings": {
          const any = Array.from({ length: Math.floor(next() * 3) }, part);
          const [initial, final] = [next() < 0.5, next() < 0.5];
          // A single * would be presence.
          if (!initial && !final && any.length === 0) any.push(part());
          return {
            kind,
            attribute: attribute(),
            any,
            ...(initial && { initial: part() }),
            ...(final && { final: part() }),
          };
        }
        case "extensible":
          return {
            kind,
            attribute: attribute(),
            dn: next() < 0.5,
            value: value(),
            ...(next() < 0.5 && { rule: pick(["r", "1.2"]) }),
          };
        default:
          return { kind, attribute: attribute(), value: value() };
      }
    };
    for (let round = 0; round < trials(4000); round++) {
      const filter = make(4);
      assert.deepEqual(parseFilter(formatFilter(filter)), filter);
    }
  });

  it("never throws anything but a Problem", () => {
    const next = random(2254);
    const pieces = [
      "(",
      ")",
      "&",
      "|",
      "!",
      "=",
      "*",
      "\\",
      "\\28",
      "cn",
      ":",
      ":dn",
      ">",
      "~",
      " ",
      "ä",
      "\0",
      "1.2",
      ";",
    ];
    for (let round = 0; round < trials(20_000); round++) {
      const text = `(${Array.from({ length: Math.floor(next() * 10) }, () => pieces[Math.floor(next() * pieces.length)]).join("")})`;
      try {
        parseFilter(text);
      } catch (error) {
        assert.ok(error instanceof Problem && error.code === "bad-request", `${text}: ${error}`);
      }
    }
  });
});
