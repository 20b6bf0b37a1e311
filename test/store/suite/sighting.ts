import { expect, test } from "bun:test";
import type { AddressBindingFact, ForwardingFact } from "../../../src/network/facts.ts";
import { nodesAt, saveForwarding } from "../../../src/store/node.ts";
import { bindingsAt, saveBindings } from "../../../src/store/node-ip.ts";
import { saveDns, saveNames } from "../../../src/store/node-name.ts";
import type { Store } from "../../../src/store/store.ts";
import { counted, cutOff, discovered, facts, mac, start, whole } from "./made-up-device.ts";
import { problemOf, type Suite } from "./subject.ts";

const hour = 3_600_000;
const line = (number: number, port = "1", vlan = 1): ForwardingFact => ({ mac: mac(number), port, vlan });
const bound = (ip: string, number: number, change: Partial<AddressBindingFact> = {}): AddressBindingFact => ({
  ...{ ip, mac: mac(number), vrf: "", port: "Vlan1", state: "reachable" },
  ...change,
});

async function nodes(store: Store, device: number, at?: number): Promise<string> {
  const rows = await nodesAt(store, device, { at });
  return rows.map((row) => `${Number.parseInt(row.mac.slice(-2), 16)}@${row.port}/${row.vlan}`).join(" ");
}

/** Every interval of the device: `MAC@PORT/VLAN from-to` in hours since the start, `+` while open. */
async function history(store: Store, device: number): Promise<string[]> {
  const rows = await store.db
    .selectFrom("node")
    .innerJoin("device", "device.id", "node.device")
    .select(["node.mac", "port", "vlan", "seen_from", "seen_to", "open", "last_macsuck_complete"])
    .where("device", "=", device)
    .orderBy("seen_from")
    .orderBy("node.id")
    .execute();
  const hours = (time: number) => (time - start) / hour;
  return rows.map(({ mac: address, port, vlan, seen_from, seen_to, open, last_macsuck_complete }) => {
    const to = open === 1 ? Math.max(seen_to, last_macsuck_complete ?? 0) : seen_to;
    const number = Number.parseInt(address.slice(-2), 16);
    return `${number}@${port}/${vlan} ${hours(seen_from)}-${hours(to)}${open === 1 ? "+" : ""}`;
  });
}

const at = (hours: number) => start + hours * hour;

export const networkSightings: Suite = (subject) => {
  const device = async (name = "sw1", ip = "192.0.2.1") => (await discovered(subject().store, ip, facts(name))).id;

  test("intervals: seen again goes on, missed by a complete poll ends, seen after that begins anew", async () => {
    const { store } = subject();
    const id = await device();
    expect(await saveForwarding(store, id, whole([line(1), line(2)]), at(0))).toMatchObject({
      seen: 2,
      opened: 2,
      closed: 0,
    });
    await saveForwarding(store, id, whole([line(1), line(2)]), at(1));
    expect(await saveForwarding(store, id, whole([line(1)]), at(2))).toMatchObject({ opened: 0, closed: 1 });
    await saveForwarding(store, id, whole([line(1), line(2)]), at(5));
    expect(await history(store, id)).toEqual(["1@1/1 0-5+", "2@1/1 0-1", "2@1/1 5-5+"]);
    expect(await nodes(store, id)).toBe("1@1/1 2@1/1");
    expect(await nodes(store, id, at(3))).toBe("1@1/1");
    expect(await nodes(store, id, at(0.5))).toBe("1@1/1 2@1/1");
    expect(await nodes(store, id, at(-1))).toBe("");
    expect(await nodes(store, id, at(9))).toBe("1@1/1 2@1/1");
  });

  test("a cut-off poll adds and refreshes, and ends nothing", async () => {
    const { store } = subject();
    const id = await device();
    await saveForwarding(store, id, whole([line(1), line(2), line(3)]), at(0));
    await saveForwarding(store, id, cutOff([line(1), line(4)]), at(1));
    await saveForwarding(store, id, cutOff([]), at(2));
    expect(await history(store, id)).toEqual(["1@1/1 0-1+", "2@1/1 0-0+", "3@1/1 0-0+", "4@1/1 1-1+"]);
    const row = await store.db.selectFrom("device").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    expect([row.last_macsuck, row.last_macsuck_complete]).toEqual([at(2), at(0)]);
    // What ends later ends where it was seen last, not where the table was.
    await saveForwarding(store, id, whole([line(4)]), at(3));
    expect(await history(store, id)).toEqual(["1@1/1 0-1", "2@1/1 0-0", "3@1/1 0-0", "4@1/1 1-3+"]);
  });

  test("VLANs that were cut off keep theirs, the others' rows end; rows without VLAN are kept as well", async () => {
    const { store } = subject();
    const id = await device();
    const first = [line(1, "1", 10), line(2, "1", 20), line(3, "1", 0), line(4, "1", 10)];
    await saveForwarding(store, id, whole(first), at(0));
    const part = (complete: boolean) => ({ rows: [line(4, "1", 10)], complete, incompleteVlans: [20] });
    await saveForwarding(store, id, part(false), at(1));
    expect(await nodes(store, id)).toBe("3@1/0 1@1/10 4@1/10 2@1/20");
    await saveForwarding(store, id, part(true), at(2));
    expect(await nodes(store, id)).toBe("3@1/0 4@1/10 2@1/20");
    expect(await history(store, id)).toEqual(["1@1/10 0-0", "2@1/20 0-0+", "3@1/0 0-0+", "4@1/10 0-2+"]);
  });

  test("a move ends the old place even when the poll is cut off; other VLANs are other addresses", async () => {
    const { store } = subject();
    const id = await device();
    await saveForwarding(store, id, whole([line(1, "1", 10), line(1, "1", 20)]), at(0));
    const saved = await saveForwarding(store, id, cutOff([line(1, "2", 10)]), at(1));
    expect(saved.moved).toEqual([{ mac: mac(1), vlan: 10, from: "1", to: "2" }]);
    expect(await nodes(store, id)).toBe("1@1/20 1@2/10");
    await saveForwarding(store, id, whole([line(1, "1", 10), line(1, "1", 20)]), at(2));
    expect(await history(store, id)).toEqual(["1@1/10 0-0", "1@1/20 0-2+", "1@2/10 1-1", "1@1/10 2-2+"]);
    expect(await nodes(store, id, at(1))).toBe("1@1/20 1@2/10");
  });

  test("two switches see one address, and neither ends the other's", async () => {
    const { store } = subject();
    const [one, two] = [await device(), await device("sw2", "192.0.2.2")];
    await saveForwarding(store, one, whole([line(1, "1")]), at(0));
    await saveForwarding(store, two, whole([line(1, "24")]), at(1));
    await saveForwarding(store, two, whole([]), at(2));
    expect([await nodes(store, one), await nodes(store, two)]).toEqual(["1@1/1", ""]);
  });

  test("a late poll ends nothing and makes nobody younger; the same poll twice changes nothing", async () => {
    const { store } = subject();
    const id = await device();
    await saveForwarding(store, id, whole([line(1)]), at(2));
    await saveForwarding(store, id, whole([line(2)]), at(1));
    expect(await nodes(store, id)).toBe("1@1/1 2@1/1");
    await saveForwarding(store, id, whole([line(1), line(2)]), at(3));
    const before = await history(store, id);
    await saveForwarding(store, id, whole([line(1), line(2)]), at(3));
    expect(await history(store, id)).toEqual(before);
  });

  test("after weeks without a poll an interval does not claim to have lasted", async () => {
    const { store } = subject();
    const id = await device();
    await saveForwarding(store, id, whole([line(1)]), at(0));
    await saveForwarding(store, id, whole([line(1)]), at(24));
    await saveForwarding(store, id, whole([line(1)]), at(24 * 20));
    expect(await history(store, id)).toEqual(["1@1/1 0-24", "1@1/1 480-480+"]);
  });

  test("unusable addresses are left out, doubles count once, spellings are one", async () => {
    const { store } = subject();
    const id = await device();
    const odd = ["", "00:00:00:00:00:00", "x", "02-00-00-00-00-01", "0200.0000.0001"].map((text) => ({
      ...line(1),
      mac: text,
    }));
    expect(await saveForwarding(store, id, whole([...odd, line(1)]), at(0))).toMatchObject({ seen: 1, opened: 1 });
    expect((await problemOf(saveForwarding(store, id + 1, whole([]), at(0)))).code).toBe("not-found");
  });

  test("polls of one device at once do not make doubles", async () => {
    const { store } = subject();
    const id = await device();
    const rows = Array.from({ length: 50 }, (_, number) => line(number));
    await Promise.all([1, 2, 3, 4].map((hours) => saveForwarding(store, id, whole(rows), at(hours))));
    expect((await nodesAt(store, id)).length).toBe(50);
  });

  test("an address in one VRF never ends another's; a new MAC ends the old one on its interface", async () => {
    const { store } = subject();
    const id = await device();
    const both = [bound("10.0.0.1", 1, { vrf: "a" }), bound("10.0.0.1", 2, { vrf: "b", port: "Vlan2" })];
    await saveBindings(store, id, whole(both), at(0));
    const saved = await saveBindings(store, id, cutOff([bound("10.0.0.1", 3, { vrf: "a" })]), at(1));
    expect(saved.rebound).toEqual([{ ip: "10.0.0.1", vrf: "a", from: mac(1), to: mac(3) }]);
    const now = async (time?: number) =>
      (await bindingsAt(store, id, time)).map((row) => `${row.vrf} ${row.ip} ${row.mac.slice(-1)}`);
    expect((await now()).sort()).toEqual(["a 10.0.0.1 3", "b 10.0.0.1 2"]);
    expect((await now(at(0))).sort()).toEqual(["a 10.0.0.1 1", "b 10.0.0.1 2"]);
    await saveBindings(store, id, whole([bound("10.0.0.1", 3, { vrf: "a", state: "stale", port: "Vlan9" })]), at(2));
    expect(await now()).toEqual(["a 10.0.0.1 3"]);
    expect(await bindingsAt(store, id)).toMatchObject([
      { state: "stale", port: "Vlan9", seen_from: at(1), seen_to: at(2) },
    ]);
  });

  test("VRFs that were cut off keep theirs, the others' rows end", async () => {
    const { store } = subject();
    const id = await device();
    const all = ["", "a", "b"].map((vrf, index) => bound(`10.0.0.${index}`, index + 1, { vrf }));
    await saveBindings(store, id, whole(all), at(0));
    await saveBindings(store, id, { ...whole([]), incompleteVrfs: ["b"] }, at(1));
    expect((await bindingsAt(store, id)).map((row) => row.vrf)).toEqual(["b"]);
  });

  test("VRFs that were cut off keep theirs; a part that was cut off itself keeps all", async () => {
    const { store } = subject();
    const id = await device();
    await saveBindings(
      store,
      id,
      whole([bound("10.0.0.1", 1, { vrf: "a" }), bound("10.0.0.1", 2, { vrf: "b" })]),
      at(0),
    );
    const vrfs = async (complete: boolean, hours: number) => {
      await saveBindings(store, id, { rows: [], complete, incompleteVrfs: ["a"] }, at(hours));
      return (await bindingsAt(store, id)).map(({ vrf }) => vrf).sort();
    };
    expect(await vrfs(false, 1)).toEqual(["a", "b"]);
    expect(await vrfs(true, 2)).toEqual(["a"]);
  });

  test("two routers see one address; link-local ones are another's on each interface", async () => {
    const { store } = subject();
    const [one, two] = [await device(), await device("r2", "192.0.2.2")];
    const local = [bound("fe80::1", 1), bound("fe80::1", 2, { port: "Vlan2" })];
    await saveBindings(store, one, whole([...local, bound("2001:DB8:0::1", 1)]), at(0));
    await saveBindings(store, two, whole([bound("2001:db8::1", 1)]), at(1));
    await saveBindings(store, two, whole([bound("nonsense", 1), bound("10.0.0.1", 0, { mac: "" })]), at(2));
    await saveBindings(store, one, cutOff([local[0]!]), at(3));
    expect((await bindingsAt(store, one)).map((row) => row.ip)).toEqual(["2001:db8::1", "fe80::1", "fe80::1"]);
    expect(await bindingsAt(store, two)).toEqual([]);
  });

  test("names from the DNS go to all that is open, and on to new rows of the address", async () => {
    const { store } = subject();
    const id = await device();
    await saveBindings(store, id, whole([bound("10.0.0.1", 1)]), at(0));
    await saveDns(
      store,
      new Map([
        ["10.0.0.1", "alice.example.org"],
        ["192.0.2.1", "sw1.example.org"],
        ["::x", "no"],
      ]),
    );
    await saveBindings(store, id, whole([bound("10.0.0.1", 1), bound("10.0.0.2", 2)]), at(1));
    const names = async () => (await bindingsAt(store, id)).map((row) => row.dns);
    expect(await names()).toEqual(["alice.example.org", ""]);
    const other = await device("r2", "192.0.2.2");
    await saveBindings(store, other, whole([bound("10.0.0.1", 1)]), at(2));
    expect((await bindingsAt(store, other))[0]?.dns).toBe("alice.example.org");
    const row = await store.db.selectFrom("device").select("dns").where("id", "=", id).executeTakeFirst();
    expect(row?.dns).toBe("sw1.example.org");
    await saveDns(store, new Map([["10.0.0.1", ""]]));
    expect(await names()).toEqual(["", ""]);
  });

  test("NetBIOS names: the same goes on, another begins", async () => {
    const { store } = subject();
    const host = { mac: mac(1), ip: "10.0.0.1", nbname: "ALICE", domain: "OFFICE", server: true, nbuser: "" };
    expect(await saveNames(store, [host], at(0))).toBe(1);
    expect(await saveNames(store, [host], at(1))).toBe(0);
    expect(await saveNames(store, [{ ...host, nbuser: "ALICE" }], at(2))).toBe(1);
    const rows = await store.db.selectFrom("node_nbt").selectAll().orderBy("id").execute();
    expect(rows.map((row) => [row.nbuser, row.seen_from, row.seen_to, row.open])).toEqual([
      ["", at(0), at(1), 0],
      ["ALICE", at(2), at(2), 1],
    ]);
  });
};

/** Many rows, many processes: seconds, not milliseconds. */
export const sightingsAtScale: Suite = (subject) => {
  const device = async () => (await discovered(subject().store, "192.0.2.1", facts("sw1"))).id;

  test("50 000 rows in few statements; an unchanged poll writes one row", async () => {
    const { store, statements } = counted(subject().store);
    const id = await device();
    const rows = Array.from({ length: 50_000 }, (_, number) => line(number, String(number % 48), number % 20));
    const poll = async (read: ForwardingFact[], hours: number) => {
      statements.length = 0;
      const saved = await saveForwarding(store, id, whole(read), at(hours));
      return { ...saved, moved: saved.moved.length, statements: [...statements] };
    };
    const first = await poll(rows, 0);
    expect(first).toMatchObject({ seen: 50_000, opened: 50_000, closed: 0 });
    expect(first.statements.filter((word) => word === "insert").length).toBeLessThanOrEqual(3);
    expect(first.statements.length).toBeLessThanOrEqual(8);
    const second = await poll(rows, 1);
    expect(second).toMatchObject({ opened: 0, closed: 0 });
    expect(second.statements.filter((word) => word !== "select")).toEqual(["update"]);
    expect(second.statements.length).toBeLessThanOrEqual(4);
    const moved = rows.map((row, number) => (number < 100 ? { ...row, port: "x" } : row)).slice(0, 49_000);
    const third = await poll(moved, 2);
    expect(third).toMatchObject({ opened: 100, closed: 1100, moved: 100 });
    expect(third.statements.length).toBeLessThanOrEqual(7);
    const { count } = await store.db
      .selectFrom("node")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("open", "=", 1)
      .executeTakeFirstOrThrow();
    expect(count).toBe(49_000);
  }, 60_000);

  test("so for addresses: 20 000 of them, then nothing new, then only other states", async () => {
    const { store, statements } = counted(subject().store);
    const id = await device();
    const rows = Array.from({ length: 20_000 }, (_, number) =>
      bound(`10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`, number + 1),
    );
    const poll = async (read: AddressBindingFact[], hours: number) => {
      statements.length = 0;
      const { seen, opened, closed } = await saveBindings(store, id, whole(read), at(hours));
      return [seen, opened, closed, statements.filter((word) => word !== "select").length, statements.length <= 8];
    };
    expect(await poll(rows, 0)).toEqual([20_000, 20_000, 0, 3, true]);
    expect(await poll(rows, 1)).toEqual([20_000, 0, 0, 1, true]);
    expect(
      await poll(
        rows.map((row) => ({ ...row, state: "stale" })),
        2,
      ),
    ).toEqual([20_000, 0, 0, 2, true]);
    expect(await poll([], 3)).toEqual([0, 0, 20_000, 2, true]);
  }, 60_000);
};
