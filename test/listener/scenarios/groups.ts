/** Groups: members are values. */
import { add, del, group, minus, move, plus, type Scenario, set } from "./words.ts";

const two = [add("cn=a", 1), add("cn=b", 2)];

export const groups: Scenario[] = [
  {
    name: "a member comes",
    before: [...two, group("cn=g", ["cn=a"])],
    changes: [plus("cn=g", "member", "@cn=b")],
    live: ["m cn=g (member=cn=a → member=cn=a|cn=b)"],
  },
  {
    name: "a member goes and comes back",
    before: [...two, group("cn=g", ["cn=a", "cn=b"])],
    changes: [minus("cn=g", "member", "@cn=b"), plus("cn=g", "member", "@cn=b")],
    live: ["m cn=g (member=cn=a|cn=b → member=cn=a)", "m cn=g (member=cn=a → member=cn=a|cn=b)"],
    away: ["m cn=g (member=cn=a|cn=b → member=cn=a|cn=b)"],
  },
  {
    name: "a member is renamed: the group changes only if somebody changes it",
    before: [...two, group("cn=g", ["cn=a"]), group("cn=h", ["cn=a"])],
    changes: [move("cn=a", "cn=c"), set("cn=g", { member: "@cn=c" })],
    live: ["r cn=a (1)", "a cn=c (1)", "m cn=g (member=cn=a → member=cn=c)"],
  },
  {
    name: "a group is renamed with its members changed",
    before: [...two, group("cn=g", ["cn=a"])],
    changes: [move("cn=g", "cn=h"), set("cn=h", { member: ["@cn=a", "@cn=b"] })],
    live: ["r cn=g (member=cn=a)", "a cn=h (member=cn=a)", "m cn=h (member=cn=a → member=cn=a|cn=b)"],
    away: ["r cn=g (member=cn=a)", "a cn=h (member=cn=a|cn=b)", "m cn=h (member=cn=a → member=cn=a|cn=b)"],
  },
  {
    name: "a member is deleted, and its group, and made anew",
    before: [...two, group("cn=g", ["cn=a"])],
    changes: [del("cn=g"), del("cn=a"), add("cn=a", 9), group("cn=g", ["cn=a"])],
    live: ["d cn=g (member=cn=a)", "d cn=a (1)", "a cn=a (9)", "a cn=g (member=cn=a)"],
    away: [
      ["d cn=g (member=cn=a)", "a cn=g (member=cn=a)"],
      ["d cn=a (1)", "a cn=a (9)"],
    ],
  },
];
