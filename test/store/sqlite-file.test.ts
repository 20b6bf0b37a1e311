import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { appendAudit, listAudit } from "../../src/store/audit.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import { createUser, listUsers } from "../../src/store/user.ts";
import { startChild } from "./children.ts";
import { problemOf } from "./suite/subject.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const freshPath = () => join(folder, `${++files}.db`);
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

async function filled(path: string, rows: number): Promise<void> {
  const store = await openStore({ url: path });
  await store.transaction(async (transaction) => {
    for (let row = 0; row < rows; row++) await appendAudit(transaction, { ...entry, subject: "x".repeat(200) });
  });
  await store.close();
}

async function pragma(store: Store, name: string): Promise<unknown> {
  const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(store.db);
  return Object.values(rows[0] ?? {})[0];
}

describe("the file", () => {
  test("is made with its folder, for us alone, whatever the umask; closing leaves one file", async () => {
    const path = join(folder, "new", "deep", "reeve.db");
    const umask = process.umask(0);
    try {
      const store = await openStore({ url: path });
      await createUser(store, { name: "a", password: "x", administrator: false }, 1);
      expect(statSync(join(folder, "new")).mode & 0o777).toBe(0o700);
      const names = readdirSync(join(folder, "new", "deep"));
      expect(names.sort()).toEqual(["reeve.db", "reeve.db-shm", "reeve.db-wal"]);
      for (const name of names) expect(statSync(join(folder, "new", "deep", name)).mode & 0o777).toBe(0o600);
      await store.close();
      expect(readdirSync(join(folder, "new", "deep"))).toEqual(["reeve.db"]);
    } finally {
      process.umask(umask);
    }
  });

  test("is opened durable, with foreign keys, in WAL mode", async () => {
    const store = await openStore({ url: freshPath() });
    expect(await pragma(store, "journal_mode")).toBe("wal");
    expect(await pragma(store, "synchronous")).toBe(2);
    expect(await pragma(store, "foreign_keys")).toBe(1);
    expect(await pragma(store, "busy_timeout")).toBe(100);
    await store.close();
  });

  test("a name with odd signs is a name; :memory: is no file", async () => {
    const path = join(folder, "ü ?mode=memory&x=%41.db");
    await (await openStore({ url: path })).close();
    expect(existsSync(path)).toBe(true);
    const before = readdirSync(".");
    const store = await openStore({ url: ":memory:" });
    await createUser(store, { name: "a", password: "x", administrator: false }, 1);
    expect((await listUsers(store)).length).toBe(1);
    await store.close();
    expect(readdirSync(".")).toEqual(before);
  });

  test("opened again it has what was stored", async () => {
    const path = freshPath();
    await filled(path, 10);
    const store = await openStore({ url: `sqlite:${path}`, migrate: "check" });
    expect((await listAudit(store)).length).toBe(10);
    await store.close();
  });
});

describe("a file that cannot be used", () => {
  for (const [what, content] of [
    ["text", "this is not a database\n".repeat(500)],
    ["a short file", "SQLite format 3"],
    ["noise behind the right signature", `SQLite format 3\0${"\u0001ÿ".repeat(4096)}`],
  ] as const) {
    test(`${what}: a clear Problem, and the file stays as it was`, async () => {
      const path = freshPath();
      writeFileSync(path, content);
      const problem = await problemOf(openStore({ url: path }));
      expect(problem.code).toBe("io");
      expect(problem.message).toContain(path);
      expect(readFileSync(path, "utf8")).toBe(content);
    });
  }

  test("another program's database is not touched", async () => {
    const path = freshPath();
    const { Database } = await import("bun:sqlite");
    const other = new Database(path);
    other.run("create table bookmark (url text)");
    other.close();
    const before = readFileSync(path);
    const problem = await problemOf(openStore({ url: path }));
    expect(problem.code).toBe("config");
    expect(problem.message).toContain("another program");
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("damage inside is told, and does not crash", async () => {
    const path = freshPath();
    await filled(path, 2000);
    const size = statSync(path).size;
    const handle = openSync(path, "r+");
    for (let page = 8; page < size / 4096; page++) writeSync(handle, Buffer.alloc(2048, 0xa5), 0, 2048, page * 4096);
    closeSync(handle);
    const problem = await problemOf(
      openStore({ url: path }).then(async (store) => {
        try {
          await listAudit(store, { limit: 1000 });
          await sql`select count(*), max(length(subject)) from audit`.execute(store.db);
        } finally {
          await store.close();
        }
      }),
    );
    expect(problem.code).toBe("io");
    expect(problem.message).toContain("damaged");
  });

  test("a file that lost its end is told", async () => {
    const path = freshPath();
    await filled(path, 2000);
    truncateSync(path, 4096 * 3);
    const problem = await problemOf(
      openStore({ url: path }).then(async (store) => {
        await listAudit(store, { limit: 1000 }).finally(() => store.close());
      }),
    );
    expect(problem.code).toBe("io");
  });

  test("a folder, a path through a file", async () => {
    expect((await problemOf(openStore({ url: folder }))).code).toBe("config");
    const path = freshPath();
    writeFileSync(path, "");
    expect((await problemOf(openStore({ url: join(path, "x.db") }))).code).toBe("io");
    expect((await problemOf(openStore({ url: "/proc/reeve/x.db" }))).code).not.toBe("internal");
  });

  test("a file or folder we may not write", async () => {
    const path = freshPath();
    await filled(path, 1);
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    chmodSync(path, 0o444);
    chmodSync(folder, 0o755);
    chmodSync(closed, 0o500);
    // Root may write everywhere, so the child is nobody.
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;
    for (const url of [path, join(closed, "x.db")]) {
      const child = await startChild(url, "open", 0, nobody);
      child.go();
      expect(await child.next()).toMatchObject({ code: "permission", message: expect.stringContaining(url) });
      await child.exited;
    }
  });
});

describe("when things go wrong later", () => {
  test("a full disk: the transaction is undone, what was there is there, and it works again with room", async () => {
    const path = freshPath();
    await filled(path, 20);
    const store = await openStore({ url: path });
    await pragma(store, `max_page_count = ${Number(await pragma(store, "page_count")) + 4}`);
    const problem = await problemOf(
      store.transaction(async (transaction) => {
        await createUser(transaction, { name: "half", password: "x", administrator: false }, 1);
        for (let row = 0; row < 1000; row++) await appendAudit(transaction, { ...entry, subject: "y".repeat(250) });
      }),
    );
    expect(problem.code).toBe("io");
    expect(problem.message).toContain("full");
    expect(await listUsers(store)).toEqual([]);
    expect((await listAudit(store)).length).toBe(20);
    await pragma(store, "max_page_count = 1000000");
    await appendAudit(store, entry);
    expect((await listAudit(store)).length).toBe(21);
    await store.close();
  });

  test("a lock of another process is waited for, and the event loop goes on meanwhile", async () => {
    const path = freshPath();
    const store = await openStore({ url: path });
    const child = await startChild(path, "hold");
    child.go();
    expect(await child.next()).toBe("held");
    let turns = 0;
    const ticking = setInterval(() => {
      turns++;
      if (turns === 5) child.go();
    }, 1);
    await createUser(store, { name: "patient", password: "x", administrator: false }, 1);
    clearInterval(ticking);
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(await child.next()).toBe("released");
    expect((await listUsers(store)).length).toBe(1);
    expect((await listAudit(store)).length).toBe(1);
    await child.exited;
    await store.close();
  });

  test("reading goes on while another process writes", async () => {
    const path = freshPath();
    const store = await openStore({ url: path });
    const child = await startChild(path, "hold");
    child.go();
    expect(await child.next()).toBe("held");
    expect(await listAudit(store)).toEqual([]);
    child.go();
    expect(await child.next()).toBe("released");
    await child.exited;
    await store.close();
  });
});
