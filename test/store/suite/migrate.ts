import { expect, test } from "bun:test";
import { type Kysely, sql } from "kysely";
import { openStore, type Store } from "../../../src/store/database.ts";
import { checkSchema, deploySchema, schemaStatus } from "../../../src/store/migrate.ts";
import { type Migration, migrations } from "../../../src/store/migrations/list.ts";
import { problemOf, type Suite } from "./subject.ts";

const later: Migration = {
  name: "9000-later",
  up: async (db: Kysely<unknown>) => {
    await db.schema.createTable("later").addColumn("id", "integer").execute();
  },
};

async function tables(store: Store): Promise<string[]> {
  return (await store.db.introspection.getTables()).map((table) => table.name).sort();
}

export const schemaMigration: Suite = (subject) => {
  async function empty(): Promise<Store> {
    return openStore({ url: await subject().emptyUrl(), migrate: "none" });
  }

  test("the names are in order and unique", () => {
    const names = migrations.map((migration) => migration.name);
    expect(names).toEqual([...new Set(names)].sort());
  });

  test("an empty database is outdated, deployed once, then current", async () => {
    const store = await empty();
    try {
      expect(await schemaStatus(store)).toMatchObject({ state: "outdated", applied: [], unknown: [] });
      const problem = await problemOf(checkSchema(store));
      expect(problem.code).toBe("schema-outdated");
      expect(problem.message).toContain("reeve backend db deploy");
      expect(await tables(store)).toEqual([]);
      expect(await deploySchema(store)).toEqual(migrations.map((migration) => migration.name));
      expect(await deploySchema(store)).toEqual([]);
      expect(await schemaStatus(store)).toMatchObject({ state: "current", pending: [], unknown: [] });
      await checkSchema(store);
    } finally {
      await store.close();
    }
  });

  test("the default is to deploy SQLite and to check PostgreSQL", async () => {
    const url = await subject().emptyUrl();
    const opened = openStore({ url });
    if (subject().store.kind === "sqlite") await (await opened).close();
    else expect((await problemOf(opened)).code).toBe("schema-outdated");
  });

  test("a database with one migration less is outdated, and names it", async () => {
    const problem = await problemOf(checkSchema(subject().store, [...migrations, later]));
    expect(problem.code).toBe("schema-outdated");
    expect(problem.message).toContain("9000-later");
  });

  test("a database with one migration more is newer: nothing is touched", async () => {
    const url = await subject().emptyUrl();
    const store = await openStore({ url, migrate: "none" });
    try {
      await deploySchema(store, [...migrations, later]);
      const before = await tables(store);
      for (const migrate of ["auto", "check"] as const) {
        const problem = await problemOf(openStore({ url, migrate }));
        expect(problem.code).toBe("schema-newer");
        expect(problem.message).toContain("9000-later");
      }
      expect((await problemOf(deploySchema(store))).code).toBe("schema-newer");
      expect(await tables(store)).toEqual(before);
    } finally {
      await store.close();
    }
  });

  test("a migration that fails half-way leaves nothing, those before it stay, and a later try goes on", async () => {
    const store = await empty();
    try {
      let broken = true;
      const half: Migration = {
        name: "9001-half",
        up: async (db) => {
          await db.schema.createTable("half").addColumn("id", "integer").execute();
          await sql`insert into half (id) values (1)`.execute(db);
          if (broken) await sql`select no_such_function()`.execute(db);
        },
      };
      const known = [...migrations, later, half];
      await problemOf(deploySchema(store, known));
      expect(await tables(store)).toContain("later");
      expect(await tables(store)).not.toContain("half");
      expect((await schemaStatus(store, known)).pending).toEqual(["9001-half"]);
      broken = false;
      expect(await deploySchema(store, known)).toEqual(["9001-half"]);
      expect((await sql<{ id: number }>`select id from half`.execute(store.db)).rows).toEqual([{ id: 1 }]);
    } finally {
      await store.close();
    }
  });

  test("several connections deploy at once: each migration happens once", async () => {
    const url = await subject().emptyUrl();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore({ url, migrate: "none" })));
    try {
      const done = (await Promise.all(stores.map((store) => deploySchema(store)))).flat();
      expect(done.sort()).toEqual(migrations.map((migration) => migration.name));
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  });
};
