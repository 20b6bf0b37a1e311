/** One entry, where it is. */
import { add, blob, del, hidden, minus, move, plus, type Scenario, set } from "./words.ts";

const account = { objectClass: ["device", "simpleSecurityObject"] };
const photo = Buffer.from([0xff, 0xd8, 0x00, 0xff]);
const megabytes = Buffer.alloc(5_000_000, "0123456789abcdef");
const other = Buffer.alloc(5_000_000, "fedcba9876543210");
const person = { objectClass: "inetOrgPerson", sn: "s" };

export const entries: Scenario[] = [
  { name: "created", model: 1, changes: [add("cn=a", 1)], live: ["a cn=a (1)"] },
  { name: "created, and it does not match", model: 2, changes: [add("cn=a", 1, hidden)], live: [] },
  {
    name: "modified",
    model: 3,
    before: [add("cn=a", 1)],
    changes: [set("cn=a", 2)],
    live: ["m cn=a (1 → 2)"],
  },
  {
    name: "modified, and it does not match",
    model: 4,
    before: [add("cn=a", 1, hidden)],
    changes: [set("cn=a", 2)],
    live: [],
  },
  {
    name: "modified twice",
    before: [add("cn=a", 1)],
    changes: [set("cn=a", 2), set("cn=a", 3)],
    live: ["m cn=a (1 → 2)", "m cn=a (2 → 3)"],
    away: ["m cn=a (1 → 3)"],
  },
  {
    name: "modified and back: the server's own attributes have changed",
    before: [add("cn=a", 1)],
    changes: [set("cn=a", 2), set("cn=a", 1)],
    live: ["m cn=a (1 → 2)", "m cn=a (2 → 1)"],
    away: ["m cn=a (1 → 1)"],
  },
  {
    name: "the attribute that a handler is limited to",
    before: [add("cn=a", 1)],
    changes: [set("cn=a", 2), set("cn=a", { l: "x" }), set("cn=a", { l: [] })],
    live: ["m cn=a (1 → 2)", "m cn=a (2 → 2 l=x)", "m cn=a (2 l=x → 2)"],
    away: ["m cn=a (1 → 2)"],
  },
  {
    name: "the same with a language: options belong to their attribute",
    before: [add("cn=a", 1, { "l;lang-de": "x" })],
    changes: [set("cn=a", { "l;lang-de": "y" })],
    live: ["m cn=a (1 l;lang-de=x → 1 l;lang-de=y)"],
  },
  {
    name: "values of an attribute come and go",
    before: [add("cn=a", 1, { description: ["one", "two"] })],
    changes: [minus("cn=a", "description", "one"), plus("cn=a", "description", ["three", "four"])],
    live: [
      "m cn=a (1 description=one|two → 1 description=two)",
      "m cn=a (1 description=two → 1 description=four|three|two)",
    ],
    away: ["m cn=a (1 description=one|two → 1 description=four|three|two)"],
  },
  {
    name: "a password: told of by name only to who needs it",
    before: [add("cn=a", 1, { ...account, userPassword: "old" })],
    changes: [set("cn=a", { userPassword: "new" })],
    live: ["m cn=a (1 → 1)"],
    objects: { live: ["modify cn=a (1 userPassword=old → 1 userPassword=new)"] },
  },
  {
    name: "octets that are no text",
    before: [add("cn=a", undefined, { ...person, jpegPhoto: photo })],
    changes: [set("cn=a", { jpegPhoto: [photo, Buffer.of(0)] })],
    live: [`m cn=a (jpegPhoto=${blob(photo)} sn=s → jpegPhoto=${blob(Buffer.of(0))}|${blob(photo)} sn=s)`],
  },
  {
    name: "values of 5 MB",
    before: [add("cn=a", undefined, { ...person, jpegPhoto: megabytes })],
    changes: [set("cn=a", { jpegPhoto: other }), add("cn=b", undefined, { ...person, jpegPhoto: megabytes })],
    live: [
      `m cn=a (jpegPhoto=${blob(megabytes)} sn=s → jpegPhoto=${blob(other)} sn=s)`,
      `a cn=b (jpegPhoto=${blob(megabytes)} sn=s)`,
    ],
    away: [
      [`m cn=a (jpegPhoto=${blob(megabytes)} sn=s → jpegPhoto=${blob(other)} sn=s)`],
      [`a cn=b (jpegPhoto=${blob(megabytes)} sn=s)`],
    ],
  },
  { name: "deleted", before: [add("cn=a", 1)], changes: [del("cn=a")], live: ["d cn=a (1)"] },
  {
    name: "deleted, and it did not match",
    before: [add("cn=a", 1, hidden)],
    changes: [del("cn=a")],
    live: [],
    deletes: { live: ["d cn=a (1 description=hidden)"] },
  },
  {
    name: "created and modified",
    changes: [add("cn=a", 1), set("cn=a", 2)],
    live: ["a cn=a (1)", "m cn=a (1 → 2)"],
    away: ["a cn=a (2)"],
  },
  {
    name: "created and deleted",
    changes: [add("cn=a", 1), del("cn=a")],
    live: ["a cn=a (1)", "d cn=a (1)"],
    away: [],
  },
  {
    name: "modified and deleted",
    model: 16,
    before: [add("cn=a", 1)],
    changes: [set("cn=a", 2), del("cn=a")],
    live: ["m cn=a (1 → 2)", "d cn=a (2)"],
    away: ["d cn=a (1)"],
  },
  {
    name: "deleted and made anew",
    model: 14,
    before: [add("cn=a", 1)],
    changes: [del("cn=a"), add("cn=a", 9)],
    live: ["d cn=a (1)", "a cn=a (9)"],
  },
  {
    name: "deleted and made anew, the same to the letter",
    before: [add("cn=a", 1)],
    changes: [del("cn=a"), add("cn=a", 1)],
    live: ["d cn=a (1)", "a cn=a (1)"],
  },
  {
    name: "deleted, made anew, modified, deleted and made anew again",
    before: [add("cn=a", 1)],
    changes: [del("cn=a"), add("cn=a", 2), set("cn=a", 3), del("cn=a"), add("cn=a", 4)],
    live: ["d cn=a (1)", "a cn=a (2)", "m cn=a (2 → 3)", "d cn=a (3)", "a cn=a (4)"],
    away: ["d cn=a (1)", "a cn=a (4)"],
  },
  {
    name: "its parent is named in another case: the parent's own spelling counts",
    model: 30,
    before: [add("ou=visible")],
    changes: [add("cn=a,OU=VISIBLE", 1), set("CN=A,ou=Visible", 2), del("cn=a,ou=VISIBLE")],
    live: ["a cn=a,ou=visible (1)", "m cn=a,ou=visible (1 → 2)", "d cn=a,ou=visible (2)"],
    away: [],
  },
  {
    name: "the same with umlauts",
    model: 31,
    before: [add("ou=Größe")],
    changes: [add("cn=a,ou=GRÖßE", 1), set("cn=a,ou=grÖßE", 2)],
    live: ["a cn=a,ou=Größe (1)", "m cn=a,ou=Größe (1 → 2)"],
    away: ["a cn=a,ou=Größe (2)"],
  },
  {
    name: "modified under one name, renamed under another spelling of it",
    before: [add("cn=Anna  Maria", 1)],
    changes: [set("CN=anna maria", 2), move("cn=ANNA MARIA", "cn=b")],
    live: ["m cn=Anna  Maria (1 → 2)", "r cn=Anna  Maria (2)", "a cn=b (2)"],
    away: ["r cn=Anna  Maria (1)", "a cn=b (2)", "m cn=b (1 → 2)"],
  },
];
