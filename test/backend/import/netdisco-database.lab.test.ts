/** A database as the real Netdisco left it (corpus), imported into both kinds of store. */
import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { importNetdisco } from "../../../src/backend/import/netdisco-database.ts";
import { openStore, type Store } from "../../../src/store/database.ts";
import { findDevice } from "../../../src/store/device.ts";
import { saveForwarding } from "../../../src/store/node.ts";
import { reeve } from "../../lab/console.ts";
import { netdiscoSchema } from "../../lab/netdisco-schema.ts";
import { postgresOrSkip } from "../../lab/postgres.ts";

const corpus = join(import.meta.dir, "../../../../shared/corpus/netdisco/db");
const lab = await postgresOrSkip();
const missing = !lab || !existsSync(corpus);
if (!existsSync(corpus)) console.warn("skipped: the corpus of Netdisco's database is not here");

const folder = mkdtempSync(join(tmpdir(), "reeve-import-"));
afterAll(() => rmSync(folder, { recursive: true }));
const signal = new AbortController().signal;

/** What is not in the corpus, in the shapes of Netdisco 2.105. */
const more = `
insert into node_ip (mac, ip, dns, active, time_first, time_last, seen_on_router_first, seen_on_router_last, vrf) values
  ('02:00:00:00:00:01', '10.1.1.1', 'a.example.org', true, '2026-01-01 10:00', '2026-07-01 12:00:00.5',
   '{"10.250.0.2": "2026-01-01T10:00:00.25", "10.250.0.3": "2026-02-01T10:00:00"}',
   '{"10.250.0.2": "2026-07-01T12:00:00.5", "10.250.0.3": "2026-02-02T10:00:00"}', ''),
  ('02:00:00:00:00:02', '10.1.1.2', null, false, '2026-01-01 10:00', '2026-07-01 12:00', '{}', '{}', 'red'),
  ('02:00:00:00:00:02', '2001:db8::2', null, true, '2026-01-01 10:00', '2026-07-01 12:00', '{}', '{"192.0.2.99": "2026-07-01T12:00:00"}', '');
insert into node_nbt values
  ('02:00:00:00:00:01', '10.1.1.1', 'PC1', 'OFFICE', true, 'ALICE', true, '2026-01-01', '2026-07-01'),
  ('02:00:00:00:00:01', '10.1.1.1', 'PC1', 'OFFICE', true, 'BOB', false, '2025-01-01', '2025-07-01');
insert into users (username, password, admin, port_control, ldap) values
  ('Alice', '{CRYPT}x', true, true, false), ('bob', null, false, false, true), ('with blank', '', false, false, false);
insert into topology values ('10.250.0.1', '17', '10.250.0.3', 'Ethernet1/1'), ('10.250.0.1', '1', '192.0.2.99', '2');
insert into device_port_log (ip, port, reason, log, username, userip, action, creation) values
  ('10.250.0.1', '17', 'address', 'why not', 'alice', '192.0.2.5', 'down', '2026-07-01 12:00');
insert into community values ('10.250.0.1', null, 'switches', null);
insert into node values ('02:00:00:00:00:09', '192.0.2.99', '1', '1', true, null, '2026-01-01', '2026-01-01', '2026-01-02');
insert into node values ('02:00:00:00:00:0a', '10.250.0.1', '1', '1', false, null, '2026-01-01', 'infinity', '-infinity');
`;

async function netdisco(): Promise<string> {
  const name = await lab!.createDatabase();
  const copies = readdirSync(corpus)
    .filter((file) => file.endsWith(".csv"))
    .map((file) => {
      const content = readFileSync(join(corpus, file), "utf8").replaceAll("\r\n", "\n");
      const columns = content.slice(0, content.indexOf("\n")).trim().split(",");
      const list = columns.map((column) => `"${column}"`).join(", ");
      return `copy ${file.replace(".csv", "")} (${list}) from stdin with (format csv, header true);\n${content}\\.\n`;
    });
  expect(copies).toHaveLength(9);
  await lab!.sql(name, `alter database ${name} set timezone = 'Europe/Berlin'`);
  await lab!.sql(name, `${netdiscoSchema}\n${copies.join("\n")}\n${more}`);
  return name;
}

async function counts(store: Store): Promise<Record<string, number>> {
  const tables = [
    "device",
    "device_ip",
    "device_port",
    "device_vlan",
    "device_port_vlan",
    "device_port_power",
    "device_module",
    "node",
    "node_ip",
    "node_nbt",
    "link",
    "device_port_log",
    "user",
    "network_event",
  ] as const;
  const result: Record<string, number> = {};
  for (const table of tables) {
    const row = await store.db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    result[table] = Number(row.n);
  }
  return result;
}

for (const kind of ["sqlite", "postgres"] as const) {
  describe.skipIf(missing)(`into ${kind}`, () => {
    test("every row arrives once, with its times, and again changes nothing", async () => {
      const name = await netdisco();
      const url = lab!.socketUrl(name);
      const ours = kind === "sqlite" ? join(folder, "reeve.sqlite") : lab!.socketUrl(await lab!.createDatabase());
      const store = await openStore({ url: ours, migrate: "auto" });
      const summary = await importNetdisco(store, { url, signal });
      const theirs = async (table: string, where = "true") =>
        Number(await lab!.sql(name, `select count(*) from ${table} where ${where}`));

      const now = await counts(store);
      expect(now).toMatchObject({
        // One more stands for routers that Netdisco does not tell.
        device: (await theirs("device")) + 1,
        device_ip: await theirs("device_ip"),
        device_port: await theirs("device_port"),
        device_vlan: await theirs("device_vlan"),
        device_port_vlan: await theirs("device_port_vlan"),
        device_port_power: await theirs("device_port_power"),
        device_module: await theirs("device_module"),
        node: await theirs("node", "switch in (select ip from device)"),
        node_ip: 4,
        node_nbt: 2,
        link: 1,
        device_port_log: 1,
        user: 2,
      });
      expect(summary.tables.node).toMatchObject({ read: now.node, added: now.node });
      expect(summary.users).toEqual(["alice", "bob"]);
      expect(summary.notCarried.map(({ what }) => what)).toContain("user with blank");
      expect(summary.notCarried.find(({ what }) => what === "node")).toMatchObject({ count: 1 });
      expect(summary.notCarried.find(({ what }) => what === "topology")).toMatchObject({ count: 1 });

      const c3560 = await findDevice(store, "10.250.0.2");
      const [row] = (
        await lab!.sql(
          name,
          "select name, vendor, model, serial, floor(extract(epoch from last_discover::timestamptz)*1000)::bigint from device where ip = '10.250.0.2'",
        )
      )
        .trim()
        .split("\n");
      expect([c3560?.name, c3560?.vendor, c3560?.model, c3560?.serial, c3560?.last_discover].join("|")).toBe(row ?? "");
      expect(c3560?.last_discover_complete).toBeNull();
      const nodes = await store.db
        .selectFrom("node")
        .selectAll()
        .where("device", "=", c3560?.id ?? 0)
        .where("mac", "=", "02:00:03:00:00:18")
        .execute();
      const seen = Date.parse("2026-11-21T20:57:39.396+01:00");
      expect(nodes).toEqual([
        expect.objectContaining({ port: "GigabitEthernet0/24", vlan: 3, open: 1, seen_from: seen, seen_to: seen }),
      ]);
      const bindings = await store.db
        .selectFrom("node_ip")
        .innerJoin("device", "device.id", "node_ip.device")
        .select(["device.ip as router", "node_ip.ip", "node_ip.vrf", "open", "seen_from", "seen_to", "node_ip.dns"])
        .orderBy("node_ip.ip")
        .orderBy("device.ip")
        .execute();
      expect(bindings).toEqual([
        {
          router: "10.250.0.2",
          ip: "10.1.1.1",
          vrf: "",
          open: 1,
          seen_from: Date.parse("2026-01-01T10:00:00.25+01:00"),
          seen_to: Date.parse("2026-07-01T12:00:00.5+02:00"),
          dns: "a.example.org",
        },
        {
          router: "10.250.0.3",
          ip: "10.1.1.1",
          vrf: "",
          open: 0,
          seen_from: Date.parse("2026-02-01T10:00:00+01:00"),
          seen_to: Date.parse("2026-02-02T10:00:00+01:00"),
          dns: "a.example.org",
        },
        {
          router: "0.0.0.0",
          ip: "10.1.1.2",
          vrf: "red",
          open: 0,
          seen_from: Date.parse("2026-01-01T10:00+01:00"),
          seen_to: Date.parse("2026-07-01T12:00+02:00"),
          dns: "",
        },
        expect.objectContaining({ router: "0.0.0.0", ip: "2001:db8::2", open: 1 }),
      ]);
      expect((await findDevice(store, "10.250.0.1"))?.snmp_auth_tag_read).toBe("switches");
      const ports = await store.db
        .selectFrom("device_port")
        .selectAll()
        .where("device", "=", c3560?.id ?? 0)
        .where("port", "=", "GigabitEthernet0/9")
        .execute();
      expect(ports).toEqual([expect.objectContaining({ ifindex: 10109, raw_speed: 10_000_000 })]);

      const again = await importNetdisco(store, { url, signal });
      expect(await counts(store)).toEqual(now);
      for (const { added, changed } of Object.values(again.tables)) expect([added, changed]).toEqual([0, 0]);

      // Reeve polls: what it finds is newer than what Netdisco still says.
      const polled = Date.parse("2026-12-01T00:00:00Z");
      const rows = [{ mac: "02:00:03:00:00:18", port: "GigabitEthernet0/1", vlan: 3 }];
      await saveForwarding(store, c3560?.id ?? 0, { rows, complete: true }, polled);
      const after = await importNetdisco(store, { url, signal });
      expect(after.tables.node).toMatchObject({ added: 0, changed: 0 });
      const open = await store.db
        .selectFrom("node")
        .selectAll()
        .where("device", "=", c3560?.id ?? 0)
        .where("open", "=", 1)
        .execute();
      expect(open.map(({ mac, port }) => [mac, port])).toEqual([["02:00:03:00:00:18", "GigabitEthernet0/1"]]);

      // Netdisco goes on: a host that it has seen later, one that moved away.
      await lab!.sql(
        name,
        `update node set time_last = '2026-11-25' where switch = '10.250.0.1' and active;
        update device set name = 'renamed', last_discover = '2026-11-25' where ip = '10.250.0.1'`,
      );
      const later = await importNetdisco(store, { url, signal });
      expect(later.tables.node).toMatchObject({
        added: 0,
        changed: await theirs("node", "switch = '10.250.0.1' and active"),
      });
      expect(later.tables.device).toMatchObject({ changed: 1 });
      expect((await findDevice(store, "10.250.0.1"))?.name).toBe("renamed");
      await store.close();
    });
  });
}

test.skipIf(missing)("an import that broke off in the middle of a device is made whole by the next one", async () => {
  const url = lab!.socketUrl(await netdisco());
  const store = await openStore({ url: ":memory:" });
  await sql`create trigger broken before update of snmp_auth_tag_read on device begin select raise(abort, 'no'); end`.execute(
    store.db,
  );
  await expect(importNetdisco(store, { url, signal })).rejects.toThrow();
  await sql`drop trigger broken`.execute(store.db);
  await importNetdisco(store, { url, signal });
  expect((await findDevice(store, "10.250.0.1"))?.snmp_auth_tag_read).toBe("switches");
  await store.close();
});

test.skipIf(missing)(
  "on the command line: a dry run stores nothing; what is no database of Netdisco is refused",
  async () => {
    const name = await netdisco();
    const url = lab!.socketUrl(name);
    const state = join(folder, "state");
    const words = (...rest: string[]) => reeve(["backend", "import-netdisco", url, "--state", state, ...rest]);
    const dry = await words("--dry-run", "--json");
    expect(dry.status).toBe(0);
    expect(JSON.parse(dry.stdout)).toMatchObject({
      dryRun: true,
      tables: { device: { read: Number(await lab!.sql(name, "select count(*) from device")) } },
    });
    expect(existsSync(state)).toBe(false);
    const real = await words();
    expect(real.status).toBe(0);
    expect(real.stdout).toContain("users alice, bob: passwords cannot be carried over");
    const empty = await reeve([
      "backend",
      "import-netdisco",
      lab!.socketUrl(await lab!.createDatabase()),
      "--state",
      state,
    ]);
    expect(empty).toMatchObject({ status: 65, stderr: expect.stringContaining("is not Netdisco's") });
  },
);
