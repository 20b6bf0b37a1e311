import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AclSubject, aclAdmits, aclExplain, aclMatches, parseAcl } from "../../src/network/acl.ts";

function subject(given: Partial<AclSubject> = {}): AclSubject {
  return { addresses: ["192.0.2.7"], names: [], props: {}, tags: [], customFields: {}, ...given };
}

const six = subject({ addresses: ["2001:db8::5"] });
const cisco = subject({
  names: ["sw1.example.org."],
  props: {
    vendor: "cisco",
    model: "C3560-48",
    layers: "00000110",
    num_ports: 52,
    is_pseudo: false,
    contact: "",
    os: null,
  },
  tags: ["core"],
  customFields: { owner: "staff", note: "" },
});

function fits(items: string[], one: AclSubject, groups = {}): boolean {
  return aclMatches(parseAcl(items, groups), one);
}

describe("an item", () => {
  const cases: [item: string, one: AclSubject, fits: boolean][] = [
    ["192.0.2.7", subject(), true],
    ["192.0.2.8", subject(), false],
    ["192.0.2.0/24", subject(), true],
    ["192.0.2.77/24", subject(), true],
    ["192.0.2.0/30", subject(), false],
    ["0.0.0.0/0", subject(), true],
    ["::/0", subject(), false],
    ["0.0.0.0/0", six, false],
    ["2001:db8::/32", six, true],
    ["2001:DB8:0::5", six, true],
    ["2001:db8::/128", six, false],
    ["192.0.2.1-10", subject(), true],
    ["192.0.2.8-10", subject(), false],
    ["192.0.2.7-7", subject(), true],
    ["192.0.2.1-192.0.3.10", subject(), true],
    ["2001:db8::1-f", six, true],
    ["2001:db8::6-f", six, false],
    ["!192.0.2.7", subject(), false],
    ["!192.0.2.8", subject(), true],
    ["!2001:db8::/32", subject(), false],
    ["any", subject(), true],
    ["!any", subject(), false],
    ["sw1.example.org", cisco, true],
    ["SW1.example.org.", cisco, true],
    ["sw1", cisco, false],
    ["!sw2.example.org", cisco, true],
    ["/^sw\\d+\\./", cisco, true],
    ["qr/SW/i", cisco, true],
    ["/SW/", cisco, false],
    ["!/SW/", cisco, true],
    ["vendor:cisco", cisco, true],
    ["vendor:cis", cisco, false],
    ["vendor:juniper|cisco", cisco, true],
    ["prop:model:C35.*", cisco, true],
    ["model:(?i)c35.*", cisco, true],
    ["num_ports:52", cisco, true],
    ["is_pseudo:0", cisco, true],
    ["is_pseudo:false", cisco, true],
    ["contact:", cisco, true],
    ["os:", cisco, true],
    ["os:.*", cisco, false],
    ["serial:", cisco, true],
    ["!serial:", cisco, false],
    ["!serial:X", cisco, true],
    ["!vendor:cisco", cisco, false],
    ["tag:core", cisco, true],
    ["tag:Core", cisco, false],
    ["!tag:edge", cisco, true],
    ["cf:owner:st.*", cisco, true],
    ["cf:owner:st", cisco, false],
    ["cf:note:", cisco, true],
    ["cf:nothing:", cisco, true],
    ["cf:toString:", cisco, true],
    ["!cf:nothing:x", cisco, true],
    ["face.cafe", subject({ names: ["face.cafe"] }), true],
    ["dead:beef::1", subject({ addresses: ["dead:beef::1"] }), true],
    ["group:__LOCAL_ADDRESSES__", subject({ addresses: ["127.3.2.1"] }), true],
  ];
  for (const [item, one, expected] of cases) {
    it(`${item} ${expected ? "fits" : "does not fit"} ${[...one.addresses, ...one.names].join(" ")}`, () => {
      assert.equal(fits([item], one), expected);
    });
  }

  it("holds against every address of a device", () => {
    const many = subject({ addresses: ["10.0.0.1", "2001:db8::1", "192.0.2.9"] });
    assert.ok(fits(["192.0.2.0/24"], many));
    assert.ok(!fits(["!192.0.2.0/24"], many));
    assert.ok(fits(["!198.51.100.0/24"], many));
  });

  it("may be a window of time", () => {
    const acl = parseAcl(["* 8-17 * * 1-5"], {}, { timezone: "Europe/Berlin" });
    assert.ok(aclMatches(acl, subject(), new Date("2026-11-20T08:59:59+01:00")));
    assert.ok(!aclMatches(acl, subject(), new Date("2026-11-20T07:59:59+01:00")));
    assert.ok(!aclMatches(acl, subject(), new Date("2026-11-21T09:00:00+01:00")));
    assert.ok(aclMatches(parseAcl(["!* 8-17 * * *"]), subject(), new Date(2026, 10, 20, 3)));
  });
});

describe("a list", () => {
  it("fits nothing when it is empty, and then rules nothing out either", () => {
    assert.ok(!fits([], subject()));
    assert.ok(aclAdmits(parseAcl([]), subject()));
    assert.ok(!aclAdmits(parseAcl(["!any"]), subject()));
  });

  it("fits when any item does, or all with op:and", () => {
    assert.ok(fits(["10.0.0.0/8", "vendor:cisco"], cisco));
    assert.ok(!fits(["op:and", "10.0.0.0/8", "vendor:cisco"], cisco));
    assert.ok(fits(["vendor:cisco", "op:and", "192.0.2.0/24", "!tag:edge"], cisco));
    assert.ok(fits(["op:and", "!2001:db8::/32", "vendor:cisco"], cisco));
    assert.ok(!fits(["op:and", "2001:db8::/32", "vendor:cisco"], cisco));
  });

  it("may hold other lists", () => {
    const groups = { core: ["op:and", "tag:core", "group:ours"], ours: ["192.0.2.0/24"], empty: [] };
    assert.ok(fits(["group:core"], cisco, groups));
    assert.ok(!fits(["!group:core"], cisco, groups));
    assert.ok(!fits(["group:empty"], cisco, groups));
  });

  it("says which item decided", () => {
    const groups = { core: ["tag:core"] };
    const why = (items: string[]) => aclExplain(parseAcl(items, groups), cisco);
    assert.equal(why(["10.0.0.0/8", "192.0.2.0/24"]), "lists 192.0.2.0/24");
    assert.equal(why(["group:core"]), "lists group:core (tag:core)");
    assert.equal(why(["op:and", "tag:core", "vendor:cisco"]), "lists tag:core and vendor:cisco");
    assert.equal(why(["op:and", "tag:core", "vendor:hp"]), "wants vendor:hp, which does not fit");
    assert.equal(why(["10.0.0.0/8"]), "lists nothing that fits");
    assert.equal(why([]), "is empty");
  });

  it("that is wrong is refused by the item's name", () => {
    const refused: [string[], RegExp, Record<string, string[]>?][] = [
      [["192.0.2.256"], /^the access list: "192\.0\.2\.256" is no address/],
      [["192.0.2"], /is no address/],
      [["192.0.2.0/33"], /prefix length/],
      [["2001:db8::/129"], /prefix length/],
      [["192.0.2.9-1"], /ends exchanged/],
      [["192.0.2.1-2001:db8::1"], /no range/],
      [["^sw"], /between slashes/],
      [["two words"], /is no address/],
      [[""], /is no address/],
      [["!"], /is no address/],
      [["op:or"], /only op:and/],
      [["op:and"], /without other items/],
      [["group:x"], /"group:x" names a group that is not there/],
      [["modle:x"], /property that devices do not have/],
      [["prop:model"], /prop:NAME:VALUE/],
      [["cf:x"], /cf:NAME:VALUE/],
      [["tag:"], /no tag/],
      [["/(?=a)/"], /look-around/],
      [["/a/g"], /flags/],
      [["vendor:("], /"vendor:\(" cannot be used: .*without its \)/],
      [["61 * * * *"], /cron\(5\)/],
      [["group:a"], /circle of groups: a → b → a/, { a: ["group:b"], b: ["group:a"] }],
      [["group:a"], /^backend\.hostGroups\.b: "1\.2" is no address/, { a: ["group:b"], b: ["1.2"] }],
      [["x".repeat(2001)], /longer than 2000/],
    ];
    for (const [items, message, groups] of refused) {
      assert.throws(() => parseAcl(items, groups), { name: "Problem", code: "config", message }, items.join());
    }
    assert.throws(() => parseAcl(["1.2"], {}, { name: "backend.zone" }), /^Problem: backend\.zone: "1\.2"/);
  });
});
