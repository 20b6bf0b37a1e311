import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Row } from "../../src/inventory/document.ts";
import { hostAddresses, hostColumns, searchText } from "../../src/store/host-columns.ts";
import { searchTerms } from "../../src/store/host-search.ts";
import { sectionDigest } from "../../src/store/host-section.ts";
import { delayAfter } from "../../src/store/login-failure.ts";
import { packagesOf } from "../../src/store/software.ts";
import { cleanText } from "../../src/store/text.ts";

const id = "web-1-2026-11-21-19-29-04";

describe("columns of a host", () => {
  it("an empty inventory has a name from its device id and the reporter's address", () => {
    assert.deepEqual(hostColumns({}, id, "198.51.100.7"), {
      ...{ name: "web-1", os_name: "", os_version: "", kernel: "", memory_mb: null, cpu: "", manufacturer: "" },
      ...{ model: "", serial: "", uuid: "", last_user: "", address: "198.51.100.7" },
      address_hex: "00000000000000000000ffffc6336407",
    });
    assert.equal(hostColumns({}, "odd", "").name, "odd");
  });

  it("kernel and version of the system, wherever the agent put them", () => {
    const versions = (OSNAME: string, OSVERSION: string, OSCOMMENTS: string) => {
      const { os_version, kernel } = hostColumns({ HARDWARE: [{ OSNAME, OSVERSION, OSCOMMENTS }] }, id, "");
      return [os_version, kernel];
    };
    assert.deepEqual(versions("Debian GNU/Linux 12 (bookworm)", "6.1.0-18-amd64", "#1 SMP"), ["12", "6.1.0-18-amd64"]);
    assert.deepEqual(versions("Arch Linux", "6.12.1", "#1 SMP"), ["", "6.12.1"]);
    assert.deepEqual(versions("Debian GNU/Linux 12", "12", "Debian GNU/Linux 12 (bookworm)"), ["12", ""]);
    assert.deepEqual(versions("Debian", "12.9", "6.1.0-30-amd64"), ["12.9", "6.1.0-30-amd64"]);
    assert.deepEqual(versions("Alpine Linux", "3.19.1", ""), ["3.19.1", ""]);
    assert.deepEqual(versions("Microsoft Windows Server 2022", "10.0.20348", ""), ["10.0.20348", ""]);
  });

  it("the first field that has a value counts", () => {
    const columns = hostColumns(
      {
        HARDWARE: [{ PROCESSORT: "Xeon", LASTLOGGEDUSER: "alice", USERID: "root", MEMORY: 512.9 }],
        BIOS: [{ MMANUFACTURER: "ASRock", SMODEL: "", MMODEL: "B450" }],
        CPUS: [{ TYPE: "EPYC" }],
        USERS: [{ LOGIN: "bob" }],
      },
      id,
      "",
    );
    const { cpu, last_user, manufacturer, model, memory_mb } = columns;
    assert.deepEqual(
      { cpu, last_user, manufacturer, model, memory_mb },
      { cpu: "Xeon", last_user: "alice", manufacturer: "ASRock", model: "B450", memory_mb: 512 },
    );
    const other = hostColumns(
      { CPUS: [{ TYPE: "EPYC" }], USERS: [{ LOGIN: "bob" }], HARDWARE: [{ MEMORY: -1 }] },
      id,
      "",
    );
    assert.deepEqual([other.cpu, other.last_user, other.memory_mb], ["EPYC", "bob", null]);
  });

  for (const [hardware, networks, address] of [
    ["127.0.0.1/10.0.0.5", [], "10.0.0.5"],
    ["", ["127.0.0.1", "169.254.3.4", "fe80::1", "2001:db8::5"], "2001:db8::5"],
    ["127.0.1.1", ["::1", "192.0.2.7"], "192.0.2.7"],
    ["nonsense, 192.0.2.8", [], "192.0.2.8"],
    ["", ["::1"], "198.51.100.7"],
  ] as const) {
    it(`of ${JSON.stringify([hardware, ...networks])} the main address is ${address}`, () => {
      const NETWORKS = networks.map((IPADDRESS) => ({ IPADDRESS }));
      assert.equal(hostColumns({ HARDWARE: [{ IPADDR: hardware }], NETWORKS }, id, "198.51.100.7").address, address);
    });
  }

  it("interfaces without any address are left out; odd values become null", () => {
    const rows = hostAddresses([
      { DESCRIPTION: "tun0" },
      { DESCRIPTION: "a", MACADDR: "zz", IPADDRESS: "192.0.2.1", IPMASK: "junk" },
      { DESCRIPTION: "b", MACADDR: "02:00:00:00:00:01", IPADDRESS: "junk" },
    ]);
    assert.deepEqual(
      rows.map(({ position, interface: name, mac, ip, prefix }) => [position, name, mac, ip, prefix]),
      [
        [0, "a", null, "192.0.2.1", null],
        [1, "b", "02:00:00:00:00:01", null, null],
      ],
    );
  });

  it("the text of a search is folded and has each value once", () => {
    const columns = { ...hostColumns({ HARDWARE: [{ NAME: "A\u0308B" }] }, id, "192.0.2.1"), device_id: id, tag: "äb" };
    assert.equal(
      searchText(columns, [{ mac: "02:00:00:00:00:01", ip: "192.0.2.1" }]),
      `äb\n${id}\näb\n192.0.2.1\n02:00:00:00:00:01`,
    );
  });
});

describe("digest of a section", () => {
  it("order does not count, content does", () => {
    const digest = sectionDigest([{ A: "1", B: 2 }, { A: "x" }]);
    assert.equal(sectionDigest([{ A: "x" }, { B: 2, A: "1" }]), digest);
    const others: Row[][] = [[], [{ A: "1", B: 2 }], [{ A: "1", B: "2" }, { A: "x" }], [{ A: "1" }, { A: "x", B: 2 }]];
    for (const rows of others) {
      assert.notEqual(sectionDigest(rows), digest);
    }
    assert.notEqual(sectionDigest([{ A: "x" }, { A: "x" }]), sectionDigest([{ A: "x" }]));
    assert.notEqual(sectionDigest([{ A: "x\ny" }]), sectionDigest([{ A: "x" }, { A: "y" }]));
  });
});

describe("packages", () => {
  it("are told apart by name, version, publisher and architecture, and only by whole fields", () => {
    const keys = [
      ...packagesOf([
        { NAME: "ab", VERSION: "c" },
        { NAME: "a", VERSION: "bc" },
        { NAME: "ab", VERSION: "c", COMMENTS: "x" },
        { VERSION: "1" },
      ]).keys(),
    ];
    assert.equal(keys.length, 2);
    assert.deepEqual(keys, keys.toSorted());
  });
});

describe("words of a search", () => {
  for (const [search, terms] of [
    ["", []],
    ["  A\tb ", ["a", "b"]],
    ['"New York" x', ["new york", "x"]],
    ['"open end', ["open end"]],
    ['software:vim Software:"Libre Office" y', ["+vim", "+libre office", "y"]],
    ['software: software:"" ""', ["software:"]],
  ] as const) {
    it(JSON.stringify(search), () => {
      const found = searchTerms(search).map(({ software, word }) => (software ? `+${word}` : word));
      assert.deepEqual(found, terms);
    });
  }
});

describe("small things", () => {
  it("the wait after a failed login", () => {
    assert.deepEqual([0, 1, 3, 4, 5, 13, 14, 1e9].map(delayAfter), [0, 0, 0, 1000, 2000, 512_000, 900_000, 900_000]);
  });
  it("clean text is cut, without NUL and well-formed", () => {
    assert.equal(cleanText("a\0b😀", 3), "ab\ufffd");
    assert.equal(cleanText("plain", 10), "plain");
  });
});
