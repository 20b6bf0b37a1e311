import { beforeEach, expect, test } from "bun:test";
import {
  expireSessions,
  findSession,
  insertSession,
  listSessions,
  removeSession,
  removeSessionsOf,
  touchSession,
} from "../../../src/store/session.ts";
import { createUser, setUserFlags } from "../../../src/store/user.ts";
import { problemOf, type Suite } from "./subject.ts";

const base = { created: 1000, expires: 100_000, address: "192.0.2.1", userAgent: "curl/8", locale: "de-DE" };

export const sessions: Suite = (subject) => {
  beforeEach(async () => {
    await createUser(subject().store, { name: "alice", password: "h", administrator: true }, 1);
    await createUser(subject().store, { name: "bob", password: "h", administrator: false }, 1);
  });

  test("found until it expires, with what its user may do at that moment", async () => {
    const { store } = subject();
    await insertSession(store, { ...base, idHash: "aa", user: "alice" });
    expect(await findSession(store, "aa", 99_999)).toEqual({
      ...base,
      idHash: "aa",
      user: "alice",
      lastSeen: 1000,
      administrator: true,
    });
    expect(await findSession(store, "aa", 100_000)).toBeUndefined();
    expect(await findSession(store, "ab", 1)).toBeUndefined();
    await setUserFlags(store, "alice", { administrator: false });
    expect((await findSession(store, "aa", 2000))?.administrator).toBe(false);
    await setUserFlags(store, "alice", { disabled: true });
    expect(await findSession(store, "aa", 2000)).toBeUndefined();
  });

  test("use moves its end, at most once a minute, and revives nothing", async () => {
    const { store } = subject();
    await insertSession(store, { ...base, idHash: "aa", user: "alice" });
    await touchSession(store, "aa", 1000 + 59_999, 500_000);
    expect(await findSession(store, "aa", 2000)).toMatchObject({ lastSeen: 1000, expires: 100_000 });
    await touchSession(store, "aa", 61_000, 500_000);
    expect(await findSession(store, "aa", 2000)).toMatchObject({ lastSeen: 61_000, expires: 500_000 });
    await touchSession(store, "aa", 500_000, 900_000);
    expect(await findSession(store, "aa", 500_000)).toBeUndefined();
    await removeSession(store, "aa");
    await touchSession(store, "aa", 200_000, 900_000);
    expect(await findSession(store, "aa", 1)).toBeUndefined();
  });

  test("removed one by one, or all of a user but one", async () => {
    const { store } = subject();
    for (const idHash of ["1", "2", "3"]) await insertSession(store, { ...base, idHash, user: "alice" });
    await insertSession(store, { ...base, idHash: "4", user: "bob" });
    expect(await removeSession(store, "1")).toBe(true);
    expect(await removeSession(store, "1")).toBe(false);
    expect(await removeSessionsOf(store, "Alice", "3")).toEqual(["2"]);
    expect((await listSessions(store, 1)).map((session) => session.idHash)).toEqual(["3", "4"]);
    expect(await removeSessionsOf(store, "alice")).toEqual(["3"]);
    expect(await listSessions(store, 1, "alice")).toEqual([]);
    expect((await listSessions(store, 1, "BOB")).length).toBe(1);
  });

  test("expired ones are listed no more and go, with their hashes told", async () => {
    const { store } = subject();
    await insertSession(store, { ...base, idHash: "old", user: "alice", expires: 10 });
    await insertSession(store, { ...base, idHash: "new", user: "alice", expires: 20 });
    expect((await listSessions(store, 10)).map((session) => session.idHash)).toEqual(["new"]);
    expect(await expireSessions(store, 10)).toEqual(["old"]);
    expect(await expireSessions(store, 10)).toEqual([]);
  });

  test("one of a user who is not there is refused, and a second one with the same hash", async () => {
    const { store } = subject();
    expect((await problemOf(insertSession(store, { ...base, idHash: "x", user: "eve" }))).code).toBe("conflict");
    await insertSession(store, { ...base, idHash: "x", user: "bob" });
    expect((await problemOf(insertSession(store, { ...base, idHash: "x", user: "alice" }))).code).toBe("conflict");
    expect((await findSession(store, "x", 1))?.user).toBe("bob");
  });

  test("a browser may call itself anything", async () => {
    const { store } = subject();
    await insertSession(store, {
      ...base,
      idHash: "x",
      user: "bob",
      userAgent: `\0${"ö".repeat(9999)}`,
      locale: "\ud800",
    });
    expect(await findSession(store, "x", 1)).toMatchObject({ userAgent: "ö".repeat(512), locale: "\ufffd" });
  });
};
