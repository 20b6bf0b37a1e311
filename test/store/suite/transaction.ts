import { expect, test } from "bun:test";
import { sql } from "kysely";
import { appendAudit, listAudit } from "../../../src/store/audit.ts";
import { openStore } from "../../../src/store/database.ts";
import { createUser, findUser, listUsers } from "../../../src/store/user.ts";
import { problemOf, type Suite } from "./subject.ts";

const user = (name: string) => ({ name, password: "hash", administrator: false });

export const transactions: Suite = (subject) => {
  test("what throws rolls everything back", async () => {
    const { store } = subject();
    const failed = store.transaction(async (transaction) => {
      await createUser(transaction, user("alice"), 1);
      await transaction.transaction((inner) => createUser(inner, user("bob"), 1));
      throw new Error("no");
    });
    expect(failed).rejects.toThrow("no");
    await failed.catch(() => {});
    expect(await listUsers(store)).toEqual([]);
  });

  test("a failed statement rolls back and leaves the connection usable", async () => {
    const { store } = subject();
    const problem = await problemOf(
      store.transaction(async (transaction) => {
        await createUser(transaction, user("alice"), 1);
        await transaction.db
          .insertInto("user")
          .values({ ...row, name: "alice" })
          .execute();
      }),
    );
    expect(problem.code).toBe("conflict");
    expect(await listUsers(store)).toEqual([]);
    await createUser(store, user("alice"), 1);
    expect(await findUser(store, "alice")).toMatchObject({ name: "alice" });
  });

  test("a failed statement that is swallowed does not let half a transaction be committed silently", async () => {
    const { store } = subject();
    const outcome = await store
      .transaction(async (transaction) => {
        await createUser(transaction, user("alice"), 1);
        await sql`select * from no_such_table`.execute(transaction.db).catch(() => {});
      })
      .then(
        () => "committed",
        () => "refused",
      );
    expect((await listUsers(store)).length).toBe(outcome === "committed" ? 1 : 0);
    expect(outcome).toBe(store.kind === "sqlite" ? "committed" : "refused");
  });

  test("queries beside a transaction are not part of it", async () => {
    const { store } = subject();
    const opened = Promise.withResolvers<void>();
    const outside = Promise.withResolvers<void>();
    const work = store.transaction(async (transaction) => {
      await createUser(transaction, user("alice"), 1);
      opened.resolve();
      await Promise.resolve();
      throw new Error("rolled back");
    });
    await opened.promise;
    const beside = appendAudit(store, entry).then(outside.resolve);
    await expect(work).rejects.toThrow("rolled back");
    await Promise.all([beside, outside.promise]);
    expect(await listUsers(store)).toEqual([]);
    expect((await listAudit(store)).length).toBe(1);
  });

  test("many transactions at once all happen", async () => {
    const { store } = subject();
    await createUser(store, user("counter"), 0);
    await Promise.all(
      Array.from({ length: 40 }, () =>
        store.transaction(async (transaction) => {
          let read = transaction.db.selectFrom("user").select("changed").where("name", "=", "counter");
          if (transaction.kind === "postgres") read = read.forUpdate();
          const { changed } = await read.executeTakeFirstOrThrow();
          await transaction.db
            .updateTable("user")
            .set({ changed: changed + 1 })
            .where("name", "=", "counter")
            .execute();
        }),
      ),
    );
    expect((await findUser(store, "counter"))?.changed).toBe(40);
  });

  test("two transactions that wait for each other both happen in the end", async () => {
    const { store } = subject();
    await createUser(store, user("one"), 0);
    await createUser(store, user("two"), 0);
    let tries = 0;
    const bothHold = Promise.withResolvers<void>();
    const touch = (names: string[]) =>
      store.transaction(async (transaction) => {
        tries++;
        const held = tries;
        for (const name of names) {
          await transaction.db
            .updateTable("user")
            .set((of) => ({ changed: of("changed", "+", 1) }))
            .where("name", "=", name)
            .execute();
          // SQLite has one writer at a time, so the first one need not wait for the second.
          if (store.kind === "sqlite" || held === 2) bothHold.resolve();
          await bothHold.promise;
        }
      });
    await Promise.all([touch(["one", "two"]), touch(["two", "one"])]);
    expect((await listUsers(store)).map((found) => found.changed)).toEqual([2, 2]);
    expect(tries).toBe(store.kind === "postgres" ? 3 : 2);
  });

  test("integers beyond 32 bits, counts and sums come back as numbers", async () => {
    const { store } = subject();
    const time = 1_790_000_000_123;
    await createUser(store, user("alice"), time);
    await createUser(store, user("bob"), time);
    const { db } = store;
    expect((await findUser(store, "alice"))?.created).toBe(time);
    const sums = await db
      .selectFrom("user")
      .select((of) => [
        of.fn.countAll<number>().as("count"),
        of.fn.sum<number>("created").as("sum"),
        of.fn.max("created").as("max"),
        of.fn.sum<number | null>("created").filterWhere("name", "=", "nobody").as("none"),
      ])
      .executeTakeFirstOrThrow();
    expect(sums).toEqual({ count: 2, sum: 2 * time, max: time, none: null });
  });

  test("affected rows are told", async () => {
    const { db } = subject().store;
    for (const name of ["a", "b", "c"]) await createUser(subject().store, user(name), 1);
    expect(
      (await db.updateTable("user").set({ changed: 2 }).where("name", "!=", "c").executeTakeFirst()).numUpdatedRows,
    ).toBe(2n);
    expect((await db.deleteFrom("user").executeTakeFirst()).numDeletedRows).toBe(3n);
    expect((await db.deleteFrom("user").executeTakeFirst()).numDeletedRows).toBe(0n);
  });

  test("any text is stored as it is; NUL is refused", async () => {
    const { store } = subject();
    const texts = [
      "",
      '\'; drop table "user"; --',
      "%_\\",
      "ünïcödé 日本語 😀 \u0001\t\r\n",
      "$1 ? :a @b",
      "\\u0000",
      "x".repeat(1e6),
    ];
    for (const [index, text] of texts.entries()) {
      await createUser(store, { name: `u${index}`, password: text, administrator: false }, 1);
      expect((await findUser(store, `u${index}`))?.password).toBe(text);
    }
    const refused = await problemOf(createUser(store, { name: "nul", password: "a\0b", administrator: false }, 1));
    expect(refused.code).toBe("bad-request");
    expect(refused.message).toContain("NUL");
    expect(await findUser(store, "nul")).toBeUndefined();
    expect(await findUser(store, "u1\0")).toBeUndefined();
  });

  test("a closed store says so", async () => {
    const store = await openStore({ url: await subject().emptyUrl(), migrate: "auto" });
    await store.close();
    await expect(listUsers(store)).rejects.toThrow("destroyed");
    await store.close();
  });

  test("an aborted opening ends with the reason", async () => {
    await expect(openStore({ url: subject().url }, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
};

const row = { password: "x", administrator: 0, disabled: 0, created: 1, changed: 1 } as const;
const entry = {
  time: 1,
  user: "",
  address: "",
  session: "",
  action: "x",
  subject: "",
  outcome: "ok",
  status: 0,
} as const;
