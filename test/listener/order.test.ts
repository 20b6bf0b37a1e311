import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type KeyChange, orderChanges, type Step } from "../../src/listener/order.ts";
import { trials } from "../random.ts";

const separator = "/";
type Tree = Map<string, string>;

const parentOf = (key: string) => (key.includes("/") ? key.slice(0, key.lastIndexOf("/")) : undefined);

/** Changes that lead from one tree to another, by who stands where. */
function difference(before: Tree, after: Tree): { changes: KeyChange[]; names: string[] } {
  const was = new Map([...before].map(([key, name]) => [name, key]));
  const is = new Map([...after].map(([key, name]) => [name, key]));
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
  return { names, changes: names.map((name) => ({ old: was.get(name) ?? null, new: is.get(name) ?? null })) };
}

/** Goes through the steps on a copy of `before`, and complains of each that makes no sense. */
function replay(before: Tree, after: Tree, changes: KeyChange[], names: string[], steps: Step[]): void {
  const tree = new Map(before);
  const out = new Set<number>();
  const done = new Set<number>();
  for (const { index, part } of steps) {
    const { old, new: place } = changes[index]!;
    const name = names[index]!;
    assert.ok(!done.has(index), `${name} twice`);
    if (part !== "in" && old !== null) {
      assert.equal(tree.get(old), name, `${name} is not at ${old}`);
      const leaves = part === "out" || place === null;
      // Those that stay although their parent goes have an unseen one in the end.
      const below = [...tree.keys()].filter((key) => key.startsWith(`${old}/`) && after.get(key) !== tree.get(key));
      if (leaves) assert.deepEqual(below, [], `${name} leaves ${old} while there is something below`);
      tree.delete(old);
    }
    if (part === "out") {
      out.add(index);
      continue;
    }
    if (part === "in") assert.ok(out.delete(index), `${name} comes in and was not out`);
    if (place !== null) {
      assert.equal(tree.get(place), undefined, `${name} comes to ${place}, which is taken`);
      const parent = parentOf(place);
      if (parent !== undefined && after.has(parent))
        assert.equal(tree.get(parent), after.get(parent), `${name} comes to ${place} before its parent`);
      tree.set(place, name);
    }
    done.add(index);
  }
  assert.equal(out.size, 0);
  assert.equal(done.size, changes.length);
  assert.deepEqual([...tree].sort(), [...after].sort());
}

function check(before: Record<string, string>, after: Record<string, string>): string[] {
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const { changes, names } = difference(was, is);
  const steps = orderChanges(changes, separator);
  replay(was, is, changes, names, steps);
  return steps.map(({ index, part }) => {
    const { old, new: place } = changes[index]!;
    const kind = part !== "whole" ? part : old === null ? "create" : place === null ? "delete" : "move";
    return `${kind} ${names[index]}`;
  });
}

describe("the order of changes found together", () => {
  it("nothing", () => assert.deepEqual(orderChanges([], separator), []));

  it("creates parents first, deletes children first, deletions before all else", () => {
    assert.deepEqual(
      check({ r: "R", "r/x": "X", "r/x/y": "Y", "r/x/y/z": "Z" }, { r: "R", "r/a": "A", "r/a/b": "B" }),
      ["delete Z", "delete Y", "delete X", "create A", "create B"],
    );
  });

  it("a place is vacated before it is taken: deleted and made anew", () => {
    assert.deepEqual(check({ a: "1" }, { a: "2" }), ["delete 1", "create 2"]);
  });

  it("a chain of moves from its free end", () => {
    assert.deepEqual(check({ a: "A", b: "B", c: "C" }, { b: "A", c: "B", d: "C" }), ["move C", "move B", "move A"]);
  });

  it("two swap: one goes out, the other moves, the first comes in", () => {
    assert.deepEqual(check({ a: "A", b: "B" }, { a: "B", b: "A" }), ["out B", "move A", "in B"]);
  });

  it("circles of n", () => {
    for (let count = 2; count <= 12; count++) {
      const before = Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, `N${i}`]));
      const after = Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${(i + 1) % count}`, `N${i}`]));
      const kinds = check(before, after).map((step) => step.split(" ")[0]);
      assert.equal(kinds.filter((kind) => kind === "out").length, 1, "one of a circle goes out");
      assert.equal(kinds.filter((kind) => kind === "move").length, count - 1);
    }
  });

  it("several circles and a chain that ends in nothing of theirs", () => {
    check({ a: "A", b: "B", c: "C", d: "D", e: "E", f: "F" }, { b: "A", a: "B", d: "C", c: "D", f: "E", g: "F" });
  });

  it("what moves with its parent follows right behind it", () => {
    assert.deepEqual(
      check(
        { a: "A", "a/1": "1", "a/1/x": "x", "a/2": "2", z: "Z" },
        { b: "A", "b/1": "1", "b/1/x": "x", "b/2": "2", a: "N", "a/1": "M", z: "Z" },
      ),
      ["move A", "move 1", "move x", "move 2", "create N", "create M"],
    );
  });

  it("a subtree moves below one that is new", () => {
    assert.deepEqual(check({ a: "A", "a/1": "1" }, { n: "N", "n/m": "M", "n/m/a": "A", "n/m/a/1": "1" }), [
      "create N",
      "create M",
      "move A",
      "move 1",
    ]);
  });

  it("children leave before the parent is deleted, and before its place is taken", () => {
    assert.deepEqual(check({ a: "A", "a/1": "1", "a/2": "2", b: "B" }, { a: "N", b: "B", "b/1": "1" }), [
      "delete 2",
      "move 1",
      "delete A",
      "create N",
    ]);
  });

  it("a child goes below the successor of its deleted parent: it must go out", () => {
    assert.deepEqual(check({ a: "A", "a/1": "1" }, { a: "N", "a/2": "1" }), ["out 1", "delete A", "create N", "in 1"]);
  });

  it("subtrees swap: the smaller goes out with what is below it", () => {
    const steps = check(
      { a: "A", "a/1": "a1", "a/2": "a2", b: "B", "b/1": "b1" },
      { b: "A", "b/1": "a1", "b/2": "a2", a: "B", "a/1": "b1" },
    );
    assert.deepEqual(steps, ["out b1", "out B", "move A", "move a1", "move a2", "in B", "in b1"]);
  });

  it("parent and child change places", () => {
    check({ a: "A", "a/b": "B", "a/b/c": "C" }, { a: "B", "a/b": "A", "a/b/c": "C" });
    check({ r: "R", "r/a": "A", "r/a/b": "B" }, { r: "R", "r/b": "B", "r/b/a": "A" });
  });

  it("parents that an access rule hides are no obstacle", () => {
    check({ "a/1": "1", "b/1": "2" }, { "b/1": "1", "a/1": "2" });
    check({ a: "A", "a/1": "1" }, { "a/1": "1", "a/2": "2" });
    check({ a: "A", "a/1": "1" }, { "a/2": "1" });
  });

  it("random trees into random trees", () => {
    for (let seed = 1; seed <= trials(3000); seed++) {
      const random = generator(seed);
      const before = randomTree(random, 2 + random(14), []);
      const names = [...before.values()].filter(() => random(4) > 0);
      const after = randomTree(random, 1 + random(14), names);
      const { changes, names: changed } = difference(before, after);
      try {
        replay(before, after, changes, changed, orderChanges(changes, separator));
      } catch (error) {
        assert.fail(`seed ${seed}: ${(error as Error).message}\n${show(before)}\n${show(after)}`);
      }
    }
  });

  it("random histories of renames and moves with what is below", () => {
    for (let seed = 1; seed <= trials(1500); seed++) {
      const random = generator(seed * 7919);
      const before = randomTree(random, 6 + random(20), []);
      const after = history(random, before, 1 + random(12));
      const { changes, names } = difference(before, after);
      try {
        replay(before, after, changes, names, orderChanges(changes, separator));
      } catch (error) {
        assert.fail(`seed ${seed}: ${(error as Error).message}\n${show(before)}\n${show(after)}`);
      }
    }
  });

  it("what leaves goes children first, as deletions do, whatever else happens", () => {
    const inside = (key: string | null) => key === "a" || key?.startsWith("a/") === true;
    const leaving = (changes: KeyChange[]) =>
      changes.map((change) => ({
        ...change,
        leaves: inside(change.old) && change.new !== null && !inside(change.new),
      }));
    const subtree = ["", "/b", "/b/c"].map((below) => ({ old: `a/x${below}`, new: `z${below}` }));
    const steps = orderChanges(leaving(subtree), separator);
    assert.deepEqual(
      steps.map(({ index, part }) => `${part} ${index}`),
      ["whole 2", "whole 1", "whole 0"],
    );
    let parents = 0;
    for (let seed = 1; seed <= trials(1500); seed++) {
      const random = generator(seed * 31);
      const before = randomTree(random, 6 + random(20), []);
      const { changes } = difference(before, history(random, before, 1 + random(12)));
      const marked = leaving(changes);
      const gone = new Set<number>();
      for (const { index, part } of orderChanges(marked, separator)) {
        const { old, leaves } = marked[index]!;
        if (leaves && part !== "in")
          for (const [other, { old: place }] of marked.entries())
            if (place?.startsWith(`${old}/`)) {
              assert.ok(gone.has(other), `seed ${seed}: ${old} before ${place}`);
              parents++;
            }
        gone.add(index);
      }
      assert.equal(gone.size, changes.length, `seed ${seed}`);
    }
    assert.ok(parents > 100, `${parents} with something below`);
  });

  it("does not care in which order they are given", () => {
    const before = { a: "A", "a/1": "1", "a/1/x": "x", b: "B", c: "C" };
    const after = { b: "A", "b/1": "1", "b/1/x": "x", a: "B", d: "C", c: "N" };
    const { changes } = difference(new Map(Object.entries(before)), new Map(Object.entries(after)));
    const text = (list: KeyChange[]) =>
      orderChanges(list, separator).map(({ index, part }) => `${part} ${list[index]!.old} ${list[index]!.new}`);
    assert.deepEqual(text(changes.toReversed()).toSorted(), text(changes).toSorted());
  });

  it("many: twenty thousand that swap by pairs, fifty levels deep, and one long chain", () => {
    const pairs = Array.from({ length: 10_000 }, (_, i) => [
      { old: `r/${2 * i}`, new: `r/${2 * i + 1}` },
      { old: `r/${2 * i + 1}`, new: `r/${2 * i}` },
    ]).flat();
    assert.equal(orderChanges(pairs, separator).length, 30_000);
    const chain = Array.from({ length: 20_000 }, (_, i) => ({ old: `c/${i}`, new: `c/${i + 1}` }));
    assert.equal(orderChanges(chain, separator)[0]!.index, 19_999);
    const deep = Array.from({ length: 50 }, (_, i) => "x/".repeat(i));
    const levels = deep.map((prefix) => ({ old: `a/${prefix}x`, new: `b/${prefix}x` }));
    assert.deepEqual(
      orderChanges(levels, separator).map(({ index }) => index),
      levels.map((_, index) => index),
    );
  });
});

function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomTree(random: (below: number) => number, size: number, names: string[]): Tree {
  const tree: Tree = new Map();
  const free = [...names];
  for (let made = 0; made < size; made++) {
    const parents = [...tree.keys()].filter((key) => key.split("/").length < 5);
    const parent = parents.length === 0 || random(4) === 0 ? "" : `${parents[random(parents.length)]}/`;
    const key = `${parent}${"abcd"[random(4)]}`;
    if (tree.has(key)) continue;
    const name = free.length > 0 ? free.splice(random(free.length), 1)[0]! : `n${made}.${random(1_000_000)}`;
    tree.set(key, name);
  }
  return tree;
}

/** What a directory would do: leaves are deleted, entries made, subtrees renamed and moved. */
function history(random: (below: number) => number, start: Tree, operations: number): Tree {
  let tree = new Map(start);
  for (let count = 0; count < operations; count++) {
    const keys = [...tree.keys()];
    const key = keys[random(keys.length)];
    const parents = ["", ...keys.map((parent) => `${parent}/`)];
    const place = `${parents[random(parents.length)]}${"abcd"[random(4)]}`;
    if (tree.has(place)) continue;
    const kind = random(6);
    if (kind === 0 || key === undefined) tree.set(place, `h${count}.${random(1_000_000)}`);
    else if (kind === 1) {
      if (!keys.some((other) => other.startsWith(`${key}/`))) tree.delete(key);
    } else if (!`${place}/`.startsWith(`${key}/`)) {
      const moved = (other: string) => (`${other}/`.startsWith(`${key}/`) ? place + other.slice(key.length) : other);
      tree = new Map([...tree].map(([other, name]) => [moved(other), name]));
    }
  }
  return tree;
}

const show = (tree: Tree) => [...tree].map(([key, name]) => `${key}=${name}`).join(" ");
