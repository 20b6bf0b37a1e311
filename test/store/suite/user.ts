import { expect, test } from "bun:test";
import { insertSession, listSessions } from "../../../src/store/session.ts";
import { createUser, findUser, listUsers, removeUser, setPassword, setUserFlags } from "../../../src/store/user.ts";
import { problemOf, type Suite } from "./subject.ts";

export const users: Suite = (subject) => {
  test("created, found in any case, listed by name without the hash", async () => {
    const { store } = subject();
    await createUser(store, { name: "Zoe", password: "$argon2id$z", administrator: true }, 1000);
    await createUser(store, { name: "alice@example.org", password: "h", administrator: false }, 2000);
    expect(await findUser(store, "ZOE")).toEqual({
      name: "zoe",
      password: "$argon2id$z",
      administrator: true,
      disabled: false,
      created: 1000,
      changed: 1000,
    });
    expect(await findUser(store, "nobody")).toBeUndefined();
    expect(await listUsers(store)).toEqual([
      { name: "alice@example.org", administrator: false, disabled: false, created: 2000, changed: 2000 },
      { name: "zoe", administrator: true, disabled: false, created: 1000, changed: 1000 },
    ]);
  });

  test("a name is taken once, whatever its case and however many try", async () => {
    const { store } = subject();
    const results = await Promise.allSettled(
      ["root", "ROOT", "Root"].map((name) => createUser(store, { name, password: "h", administrator: false }, 1)),
    );
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    expect((await problemOf(createUser(store, { name: "root", password: "h", administrator: false }, 1))).code).toBe(
      "conflict",
    );
  });

  for (const name of ["", "1a", "-a", "a b", "a\nb", "a\0", "ä", "a'--", "../etc", "a".repeat(65)]) {
    test(`${JSON.stringify(name)} is no name`, async () => {
      const { store } = subject();
      expect((await problemOf(createUser(store, { name, password: "h", administrator: false }, 1))).code).toBe(
        "bad-options",
      );
      expect(await findUser(store, name)).toBeUndefined();
    });
  }

  test("password and flags change; an unknown user is not found", async () => {
    const { store } = subject();
    await createUser(store, { name: "a", password: "old", administrator: false }, 1);
    await setPassword(store, "A", "new", 2);
    await setUserFlags(store, "a", { disabled: true, administrator: true }, 3);
    expect(await findUser(store, "a")).toMatchObject({
      password: "new",
      disabled: true,
      administrator: true,
      changed: 3,
    });
    await setUserFlags(store, "a", { disabled: false });
    expect(await findUser(store, "a")).toMatchObject({ disabled: false, administrator: true });
    expect((await problemOf(setPassword(store, "b", "x"))).code).toBe("not-found");
    expect((await problemOf(setUserFlags(store, "b", {}))).code).toBe("not-found");
    expect((await problemOf(removeUser(store, "b"))).code).toBe("not-found");
  });

  test("a removed user's sessions go along", async () => {
    const { store } = subject();
    await createUser(store, { name: "a", password: "x", administrator: false }, 1);
    await createUser(store, { name: "b", password: "x", administrator: false }, 1);
    const session = { created: 1, expires: 100, address: "", userAgent: "", locale: "" };
    await insertSession(store, { ...session, idHash: "1", user: "a" });
    await insertSession(store, { ...session, idHash: "2", user: "b" });
    await removeUser(store, "A");
    expect((await listSessions(store, 1)).map((found) => found.idHash)).toEqual(["2"]);
  });
};
