import { expect, test } from "bun:test";
import { deleteDevice } from "../../../src/store/device-change.ts";
import { portsAt } from "../../../src/store/device-port.ts";
import { saveLinks } from "../../../src/store/link.ts";
import { openLinksOf } from "../../../src/store/link-list.ts";
import { addManualLink } from "../../../src/store/manual-link.ts";
import { listEvents } from "../../../src/store/network-event.ts";
import { listStatistics, saveStatistics } from "../../../src/store/network-stats.ts";
import { saveForwarding } from "../../../src/store/node.ts";
import { saveBindings } from "../../../src/store/node-ip.ts";
import { saveNames } from "../../../src/store/node-name.ts";
import { compactSightings, expireDevices, expireSightings } from "../../../src/store/sighting-expiry.ts";
import type { Store } from "../../../src/store/store.ts";
import { day, discovered, facts, mac, neighbour, port, start, whole } from "./made-up-device.ts";
import type { Suite } from "./subject.ts";

const minute = 60_000;

async function intervals(store: Store, table: "node" | "node_ip" = "node"): Promise<string[]> {
  const place = table === "node" ? ("port" as const) : ("mac" as const);
  const rows = await store.db
    .selectFrom(table)
    .select([`${place} as place` as never, "seen_from", "seen_to", "open"])
    .orderBy("seen_from")
    .orderBy("id")
    .execute();
  return (rows as unknown as { place: string; seen_from: number; seen_to: number; open: number }[]).map(
    (row) =>
      `${row.place.slice(-2)} ${(row.seen_from - start) / minute}-${(row.seen_to - start) / minute}${row.open ? "+" : ""}`,
  );
}

export const networkExpiry: Suite = (subject) => {
  const device = async (name = "sw1", ip = "192.0.2.1", now = start) =>
    (await discovered(subject().store, ip, facts(name), now)).id;
  const at = (minutes: number) => start + minutes * minute;

  /** Polls the device every so many minutes; a port where the address is, or nothing. */
  async function polls(id: number, ports: (string | undefined)[], every = 30): Promise<void> {
    for (const [turn, where] of ports.entries()) {
      const rows = where === undefined ? [] : [{ mac: mac(1), port: where, vlan: 1 }];
      await saveForwarding(subject().store, id, whole(rows), at(turn * every));
    }
  }

  test("short absences are joined, long ones and moves are not; the open one stays open", async () => {
    const { store } = subject();
    const id = await device();
    await polls(id, ["a", undefined, "a", undefined, undefined, undefined, "a", "b", "a", undefined, "a"]);
    const before = await intervals(store);
    expect(before.length).toBe(6);
    expect(await compactSightings(store, at(400))).toBe(2);
    expect(await intervals(store)).toEqual(["a 0-60", "a 180-180", "b 210-210", "a 240-300+"]);
    expect(await compactSightings(store, at(400))).toBe(0);
    await saveForwarding(store, id, whole([]), at(330));
    expect((await intervals(store)).at(-1)).toBe("a 240-300");
  });

  test("with age the rules allow longer absences; other addresses and devices stay apart", async () => {
    const { store } = subject();
    const [one, two] = [await device(), await device("sw2", "192.0.2.2")];
    await polls(one, ["a", undefined, "a"], 600);
    await polls(two, ["a"], 600);
    const gaps = [
      { olderThan: 0, gap: 0 },
      { olderThan: 30 * day, gap: day },
    ];
    expect(await compactSightings(store, at(1300), gaps)).toBe(0);
    expect(await compactSightings(store, at(1200) + 31 * day, gaps)).toBe(1);
    expect(await intervals(store)).toEqual(["a 0-1200+", "a 0-0+"]);
    expect(await compactSightings(store, at(0), [])).toBe(0);
  });

  test("addresses: joined per VRF and address, not across another MAC address", async () => {
    const { store } = subject();
    const id = await device();
    const turn = (minutes: number, ...bound: [vrf: string, mac: number][]) =>
      saveBindings(
        store,
        id,
        whole(bound.map(([vrf, number]) => ({ ip: "10.0.0.1", mac: mac(number), vrf, port: "", state: "" }))),
        at(minutes),
      );
    await turn(0, ["", 1], ["red", 1]);
    await turn(20);
    await turn(40, ["", 1], ["red", 2]);
    await turn(60, ["red", 1]);
    expect(await compactSightings(store, at(60))).toBe(1);
    expect(await intervals(store, "node_ip")).toEqual(["01 0-40", "01 0-0", "02 40-40", "01 60-60+"]);
  });

  test("old sightings go by when they were last seen; what is seen still stays, however long ago it began", async () => {
    const { store } = subject();
    const [one, two] = [await device(), await device("sw2", "192.0.2.2")];
    await polls(one, ["a", "b"]);
    await saveForwarding(store, two, whole([{ mac: mac(1), port: "z", vlan: 1 }]), at(0));
    const name = { mac: mac(1), ip: "10.0.0.1", nbname: "N", domain: "", server: false, nbuser: "" };
    await saveNames(store, [name], at(0));
    await saveLinks(store, one, "lldp", whole([neighbour("1", mac(7), "1")]), at(0));
    await addManualLink(store, { device: one, port: "2", remote_device: two, remote_port: "2" }, at(0));
    for (let days = 1; days <= 100; days++) {
      await saveForwarding(store, one, whole([{ mac: mac(1), port: "b", vlan: 1 }]), start + days * day);
    }
    const gone = await expireSightings(store, { sightings: start + 10 * day });
    expect(gone).toMatchObject({ node: 2, node_nbt: 1, link: 1, network_event: 0 });
    expect(await intervals(store)).toEqual([`b 30-30+`]);
    expect((await openLinksOf(store, one)).map((row) => row.protocol)).toEqual(["manual"]);
  });

  test("what is over may go sooner; ports and events go by their own rule", async () => {
    const { store } = subject();
    const id = await device();
    await polls(id, ["a", "b"]);
    await discovered(store, "192.0.2.1", facts("sw1", { ports: whole([port("1", 1)]) }), start + day);
    expect(await expireSightings(store, { closed: start + day })).toMatchObject({ node: 1, device_port: 0 });
    expect(await intervals(store)).toEqual(["b 30-30+"]);
    expect(await expireSightings(store, { events: start + 2 * day })).toMatchObject({
      device_port: 1,
      network_event: 2,
    });
    expect(await listEvents(store)).toEqual([]);
    expect((await portsAt(store, id)).length).toBe(1);
  });

  test("devices that nothing has reached are deleted and named; reached by any action they stay", async () => {
    const { store } = subject();
    const ids = [
      await device("old"),
      await device("seen", "192.0.2.2"),
      await device("new", "192.0.2.3", start + 50 * day),
    ];
    const pseudo = await device("pseudo", "192.0.2.4");
    await store.db.updateTable("device").set({ is_pseudo: 1 }).where("id", "=", pseudo).execute();
    await saveForwarding(store, ids[1]!, whole([]), start + 50 * day);
    const gone = await expireDevices(store, start + 40 * day, { now: start + 60 * day });
    expect(gone).toEqual([{ id: ids[0]!, ip: "192.0.2.1", name: "old" }]);
    expect(await listEvents(store, { kinds: ["device-gone"] })).toMatchObject([
      { device: ids[0]!, at: start + 60 * day },
    ]);
    expect(await expireDevices(store, start + 40 * day)).toEqual([]);
    await deleteDevice(store, ids[1]!);
  });

  test("one row of statistics a day", async () => {
    const { store } = subject();
    const id = await device();
    await saveStatistics(store, start);
    await polls(id, ["a", "b"]);
    const row = await saveStatistics(store, start + minute);
    expect(row).toMatchObject({ day: "2026-09-21", device_count: 1, device_port_count: 2, device_port_up_count: 2 });
    expect(row).toMatchObject({ node_table_count: 2, node_active_count: 1 });
    await saveStatistics(store, start + day);
    expect((await listStatistics(store)).map((found) => [found.day, found.node_table_count])).toEqual([
      ["2026-09-22", 2],
      ["2026-09-21", 2],
    ]);
  });
};
