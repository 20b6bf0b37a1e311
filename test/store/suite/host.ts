import { expect, test } from "bun:test";
import type { InventoryDocument, Row } from "../../../src/inventory/document.ts";
import type { Store } from "../../../src/store/database.ts";
import { acknowledgeHosts, deleteHosts, getHost, storeInventory, touchHost } from "../../../src/store/host.ts";
import { mergeHosts } from "../../../src/store/host-merge.ts";
import { queryHosts } from "../../../src/store/host-search.ts";
import { getSection } from "../../../src/store/host-section.ts";
import { pruneSoftware } from "../../../src/store/software.ts";
import { problemOf, type Suite } from "./subject.ts";

const stamp = "-2026-11-21-19-29-04";

function document(change: Partial<InventoryDocument> = {}): InventoryDocument {
  return {
    deviceId: `web1${stamp}`,
    agent: "Reeve-Agent_v0.1.0",
    collected: 1_790_000_000_000,
    sections: {
      HARDWARE: [
        {
          NAME: "Web1",
          OSNAME: "Debian GNU/Linux 12",
          OSVERSION: "12.9",
          OSCOMMENTS: "6.1.0-30-amd64",
          MEMORY: 24_103,
          UUID: "4C4C4544-0031",
          USERID: "root",
          IPADDR: "192.0.2.10",
        },
      ],
      BIOS: [{ SMANUFACTURER: "Dell Inc.", SMODEL: "PowerEdge R640", SSN: "ABC1234" }],
      CPUS: [{ TYPE: "AMD EPYC", CORES: 8 }],
      NETWORKS: [
        { DESCRIPTION: "lo", IPADDRESS: "127.0.0.1", IPMASK: "255.0.0.0" },
        { DESCRIPTION: "eth0", MACADDR: "00:1A:2B:3C:4D:5E", IPADDRESS: "192.0.2.10", IPMASK: "255.255.255.0" },
        { DESCRIPTION: "eth0", MACADDR: "00:1A:2B:3C:4D:5E", IPADDRESS: "2001:DB8:0:0::10", IPMASK: "64" },
        { DESCRIPTION: "eth1", MACADDR: "001A.2B3C.4D5F" },
      ],
      SOFTWARES: [
        {
          NAME: "openssl",
          VERSION: "3.0.15",
          ARCHITECTURE: "amd64",
          FROM: "dpkg",
          FILESIZE: 2_000_000,
          INSTALLDATE: "2026/01/02",
        },
        { NAME: "libreoffice-writer", VERSION: "7.4", ARCHITECTURE: "amd64", PUBLISHER: "Debian" },
        { NAME: "openssl", VERSION: "3.0.15", ARCHITECTURE: "i386" },
      ],
    },
    incomplete: [],
    ...change,
  };
}

function named(name: string, change: Record<string, Row[]> = {}): InventoryDocument {
  const base = document();
  const HARDWARE = [{ ...base.sections.HARDWARE![0]!, NAME: name }];
  return { ...base, deviceId: `${name}${stamp}`, sections: { ...base.sections, HARDWARE, ...change } };
}

const report = (now: number, address = "198.51.100.7") => ({ now, address });

async function softwareOf(store: Store, host: number): Promise<string[]> {
  const rows = await store.db
    .selectFrom("host_software")
    .innerJoin("software", "software.id", "host_software.software_id")
    .select(["name", "version", "architecture"])
    .where("host_id", "=", host)
    .execute();
  return rows.map((row) => `${row.name} ${row.version} ${row.architecture}`).sort();
}

export const hosts: Suite = (subject) => {
  test("a new host: summary, sections, addresses, packages", async () => {
    const { store } = subject();
    const stored = await storeInventory(store, document({ tag: "dc1" }), report(5000));
    expect(stored.created).toBe(true);
    expect(stored.changedSections.sort()).toEqual(["BIOS", "CPUS", "HARDWARE", "NETWORKS", "SOFTWARES"]);
    const summary = {
      id: stored.id,
      deviceId: `web1${stamp}`,
      name: "Web1",
      osName: "Debian GNU/Linux 12",
      osVersion: "12.9",
      kernel: "6.1.0-30-amd64",
      memoryMb: 24_103,
      cpu: "AMD EPYC",
      manufacturer: "Dell Inc.",
      model: "PowerEdge R640",
      serial: "ABC1234",
      uuid: "4C4C4544-0031",
      tag: "dc1",
      lastUser: "root",
      address: "192.0.2.10",
      agent: "Reeve-Agent_v0.1.0",
      softwareCount: 3,
      isNew: true,
      firstSeen: 5000,
      lastSeen: 5000,
      lastInventory: 5000,
    };
    expect(await queryHosts(store)).toEqual({ total: 1, hosts: [summary] });
    expect(await getHost(store, stored.id)).toEqual({
      ...summary,
      sections: [
        { name: "BIOS", count: 1, changed: 5000 },
        { name: "CPUS", count: 1, changed: 5000 },
        { name: "HARDWARE", count: 1, changed: 5000 },
        { name: "NETWORKS", count: 4, changed: 5000 },
        { name: "SOFTWARES", count: 3, changed: 5000 },
      ],
      incomplete: [],
    });
    expect(await store.db.selectFrom("host_address").selectAll().orderBy("position").execute()).toEqual([
      {
        host_id: stored.id,
        position: 0,
        interface: "lo",
        mac: null,
        ip: "127.0.0.1",
        ip_hex: "00000000000000000000ffff7f000001",
        prefix: 8,
      },
      {
        host_id: stored.id,
        position: 1,
        interface: "eth0",
        mac: "00:1a:2b:3c:4d:5e",
        ip: "192.0.2.10",
        ip_hex: "00000000000000000000ffffc000020a",
        prefix: 24,
      },
      {
        host_id: stored.id,
        position: 2,
        interface: "eth0",
        mac: "00:1a:2b:3c:4d:5e",
        ip: "2001:db8::10",
        ip_hex: "20010db8000000000000000000000010",
        prefix: 64,
      },
      {
        host_id: stored.id,
        position: 3,
        interface: "eth1",
        mac: "00:1a:2b:3c:4d:5f",
        ip: null,
        ip_hex: null,
        prefix: null,
      },
    ]);
    expect(await softwareOf(store, stored.id)).toEqual([
      "libreoffice-writer 7.4 amd64",
      "openssl 3.0.15 amd64",
      "openssl 3.0.15 i386",
    ]);
  });

  test("every section comes back as it was sent", async () => {
    const { store } = subject();
    const odd = { NAME: "a\u0000b 😀 '\"\\", "odd key": -1.5, VERSION: "" };
    const sent = { ...document().sections, STORAGES: [odd, { DISKSIZE: 2 ** 40 }] };
    const { id } = await storeInventory(store, document({ sections: sent }), report(1));
    for (const [name, rows] of Object.entries(sent)) {
      expect((await getSection(store, id, name, { limit: 100 })).rows).toEqual(rows);
    }
  });

  test("the same again writes no section, whatever the order of rows, fields and CHECKSUM", async () => {
    const { store } = subject();
    const first = await storeInventory(store, document(), report(1000));
    const shuffled = document();
    for (const rows of Object.values(shuffled.sections)) {
      rows.reverse();
      rows.forEach((row, index) => {
        rows[index] = Object.fromEntries(Object.entries(row).reverse());
      });
    }
    shuffled.sections.HARDWARE![0]!.CHECKSUM = 513;
    const again = await storeInventory(store, shuffled, report(2000));
    expect(again).toEqual({ id: first.id, created: false, changedSections: [] });
    const host = await getHost(store, first.id);
    expect(host).toMatchObject({ firstSeen: 1000, lastSeen: 2000, lastInventory: 2000 });
    expect(new Set(host.sections.map((section) => section.changed))).toEqual(new Set([1000]));
  });

  test("an upgraded package: one section written, one link moved, the other links stay", async () => {
    const { store } = subject();
    const { id } = await storeInventory(store, document(), report(1000));
    const next = document();
    next.sections.SOFTWARES![0]!.VERSION = "3.0.16";
    next.sections.SOFTWARES!.push({ ...next.sections.SOFTWARES![1]! }, { VERSION: "no name" });
    expect((await storeInventory(store, next, report(2000))).changedSections).toEqual(["SOFTWARES"]);
    expect(await softwareOf(store, id)).toEqual([
      "libreoffice-writer 7.4 amd64",
      "openssl 3.0.15 i386",
      "openssl 3.0.16 amd64",
    ]);
    expect((await getHost(store, id)).softwareCount).toBe(5);
    expect(await pruneSoftware(store)).toBe(1);
    expect(await pruneSoftware(store)).toBe(0);
    expect((await softwareOf(store, id)).length).toBe(3);
  });

  test("a section that is gone from a complete report goes, one that is incomplete stays", async () => {
    const { store } = subject();
    const { id } = await storeInventory(store, document(), report(1000));
    const { HARDWARE, BIOS } = document().sections;
    const incomplete = [
      { section: "SOFTWARES", reason: "dpkg-query took longer than 60 s" },
      { section: "NETWORKS", reason: "ip is missing" },
    ];
    const stored = await storeInventory(
      store,
      document({ sections: { HARDWARE: HARDWARE!, BIOS: BIOS!, SOFTWARES: [] }, incomplete }),
      report(2000),
    );
    expect(stored.changedSections).toEqual(["CPUS"]);
    const host = await getHost(store, id);
    expect(host.sections.map((section) => section.name)).toEqual(["BIOS", "HARDWARE", "NETWORKS", "SOFTWARES"]);
    expect(host).toMatchObject({ incomplete, softwareCount: 3, cpu: "", address: "192.0.2.10" });
    expect((await softwareOf(store, id)).length).toBe(3);
    expect((await queryHosts(store, { search: "00:1a:2b" })).total).toBe(1);
    const without = await storeInventory(store, document({ sections: { HARDWARE: HARDWARE! } }), report(3000));
    expect(without.changedSections.sort()).toEqual(["BIOS", "NETWORKS", "SOFTWARES"]);
    expect(await softwareOf(store, id)).toEqual([]);
    expect(await store.db.selectFrom("host_address").selectAll().execute()).toEqual([]);
    expect(await getHost(store, id)).toMatchObject({ incomplete: [], softwareCount: 0, serial: "" });
  });

  test("an incomplete single row keeps the fields it now lacks", async () => {
    const { store } = subject();
    const { id } = await storeInventory(store, document(), report(1000));
    const poor = document({ incomplete: [{ section: "BIOS", reason: "not root" }] });
    poor.sections.BIOS = [{ SMANUFACTURER: "Dell" }];
    await storeInventory(store, poor, report(2000));
    expect(await getHost(store, id)).toMatchObject({
      manufacturer: "Dell",
      serial: "ABC1234",
      model: "PowerEdge R640",
    });
    expect((await getSection(store, id, "BIOS")).rows).toEqual([
      { SMANUFACTURER: "Dell", SMODEL: "PowerEdge R640", SSN: "ABC1234" },
    ]);
    await storeInventory(store, { ...poor, incomplete: [] }, report(3000));
    expect(await getHost(store, id)).toMatchObject({ manufacturer: "Dell", serial: "", model: "" });
  });

  test("a report without any row removes nothing", async () => {
    const { store } = subject();
    const { id } = await storeInventory(store, document(), report(1000));
    expect((await storeInventory(store, document({ sections: {} }), report(2000))).changedSections).toEqual([]);
    expect(await getHost(store, id)).toMatchObject({
      name: "Web1",
      softwareCount: 3,
      serial: "ABC1234",
      lastSeen: 2000,
    });
    expect((await getHost(store, id)).sections.length).toBe(5);
  });

  test("a renamed host keeps its row; clones of one image do not share it", async () => {
    const { store } = subject();
    const image = await storeInventory(store, named("image"), report(1000));
    const one = await storeInventory(store, { ...named("one"), oldDeviceId: `image${stamp}` }, report(2000));
    const two = await storeInventory(store, { ...named("two"), oldDeviceId: `image${stamp}` }, report(3000));
    expect(one).toMatchObject({ id: image.id, created: false });
    expect(two.created).toBe(true);
    expect(await getHost(store, image.id)).toMatchObject({ name: "one", deviceId: `one${stamp}`, firstSeen: 1000 });
    const again = await storeInventory(store, { ...named("two"), oldDeviceId: `one${stamp}` }, report(4000));
    expect(again.id).toBe(two.id);
    expect((await queryHosts(store)).total).toBe(2);
  });

  test("the tag of the first report that has one counts", async () => {
    const { store } = subject();
    const { id } = await storeInventory(store, document(), report(1));
    await storeInventory(store, document({ tag: "first" }), report(2));
    await storeInventory(store, document({ tag: "second" }), report(3));
    expect((await getHost(store, id)).tag).toBe("first");
  });

  test("a prolog moves the last sight of a known host only", async () => {
    const { store } = subject();
    const { id } = await storeInventory(store, document(), report(1000));
    expect(await touchHost(store, `web1${stamp}`, 7000)).toBe(true);
    expect(await touchHost(store, `nobody${stamp}\0`, 7000)).toBe(false);
    expect(await getHost(store, id)).toMatchObject({ lastSeen: 7000, lastInventory: 1000 });
    expect((await queryHosts(store)).total).toBe(1);
  });

  test("what is half stored when it fails is not stored at all", async () => {
    const { store } = subject();
    const { id } = await storeInventory(store, document(), report(1000));
    const broken = document();
    broken.sections.HARDWARE![0]!.NAME = "other";
    Object.defineProperty(broken.sections.SOFTWARES![0], "VERSION", {
      enumerable: true,
      get: () => {
        throw new Error("torn");
      },
    });
    await expect(storeInventory(store, broken, report(2000))).rejects.toThrow("torn");
    expect(await getHost(store, id)).toMatchObject({ name: "Web1", lastInventory: 1000 });
    expect((await problemOf(storeInventory(store, document({ deviceId: "" }), report(1)))).code).toBe("bad-request");
    expect((await problemOf(storeInventory(store, document({ deviceId: "a\0b" }), report(1)))).code).toBe(
      "bad-request",
    );
  });

  test("the same new packages from many hosts at once, and one host many times at once", async () => {
    const { store } = subject();
    const SOFTWARES = Array.from({ length: 700 }, (_, index) => ({ NAME: `package-${index}`, VERSION: "1" }));
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const rows = index % 2 ? SOFTWARES : SOFTWARES.toReversed();
        return storeInventory(store, named(`host${index % 6}`, { SOFTWARES: rows }), report(1000 + index));
      }),
    );
    expect(results.filter(({ created }) => created).length).toBe(6);
    expect((await queryHosts(store)).total).toBe(6);
    const count = await store.db
      .selectFrom("software")
      .select((of) => of.fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    expect(count.n).toBe(700);
    const links = await store.db
      .selectFrom("host_software")
      .select((of) => of.fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    expect(links.n).toBe(6 * 700);
  });

  test("thousands of rows in one section, and odd text everywhere", async () => {
    const { store } = subject();
    const SOFTWARES = Array.from({ length: 6000 }, (_, index) => ({ NAME: `p${index}`, VERSION: `${index}` }));
    const sections = {
      HARDWARE: [{ NAME: "\0\ud800'; drop table host; --", OSNAME: "x".repeat(9999), MEMORY: 2 ** 52 }],
      NETWORKS: Array.from({ length: 1500 }, (_, index) => ({
        MACADDR: `02:00:00:00:${(index >> 8).toString(16)}:${(index & 255).toString(16)}`,
      })),
      SOFTWARES,
    };
    const { id } = await storeInventory(store, document({ sections }), report(1));
    expect(await getHost(store, id)).toMatchObject({
      name: "\ufffd'; drop table host; --",
      osName: "x".repeat(255),
      memoryMb: 2 ** 52,
      softwareCount: 6000,
      manufacturer: "",
    });
    expect((await queryHosts(store, { search: "02:00:00:00:05:db" })).total).toBe(1);
    expect((await queryHosts(store, { search: "software:p5999" })).total).toBe(1);
    await storeInventory(store, document({ sections: { ...sections, SOFTWARES: SOFTWARES.slice(0, 5) } }), report(2));
    expect((await softwareOf(store, id)).length).toBe(5);
  });

  test("deleted with everything; a number that is not there does not matter", async () => {
    const { store } = subject();
    const one = await storeInventory(store, named("one"), report(1));
    const two = await storeInventory(store, named("two"), report(1));
    expect(await deleteHosts(store, [one.id, 999_999])).toBe(1);
    expect(await deleteHosts(store, [])).toBe(0);
    expect((await problemOf(getHost(store, one.id))).code).toBe("not-found");
    for (const table of ["host_section", "host_address", "host_software"] as const) {
      const left = await store.db.selectFrom(table).select("host_id").distinct().execute();
      expect(left).toEqual([{ host_id: two.id }]);
    }
    expect((await storeInventory(store, named("one"), report(2))).created).toBe(true);
  });

  test("acknowledged hosts are not new, and stay so", async () => {
    const { store } = subject();
    const one = await storeInventory(store, named("one"), report(1));
    await storeInventory(store, named("two"), report(1));
    expect(await acknowledgeHosts(store, [one.id, 999_999])).toBe(1);
    expect(await acknowledgeHosts(store, [one.id])).toBe(0);
    await storeInventory(store, named("one"), report(2));
    expect((await queryHosts(store)).hosts.map((host) => [host.name, host.isNew])).toEqual([
      ["one", false],
      ["two", true],
    ]);
  });

  for (const newer of ["from", "into"] as const) {
    test(`merged when ${newer} reported last: its inventory, the earliest sight, both device ids`, async () => {
      const { store } = subject();
      const BIOS = [{ SSN: "NEW" }];
      const older = newer === "from" ? "into" : "from";
      const first = await storeInventory(store, { ...named(older), tag: "kept" }, report(1000));
      const last = await storeInventory(store, named(newer, { BIOS, SOFTWARES: [{ NAME: "only" }] }), report(9000));
      const [from, into] = newer === "from" ? [last.id, first.id] : [first.id, last.id];
      await mergeHosts(store, from, into);
      expect((await queryHosts(store)).hosts.map((host) => host.id)).toEqual([into]);
      expect(await getHost(store, into)).toMatchObject({
        name: newer,
        deviceId: `into${stamp}`,
        serial: "NEW",
        tag: "kept",
        softwareCount: 1,
        firstSeen: 1000,
        lastSeen: 9000,
        lastInventory: 9000,
        isNew: false,
      });
      expect(await softwareOf(store, into)).toEqual(["only  "]);
      expect((await queryHosts(store, { search: "software:only" })).total).toBe(1);
      const again = await storeInventory(store, named("from"), report(10_000));
      expect(again).toMatchObject({ id: into, created: false });
      expect(await touchHost(store, `from${stamp}`, 11_000)).toBe(true);
      expect(await getHost(store, into)).toMatchObject({ deviceId: `into${stamp}`, name: "from", lastSeen: 11_000 });
      const third = await storeInventory(store, named("third"), report(12_000));
      await mergeHosts(store, into, third.id);
      expect((await storeInventory(store, named("from"), report(13_000))).id).toBe(third.id);
      expect((await storeInventory(store, named("into"), report(13_000))).id).toBe(third.id);
    });
  }

  test("a merge with itself or with nobody is refused", async () => {
    const { store } = subject();
    const { id } = await storeInventory(store, document(), report(1));
    expect((await problemOf(mergeHosts(store, id, id))).code).toBe("bad-options");
    expect((await problemOf(mergeHosts(store, id, id + 1))).code).toBe("not-found");
    expect((await problemOf(mergeHosts(store, id + 1, id))).code).toBe("not-found");
    expect((await queryHosts(store)).total).toBe(1);
  });

  test("a section is searched, sorted and cut", async () => {
    const { store } = subject();
    const SOFTWARES: Row[] = [
      { NAME: "b", VERSION: "1.10" },
      { NAME: "A", VERSION: "1.9", FILESIZE: 5 },
      { NAME: "c", FILESIZE: 30 },
    ];
    const { id } = await storeInventory(store, named("x", { SOFTWARES }), report(1));
    const names = async (query: Parameters<typeof getSection>[3]) =>
      (await getSection(store, id, "SOFTWARES", query)).rows.map((row) => row.NAME);
    expect(await getSection(store, id, "SOFTWARES", { limit: 1, offset: 1 })).toEqual({
      section: "SOFTWARES",
      total: 3,
      columns: ["NAME", "VERSION", "FILESIZE"],
      rows: [SOFTWARES[1]!],
    });
    expect(await names({ sort: "NAME" })).toEqual(["A", "b", "c"]);
    expect(await names({ sort: "VERSION" })).toEqual(["A", "b", "c"]);
    expect(await names({ sort: "VERSION", descending: true })).toEqual(["b", "A", "c"]);
    expect(await names({ sort: "FILESIZE", descending: true })).toEqual(["c", "A", "b"]);
    expect(await names({ search: "1. a" })).toEqual(["A"]);
    expect(await names({ search: "%" })).toEqual([]);
    expect(await getSection(store, id, "PRINTERS")).toEqual({ section: "PRINTERS", total: 0, columns: [], rows: [] });
    expect((await getSection(store, id, "x' or 1=1\0")).total).toBe(0);
    expect((await problemOf(getSection(store, id + 1, "BIOS"))).code).toBe("not-found");
  });
};
