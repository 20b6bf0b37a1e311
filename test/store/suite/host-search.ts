import { expect, test } from "bun:test";
import type { Row } from "../../../src/inventory/document.ts";
import { hostSortKeys } from "../../../src/inventory/host.ts";
import { storeInventory } from "../../../src/store/host.ts";
import { queryHosts } from "../../../src/store/host-search.ts";
import type { Suite } from "./subject.ts";

interface Machine {
  hardware?: Row;
  bios?: Row;
  networks?: Row[];
  software?: string[];
  tag?: string;
}

export const hostSearch: Suite = (subject) => {
  async function add(name: string, machine: Machine = {}, now = 1000): Promise<void> {
    const { hardware = {}, bios, networks, software, tag } = machine;
    await storeInventory(
      subject().store,
      {
        deviceId: `${name}-2026-11-21-19-29-04`,
        agent: "a",
        collected: now,
        ...(tag === undefined ? {} : { tag }),
        sections: {
          HARDWARE: [{ NAME: name, ...hardware }],
          ...(bios ? { BIOS: [bios] } : {}),
          ...(networks ? { NETWORKS: networks } : {}),
          ...(software ? { SOFTWARES: software.map((NAME) => ({ NAME })) } : {}),
        },
        incomplete: [],
      },
      { now, address: "198.51.100.7" },
    );
  }
  async function names(search: string): Promise<string> {
    const { total, hosts } = await queryHosts(subject().store, { search });
    expect(total).toBe(hosts.length);
    return hosts.map((host) => host.name).join(" ");
  }

  test("each word in any of the fields, in any case; all words must be there", async () => {
    await add("alpha", {
      hardware: { OSNAME: "Debian GNU/Linux", USERID: "ÄNNE", UUID: "4C4C-0031" },
      bios: { SMANUFACTURER: "Dell", SMODEL: "R640", SSN: "XY-99" },
      networks: [
        { DESCRIPTION: "eth0", MACADDR: "00:1a:2b:3c:4d:5e", IPADDRESS: "192.0.2.10" },
        { DESCRIPTION: "eth0", MACADDR: "00:1a:2b:3c:4d:5e", IPADDRESS: "2001:db8::1" },
      ],
      tag: "Rack 7",
    });
    await add("beta", { hardware: { OSNAME: "Fedora" } });
    expect(await names("")).toBe("alpha beta");
    for (const search of [
      ...[
        "ALPHA",
        "debian",
        "änne",
        "A\u0308nne",
        "4c4c",
        "dell",
        "r640",
        "xy-99",
        "192.0.2.10",
        '"rack 7"',
        "dell Debian 192.",
      ],
      ...[
        "2001:db8::1",
        "2001:0DB8:0:0::0001",
        "00:1a:2b:3c:4d:5e",
        "00-1A-2B-3C-4D-5E",
        "001a.2b3c.4d5e",
        "001A2B3C4D5E",
        "00-1a-2b",
      ],
    ]) {
      expect([search, await names(search)]).toEqual([search, "alpha"]);
    }
    expect(await names("a")).toBe("alpha beta");
    expect(await names("dell fedora")).toBe("");
    expect(await names("198.51.100.7")).toBe("beta");
  });

  test("signs that mean something to SQL mean themselves", async () => {
    await add("a_b%c\\d'e");
    await add("axbxcxd");
    for (const search of ["a_b", "%", "\\", "'", "b%c\\d'e"])
      expect([search, await names(search)]).toEqual([search, "a_b%c\\d'e"]);
    for (const search of ["%%", "a__b", "' or '1'='1", '"; drop table host; --', "\\%", "*", "?", "$1"]) {
      expect([search, await names(search)]).toEqual([search, ""]);
    }
    expect(await names("a_b\0%c")).toBe("a_b%c\\d'e");
    expect(await names('"')).toBe("a_b%c\\d'e axbxcxd");
    expect(await names(`${"a".repeat(10_000)}`)).toBe("");
    expect(await names("a ".repeat(5000))).toBe("a_b%c\\d'e axbxcxd");
  });

  test("software:NAME finds the hosts that have it", async () => {
    await add("alpha", { software: ["openssl", "LibreOffice Writer"] });
    await add("beta", { software: ["openssl-provider"] });
    await add("openssl");
    expect(await names("software:openssl")).toBe("alpha beta");
    expect(await names("SOFTWARE:OpenSSL-p")).toBe("beta");
    expect(await names('software:"office w"')).toBe("alpha");
    expect(await names("software:openssl beta")).toBe("beta");
    expect(await names("software:openssl software:writer")).toBe("alpha");
    expect(await names("software:%")).toBe("");
    expect(await names("openssl")).toBe("openssl");
  });

  test("sorted without regard to case, addresses as numbers, the unknown first; pages fit together", async () => {
    await add("b", { hardware: { MEMORY: 100, IPADDR: "10.0.0.10" } }, 3000);
    await add("A", { hardware: { MEMORY: 20, IPADDR: "10.0.0.9" } }, 1000);
    await add("c", { hardware: { IPADDR: "10.0.0.2" } }, 2000);
    const { store } = subject();
    const order = async (sort: (typeof hostSortKeys)[number], descending = false) =>
      (await queryHosts(store, { sort, descending })).hosts.map((host) => host.name).join("");
    expect(await order("name")).toBe("Abc");
    expect(await order("name", true)).toBe("cbA");
    expect(await order("memoryMb")).toBe("cAb");
    expect(await order("address")).toBe("cAb");
    expect(await order("firstSeen")).toBe("Acb");
    for (const key of hostSortKeys) expect((await order(key)).length).toBe(3);
    expect((await order("nonsense; drop table host" as "name")).length).toBe(3);
    const pages = [0, 1, 2, 3].map((offset) => queryHosts(store, { sort: "model", limit: 1, offset }));
    const found = (await Promise.all(pages)).map(({ total, hosts }) => `${total}${hosts[0]?.name ?? ""}`);
    expect(found).toEqual(["3b", "3A", "3c", "3"]);
  });
};
