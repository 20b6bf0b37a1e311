import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collect } from "../../../src/agent/inventory/collect.ts";
import type { Collected, Collector, Reader } from "../../../src/agent/inventory/collector.ts";
import { collectors } from "../../../src/agent/inventory/collectors.ts";
import type { SectionName } from "../../../src/inventory/document.ts";
import { Problem } from "../../../src/problem.ts";
import { fakeReader } from "./fake-reader.ts";

const reader = fakeReader({ programs: { dmidecode: "output" } });

function gives(sections: Collected["sections"], incomplete: Collected["incomplete"] = []): Collector {
  const [first = "HARDWARE", ...rest] = Object.keys(sections) as SectionName[];
  return { sections: [first, ...rest], read: async () => undefined, parse: () => ({ sections, incomplete }) };
}

const fails: Collector = {
  sections: ["MEMORIES", "SLOTS"],
  read: async () => {
    throw new Problem("permission", "no permission to read /dev/mem");
  },
  parse: () => ({ sections: {} }),
};

const hangs: Collector = {
  sections: ["STORAGES"],
  deadline: 10,
  read: () => new Promise(() => {}),
  parse: () => ({ sections: {} }),
};

const breaks: Collector = {
  sections: ["USERS"],
  read: async () => undefined,
  parse: () => {
    throw new TypeError("x is not a function");
  },
};

describe("collect", () => {
  it("joins rows of a section, parts of HARDWARE, and leaves empty rows out", async () => {
    const { sections, incomplete } = await collect(reader, {
      collectors: {
        one: gives({ HARDWARE: [{ NAME: "vm" }], SOFTWARES: [{ NAME: "a" }, {}] }),
        two: gives({ HARDWARE: [{ UUID: "1", NAME: "vm2" }], SOFTWARES: [{ NAME: "b" }] }),
        three: gives({ BIOS: [{}], VIRTUALMACHINES: [] }),
      },
    });
    assert.deepEqual(sections, {
      HARDWARE: [{ NAME: "vm2", UUID: "1" }],
      SOFTWARES: [{ NAME: "a" }, { NAME: "b" }],
      BIOS: [],
      VIRTUALMACHINES: [],
    });
    assert.deepEqual(incomplete, []);
  });

  it("loses only the sections of a collector that fails, hangs or has a defect, and says so", async () => {
    const good = gives({ DRIVES: [{ TYPE: "/" }] }, [{ section: "DRIVES", reason: "no answer of /mnt" }]);
    const { sections, incomplete } = await collect(reader, { collectors: { fails, hangs, breaks, good } });
    assert.deepEqual(sections, { DRIVES: [{ TYPE: "/" }] });
    assert.deepEqual(incomplete, [
      { section: "MEMORIES", reason: "fails: no permission to read /dev/mem" },
      { section: "SLOTS", reason: "fails: no permission to read /dev/mem" },
      { section: "STORAGES", reason: "hangs: no answer within 0.01 s" },
      { section: "USERS", reason: "breaks: the collector failed" },
      { section: "DRIVES", reason: "no answer of /mnt" },
    ]);
  });

  it("asks only collectors of the wanted sections and gives only those", async () => {
    const seen: string[] = [];
    const { sections, incomplete } = await collect(reader, {
      only: ["SOFTWARES"],
      collectors: { fails, both: gives({ SOFTWARES: [{ NAME: "a" }], USERS: [{ LOGIN: "u" }] }) },
      onProgress: ({ collector, done, of }) => seen.push(`${collector} ${done}/${of}`),
    });
    assert.deepEqual(sections, { SOFTWARES: [{ NAME: "a" }] });
    assert.deepEqual(incomplete, []);
    assert.deepEqual(seen, ["both 1/1"]);
  });

  it("runs no more than so many at once, and all of them", async () => {
    let [now, most, total] = [0, 0, 0];
    const counting = (): Collector => ({
      sections: ["USERS"],
      async read() {
        most = Math.max(most, ++now);
        total++;
        await new Promise((resolve) => setImmediate(resolve));
        now--;
      },
      parse: () => ({ sections: {} }),
    });
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`c${index}`, counting()]));
    await collect(reader, { collectors: many, concurrency: 3 });
    assert.equal(total, 9);
    assert.equal(most, 3);
  });

  it("runs one program and reads one file once for all", async () => {
    const shared = fakeReader({ programs: { dmidecode: "output" }, files: { "/a": "b" } });
    let reads = 0;
    const counted: Reader = {
      ...shared,
      file: (path) => {
        reads++;
        return shared.file(path);
      },
    };
    const asking: Collector<string | undefined> = {
      sections: ["USERS"],
      read: async (from) => `${(await from.run(["dmidecode"]))?.stdout}${await from.file("/a")}`,
      parse: (text) => ({ sections: { USERS: [{ LOGIN: text ?? "" }] } }),
    };
    const { sections } = await collect(counted, { collectors: { a: asking, b: asking, c: asking } });
    assert.deepEqual(sections.USERS, [{ LOGIN: "outputb" }, { LOGIN: "outputb" }, { LOGIN: "outputb" }]);
    assert.deepEqual(shared.ran, ["dmidecode"]);
    assert.equal(reads, 1);
  });

  it("ends at once when it is cancelled", async () => {
    const abort = new AbortController();
    const forever: Collector = { ...hangs, deadline: 60_000 };
    const running = collect(reader, { collectors: { forever, again: forever }, signal: abort.signal });
    abort.abort();
    await assert.rejects(running, (error) => error instanceof Problem && error.code === "cancelled");
    await assert.rejects(
      collect(reader, { collectors: { forever }, signal: abort.signal }),
      (error) => error instanceof Problem && error.code === "cancelled",
    );
  });
});

describe("the table of collectors", () => {
  it("survives a machine that has nothing", async () => {
    const { sections, incomplete } = await collect(fakeReader({}));
    assert.deepEqual(
      incomplete.map(({ section }) => section),
      ["NETWORKS"],
    );
    assert.equal(sections.HARDWARE?.[0]?.VMSYSTEM, "Physical");
    assert.deepEqual(sections.SOFTWARES, []);
  });

  it("covers the sections of the first cut", () => {
    const covered = new Set(Object.values(collectors).flatMap((collector) => collector.sections));
    for (const name of `HARDWARE BIOS CPUS MEMORIES STORAGES DRIVES NETWORKS SOFTWARES USERS CONTROLLERS VIRTUALMACHINES
      LOCAL_USERS LOCAL_GROUPS VIDEOS SOUNDS MODEMS SLOTS PORTS USBDEVICES BATTERIES MONITORS`.split(/\s+/))
      assert.ok(covered.has(name as SectionName), name);
  });
});
