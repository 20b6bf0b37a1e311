/** Links out of ARP tables, from the store and back into it. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { concludeArpLinks } from "../../src/backend/arp-links.ts";
import { resolveLinksAround } from "../../src/backend/links.ts";
import { placeOf } from "../../src/network/edge.ts";
import type { PortFact } from "../../src/network/facts.ts";
import { openStore, type Store } from "../../src/store/database.ts";
import { saveLinks } from "../../src/store/link.ts";
import { listLinks } from "../../src/store/link-list.ts";
import { addManualLink, removeManualLink } from "../../src/store/manual-link.ts";
import { saveForwarding } from "../../src/store/node.ts";
import { saveBindings } from "../../src/store/node-ip.ts";
import { edgeContext } from "../../src/store/port-view.ts";
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
const minute = 60_000;

beforeAll(async () => {
  store = await openStore({ url: ":memory:", migrate: "auto" });
});
afterAll(() => store.close());
beforeEach(async () => {
  await store.db.deleteFrom("device").execute();
});

const own = (number: number, at = 0) => mac(number * 256 + at, "00:1c:73");
const stranger = mac(9, "00:23:89");

/** A router with ports 1 and 2 of its own, and the VLAN interface `Vlan7` over the port 3 of a bridge. */
async function router(number: number, ports: PortFact[] = []): Promise<number> {
  const name = `r${number}`;
  const read = facts(name, {
    system: system(name, { mac: own(number) }),
    ports: whole([
      port("1", 1, { mac: own(number, 1) }),
      port("2", 2, { mac: own(number, 2) }),
      port("3", 3, { mac: own(number, 3), bridge_port: 3 }),
      port("Vlan7", 7, { mac: own(number, 7), type: "propVirtual" }),
      ...ports,
    ]),
    addresses: whole([{ alias: `198.51.100.${number}`, prefix: 24, port: "1", vrf: "" }]),
  });
  return (await discovered(store, `192.0.2.${number}`, read)).id;
}

/** `PORT IP MAC` a line. */
const bindings = (...lines: string[]) =>
  lines.map((line) => {
    const [name = "", ip = "", address = ""] = line.split(" ");
    return { port: name, ip, mac: address, vrf: "", state: "reachable" };
  });

const to = (number: number, at = "1", remote = 1) => `${at} 198.51.100.${number} ${own(number, remote)}`;

async function links(at?: number): Promise<string[]> {
  const rows = await listLinks(store, { protocols: ["arp"], at });
  return rows.map(
    (row) => `${row.device}.${row.port} ${row.remote_device}.${row.remote_device_port} ${row.confidence}`,
  );
}

const conclude = (at: number) => concludeArpLinks(store, at, signal);

test("both ends of a link, with confidence and reason, again the same ones; they end when tables say otherwise", async () => {
  const [a, b] = [await router(1), await router(2)];
  await saveBindings(store, a, whole(bindings(to(2), `1 198.51.100.1 ${own(1, 1)}`)), now);
  await saveBindings(store, b, whole(bindings(to(1), `Vlan7 203.0.113.9 ${stranger}`)), now);
  expect(await conclude(now)).toEqual({ links: 2, added: 2, gone: 0 });
  expect(await links()).toEqual([`${a}.1 ${b}.1 40`, `${b}.1 ${a}.1 40`]);
  const [row] = await listLinks(store, { device: a, protocols: ["arp"] });
  expect(row).toMatchObject({ remote_name: "r2", remote_ip: "192.0.2.2", remote_id: own(2), remote_port: "1" });
  expect(row?.reason).toBe(
    `r2 by ARP: the only neighbour in the table of port 1 is 198.51.100.2 (${own(2, 1)}), its port 1`,
  );
  await resolveLinksAround(store, b);
  expect(await listLinks(store, { device: a, port: "1", protocols: ["arp"] })).toContainEqual(row!);
  expect(await conclude(now + minute)).toEqual({ links: 2, added: 0, gone: 0 });

  // A host turns up on it.
  await saveBindings(store, a, whole(bindings(to(2), `1 198.51.100.9 ${stranger}`)), now + 2 * minute);
  expect(await conclude(now + 3 * minute)).toEqual({ links: 0, added: 0, gone: 2 });
  expect(await links()).toEqual([]);
  expect(await links(now)).toEqual([`${a}.1 ${b}.1 40`, `${b}.1 ${a}.1 40`]);
});

test("a cut-off reading ends nothing and begins nothing, but what it saw counts", async () => {
  const [a, b] = [await router(1), await router(2)];
  await saveBindings(store, a, cutOff(bindings(to(2))), now);
  expect(await conclude(now)).toMatchObject({ links: 0, added: 0 });
  await saveBindings(store, a, whole(bindings(to(2))), now + minute);
  expect(await conclude(now + minute)).toMatchObject({ links: 1, added: 1 });
  await saveBindings(store, a, cutOff([]), now + 2 * minute);
  expect(await conclude(now + 2 * minute)).toMatchObject({ links: 1, gone: 0 });
  // The other port's neighbour may have company that was not read.
  await saveBindings(store, a, cutOff(bindings(`2 203.0.113.2 ${own(2, 2)}`)), now + 3 * minute);
  await conclude(now + 3 * minute);
  expect(await links()).toEqual([`${a}.1 ${b}.1 40`]);
  await saveBindings(store, a, cutOff(bindings(`1 198.51.100.9 ${stranger}`)), now + 5 * minute);
  expect(await conclude(now + 5 * minute)).toMatchObject({ links: 0, gone: 1 });
});

test("a table that nobody has asked for within a week says nothing any more; its link ends where it was last seen", async () => {
  const a = await router(1);
  await router(2);
  await saveBindings(store, a, whole(bindings(to(2))), now);
  expect(await conclude(now + 6 * day)).toMatchObject({ links: 1 });
  expect(await conclude(now + 8 * day)).toMatchObject({ links: 0, gone: 1 });
  expect((await links(now + 6 * day)).length).toBe(1);
});

test("ports that LLDP or a person tell of have none, at either end, until they tell no more", async () => {
  const [a, b] = [await router(1), await router(2)];
  await saveBindings(store, a, whole(bindings(to(2))), now);
  const told = (confidence: number, at: number) => {
    const resolution = { remote_device: a, remote_device_port: "1", confidence, reason: "chassis" };
    return saveLinks(store, b, "lldp", whole([neighbour("3", own(1), "1", { resolution } as object)]), at);
  };
  await told(95, now);
  expect(await conclude(now)).toMatchObject({ links: 0 });
  await told(40, now + minute);
  expect(await conclude(now + minute)).toMatchObject({ links: 1, added: 1 });
  await addManualLink(store, { device: a, port: "1", remote_device: b, remote_port: "2" }, now + 2 * minute);
  expect(await conclude(now + 2 * minute)).toMatchObject({ links: 0, gone: 1 });
  await removeManualLink(store, a, "1", now + 3 * minute);
  expect(await conclude(now + 3 * minute)).toMatchObject({ links: 1, added: 1 });
});

test("VLAN interfaces, ports of a bridge, and interfaces over a bridge that has learned the neighbour have none", async () => {
  const a = await router(1, [port("uplink0", 8, { mac: own(1, 8) })]);
  await router(2);
  const lines = [to(2, "Vlan7", 1), to(2, "3", 2), to(2, "uplink0", 3)].map((line, at) =>
    line.replace("198.51.100.2", `198.51.100.20${at}`),
  );
  await saveBindings(store, a, whole(bindings(...lines)), now);
  await saveForwarding(store, a, whole([{ mac: own(2, 3), port: "3", vlan: 1 }]), now);
  expect(await conclude(now)).toMatchObject({ links: 0 });
  await saveForwarding(store, a, whole([]), now + minute);
  await conclude(now + minute);
  expect((await links()).map((link) => link.split(" ")[0])).toEqual([`${a}.uplink0`]);
});

test("a management port whose table has the gateway alone is no link to it, for the gateway sees others there", async () => {
  const [a, gateway] = [await router(1), await router(2)];
  await saveBindings(store, a, whole(bindings(to(2))), now);
  await saveBindings(store, gateway, whole(bindings(to(1), `1 198.51.100.9 ${stranger}`)), now);
  expect(await conclude(now)).toMatchObject({ links: 0 });
});

test("it says nothing of what is bridged: no host is hidden by it", async () => {
  const [a, b] = [await router(1), await router(2)];
  await saveBindings(store, a, whole(bindings(to(2))), now);
  await saveForwarding(store, a, whole([{ mac: stranger, port: "1", vlan: 1 }]), now);
  await saveForwarding(store, b, whole([{ mac: mac(10, "00:23:89"), port: "2", vlan: 1 }]), now);
  expect(await conclude(now)).toMatchObject({ links: 1 });
  const context = await edgeContext(store, [{ device: a, port: "1" }], [stranger]);
  expect(context.port(a, "1")?.neighbours).toEqual([]);
  expect(placeOf({ mac: stranger, device: a, port: "1" }, context).kind).toBe("edge");
});
