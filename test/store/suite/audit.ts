import { expect, test } from "bun:test";
import { type AuditEntry, appendAudit, listAudit } from "../../../src/store/audit.ts";
import type { Suite } from "./subject.ts";

const entry: AuditEntry = {
  time: 1_790_000_000_000,
  user: "alice",
  address: "192.0.2.1",
  session: "0123456789ab",
  action: "inventory/delete",
  subject: "host 7",
  detail: { ids: [7], deep: { text: "ü" } },
  outcome: "ok",
  status: 200,
};

export const audit: Suite = (subject) => {
  test("comes back as it was, newest first, page by page", async () => {
    const { store } = subject();
    for (let index = 0; index < 5; index++) await appendAudit(store, { ...entry, time: entry.time + index });
    const rows = await listAudit(store, { limit: 2 });
    expect(rows.map((row) => row.time - entry.time)).toEqual([4, 3]);
    expect(rows[0]).toEqual({ ...entry, time: entry.time + 4, id: rows[0]!.id });
    expect((await listAudit(store, { limit: 2, before: rows[1]!.id })).map((row) => row.time - entry.time)).toEqual([
      2, 1,
    ]);
  });

  test("filtered by user and action", async () => {
    const { store } = subject();
    await appendAudit(store, entry);
    await appendAudit(store, { ...entry, user: "bob", action: "login" });
    expect((await listAudit(store, { user: "bob" })).length).toBe(1);
    expect((await listAudit(store, { action: "inventory/delete" })).map((row) => row.user)).toEqual(["alice"]);
    expect(await listAudit(store, { user: "bob", action: "inventory/delete" })).toEqual([]);
    expect(await listAudit(store, { user: "' or 1=1 --\0" })).toEqual([]);
  });

  test("secrets are not kept, the rest of the options is", async () => {
    const { store } = subject();
    await appendAudit(store, { ...entry, detail: { name: "x", password: "hunter2", nested: [{ apiToken: "t0k" }] } });
    const [row] = await listAudit(store);
    expect(JSON.stringify(row)).not.toMatch(/hunter2|t0k/);
    expect(row?.detail).toEqual({ name: "x", password: "***", nested: [{ apiToken: "***" }] });
  });

  test("nothing an asker sends keeps its row out", async () => {
    const { store } = subject();
    const cyclic: Record<string, unknown> = { a: 1 };
    cyclic.self = cyclic;
    const hostile = `\0\ud800'"${"x".repeat(100_000)}`;
    for (const detail of [undefined, null, "\0", hostile, 1n, cyclic, { long: hostile }, () => 1]) {
      await appendAudit(store, {
        ...entry,
        user: hostile,
        address: hostile,
        action: hostile,
        subject: hostile,
        detail,
      });
    }
    const rows = await listAudit(store, { limit: 5000 });
    expect(rows.length).toBe(8);
    for (const row of rows) expect(JSON.stringify(row).length).toBeLessThan(12_000);
  });
};
