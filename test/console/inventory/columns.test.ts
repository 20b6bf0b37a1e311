import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatField, prefixLength, sectionColumns } from "../../../src/console/inventory/cell.tsx";
import { fieldViews, hostTabs, sectionView } from "../../../src/console/inventory/columns.ts";
import { shortSystemOf, systemOf } from "../../../src/console/inventory/system.ts";
import { sectionNames, sections } from "../../../src/inventory/sections.ts";

describe("the table of sections", () => {
  it("has every section of the inventory, on a tab that exists", () => {
    for (const name of sectionNames) {
      const view = sectionView(name);
      assert.ok(Object.keys(view.fields).length > 0, `${name} has columns`);
      assert.ok(hostTabs.some((tab) => tab.id === view.tab));
      assert.equal(view.single === true, sections[name].single || name === "TIMEZONE", name);
    }
  });
  it("names only fields that the inventory has, and units only of numbers", () => {
    for (const name of sectionNames) {
      const { fields } = sections[name];
      for (const [field, { title, unit }] of Object.entries(sectionView(name).fields)) {
        if (name === "DRIVES" && field === "USED") continue;
        const type = (fields as ReadonlyMap<string, string>).get(field);
        assert.ok(type, `${name}.${field}`);
        assert.ok(title !== "", `${name}.${field} has a title`);
        if (unit === undefined) continue;
        const right = ["date", "words"].includes(unit) ? "text" : "integer";
        assert.ok(["MiB", "MB", "bytes", "MHz", "number", "date", "words"].includes(unit), `${name}.${field}: ${unit}`);
        assert.equal(type, right, `${name}.${field}`);
      }
    }
  });
  it("shows a section and a field nobody has words for", () => {
    const view = sectionView("NEW_THING");
    assert.deepEqual([view.title, view.tab], ["New thing", "more"]);
    assert.deepEqual(fieldViews(view, ["FOO_BAR"]), [["FOO_BAR", { title: "Foo bar" }]]);
    assert.equal(sectionView("constructor").tab, "more");
  });
  it("keeps the table's order and leaves absent fields out", () => {
    const present = ["FREE", "EXTRA", "TYPE", "TOTAL"];
    const titles = fieldViews(sectionView("DRIVES"), present).map(([, { title }]) => title);
    assert.deepEqual(titles, ["Mounted at", "Size", "Free", "Extra"]);
  });
});

describe("cells", () => {
  it("give numbers their unit and leave texts as they are", () => {
    assert.equal(formatField(16_384, "MiB"), "16 GiB");
    assert.equal(formatField(274_877, "MB"), "275 GB");
    assert.equal(formatField(4_000_787, "MB"), "4 TB");
    assert.equal(formatField("about 2", "MiB"), "about 2");
    assert.equal(formatField(undefined, "MHz"), "");
    assert.equal(formatField(0, undefined), "0");
    assert.equal(formatField(1500, "number"), "1500");
    assert.equal(formatField("2026/03/04 00:00:00", "date"), "2026-03-04");
    assert.equal(formatField("yesterday", "date"), "yesterday");
  });
  it("give CSV every field, plain numbers, and the unit in the title", () => {
    const view = sectionView("DRIVES");
    const columns = sectionColumns("DRIVES", view, ["TYPE", "TOTAL", "FREE"], true);
    assert.deepEqual(
      columns.map(({ title }) => title),
      ["Mounted at", "Size (MiB)", "Free (MiB)"],
    );
    assert.ok(columns.every((column) => column.cell === undefined));
    const hidden = sectionColumns("HARDWARE", sectionView("HARDWARE"), ["CHECKSUM"], true);
    assert.equal(hidden.length, 1);
  });
  it("show how full a file system is", () => {
    const columns = sectionColumns("DRIVES", sectionView("DRIVES"), ["TYPE", "TOTAL", "FREE"]);
    assert.deepEqual(
      columns.map(({ key }) => key),
      ["TYPE", "USED", "TOTAL", "FREE"],
    );
    const used = columns[1]!;
    assert.match(String(used.cell?.({ TYPE: "/", TOTAL: 100, FREE: 10 })), /90 %/);
    assert.equal(used.cell?.({ TYPE: "/proc" }), "");
  });
});

describe("addresses of interfaces", () => {
  it("show the length of their prefix in the place of a mask", () => {
    const masks = [
      "255.255.255.0",
      "255.255.255.255",
      "128.0.0.0",
      "ffff:ffff:ffff:ffff::",
      "ffff:fff0::",
      "0xffffff00",
      "64",
    ];
    assert.deepEqual(masks.map(prefixLength), [24, 32, 1, 64, 28, 24, 64]);
    for (const mask of ["255.0.255.0", "", "unknown", "0.0.0.0", "1234"])
      assert.equal(prefixLength(mask), undefined, mask);
    const columns = sectionColumns("NETWORKS", sectionView("NETWORKS"), ["DESCRIPTION", "IPADDRESS", "IPMASK"]);
    assert.deepEqual(
      columns.map(({ title }) => title),
      ["Interface", "Address"],
    );
    const shown = (IPADDRESS: string, IPMASK: string) => columns[1]!.cell?.({ IPADDRESS, IPMASK });
    assert.equal(shown("192.0.2.7", "255.255.255.0"), "192.0.2.7/24");
    assert.equal(shown("192.0.2.7", "255.0.255.0"), "192.0.2.7 (255.0.255.0)");
    assert.equal(shown("2001:db8::7/64", "ffff::"), "2001:db8::7/64");
    assert.equal(columns[1]!.cell?.({ DESCRIPTION: "eth1" }), "");
  });
  it("keep their masks in CSV", () => {
    const columns = sectionColumns("NETWORKS", sectionView("NETWORKS"), ["IPADDRESS", "IPMASK"], true);
    assert.deepEqual(
      columns.map(({ title }) => title),
      ["Address", "Mask"],
    );
  });
});

describe("the system of a host", () => {
  it("is its name, with a version where the name has none", () => {
    const debian = { osName: "Debian GNU/Linux 12 (bookworm)", osVersion: "12" };
    const arch = { osName: "Arch Linux", osVersion: "" };
    const server = { osName: "Microsoft Windows Server", osVersion: "10.0.20348" };
    assert.deepEqual([debian, arch, server].map(systemOf), [
      "Debian GNU/Linux 12 (bookworm)",
      "Arch Linux",
      "Microsoft Windows Server 10.0.20348",
    ]);
    assert.deepEqual([debian, arch, server].map(shortSystemOf), [
      "Debian 12",
      "Arch Linux",
      "Windows Server 10.0.20348",
    ]);
  });
});
