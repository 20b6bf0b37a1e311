import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { redact } from "../../src/log.ts";
import { openStore, type Store, type StoreSettings } from "../../src/store/database.ts";
import { schemaStatus } from "../../src/store/migrate.ts";
import { createUser, findUser, listUsers } from "../../src/store/user.ts";
import { type PostgresLab, postgresOrSkip } from "../lab/postgres.ts";
import { problemOf } from "./suite/subject.ts";

const lab = await postgresOrSkip();
if (lab !== undefined) describe("a PostgreSQL server", () => suite(lab));

function suite(lab: PostgresLab): void {
  const folder = mkdtempSync(join(tmpdir(), "reeve-server-"));
  const opened: Store[] = [];
  const environment = { ...process.env };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    for (const name of ["PGPASSFILE", "PGPASSWORD", "PGDATABASE", "PGHOST", "DATABASE_URL"]) {
      if (environment[name] === undefined) delete process.env[name];
      else process.env[name] = environment[name];
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function open(settings: StoreSettings): Promise<Store> {
    const store = await openStore(settings);
    opened.push(store);
    return store;
  }
  function file(name: string, content: string): string {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }
  async function whereAmI(store: Store): Promise<string> {
    const { rows } = await sql<{ place: string }>`
      select current_user || '@' || current_database() || case when inet_server_port() is null then ' socket' else ' tcp' end as place
    `.execute(store.db);
    return rows[0]?.place ?? "";
  }
  const tcp = (database: string, credentials = lab.user) =>
    `postgres://${credentials}@127.0.0.1:${lab.port}/${database}`;

  test("passwords from a named file, the URL, .pgpass and PGPASSWORD; a wrong one is told without itself", async () => {
    const database = await lab.createDatabase();
    const here = `${lab.user}@${database} tcp`;
    const url = tcp(database);
    process.env.PGPASSFILE = file("none", "");
    const passwordFile = file("password", `${lab.password}\n`);
    expect(await whereAmI(await open({ url, passwordFile, migrate: "none" }))).toBe(here);
    expect(await whereAmI(await open({ url: tcp(database, `${lab.user}:${lab.password}`), migrate: "none" }))).toBe(
      here,
    );
    process.env.PGPASSWORD = lab.password;
    expect(await whereAmI(await open({ url, migrate: "none" }))).toBe(here);
    process.env.PGPASSWORD = "wrong";
    process.env.PGPASSFILE = file("pgpass", `127.0.0.1:${lab.port}:${database}:${lab.user}:${lab.password}\n`);
    expect(await whereAmI(await open({ url, migrate: "none" }))).toBe(here);

    for (const settings of [
      { url: tcp(database, `${lab.user}:s3cr3t-wrong`) },
      { url, passwordFile: file("wrong", "s3cr3t-wrong\n") },
    ]) {
      const problem = await problemOf(openStore(settings));
      expect(problem.code).toBe("config");
      expect(problem.message).toContain(`"${database}" at 127.0.0.1:${lab.port}`);
      expect(problem.message).toContain(`user "${lab.user}"`);
      expect(redact(problem)).not.toContain("s3cr3t");
    }
    process.env.PGPASSFILE = file("none", "");
    delete process.env.PGPASSWORD;
    expect((await problemOf(openStore({ url }))).message).toContain("no password was found");
  });

  test("the URL alone decides: PG* and DATABASE_URL of the environment change nothing of it", async () => {
    const database = await lab.createDatabase();
    process.env.PGDATABASE = "elsewhere";
    process.env.PGHOST = "192.0.2.1";
    process.env.DATABASE_URL = "postgres://eve:evil@192.0.2.1:1/elsewhere?sslmode=require";
    expect(await whereAmI(await open({ url: lab.socketUrl(database), migrate: "none" }))).toBe(
      `${lab.user}@${database} socket`,
    );
    const url = tcp(database, `${lab.user}:${lab.password}`);
    expect(await whereAmI(await open({ url, migrate: "none" }))).toBe(`${lab.user}@${database} tcp`);
  });

  for (const [what, url, code, text] of [
    ["nobody listens", "postgres://a@127.0.0.1:1/x", "unavailable", '"x" at 127.0.0.1:1'],
    ["an unknown name", "postgres://a@no-such-host.invalid/x", "unavailable", "no-such-host.invalid:5432"],
    ["no socket", "postgres:///x?host=/nonexistent&user=a", "unavailable", "/nonexistent"],
  ] as const) {
    test(`${what} is said, with the place`, async () => {
      const problem = await problemOf(openStore({ url }));
      expect(problem.code).toBe(code);
      expect(problem.message).toContain(text);
    });
  }

  test("no such database, no TLS where it is demanded, no such user", async () => {
    const absent = await problemOf(openStore({ url: lab.socketUrl("absent") }));
    expect([absent.code, absent.message.includes('"absent"')]).toEqual(["config", true]);
    const tls = await problemOf(
      openStore({ url: `${tcp("postgres", `${lab.user}:${lab.password}`)}?sslmode=require` }),
    );
    expect([tls.code, tls.message.includes("TLS")]).toEqual(["config", true]);
    const eve = await problemOf(openStore({ url: tcp("postgres", "eve:x") }));
    expect([eve.code, eve.message.includes('"eve"')]).toEqual(["config", true]);
  });

  test("a database in another encoding is refused", async () => {
    await lab.sql("postgres", "create database ascii encoding 'SQL_ASCII' locale 'C' template template0");
    const problem = await problemOf(openStore({ url: lab.socketUrl("ascii") }));
    expect([problem.code, problem.message.includes("SQL_ASCII")]).toEqual(["config", true]);
  });

  test("a user who may not make tables is told so; nothing is made", async () => {
    const database = await lab.createDatabase();
    await lab.sql("postgres", "create role reader login");
    const url = lab.socketUrl(database).replace(`user=${lab.user}`, "user=reader");
    expect((await problemOf(openStore({ url, migrate: "auto" }))).code).toBe("permission");
    const store = await open({ url: lab.socketUrl(database), migrate: "none" });
    expect((await schemaStatus(store)).applied).toEqual([]);
  });

  test("text sorts by its bytes, whatever the database's locale", async () => {
    const database = await lab.createDatabase();
    const store = await open({ url: lab.socketUrl(database), migrate: "auto" });
    const collations = await lab.sql(
      database,
      `select count(*) from information_schema.columns where table_schema = 'public' and data_type = 'text'
       and table_name <> 'schema_migration' and collation_name is distinct from 'C'`,
    );
    expect(collations.trim()).toBe("0");
    for (const name of ["b", "a-c", "ab", "_x"]) {
      await createUser(store, { name, password: "x", administrator: false }, 1);
    }
    expect((await listUsers(store)).map((user) => user.name)).toEqual(["_x", "a-c", "ab", "b"]);
  });

  test("connections that the server ends are replaced; a transaction that loses its own is undone", async () => {
    const database = await lab.createDatabase();
    const store = await open({ url: lab.socketUrl(database), migrate: "auto" });
    const end = `select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '${database}' and pid <> pg_backend_pid()`;
    await createUser(store, { name: "before", password: "x", administrator: false }, 1);
    await lab.sql("postgres", end);
    expect((await listUsers(store)).length).toBe(1);
    await lab.sql("postgres", end);
    await store.transaction((transaction) =>
      createUser(transaction, { name: "after", password: "x", administrator: false }, 1),
    );
    const problem = await problemOf(
      store.transaction(async (transaction) => {
        await createUser(transaction, { name: "lost", password: "x", administrator: false }, 1);
        await lab.sql("postgres", end);
        await createUser(transaction, { name: "lost2", password: "x", administrator: false }, 1);
      }),
    );
    expect(problem.code).toBe("unavailable");
    expect((await listUsers(store)).map((user) => user.name)).toEqual(["after", "before"]);
  });

  test("no more connections than the pool has, however much is asked at once; all are given back", async () => {
    const database = await lab.createDatabase();
    const url = `${lab.socketUrl(database)}&pool_size=3`;
    const store = await open({ url, migrate: "auto" });
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const user = { name: `u${index}`, password: "x", administrator: false };
        return index % 3 === 0
          ? store
              .transaction((transaction) =>
                createUser(transaction, user, 1).then(() => Promise.reject(new Error("no"))),
              )
              .catch(() => {})
          : createUser(store, user, 1);
      }),
    );
    const count = await lab.sql("postgres", `select count(*) from pg_stat_activity where datname = '${database}'`);
    expect(Number(count)).toBeLessThanOrEqual(3);
    expect((await listUsers(store)).length).toBe(40);
    const idle = await lab.sql("postgres", `select distinct state from pg_stat_activity where datname = '${database}'`);
    expect(idle.trim()).toBe("idle");
  });

  test.skipIf(Bun.which("openssl") === null)(
    "TLS: wanted, verified against a named authority, and refused",
    async () => {
      const database = await lab.createDatabase();
      const [key, certificate] = [join(lab.directory, "tls.key"), join(lab.directory, "tls.crt")];
      const made = Bun.spawnSync(
        [
          "openssl",
          "req",
          "-x509",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:prime256v1",
          "-nodes",
          "-days",
          "2",
        ].concat([
          "-subj",
          "/CN=localhost",
          "-addext",
          "subjectAltName=DNS:localhost,IP:127.0.0.1",
          "-keyout",
          key,
          "-out",
          certificate,
        ]),
      );
      expect(made.exitCode).toBe(0);
      const owner = statSync(lab.directory);
      for (const path of [key, certificate]) chownSync(path, owner.uid, owner.gid);
      chmodSync(key, 0o600);
      await lab.sql("postgres", `alter system set ssl_key_file = '${key}'`);
      await lab.sql("postgres", `alter system set ssl_cert_file = '${certificate}'`);
      await lab.sql("postgres", "alter system set ssl = on");
      await lab.sql("postgres", "select pg_reload_conf()");

      const url = tcp(database, `${lab.user}:${lab.password}`);
      const encrypted = async (store: Store) =>
        (await sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(store.db))
          .rows[0]?.ssl;
      expect(await encrypted(await open({ url, migrate: "none" }))).toBe(true);
      expect(await encrypted(await open({ url: `${url}?sslmode=disable`, migrate: "none" }))).toBe(false);
      for (const mode of ["require", "verify-ca", "verify-full"]) {
        const store = await open({ url: `${url}?sslmode=${mode}&sslrootcert=${certificate}`, migrate: "none" });
        expect(await encrypted(store)).toBe(true);
      }
      for (const query of [
        "sslmode=verify-full",
        "sslmode=verify-ca",
        `sslmode=verify-full&sslrootcert=${folder}/missing`,
      ]) {
        const problem = await problemOf(openStore({ url: `${url}?${query}`, migrate: "none" }));
        expect([query, problem.code]).toEqual([query, "config"]);
        expect(problem.message).toContain("TLS");
      }
    },
  );

  test("a server that crashes and comes back: told while it is away, used again after", async () => {
    const database = await lab.createDatabase();
    const store = await open({ url: lab.socketUrl(database), migrate: "auto" });
    await createUser(store, { name: "kept", password: "x", administrator: false }, 1);
    await lab.stop();
    const away = await problemOf(listUsers(store));
    expect(away.code).toBe("unavailable");
    expect(away.message).toContain(database);
    expect((await problemOf(store.transaction(listUsers))).code).toBe("unavailable");
    await lab.restart();
    expect(await findUser(store, "kept")).toBeDefined();
  });
}
