import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits, normalise } from "../../src/inventory/document.ts";
import { allChecksumBits, checksumOf, type SectionName, sections } from "../../src/inventory/sections.ts";
import { Problem } from "../../src/problem.ts";

const deviceId = "vm-2026-11-21-19-29-04";
const base = { deviceId, agent: "Reeve_v0.1.0", collected: 1_790_000_000_000, incomplete: [] };

function withSections(given: unknown) {
  return normalise({ ...base, sections: given });
}

describe("normalise", () => {
  it("keeps a good document as it is", () => {
    const good = {
      ...base,
      oldDeviceId: "old-2020-01-01-00-00-00",
      tag: "office",
      sections: { HARDWARE: [{ NAME: "vm", MEMORY: 24_000, SWAP: 0 }], SOFTWARES: [{ NAME: "bash", VERSION: "5" }] },
      incomplete: [{ section: "MEMORIES", reason: "dmidecode needs root" }],
    };
    const { document, dropped } = normalise(good);
    assert.deepEqual(document, good);
    assert.deepEqual(dropped, { sections: [], fields: 0, rows: 0, truncated: 0 });
  });

  it("refuses what cannot be an inventory", () => {
    const refused = [
      null,
      [],
      "text",
      { ...base, deviceId: "vm" },
      { ...base, deviceId: "vm-2026-11-21-19-29-04\n" },
      { ...base, deviceId: "v\u0000m-2026-11-21-19-29-04" },
      { ...base, deviceId: `${"x".repeat(250)}-2026-11-21-19-29-04` },
      { ...base, deviceId: 7 },
      { ...base, collected: Number.NaN },
      { ...base, collected: "now" },
      { ...base, sections: [] },
    ];
    for (const input of refused)
      assert.throws(
        () => normalise(input),
        (error) => error instanceof Problem && error.code === "bad-request",
        JSON.stringify(input),
      );
  });

  it("drops and counts unknown sections, unknown fields and wrong types", () => {
    const { document, dropped } = withSections({
      NONSENSE: [{ A: 1 }],
      toString: [{ A: 1 }],
      USERS: [{ LOGIN: "alice", SHOE: "44" }, "row", null, { LOGIN: { deep: 1 } }],
    });
    assert.deepEqual(document.sections, { USERS: [{ LOGIN: "alice" }] });
    assert.deepEqual(dropped, { sections: ["NONSENSE", "toString"], fields: 2, rows: 2, truncated: 0 });
  });

  it("takes __proto__ neither as a section nor as a field", () => {
    const given = JSON.parse('{"__proto__":[{"LOGIN":"x"}],"USERS":[{"__proto__":{"LOGIN":"y"},"LOGIN":"z"}]}');
    const { document, dropped } = withSections(given);
    assert.deepEqual(Object.keys(document.sections), ["USERS"]);
    assert.deepEqual(document.sections.USERS, [{ LOGIN: "z" }]);
    assert.equal(dropped.fields, 1);
    assert.equal(({} as Record<string, unknown>).LOGIN, undefined);
  });

  it("coerces integers, keeps 0 and drops what is none", () => {
    const { document, dropped } = withSections({
      HARDWARE: { MEMORY: " 2048 ", SWAP: "0", PROCESSORS: "2399.99", PROCESSORN: "two", TYPE: -0 },
    });
    assert.deepEqual(document.sections.HARDWARE, [{ MEMORY: 2048, SWAP: 0, PROCESSORS: 2399, TYPE: 0 }]);
    assert.equal(dropped.fields, 1);
  });

  it("strips control characters and cuts long values without splitting a character", () => {
    const { document, dropped } = withSections({
      USERS: [{ LOGIN: "a\u0000\u0007b\u009f\ufffe\r\n" }, { LOGIN: `${"x".repeat(limits.fieldLength - 1)}😀` }],
      LOCAL_USERS: [{ NAME: "\ud800lone" }, { NAME: "two\nlines" }, { NAME: " \u0000 " }],
    });
    assert.deepEqual(document.sections.USERS, [{ LOGIN: "ab" }, { LOGIN: "x".repeat(limits.fieldLength - 1) }]);
    assert.deepEqual(document.sections.LOCAL_USERS, [{ NAME: "\ufffdlone" }, { NAME: "two\nlines" }]);
    assert.equal(dropped.truncated, 1);
  });

  it("bounds the rows of a section; HARDWARE and BIOS have one", () => {
    const { document, dropped } = withSections({
      HARDWARE: [{ NAME: "a" }, { NAME: "b" }],
      USERS: Array.from({ length: limits.rowsPerSection + 5 }, (_, index) => ({ LOGIN: `u${index}` })),
    });
    assert.deepEqual(document.sections.HARDWARE, [{ NAME: "a" }]);
    assert.equal(document.sections.USERS?.length, limits.rowsPerSection);
    assert.equal(dropped.rows, 6);
  });
});

describe("sections", () => {
  it("has the checksum bits of the OCS agent", () => {
    // What Debian's ocsinventory-agent 2.10 sends at its first run: all but SIM and USBDEVICES, which it lacks.
    const ofAgent = (Object.keys(sections) as SectionName[]).filter((name) => name !== "SIM" && name !== "USBDEVICES");
    assert.equal(checksumOf(ofAgent), 1_572_863);
    assert.equal(checksumOf(Object.keys(sections) as SectionName[]), allChecksumBits);
    assert.equal(checksumOf(["HARDWARE", "DRIVES", "USERS"]), 513);
  });
});
