/** The module's commands on a store: as its process runs them, with their options through their schemas. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type {
  DeviceDetail,
  DeviceList,
  History,
  JobList,
  JobRow,
  ModuleRow,
  Neighbour,
  PortDetail,
  PortList,
  Queue,
  VlanRow,
  Where,
} from "../../../src/console/network/answer.ts";
import { commands } from "../../../src/console/network/commands.ts";
import { network } from "../../../src/console/network/declaration.ts";
import { logger } from "../../../src/log.ts";
import { registerBackend } from "../../../src/store/backend-row.ts";
import { openStore, type Store } from "../../../src/store/database.ts";
import { mergeDevices } from "../../../src/store/device-merge.ts";
import { enqueueJobs, findJob } from "../../../src/store/job.ts";
import { bookJobs, finishJob } from "../../../src/store/job-book.ts";
import { saveForwarding } from "../../../src/store/node.ts";
import { savePerson } from "../../../src/store/person.ts";
import { day, discovered, facts, mac, port, start, system, whole } from "../../store/suite/made-up-device.ts";
import { madeUpPerson } from "../../store/suite/made-up-person.ts";
import { problemOf } from "../../store/suite/subject.ts";
import { alice, type Site, storeSite } from "./site.ts";

export function networkCommands(title: string, emptyUrl: () => Promise<string>): void {
  describe(`module network on ${title}`, () => {
    let store: Store;
    let site: Site;
    /** Ends of jobs, each later than the one before. */
    let clock = Date.now();
    beforeAll(async () => {
      store = await openStore({ url: await emptyUrl(), migrate: "auto" });
    });
    afterAll(() => store?.close());
    beforeEach(async () => {
      for (const table of [
        "job",
        "backend",
        "device_skip",
        "device_merge",
        "device",
        "network_event",
        "node_nbt",
      ] as const) {
        await store.db.deleteFrom(table).execute();
      }
      for (const table of ["host_software", "host_section", "host_address", "host_alias", "host"] as const) {
        await store.db.deleteFrom(table).execute();
      }
      site = await storeSite(store);
    });

    const call = async <Result>(
      name: keyof typeof network.commands,
      given: Record<string, unknown>,
      more: { signal?: AbortSignal; progress?: (partial: unknown) => void } = {},
    ): Promise<Result> => {
      const options = network.commands[name].options.parse(given);
      const context = {
        ...{ user: { name: "root", administrator: true }, session: "", locale: "en", flavor: undefined },
        address: "198.51.100.7",
        signal: more.signal ?? new AbortController().signal,
        progress: more.progress ?? (() => undefined),
        run: () => Promise.reject(new Error("nothing is run")),
        store: async () => store,
        sockets: "/nonexistent",
        log: logger("test"),
      };
      return (await commands[name](options as never, context)) as Result;
    };

    test("devices are listed with their ports, and found by what people know of them", async () => {
      const all = await call<DeviceList>("devices", {});
      expect([all.total, all.devices.map(({ name }) => name)]).toEqual([3, ["r1", "sw1", "sw2"]]);
      expect(all.devices[1]).toMatchObject({
        ...{ id: site.one, address: "192.0.2.1", vendor: "cisco", model: "C3560", ports: 3, portsUp: 2 },
        ...{ lastDiscover: start, lastMacsuck: start, lastArpnip: null },
      });
      for (const search of ["192.0.2.1", "room 7", "c3560", "cisco", "sn-sw1", "2001:DB8:0::1", "0200.0000.0100"]) {
        const { devices } = await call<DeviceList>("devices", { search });
        expect([search, devices.map(({ name }) => name)]).toEqual([search, ["sw1"]]);
      }
    });

    test("one device tells what was merged into it; a number of a merged one leads to it", async () => {
      const other = (await discovered(store, "198.51.100.9", facts("sw1-old"))).id;
      await mergeDevices(store, site.one, other, { serial: "S1" }, start + 1);
      const device = await call<DeviceDetail>("device", { device: other });
      expect(device).toMatchObject({ id: site.one, merged: [{ address: "198.51.100.9", name: "sw1-old" }] });
      expect(device.counts).toMatchObject({ ports: 3, modules: 3, addresses: 2, vlans: 1 });
      expect((await problemOf(call("device", { device: 999_999 }))).code).toBe("not-found");
    });

    test("ports tell neighbours with certainty, machines with addresses, and what is an uplink", async () => {
      const { ports } = await call<PortList>("ports", { device: site.two });
      const [uplink, desk] = ports;
      expect(uplink).toMatchObject({
        port: "1",
        neighbours: [
          { device: { id: site.one }, remotePort: "24", confidence: 95, protocols: ["lldp"], toldByOther: true },
        ],
        place: { edge: false, explanation: "hidden: port 1 is an uplink to sw1 by LLDP" },
      });
      expect(desk).toMatchObject({
        ...{ port: "5", name: "Alice's desk", nodeCount: 1, place: { edge: true } },
        nodes: [{ mac: alice, vlan: 10, since: start, addresses: ["10.0.0.5"], host: { id: site.host } }],
      });
    });

    test("ports are filtered, searched and sorted; free is what nobody has used for a while", async () => {
      const names = async (options: object) =>
        (await call<PortList>("ports", { device: site.two, ...options })).ports.map((one) => one.port);
      expect(await names({ show: "up" })).toEqual(["1", "5"]);
      expect(await names({ show: "down" })).toEqual(["9"]);
      expect(await names({ show: "free" })).toEqual(["9"]);
      expect(await names({ search: "alice-notebook" })).toEqual(["5"]);
      expect(await names({ sort: "port", descending: true })).toEqual(["9", "5", "1"]);
      await saveForwarding(store, site.two, whole([{ mac: mac(0xb0), port: "9", vlan: 1 }]), Date.now() - day);
      expect(await names({ show: "free" })).toEqual([]);
      expect(await names({ show: "free", unused: 0 })).toEqual(["9"]);
    });

    test("as of a time: ports, machines and neighbours are those of then", async () => {
      const read = facts("sw2", {
        system: system("sw2", { mac: mac(0x200) }),
        ports: whole([port("1", 1), port("5", 5, { up: "down" }), port("9", 9)]),
      });
      await discovered(store, "192.0.2.2", read, start + day);
      await saveForwarding(store, site.two, whole([{ mac: alice, port: "9", vlan: 10 }]), start + day);
      const seen = async (at?: number) => {
        const { ports } = await call<PortList>("ports", { device: site.two, ...(at === undefined ? {} : { at }) });
        return ports.map((one) => [one.port, one.up, one.nodes.map((node) => node.mac)]);
      };
      expect(await seen(start)).toEqual([
        ["1", "up", [mac(0x118)]],
        ["5", "up", [alice]],
        ["9", "down", []],
      ]);
      expect(await seen()).toEqual([
        ["1", "up", []],
        ["5", "down", []],
        ["9", "up", [alice]],
      ]);
      expect(await call<Neighbour[]>("neighbours", { device: site.two, at: start - 1 })).toEqual([]);
    });

    test("one port with all that is behind it; one that is not there is not found", async () => {
      const found = await call<PortDetail>("port", { device: site.one, port: "24" });
      expect(found).toMatchObject({
        ...{ device: { id: site.one, name: "sw1" }, slaveOf: "Po1", nodesCut: false },
        vlans: [{ vlan: 10, tagged: true, native: false }],
        neighbours: [{ label: "sw2", remotePort: "1", reason: "its chassis id is sw2's" }],
      });
      const aggregate = await call<PortDetail>("port", { device: site.one, port: "Po1", limit: 1 });
      expect(aggregate).toMatchObject({ members: ["24"], nodeCount: 2, nodesCut: true });
      expect((await problemOf(call("port", { device: site.one, port: "77" }))).code).toBe("not-found");
    });

    test("modules as a tree, VLANs with their ports, history in words", async () => {
      const modules = await call<ModuleRow[]>("modules", { device: site.one });
      expect(modules.map(({ name, depth }) => [name, depth])).toEqual([
        ["chassis", 0],
        ["board", 1],
        ["fan", 1],
      ]);
      const vlans = await call<VlanRow[]>("vlans", { device: site.one });
      expect(vlans).toEqual([{ vlan: 10, name: "office", tagged: ["24"], untagged: ["5"] }]);
      const read = facts("sw2", { ports: whole([port("1", 1), port("5", 5, { up: "down" }), port("9", 9)]) });
      await discovered(store, "192.0.2.2", read, start + day);
      const { events } = await call<History>("history", { device: site.two, port: "5" });
      expect(events[0]).toMatchObject({ at: start + day, kind: "port-changed", port: "5" });
      expect(events[0]?.what).toContain("link up → down");
      const page = await call<History>("history", { device: site.two, limit: 1 });
      expect(page.before).toBe(page.events[0]!.id);
      const older = await call<History>("history", { device: site.two, limit: 1, before: page.before });
      expect(older.events[0]!.id).toBeLessThan(page.events[0]!.id);
    });

    test("where is it: in every spelling, by address, names and person, with the chain and why", async () => {
      const asked: [search: string, as: Where["as"]][] = [
        ["0200.0000.00A1", "mac"],
        ["02-00-00-00-00-a1", "mac"],
        ["10.0.0.5", "ip"],
        ["alice.example.org", "name"],
        ["ALICE-PC", "name"],
        ["alice-notebook", "name"],
        ["alice.w", "name"],
      ];
      for (const [search, as] of asked) {
        const where = await call<Where>("where", { search });
        expect([search, where.as, where.located.map((one) => one.mac)]).toEqual([search, as, [alice]]);
        expect(where.located[0]).toMatchObject({
          people: ["alice.w"],
          hosts: [{ id: site.host, name: "alice-notebook" }],
          addresses: [{ ip: "10.0.0.5", dns: "alice.example.org", router: { id: site.router }, open: true }],
          places: [
            { device: { id: site.two, name: "sw2" }, port: "5", vlan: 10, from: start, kind: "edge", current: true },
            { device: { id: site.one }, port: "Po1", kind: "uplink", edge: false },
          ],
        });
        expect(where.located[0]?.places[1]?.explanation).toContain("an uplink to sw2 by LLDP");
      }
      await savePerson(store, madeUpPerson("alice.w", { uuid: "u-alice.w", name: "Alice Winter" }), start);
      for (const search of ["alice winter", "alice.w@example.org", "EXAMPLE\\alice.w", alice]) {
        const { located, persons } = await call<Where>("where", { search });
        expect([search, located.map((one) => one.mac)]).toEqual([search, [alice]]);
        const known = [{ uuid: "u-alice.w", account: "alice.w", name: "Alice Winter", asked: search !== alice }];
        expect(persons).toMatchObject(known);
      }
      const device = await call<Where>("where", { search: "192.0.2.2" });
      expect(device).toMatchObject({ as: "ip", device: { id: site.two } });
      const nothing = await call<Where>("where", { search: "nobody" });
      expect(nothing).toMatchObject({ located: [], persons: [], unseen: [], device: null, cut: false });
    });

    test("where was it: older places stand below, and a time shows those of then", async () => {
      await saveForwarding(store, site.two, whole([{ mac: alice, port: "9", vlan: 10 }]), start + day);
      await saveForwarding(store, site.one, whole([{ mac: alice, port: "Po1", vlan: 10 }]), start + day);
      const now = (await call<Where>("where", { search: alice })).located[0]!.places;
      expect(now.map((place) => [place.port, place.current])).toEqual([
        ["9", true],
        ["Po1", true],
        ["5", false],
      ]);
      const then = (await call<Where>("where", { search: alice, at: start })).located[0]!.places;
      expect(then.map((place) => place.port)).toEqual(["5", "Po1"]);
    });

    test("what is queued has the user's name, the device's address and its turn explained", async () => {
      const { job } = await call<{ job: number }>("enqueue", { action: "macsuck", device: "sw1" });
      expect(await findJob(store, job)).toMatchObject({
        ...{ action: "macsuck", device: "192.0.2.1", username: "root", userip: "198.51.100.7" },
      });
      const row = await call<JobRow>("job", { id: job });
      expect(row).toMatchObject({ status: "queued", known: { id: site.one }, user: "root" });
      expect(row.reasons[0]).toContain("No backend runs");
      await call("enqueue", { action: "discover", device: "203.0.113.7:1161" });
      expect((await problemOf(call("enqueue", { action: "arpnip", device: "203.0.113.7" }))).code).toBe("not-found");
      expect((await problemOf(call("enqueue", { action: "discover", device: "no name!" }))).code).toBe("bad-request");
      expect(await call<Queue>("queue", {})).toMatchObject({ waiting: 2, running: 0, backends: [] });
      expect(await call("cancel", { id: job })).toEqual({ cancelled: "cancelled" });
      expect((await problemOf(call("cancel", { id: job }))).code).toBe("conflict");
      expect((await problemOf(call("cancel", { id: 987_654 }))).code).toBe("not-found");
    });

    test("jobs by state: those that wait in the order of their turn, those that ended with the last first", async () => {
      await backend();
      const jobs = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((device) => ({ action: "discover", device }));
      const ids = await enqueueJobs(store, jobs, start);
      const [urgent] = await enqueueJobs(store, [{ action: "arpnip", device: "192.0.2.9", username: "root" }], start);
      const waiting = await call<JobList>("jobs", { state: "waiting", explain: true });
      expect(waiting.total).toBe(4);
      expect(waiting.jobs[0]).toMatchObject({ id: urgent, known: null });
      expect(waiting.jobs[1]!.reasons[0]).toContain("1 job goes before it");
      const booked = await book(3);
      await finish(booked[0]!, "done", "all of it");
      await finish(booked[1]!, "error", "no answer");
      const states = async (state: string, more = {}) =>
        (await call<JobList>("jobs", { state, ...more })).jobs.map(({ id }) => id);
      expect(await states("running")).toEqual([booked[2]!.id]);
      expect(await states("ended")).toEqual([booked[1]!.id, booked[0]!.id]);
      expect(await states("ended", { status: "error" })).toEqual([booked[1]!.id]);
      expect(await states("waiting")).toEqual(ids.filter((id) => !booked.some((one) => one.id === id)));
    });

    test("port control needs a port that is there and a reason; its job is urgent", async () => {
      const asked = { device: site.two, port: "5", reason: "moved to room 8" };
      const { job } = await call<{ job: number }>("portcontrol", { ...asked, action: "bounce" });
      expect(await findJob(store, job)).toMatchObject({
        ...{ action: "portcontrol", device: "192.0.2.2", port: "5", extra: "bounce", force: false },
        ...{ reason: "moved to room 8", username: "root", userip: "198.51.100.7", priority: 100 },
      });
      const named = await call<{ job: number }>("portname", { ...asked, name: "Bob's desk" });
      expect(await findJob(store, named.job)).toMatchObject({ action: "portname", extra: "Bob's desk" });
      expect((await problemOf(call("portcontrol", { ...asked, port: "77", action: "up" }))).code).toBe("not-found");
      const schema = network.commands.portcontrol.options;
      expect(schema.safeParse({ ...asked, action: "up", reason: "  " }).success).toBe(false);
      expect(network.commands.portname.options.safeParse({ ...asked, name: "ä".repeat(33) }).success).toBe(false);
    });

    test("a watch tells each change of a job and ends with it; one of the queue ends when nobody listens", async () => {
      await backend();
      const { job } = await call<{ job: number }>("enqueue", { action: "discover", device: "sw1" });
      const told: string[] = [];
      const first = Promise.withResolvers<void>();
      const watching = call<{ ended: boolean; status: string }>(
        "watch",
        { id: job },
        {
          progress: (partial) => {
            told.push((partial as { message: string }).message);
            first.resolve();
          },
        },
      );
      await first.promise;
      const [booked] = await book(1);
      await finish(booked!, "done", "42 ports");
      expect(await watching).toMatchObject({ ended: true, status: "done", message: "42 ports" });
      expect(told.at(-1)).toContain("42 ports");

      const gone = new AbortController();
      const second = call("watch", {}, { signal: gone.signal, progress: () => gone.abort() });
      expect(await second).toEqual({ ended: false });
    });

    async function backend(): Promise<void> {
      const now = Date.now();
      await registerBackend(store, {
        ...{ id: "b1", host: "here", place: "", pid: 1, version: "", started: now, seen: now },
        ...{ lease_until: now + 3_600_000, workers: 1, slots: 8, address: "" },
      });
    }

    const book = (count: number) => bookJobs(store, "b1", count, Date.now());

    function finish(job: Awaited<ReturnType<typeof book>>[number], status: "done" | "error", message: string) {
      return finishJob(store, { id: job.id, backend: "b1", attempt: job.attempt }, { status, message }, ++clock);
    }
  });
}
