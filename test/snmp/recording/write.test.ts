import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Problem } from "../../../src/problem.ts";
import { openRecording } from "../../../src/snmp/recording/recording.ts";
import { formatRow, record } from "../../../src/snmp/recording/write.ts";
import type { Source } from "../../../src/snmp/source.ts";
import { tag, type VarBind } from "../../../src/snmp/value.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-write-"));
after(() => rmSync(folder, { recursive: true }));

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new Uint8Array(new TextEncoder().encode(value));

const rows: VarBind[] = [
  { oid: "1.3.6.1.2.1.1.1.0", type: tag.octetString, value: text("a | b|4|c") },
  { oid: "1.3.6.1.2.1.1.2.0", type: tag.oid, value: "1.3.6.1.4.1.9.1.516" },
  { oid: "1.3.6.1.2.1.1.3.0", type: tag.timeTicks, value: 4_294_967_295 },
  { oid: "1.3.6.1.2.1.1.4.0", type: tag.octetString, value: bytes() },
  { oid: "1.3.6.1.2.1.1.5.0", type: tag.octetString, value: text(" blanks ") },
  { oid: "1.3.6.1.2.1.1.6.0", type: tag.octetString, value: text("Zürich\nline two") },
  { oid: "1.3.6.1.2.1.1.7.0", type: tag.integer, value: -2_147_483_648 },
  { oid: "1.3.6.1.2.1.2.2.1.10.1", type: tag.counter32, value: 0 },
  { oid: "1.3.6.1.2.1.2.2.1.10.2", type: tag.gauge32, value: 4_000_000_000 },
  { oid: "1.3.6.1.2.1.2.2.1.6.1", type: tag.octetString, value: bytes(0, 255, 10, 13, 124) },
  { oid: "1.3.6.1.2.1.4.20.1.1.192.0.2.1", type: tag.ipAddress, value: "192.0.2.1" },
  { oid: "1.3.6.1.2.1.31.1.1.1.6.1", type: tag.counter64, value: 18_446_744_073_709_551_615n },
  { oid: "1.3.6.1.4.1.2021.10.1.6.1", type: tag.opaque, value: bytes(0x9f, 0x78, 4, 0x3f, 0, 0, 0) },
  { oid: "1.3.6.1.4.1.99999.1.0", type: tag.null, value: null },
];

function source(bindings: VarBind[], end: { complete: boolean; reason?: string } = { complete: true }): Source {
  return {
    name: "test",
    walk: async (root, each) => {
      for (const binding of bindings) if (binding.oid.startsWith(`${root}.`)) await each(binding);
      return end;
    },
  } as Source;
}

async function all(file: string): Promise<VarBind[]> {
  const found: VarBind[] = [];
  await (await openRecording(file)).walk("1", (binding) => void found.push(binding));
  return found;
}

for (const name of ["plain.snmprec", "packed.snmprec.gz"]) {
  test(`a round trip through ${name} loses nothing`, async () => {
    const file = join(folder, name);
    const sorted = rows.toSorted((a, b) => a.oid.localeCompare(b.oid, "en", { numeric: true }));
    assert.deepEqual(await record(source(sorted), file), { file, complete: true, rows: rows.length });
    assert.deepEqual(await all(file), sorted);
    assert.equal(readFileSync(file)[0], name.endsWith(".gz") ? 0x1f : 0x31);
  });
}

for (const [name, partial] of [
  ["cut.snmprec", "cut.partial.snmprec"],
  ["cut.snmprec.gz", "cut.partial.snmprec.gz"],
  ["cut.walk", "cut.walk.partial"],
] as const) {
  test(`a walk that was cut off is ${partial}, stays cut off, and replaces no complete recording`, async () => {
    const [file, beside] = [join(folder, name), join(folder, partial)];
    await record(source(rows), file);
    const before = readFileSync(file);
    const done = await record(source(rows.slice(0, 4), { complete: false, reason: "no\nanswer" }), file);
    assert.deepEqual(done, { file: beside, complete: false, reason: "no\nanswer", rows: 4 });
    assert.deepEqual(readFileSync(file), before);
    const recording = await openRecording(beside);
    assert.equal(recording.summary.cutOff, "no answer");
    const tables = await recording.read(["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.2.2.1.2"]);
    assert.deepEqual(tables.missing, [{ oid: "1.3.6.1.2.1.2.2.1.2", reason: "no answer" }]);
  });
}

test("a walk that throws leaves the old file and nothing beside it", async () => {
  const file = join(folder, "kept.snmprec.gz");
  await record(source(rows), file);
  const before = readFileSync(file);
  const broken = { walk: async () => Promise.reject(new Problem("cancelled", "cancelled")) } as unknown as Source;
  await assert.rejects(record(broken, file), { code: "cancelled" });
  assert.deepEqual(readFileSync(file), before);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".new")),
    [],
  );
});

test("a folder that is absent is a problem that names the file", async () => {
  const file = join(folder, "absent", "x.snmprec");
  await assert.rejects(
    record(source(rows), file),
    (error: Problem) => error.code === "io" && error.message.includes(file),
  );
});

test("values are plain where that is safe", () => {
  const row = (value: Uint8Array) => formatRow({ oid: "1.1", type: tag.octetString, value });
  assert.equal(row(text("eth0")), "1.1|4|eth0\n");
  assert.equal(row(text("eth0 ")), "1.1|4x|6574683020\n");
  assert.equal(row(bytes()), "1.1|4|\n");
});
