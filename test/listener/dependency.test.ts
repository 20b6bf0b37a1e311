import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { treeKey } from "../../src/ldap/dn.ts";
import { Dependencies, type Dependent } from "../../src/listener/dependency.ts";
import { random } from "../random.ts";

const key = (dn: string | null) => (dn === null ? null : treeKey(dn));
const item = (uuid: string, old: string | null, now: string | null): Dependent => ({
  uuid,
  oldKey: key(old),
  newKey: key(now),
});

function blocks(parked: Dependent, later: Dependent): boolean {
  const dependencies = new Dependencies();
  dependencies.add(parked);
  return dependencies.block(later);
}

describe("what waits behind what", () => {
  const parked = item("1", "ou=a,dc=lab", "ou=b,dc=lab");
  for (const [why, later, waits] of [
    ["the same entry", item("1", "ou=c,dc=lab", "ou=c,dc=lab"), true],
    ["another at its old name", item("2", null, "OU=A,dc=lab"), true],
    ["another at its new name", item("2", "ou=b,dc=lab", null), true],
    ["something below its new name", item("2", null, "uid=x,ou=b,dc=lab"), true],
    ["something that leaves its old subtree", item("2", "uid=x,ou=a,dc=lab", "uid=x,ou=z,dc=lab"), true],
    ["something beside it", item("2", null, "ou=aa,dc=lab"), false],
    ["a change of what is above it", item("2", "dc=lab", "dc=lab"), false],
    ["deletion of what is above it", item("2", "dc=lab", null), true],
    ["a move of what is above it", item("2", "dc=lab", "dc=lab2"), true],
    ["something else coming to be above it", item("2", null, "dc=lab"), false],
  ] as const) {
    it(`${why}: ${waits}`, () => assert.equal(blocks(parked, later), waits));
  }

  it("as if each were compared with each, whatever comes and goes", () => {
    const next = random(4);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
    const dns = ["dc=lab"];
    for (let i = 0; i < 25; i++) dns.push(`ou=${i},${pick(dns)}`);
    const made = () => item(String(Math.floor(next() * 12)), pick([null, ...dns]), pick([null, ...dns]));
    const under = (below: string | null, above: string | null) =>
      below !== null && above !== null && (below === above || below.startsWith(`${above}\u0001`));
    const depends = (later: Dependent, on: Dependent) =>
      later.uuid === on.uuid ||
      [later.oldKey, later.newKey].some((place) => under(place, on.oldKey) || under(place, on.newKey)) ||
      (later.oldKey !== later.newKey && (under(on.oldKey, later.oldKey) || under(on.newKey, later.oldKey)));
    const parked: Dependent[] = [];
    const dependencies = new Dependencies();
    let blocked = 0;
    for (let i = 0; i < 5000; i++) {
      if (parked.length > 0 && next() < 0.5)
        dependencies.remove(parked.splice(Math.floor(next() * parked.length), 1)[0]!);
      else if (parked.length < 4) dependencies.add(parked[parked.push(made()) - 1]!);
      const later = made();
      const expected = parked.some((on) => depends(later, on));
      assert.equal(dependencies.block(later), expected, JSON.stringify({ later, parked }));
      blocked += Number(expected);
    }
    assert.ok(blocked > 500 && blocked < 4500, `${blocked} of 5000 had to wait`);
  });
});
