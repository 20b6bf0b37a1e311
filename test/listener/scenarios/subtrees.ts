/** What has children. */
import { add, type Change, del, hidden, move, type Scenario, set } from "./words.ts";

const x = [add("ou=x", undefined, { l: "here" }), add("ou=y,ou=x"), add("cn=a,ou=y,ou=x", 1)];
/** With the suffix and the two containers of every scenario, 50 levels. */
const levels = Array.from({ length: 47 }, (_, at) => `ou=${at + 1}`);
const deep = (top: string) => levels.map((_, at) => [...levels.slice(1, at + 1).reverse(), top].join(","));
const below = (dn: string) => (dn.includes(",") ? dn.slice(0, dn.lastIndexOf(",") + 1) : "");

export const subtrees: Scenario[] = [
  {
    name: "a subtree is created: parents first",
    changes: x,
    live: ["a ou=x (l=here)", "a ou=y,ou=x ()", "a cn=a,ou=y,ou=x (1)"],
  },
  {
    name: "a subtree is deleted: children first",
    before: x,
    changes: [del("cn=a,ou=y,ou=x"), del("ou=y,ou=x"), del("ou=x")],
    live: ["d cn=a,ou=y,ou=x (1)", "d ou=y,ou=x ()", "d ou=x (l=here)"],
  },
  {
    name: "a subtree is renamed: the server tells of its top only, handlers are told of all, parents first",
    before: x,
    changes: [move("ou=x", "ou=z")],
    live: [
      ...["r ou=x (l=here)", "a ou=z (l=here)", "r ou=y,ou=x ()", "a ou=y,ou=z ()"],
      ...["r cn=a,ou=y,ou=x (1)", "a cn=a,ou=y,ou=z (1)"],
    ],
  },
  {
    name: "a subtree is moved",
    before: [...x, add("ou=t")],
    changes: [move("ou=x", "ou=x,ou=t")],
    live: [
      ...["r ou=x (l=here)", "a ou=x,ou=t (l=here)", "r ou=y,ou=x ()", "a ou=y,ou=x,ou=t ()"],
      ...["r cn=a,ou=y,ou=x (1)", "a cn=a,ou=y,ou=x,ou=t (1)"],
    ],
  },
  {
    name: "a subtree changes the case of its top's name",
    before: [add("ou=x"), add("cn=a,ou=x", 1)],
    changes: [move("ou=x", "ou=X")],
    live: ["r ou=x ()", "a ou=X ()", "r cn=a,ou=x (1)", "a cn=a,ou=X (1)"],
  },
  {
    name: "a subtree is renamed and back",
    before: [add("ou=x"), add("cn=a,ou=x", 1)],
    changes: [move("ou=x", "ou=y"), move("ou=y", "ou=x")],
    live: [
      ...["r ou=x ()", "a ou=y ()", "r cn=a,ou=x (1)", "a cn=a,ou=y (1)"],
      ...["r ou=y ()", "a ou=x ()", "r cn=a,ou=y (1)", "a cn=a,ou=x (1)"],
    ],
    away: ["m ou=x ( → )"],
  },
  {
    name: "a subtree is renamed, and a child is modified",
    before: [add("ou=x"), add("cn=a,ou=x", 1)],
    changes: [move("ou=x", "ou=y"), set("cn=a,ou=y", 2)],
    live: ["r ou=x ()", "a ou=y ()", "r cn=a,ou=x (1)", "a cn=a,ou=y (1)", "m cn=a,ou=y (1 → 2)"],
    away: ["r ou=x ()", "a ou=y ()", "r cn=a,ou=x (1)", "a cn=a,ou=y (2)", "m cn=a,ou=y (1 → 2)"],
  },
  {
    name: "a child is deleted, and its subtree renamed",
    before: [add("ou=x"), add("cn=a,ou=x", 1), add("cn=b,ou=x", 2)],
    changes: [move("ou=x", "ou=y"), del("cn=a,ou=y")],
    live: [
      ...["r ou=x ()", "a ou=y ()", "r cn=a,ou=x (1)", "a cn=a,ou=y (1)", "r cn=b,ou=x (2)", "a cn=b,ou=y (2)"],
      "d cn=a,ou=y (1)",
    ],
    away: ["d cn=a,ou=x (1)", "r ou=x ()", "a ou=y ()", "r cn=b,ou=x (2)", "a cn=b,ou=y (2)"],
  },
  {
    name: "a child leaves a subtree that is renamed",
    before: [add("ou=x"), add("cn=a,ou=x", 1), add("cn=b,ou=x", 2)],
    changes: [move("ou=x", "ou=y"), move("cn=a,ou=y", "cn=a")],
    live: [
      ...["r ou=x ()", "a ou=y ()", "r cn=a,ou=x (1)", "a cn=a,ou=y (1)", "r cn=b,ou=x (2)", "a cn=b,ou=y (2)"],
      ...["r cn=a,ou=y (1)", "a cn=a (1)"],
    ],
    away: [
      ["r cn=a,ou=x (1)", "a cn=a (1)"],
      ["r ou=x ()", "a ou=y ()", "r cn=b,ou=x (2)", "a cn=b,ou=y (2)"],
    ],
  },
  {
    name: "moved into a parent that is new",
    before: [add("cn=a", 1)],
    changes: [add("ou=n"), move("cn=a", "cn=a,ou=n")],
    live: ["a ou=n ()", "r cn=a (1)", "a cn=a,ou=n (1)"],
  },
  {
    name: "moved away, and the parent deleted",
    before: [add("ou=x"), add("cn=a,ou=x", 1)],
    changes: [move("cn=a,ou=x", "cn=a"), del("ou=x")],
    live: ["r cn=a,ou=x (1)", "a cn=a (1)", "d ou=x ()"],
  },
  {
    name: "moved into a temporary parent and back",
    model: 29,
    before: [add("cn=a", 1)],
    changes: [add("ou=t"), move("cn=a", "cn=a,ou=t"), move("cn=a,ou=t", "cn=a"), del("ou=t")],
    live: ["a ou=t ()", "r cn=a (1)", "a cn=a,ou=t (1)", "r cn=a,ou=t (1)", "a cn=a (1)", "d ou=t ()"],
    away: ["m cn=a (1 → 1)"],
  },
  {
    name: "a parent is deleted and made anew, its child waits elsewhere meanwhile",
    before: [add("ou=x", undefined, { l: "old" }), add("cn=a,ou=x", 1)],
    changes: [
      ...[move("cn=a,ou=x", "cn=t"), del("ou=x"), add("ou=x", undefined, { l: "new" })],
      move("cn=t", "cn=a,ou=x"),
    ],
    live: [
      ...["r cn=a,ou=x (1)", "a cn=t (1)", "d ou=x (l=old)", "a ou=x (l=new)"],
      ...["r cn=t (1)", "a cn=a,ou=x (1)"],
    ],
    away: ["d ou=x (l=old)", "a ou=x (l=new)", "m cn=a,ou=x (1 → 1)"],
  },
  {
    name: "a parent moves below what was its child",
    before: [add("ou=x"), add("ou=y,ou=x")],
    changes: [move("ou=y,ou=x", "ou=y"), move("ou=x", "ou=x,ou=y")],
    live: ["r ou=y,ou=x ()", "a ou=y ()", "r ou=x ()", "a ou=x,ou=y ()"],
  },
  {
    name: "a subtree is renamed, and another of its name is created",
    before: [add("ou=x"), add("cn=a,ou=x", 1)],
    changes: [move("ou=x", "ou=y"), add("ou=x"), add("cn=a,ou=x", 9)],
    live: [...["r ou=x ()", "a ou=y ()", "r cn=a,ou=x (1)", "a cn=a,ou=y (1)"], ...["a ou=x ()", "a cn=a,ou=x (9)"]],
  },
  {
    name: "two subtrees swap their names: what is below goes out first, and comes in last",
    before: [add("ou=x"), add("cn=a,ou=x", 1), add("ou=y"), add("cn=b,ou=y", 2)],
    changes: [move("ou=x", "ou=t"), move("ou=y", "ou=x"), move("ou=t", "ou=y")],
    live: [
      ...["r ou=x ()", "a ou=t ()", "r cn=a,ou=x (1)", "a cn=a,ou=t (1)"],
      ...["r ou=y ()", "a ou=x ()", "r cn=b,ou=y (2)", "a cn=b,ou=x (2)"],
      ...["r ou=t ()", "a ou=y ()", "r cn=a,ou=t (1)", "a cn=a,ou=y (1)"],
    ],
    away: [
      ...["r cn=a,ou=x (1)", "r ou=x ()", "r ou=y ()", "a ou=x ()", "r cn=b,ou=y (2)", "a cn=b,ou=x (2)"],
      ...["a ou=y ()", "a cn=a,ou=y (1)"],
    ],
  },
  {
    name: "a container that does not match is renamed: its child is told of",
    before: [add("ou=x", undefined, hidden), add("cn=a,ou=x", 1)],
    changes: [move("ou=x", "ou=y")],
    live: ["r cn=a,ou=x (1)", "a cn=a,ou=y (1)"],
  },
  {
    name: "a tree of 50 levels is renamed at its top",
    before: deep("ou=1").map((dn): Change => add(dn)),
    changes: [move("ou=1", "ou=top")],
    live: deep("ou=1").flatMap((dn) => [`r ${dn} ()`, `a ${below(dn)}ou=top ()`]),
  },
];
