/** Links out of forwarding tables, from the store and back into it. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { resolveLinksAround } from "../../src/backend/links.ts";
import { concludeTopology } from "../../src/backend/topology.ts";
import type { ForwardingFact } from "../../src/network/facts.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import { saveLinks } from "../../src/store/link.ts";
import { listLinks } from "../../src/store/link-list.ts";
import { saveForwarding } from "../../src/store/node.ts";
import {
  cutOff,
  day,
  discovered,
  facts,
  mac,
  neighbour,
  port,
  start,
  system,
  whole,
} from "../store/suite/made-up-device.ts";

let store: Store;
const { signal } = new AbortController();
const now = start + day;

beforeAll(async () => {
  store = await openStore({ url: ":memory:", migrate: "auto" });
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.db.deleteFrom("device").execute();
});

const block = "00:1c:73";
const base = (number: number) => mac(number * 256, block);

/** A switch with ports 1 to 4, 3 and 4 of which are the aggregate `lag`. */
async function device(number: number): Promise<number> {
  const name = `sw${number}`;
  const ports = [1, 2, 3, 4].map((at) =>
    port(String(at), at, { mac: mac(number * 256 + at, block), slave_of: at > 2 ? "lag" : "" }),
  );
  const read = facts(name, {
    system: system(name, { mac: base(number) }),
    ports: whole([...ports, port("lag", 9, { is_master: true })]),
  });
  return (await discovered(store, `192.0.2.${number}`, read)).id;
}

/** `{ "1": [mac, …] }` → a reading of the forwarding table. */
const table = (ports: Record<string, string[]>): ForwardingFact[] =>
  Object.entries(ports).flatMap(([name, macs]) => macs.map((one) => ({ mac: one, port: name, vlan: 1 })));

const host = (number: number) => mac(number, "00:23:89");

async function links(): Promise<string[]> {
  const rows = await listLinks(store, { protocols: ["fdb"] });
  return rows.map(
    (row) => `${row.device}.${row.port} ${row.remote_device}.${row.remote_device_port} ${row.confidence}`,
  );
}

/** Three in line by `2 – 1`, one host each; of `a` – `b` both ends are an aggregate. */
async function line(): Promise<[number, number, number]> {
  const [a, b, c] = [await device(1), await device(2), await device(3)];
  const [h1, h2, h3] = [host(1), host(2), host(3)];
  await saveForwarding(store, a, whole(table({ "1": [h1], "3": [base(2), h2], lag: [base(3), h3] })), now);
  await saveForwarding(store, b, whole(table({ "1": [h2], lag: [base(1), h1], "2": [base(3), h3] })), now);
  await saveForwarding(store, c, whole(table({ "2": [h3], "1": [base(1), base(2), h1, h2] })), now);
  return [a, b, c];
}

test("a line of three: links with confidence and reason, again the same ones; they end when tables say otherwise", async () => {
  const [a, b, c] = await line();
  const first = await concludeTopology(store, now, signal);
  expect(first).toEqual({ domains: 1, devices: 3, links: 2, added: 2, gone: 0, left: [] });
  expect(await links()).toEqual([`${a}.lag ${b}.lag 60`, `${b}.2 ${c}.1 60`]);
  const [row] = await listLinks(store, { device: c });
  expect(row).toMatchObject({ remote_name: "sw3", remote_ip: "192.0.2.3", remote_id: base(3), remote_port: "1" });
  expect(row?.reason).toStartWith("sw3 by forwarding tables: each sees the other there");
  expect(await concludeTopology(store, now + 1000, signal)).toMatchObject({ links: 2, added: 0, gone: 0 });

  // sw3 is plugged in at sw1 now.
  await saveForwarding(
    store,
    b,
    whole(table({ "1": [host(2)], lag: [base(1), host(1), base(3), host(3)] })),
    now + 2000,
  );
  await saveForwarding(
    store,
    a,
    whole(table({ "1": [host(1)], lag: [base(2), host(2)], "2": [base(3), host(3)] })),
    now + 2000,
  );
  expect(await concludeTopology(store, now + 3000, signal)).toMatchObject({ links: 2, added: 1, gone: 1 });
  expect(await links()).toEqual([`${a}.2 ${c}.1 60`, `${a}.lag ${b}.lag 60`]);
  const before = await listLinks(store, { protocols: ["fdb"], at: now + 1000 });
  expect(before.map((one) => `${one.device}.${one.port}`)).toEqual([`${a}.lag`, `${b}.2`]);
});

test("a discover does not judge anew what was concluded", async () => {
  const [, b] = await line();
  await concludeTopology(store, now, signal);
  const before = await listLinks(store, { protocols: ["fdb"] });
  await resolveLinksAround(store, b);
  expect(await listLinks(store, { protocols: ["fdb"] })).toEqual(before);
});

test("a link that LLDP tells is not concluded again, and one that it tells no more is", async () => {
  const [a, b, c] = await line();
  const told = neighbour("3", base(2), "4", {
    resolution: { remote_device: b, remote_device_port: "4", confidence: 95, reason: "chassis" },
  } as object);
  await saveLinks(store, a, "lldp", whole([told]), now);
  expect(await concludeTopology(store, now, signal)).toMatchObject({ links: 1 });
  expect(await links()).toEqual([`${b}.2 ${c}.1 60`]);
  await saveLinks(store, a, "lldp", whole([]), now + 1000);
  expect(await concludeTopology(store, now + 1000, signal)).toMatchObject({ links: 2, added: 1, gone: 0 });
});

test("cut-off tables count for less; those of a week ago for nothing", async () => {
  const [a, , c] = await line();
  await saveForwarding(store, c, cutOff([]), now + 1000);
  await concludeTopology(store, now + 1000, signal);
  expect((await links()).map((one) => one.split(" ").at(-1))).toEqual(["60", "45"]);
  expect(await concludeTopology(store, now + 8 * day, signal)).toMatchObject({ links: 0, gone: 2 });
  expect((await listLinks(store, { device: a, protocols: ["fdb"] })).length).toBe(0);
});

test("sites that have nothing to do with each other are concluded apart; a router's virtual address joins none", async () => {
  const virtual = "00:00:5e:00:01:01";
  const ids = [await device(1), await device(2), await device(3), await device(4)] as const;
  for (const [at, id] of ids.entries()) {
    const other = base((at ^ 1) + 1);
    await saveForwarding(store, id, whole(table({ "1": [host(at)], "2": [other, virtual] })), now);
  }
  expect(await concludeTopology(store, now, signal)).toMatchObject({ domains: 2, devices: 4, links: 2 });
  expect(await links()).toEqual([`${ids[0]}.2 ${ids[1]}.2 60`, `${ids[2]}.2 ${ids[3]}.2 60`]);
});

test("a domain beyond all bounds is left as it is, and told of", async () => {
  const [a] = await line();
  await concludeTopology(store, now, signal);
  await saveForwarding(store, a, whole(table({ "1": [base(2), base(3)] })), now + 1000);
  const found = await concludeTopology(store, now + 2000, signal, { work: 1e8, sightings: 10 });
  expect(found.left).toEqual([{ devices: 3, sightings: 12 }]);
  expect(found).toMatchObject({ links: 0, gone: 0 });
  expect((await links()).length).toBe(2);
  expect(await concludeTopology(store, now + 2000, signal, { work: 35, sightings: 100 })).toMatchObject({ gone: 0 });
  expect((await concludeTopology(store, now + 2000, signal)).left).toEqual([]);
});
