import { expect, test } from "bun:test";
import { listAudit } from "../../../src/store/audit.ts";
import { openStore } from "../../../src/store/database.ts";
import { schemaStatus } from "../../../src/store/migrate.ts";
import { createUser, findUser } from "../../../src/store/user.ts";
import { startChild } from "../children.ts";
import type { Suite } from "./subject.ts";

export const processes: Suite = (subject) => {
  test("several processes open an empty database at the same moment", async () => {
    const url = await subject().emptyUrl();
    const children = await Promise.all(Array.from({ length: 3 }, () => startChild(url, "open")));
    for (const child of children) child.go();
    expect(await Promise.all(children.map((child) => child.next()))).toEqual(Array(3).fill("opened"));
    const store = await openStore({ url, migrate: "check" });
    expect((await schemaStatus(store)).state).toBe("current");
    await store.close();
  });

  test("several processes count the same row: nothing is lost, nobody fails", async () => {
    const { store, url } = subject();
    await createUser(store, { name: "counter", password: "x", administrator: false }, 0);
    const children = await Promise.all(Array.from({ length: 3 }, () => startChild(url, "count", 100)));
    for (const child of children) child.go();
    expect(await Promise.all(children.map((child) => child.next()))).toEqual([100, 100, 100]);
    expect((await findUser(store, "counter"))?.changed).toBe(300);
  });

  test("a process killed in a transaction leaves nothing, and nobody waits for it", async () => {
    const { store, url } = subject();
    const child = await startChild(url, "die");
    child.go();
    await child.exited;
    expect(await listAudit(store)).toEqual([]);
    await createUser(store, { name: "after", password: "x", administrator: false }, 0);
    expect(await findUser(store, "after")).toBeDefined();
  });

  test("what was acknowledged before a kill is there", async () => {
    const { store, url } = subject();
    const child = await startChild(url, "acknowledge");
    child.go();
    let last = -1;
    while (last < 50) last = (await child.next()) as number;
    child.kill();
    for (let line = await child.next(); line !== undefined; line = await child.next()) last = line as number;
    await child.exited;
    const rows = await store.db.selectFrom("audit").select("subject").orderBy("id").execute();
    expect(rows.map((row) => Number(row.subject))).toEqual(rows.map((_, index) => index));
    // One more may have been stored than could be told.
    expect(rows.length - last).toBeGreaterThanOrEqual(1);
  });
};
