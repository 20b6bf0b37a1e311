/** The daemon on PostgreSQL, from an empty database to hosts on a page. */
import { expect, test } from "bun:test";
import { Console, reeve } from "../lab/console.ts";
import { postgresOrSkip } from "../lab/postgres.ts";

const lab = await postgresOrSkip();

test.skipIf(!lab)(
  "unmigrated: a typed code that names the command; deployed: everything; newer: another code",
  async () => {
    const name = await lab!.createDatabase();
    const database = lab!.socketUrl(name);
    const db = (word: string) => reeve(["backend", "db", word, "--database", database, "--json"]);
    const start = () =>
      reeve(["daemon", "--state", "/tmp/reeve-test-none", "--listen", "127.0.0.1:0", "--database", database]);

    expect(await start()).toMatchObject({ status: 79, stderr: expect.stringContaining("reeve backend db deploy") });
    expect((await db("status")).status).toBe(79);
    const deployed = await db("deploy");
    expect(deployed.status).toBe(0);
    expect(JSON.parse(deployed.stdout).applied.length).toBeGreaterThan(1);
    expect((await db("status")).status).toBe(0);
    expect(JSON.parse((await db("deploy")).stdout).applied).toEqual([]);

    const console_ = await Console.start({ settings: { database }, args: ["--with", "agent"] });
    const admin = await console_.login();
    let total = 0;
    while (total === 0) total = (await admin.call("inventory/query")).json.result.total;
    const [host] = (await admin.call("inventory/query", { search: "x86" })).json.result.hosts ?? [];
    expect(total).toBe(1);
    expect(host === undefined || host.softwareCount > 0).toBe(true);
    expect(await console_.stop()).toBe(0);

    await lab!.sql(name, "insert into schema_migration (name, applied) values ('9999-future', 1)");
    expect((await db("status")).status).toBe(80);
    expect(await start()).toMatchObject({ status: 80, stderr: expect.stringContaining("newer") });
  },
);

test("a server that is not there: what is wrong, without the password", async () => {
  const url = "postgres://reeve:geheim@127.0.0.1:9/reeve";
  const answer = await reeve(["daemon", "--state", "/tmp/reeve-test-none", "--database", url]);
  expect(answer.status).toBe(69);
  expect(answer.stderr).toContain("127.0.0.1");
  expect(answer.stderr).not.toContain("geheim");
});
