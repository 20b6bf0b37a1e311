import { expect, test } from "bun:test";
import {
  clearPeople,
  findPeople,
  getPerson,
  queryPeople,
  removePerson,
  savePerson,
} from "../../../src/store/person.ts";
import { madeUpPerson as object } from "./made-up-person.ts";
import { problemOf, type Suite } from "./subject.ts";

export const people: Suite = (subject) => {
  const names = async (query: Parameters<typeof queryPeople>[1]) =>
    (await queryPeople(subject().store, query)).people.map(({ account }) => account).join(" ");

  test("found by any word of any field, in any case; sorted and cut", async () => {
    const { store } = subject();
    await savePerson(store, object("alice", { name: "Alice Ärmel", mail: "Alice@example.org" }), 10);
    await savePerson(store, object("bob", { name: "Bob", attributes: { roomNumber: ["50%_B", "A 12"] } }), 20);
    await savePerson(store, object("staff", { kind: "group", members: ["uid:alice"] }), 30);
    expect(await names({})).toBe("alice bob staff");
    expect(await names({ search: "ÄRMEL alice" })).toBe("alice");
    expect(await names({ search: "50%_b" })).toBe("bob");
    expect(await names({ search: "50_" })).toBe("");
    expect(await names({ kind: "group" })).toBe("staff");
    expect(await names({ sort: "changed", descending: true, limit: 1, offset: 1 })).toBe("bob");
    expect((await queryPeople(store, { kind: "person", limit: 1 })).total).toBe(2);
  });

  test("groups of a person and members of a group, by DN and by account", async () => {
    const { store } = subject();
    await savePerson(store, object("alice"), 1);
    await savePerson(store, object("bob"), 1);
    const members = ["dn:uid=alice,ou=people,dc=lab", "uid:bob", "dn:uid=nobody,dc=lab"];
    await savePerson(store, object("staff", { kind: "group", members, uuid: "g1" }), 1);
    await savePerson(
      store,
      object("outer", { kind: "group", members: [`dn:${object("staff").dnKey}`], uuid: "g2" }),
      1,
    );
    // A group that is called as a person's account is not that person.
    await savePerson(store, object("bob", { kind: "group", uuid: "g3" }), 1);
    const staff = await getPerson(store, "g1");
    expect(staff.known.map(({ uuid }) => uuid)).toEqual(["uuid-alice", "uuid-bob"]);
    expect([staff.members, staff.groups.map(({ account }) => account)]).toEqual([3, ["outer"]]);
    expect((await getPerson(store, "uuid-bob")).groups.map(({ account }) => account)).toEqual(["staff"]);
    expect((await getPerson(store, "g3")).groups).toEqual([]);
  });

  test("a change writes what differs, keeps first_seen, and members follow", async () => {
    const { store } = subject();
    const many = Array.from({ length: 2500 }, (_, at) => `uid:u${at}`);
    await savePerson(store, object("all", { kind: "group", members: many }), 100);
    await savePerson(store, object("all", { kind: "group", members: [...many.slice(1), "uid:new"], name: "All" }), 200);
    const all = await getPerson(store, "uuid-all");
    expect([all.firstSeen, all.changed, all.name, all.members]).toEqual([100, 200, "All", 2500]);
    const rows = await store.db.selectFrom("person_member").select("member").execute();
    expect(rows.map(({ member }) => member).toSorted()).toEqual([...many.slice(1), "uid:new"].toSorted());
  });

  test("who is meant: account, with a domain, mail, name", async () => {
    const { store } = subject();
    await savePerson(store, object("alice", { name: "Alice A", mail: "a@example.org" }), 1);
    await savePerson(store, object("bob"), 1);
    for (const word of ["alice", "ALICE", "LAB\\alice", "alice@lab.example", "A@example.org", "alice a"]) {
      expect([word, (await findPeople(store, word)).map(({ account }) => account)]).toEqual([word, ["alice"]]);
    }
    expect(await findPeople(store, "ali")).toEqual([]);
    expect(await findPeople(store, " ")).toEqual([]);
  });

  test("removed, and cleared by source", async () => {
    const { store } = subject();
    await savePerson(store, object("alice"), 1);
    await savePerson(store, object("staff", { kind: "group", members: ["uid:alice"] }), 1);
    await savePerson(store, object("carol", { source: "dc=other" }), 1);
    await removePerson(store, "uuid-alice");
    await removePerson(store, "uuid-alice");
    expect((await problemOf(getPerson(store, "uuid-alice"))).code).toBe("not-found");
    expect(await clearPeople(store, "dc=lab")).toBe(1);
    expect(await names({})).toBe("carol");
    expect(await store.db.selectFrom("person_member").selectAll().execute()).toEqual([]);
  });

  test("text from outside is bounded and cleaned", async () => {
    const { store } = subject();
    const attributes = { big: Array.from({ length: 2000 }, () => "x".repeat(1000)), nul: ["a\0b"] };
    await savePerson(store, object("odd", { name: "\ud800x".repeat(600), attributes, description: "a\0b" }), 1);
    const odd = await getPerson(store, "uuid-odd");
    expect(odd.description).toBe("ab");
    expect(odd.name.length).toBe(512);
    expect(JSON.stringify(odd.attributes).length).toBeLessThan(210_000);
  });
};
