/** Reports as users of Netdisco write them, on the views that PostgreSQL has under its names. */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { sql } from "kysely";
import { openStore } from "../../src/store/database.ts";
import { mergeDevices } from "../../src/store/device-merge.ts";
import { enqueue } from "../../src/store/job.ts";
import { resolveLinks, saveLinks } from "../../src/store/link.ts";
import { openLinksOf } from "../../src/store/link-list.ts";
import { addManualLink } from "../../src/store/manual-link.ts";
import { saveStatistics } from "../../src/store/network-stats.ts";
import { saveForwarding } from "../../src/store/node.ts";
import { saveBindings } from "../../src/store/node-ip.ts";
import { saveNames } from "../../src/store/node-name.ts";
import { postgresOrSkip } from "../lab/postgres.ts";
import { day, discovered, facts, mac, neighbour, port, start, system, whole } from "./suite/made-up-device.ts";

const corpus = new URL("../../../shared/corpus/netdisco/db/", import.meta.url);

const lab = await postgresOrSkip();

if (lab !== undefined) {
  const store = await openStore({ url: lab.socketUrl(await lab.createDatabase()), migrate: "auto" });
  afterAll(() => store.close());
  beforeEach(async () => {
    for (const table of ["device", "device_merge", "network_event", "node_nbt", "statistics", "job"] as const) {
      await store.db.deleteFrom(table).execute();
    }
  });

  async function query(text: string): Promise<Record<string, unknown>[]> {
    return (await sql<Record<string, unknown>>`${sql.raw(text)}`.execute(store.db)).rows;
  }

  async function site(): Promise<{ one: number; two: number }> {
    const read = facts("sw1", {
      system: system("sw1", { mac: mac(0x100), pae_is_enabled: true }),
      ports: whole([port("1", 1, { mac: mac(0x101) }), port("2", 2, { up: "down", duplex: "half" }), port("3", 3)]),
      addresses: whole([{ alias: "192.0.2.1", prefix: 24, port: "1", vrf: "" }]),
      vlans: whole([{ vlan: 10, description: "office" }]),
      portVlans: whole([{ port: "1", vlan: 10, native: true, egress_tag: false, vlantype: "static" }]),
      power: whole([{ module: 1, power: 370, status: "on" }]),
      portPower: whole([{ port: "1", module: 1, admin: true, status: "searching", class: "", power: null }]),
      modules: whole([
        {
          ...{
            index: 1,
            description: "chassis",
            type: "x",
            parent: 0,
            name: "",
            class: "chassis",
            pos: 0,
            hw_ver: "A",
          },
          ...{ fw_ver: "", sw_ver: "", serial: "S1", model: "S24", fru: true },
        },
      ]),
    });
    const one = (await discovered(store, "192.0.2.1", read)).id;
    const two = (await discovered(store, "192.0.2.2", facts("sw2"))).id;
    await saveLinks(store, one, "lldp", whole([neighbour("1", mac(7), "1", { remote_type: "S24" })]), start);
    await saveLinks(
      store,
      one,
      "cdp",
      whole([neighbour("3", "phone", "", { remote_id_kind: "text", capabilities: ["telephone"] })]),
      start,
    );
    const [uplink] = await openLinksOf(store, one, "1");
    await resolveLinks(store, [
      { id: uplink!.id, remote_device: two, remote_device_port: "1", confidence: 95, reason: "" },
    ]);
    const seen = [
      ...[
        { mac: mac(1), port: "1", vlan: 10 },
        { mac: mac(2), port: "2", vlan: 10 },
        { mac: mac(3), port: "3", vlan: 10 },
      ],
      { mac: mac(0x101), port: "2", vlan: 1 },
    ];
    await saveForwarding(store, one, whole(seen), start);
    await saveForwarding(store, one, whole(seen.slice(0, 2)), start + day);
    const bound = { ip: "10.0.0.2", mac: mac(2), vrf: "", port: "", state: "" };
    await saveBindings(store, one, whole([bound, { ...bound, ip: "2001:db8::2" }]), start);
    await saveBindings(store, two, whole([{ ...bound, mac: mac(3) }]), start - day);
    await saveNames(
      store,
      [{ mac: mac(2), ip: "10.0.0.2", nbname: "B", domain: "D", server: true, nbuser: "" }],
      start,
    );
    return { one, two };
  }

  test("every column of Netdisco's tables is there, in its name and its kind of type", async () => {
    await site();
    const types = await query(`select table_name, column_name, udt_name from information_schema.columns
      where table_schema = 'netdisco'`);
    const typeOf = new Map(types.map((row) => [`${row.table_name}.${row.column_name}`, row.udt_name]));
    const files = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith(".csv")) : [];
    for (const file of files) {
      const table = file.replace(/\.csv$/, "");
      const header = readFileSync(new URL(file, corpus), "utf8").split("\n")[0]!;
      const missing = header.split(",").filter((column) => !typeOf.has(`${table}.${column.trim()}`));
      expect([table, missing]).toEqual([table, []]);
    }
    console.info(`columns of ${files.length} tables compared with Netdisco's in ${corpus.pathname}`);
    const expected = {
      ...{ "device.ip": "inet", "device.mac": "macaddr", "device.creation": "timestamp", "device.is_pseudo": "bool" },
      ...{ "device.custom_fields": "jsonb", "device.tags": "_text", "device_ip.subnet": "cidr", "node.mac": "macaddr" },
      ...{ "node.switch": "inet", "node.active": "bool", "node.time_last": "timestamp", "node_ip.ip": "inet" },
      ...{ "node_ip.seen_on_router_first": "jsonb", "device_port.is_uplink": "bool", "device_port.remote_ip": "inet" },
      ...{
        "device_vlan.vlan": "int4",
        "device_port_vlan.native": "bool",
        "topology.dev1": "inet",
        "admin.device": "inet",
      },
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, typeOf.get(name)]))).toEqual(expected);
  });

  test("reports: half duplex, free ports, nodes with names, edge only, neighbours, modules, subnets", async () => {
    const { one, two } = await site();
    expect(
      await query(`select host(d.ip) as ip, d.name, dp.port, dp.duplex from netdisco.device_port dp
        join netdisco.device d using (ip) where dp.type = 'ethernetCsmacd' and lower(dp.duplex) = 'half'`),
    ).toEqual([{ ip: "192.0.2.1", name: "sw1", port: "2", duplex: "half" }]);
    const nodes = await query(`select n.mac::text, host(n.switch) as switch, n.port, n.vlan, n.active, n.oui,
        host(ni.ip) as ip, nbt.nbname, n.time_last - n.time_first as span
      from netdisco.node n left join netdisco.node_ip ni on ni.mac = n.mac and ni.active and family(ni.ip) = 4
        left join netdisco.node_nbt nbt on nbt.mac = n.mac
      where n.time_last > timestamp '2000-01-01' order by n.mac`);
    expect(nodes).toMatchObject([
      {
        mac: mac(2),
        switch: "192.0.2.1",
        port: "2",
        vlan: "10",
        active: true,
        oui: "02:00:00",
        ip: "10.0.0.2",
        nbname: "B",
      },
      { mac: mac(3), switch: "192.0.2.1", port: "3", active: false, ip: null },
    ]);
    expect(
      await query(`select port, host(remote_ip) as remote_ip, remote_port, is_uplink, manual_topo
        from netdisco.device_port where is_uplink order by port`),
    ).toEqual([
      { port: "1", remote_ip: "192.0.2.2", remote_port: "1", is_uplink: true, manual_topo: false },
      { port: "3", remote_ip: null, remote_port: "", is_uplink: true, manual_topo: false },
    ]);
    expect(await query("select port from netdisco.device_port_properties where remote_is_phone")).toEqual([
      { port: "3" },
    ]);
    expect(
      await query(`select d.location, count(*)::int as ports, sum((dp.up = 'up')::int)::int as up from netdisco.device d
        join netdisco.device_port dp on dp.ip = d.ip where d.ip <<= inet '192.0.2.0/24' group by d.location`),
    ).toEqual([{ location: "lab", ports: 5, up: 4 }]);
    expect(
      await query(`select ip::text, jsonb_object_keys(seen_on_router_last) as router, active from netdisco.node_ip
        where vrf = '' order by ip, active desc`),
    ).toEqual([
      { ip: "10.0.0.2/32", router: "192.0.2.1", active: true },
      { ip: "10.0.0.2/32", router: "192.0.2.2", active: false },
      { ip: "2001:db8::2/128", router: "192.0.2.1", active: true },
    ]);
    expect(await query("select net::text from netdisco.subnets")).toEqual([{ net: "192.0.2.0/24" }]);
    expect(await query('select "index", class, fru from netdisco.device_module')).toEqual([
      { index: 1, class: "chassis", fru: true },
    ]);
    expect(
      await query(`select dpv.port, dv.description from netdisco.device_port_vlan dpv
        join netdisco.device_vlan dv using (ip, vlan) where dpv.native`),
    ).toEqual([{ port: "1", description: "office" }]);
    expect(
      await query(
        "select p.power, pp.admin from netdisco.device_power p join netdisco.device_port_power pp using (ip, module)",
      ),
    ).toEqual([{ power: 370, admin: "true" }]);
    await addManualLink(store, { device: one, port: "2", remote_device: two, remote_port: "2" }, start);
    expect(await query("select host(dev1) as a, port1, host(dev2) as b, port2 from netdisco.topology")).toEqual([
      { a: "192.0.2.1", port1: "2", b: "192.0.2.2", port2: "2" },
    ]);
  });

  test("jobs, credentials, statistics; merged devices show once, with all that was seen", async () => {
    const { one, two } = await site();
    await saveForwarding(store, two, whole([{ mac: mac(9), port: "2", vlan: 0 }]), start);
    await enqueue(store, [
      { action: "discover", device: "192.0.2.1" },
      { action: "discover", device: "sw1:161" },
    ]);
    expect(
      await query("select host(device) as device, action, status, backend from netdisco.admin order by job"),
    ).toEqual([
      { device: "192.0.2.1", action: "discover", status: "queued", backend: null },
      { device: null, action: "discover", status: "queued", backend: null },
    ]);
    await saveStatistics(store, start);
    expect(await query("select device_count, day::text from netdisco.statistics")).toEqual([
      { device_count: 2, day: "2026-09-21" },
    ]);
    expect(await query("select count(*)::int as count from netdisco.community")).toEqual([{ count: 2 }]);
    await mergeDevices(store, one, two, {}, start + day);
    expect(await query("select host(ip) as ip from netdisco.device")).toEqual([{ ip: "192.0.2.1" }]);
    const moved = await query(`select host(switch) as switch, active from netdisco.node where mac = '${mac(9)}'`);
    expect(moved).toEqual([{ switch: "192.0.2.1", active: false }]);
    for (const { name } of await query(
      "select table_name as name from information_schema.views where table_schema = 'netdisco'",
    )) {
      expect(Array.isArray(await query(`select * from netdisco."${name}"`))).toBe(true);
    }
  });
}
