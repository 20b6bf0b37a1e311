import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compilePattern } from "../../src/network/pattern.ts";

describe("a pattern", () => {
  const sources = [
    "^sep0.*$",
    "(?i:DCS7508)",
    "unrouted VLAN(?: \\d+)?",
    "SPAN (S|R)P Interface",
    "Vlan\\d+-mpls layer",
    "BRI\\S+-Bearer Channel",
    "(E|T)\\d \\d\\/\\d\\/\\d",
    "cisco\\s+AIR-[L|C]?AP",
    "(?i:\\bw?ap\\b)",
    "-K9W8-",
    "a{2,3}b?",
    "^([a-z0-9-]+\\.)*example\\.com$",
    "[^a-c]x",
    "[]a]",
    "[a\\]-]",
    "x*",
    "a|b|",
    "(a|ab)(c|bcd)(d*)",
    "\\Bb",
    "^$",
    "[\\w.]+@",
    "(?:a*)*b",
    "\\x41\\u0042",
    "(?<name>q)w",
    ".+?z",
    "é+",
    "[[:upper:]][[:digit:]]{2}",
    "a{0}b",
    "{x}",
  ];
  const texts = [
    "",
    "sep001122",
    "SEP0",
    "x.example.com",
    "example.com",
    "badexample.com",
    "a.b.example.comx",
    "unrouted VLAN 12",
    "unrouted VLAN",
    "SPAN RP Interface",
    "Vlan20-mpls layer",
    "BRI0/1-Bearer Channel",
    "T1 2/3/4",
    "cisco AIR-LAP1242",
    "an AP here",
    "wap",
    "tape",
    "aab",
    "aaab",
    "ab",
    "dx",
    "ax",
    "]",
    "-",
    "abcd",
    "aaaaaaaac",
    "AB",
    "qw",
    "..z",
    "éé",
    "A12",
    "b",
    "{x}",
    "arista DCS7508",
    "arista dcs7508",
    "name@host",
    "line\nother",
  ];

  it("fits what the engine's own RegExp fits", () => {
    let cases = 0;
    for (const source of sources) {
      const plain = source.replaceAll("[[:upper:]][[:digit:]]", "[A-Z][0-9]").replace("[]a]", "[\\]a]");
      for (const whole of [false, true]) {
        const model = new RegExp(whole ? `^(?:${plain})$` : plain);
        const ours = compilePattern(source, { whole });
        for (const text of texts) {
          cases++;
          assert.equal(ours.test(text), model.test(text), `${source} on ${JSON.stringify(text)}, whole ${whole}`);
        }
      }
    }
    assert.equal(cases, sources.length * texts.length * 2);
  });

  it("knows Perl's flags", () => {
    assert.ok(compilePattern("(?i)phone").test("IP PHONE"));
    assert.ok(compilePattern("(?^i:phone)").test("Phone"));
    assert.ok(compilePattern("phone", { ignoreCase: true }).test("PHONE"));
    assert.ok(!compilePattern("(?i:a)b").test("AB"));
    assert.ok(!compilePattern("a(?i)b|c").test("Ab"));
    assert.ok(compilePattern("a(?i)b|c").test("aB"));
    assert.ok(compilePattern("(?s)a.b", { whole: true }).test("a\nb"));
    assert.ok(compilePattern("[^A]", { ignoreCase: true }).test("b"));
    assert.ok(!compilePattern("[^A]", { ignoreCase: true }).test("a"));
  });

  it("takes time that grows with the text, not its powers", () => {
    for (const source of ["(a*)*b", "(a|a)*b", "(a|aa)+$b", ".*.*.*.*.*=", "(x+x+)+y"]) {
      assert.equal(compilePattern(source).test("a".repeat(4000)), false, source);
    }
  });

  it("that cannot be run is refused with the reason", () => {
    const refused: [string, RegExp][] = [
      ["(?=a)", /look-around/],
      ["(?<!a)b", /look-around/],
      ["(a)\\1", /refers back/],
      ["a++", /possessive/],
      ["a**", /two quantifiers/],
      ["*a", /nothing before/],
      ["^*", /nothing before/],
      ["(a", /without its \)/],
      ["a)", /without its \(/],
      ["[a", /without its \]/],
      ["[b-a]", /exchanged/],
      ["a{3,2}", /exchanged/],
      ["a{5000}", /more than 1000/],
      ["((a{100}){100}){100}", /too large/],
      ["\\p{L}", /escape/],
      ["(?m:a)", /flags/],
      ["[[:nope:]]", /class/],
      ["a\\", /backslash/],
      ["a".repeat(1001), /longer than/],
    ];
    for (const [source, message] of refused) {
      assert.throws(() => compilePattern(source), { name: "Problem", code: "config", message }, source);
    }
  });
});
