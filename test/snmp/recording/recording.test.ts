import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { openRecording } from "../../../src/snmp/recording/recording.ts";
import { compareOids, tag, type VarBind } from "../../../src/snmp/value.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-recording-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(content: string | Uint8Array, name = `r${++files}.snmprec`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const text = (value: unknown) => new TextDecoder().decode(value as Uint8Array);
const ifDescr = "1.3.6.1.2.1.2.2.1.2";
const ifSpeed = "1.3.6.1.2.1.2.2.1.5";
const sysName = "1.3.6.1.2.1.1.5.0";

describe("snmprec", () => {
  it("reads every type", async () => {
    const lines = [
      "# a remark",
      "1.3.6.1.2.1.1.1.0|4|Cisco | IOS",
      ".1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.516",
      "1.3.6.1.2.1.1.3.0|67|4294967295",
      "1.3.6.1.2.1.1.4.0|4x|c3bc00",
      "1.3.6.1.2.1.1.5.0|4|",
      "1.3.6.1.2.1.1.6.0|4e|a\\x00b\\n",
      "1.3.6.1.2.1.1.7.0|2|-6",
      "1.3.6.1.2.1.1.8.0|5|",
      "1.3.6.1.2.1.4.20.1.1.192.0.2.1|64|192.0.2.1",
      "1.3.6.1.2.1.4.20.1.1.192.0.2.2|64x|C0000202",
      "1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615",
      "1.3.6.1.4.1.1.1.0|68x|9f7804",
      "1.3.6.1.4.1.1.2.0|4:writecache|value=R3MD1DB002523",
      "1.3.6.1.4.1.1.3.0|129|",
    ];
    const recording = await openRecording(file(`${lines.join("\n")}\n`));
    const found = new Map<string, VarBind>();
    const end = await recording.walk("1", (binding) => void found.set(binding.oid, binding));
    assert.deepEqual(end, { complete: true, reason: undefined });
    const value = (oid: string) => found.get(oid)?.value;
    assert.equal(text(value("1.3.6.1.2.1.1.1.0")), "Cisco | IOS");
    assert.equal(value("1.3.6.1.2.1.1.2.0"), "1.3.6.1.4.1.9.1.516");
    assert.equal(value("1.3.6.1.2.1.1.3.0"), 4_294_967_295);
    assert.deepEqual(value("1.3.6.1.2.1.1.4.0"), Uint8Array.of(0xc3, 0xbc, 0));
    assert.deepEqual(value("1.3.6.1.2.1.1.5.0"), new Uint8Array());
    assert.deepEqual(value("1.3.6.1.2.1.1.6.0"), Uint8Array.of(97, 0, 98, 10));
    assert.equal(value("1.3.6.1.2.1.1.7.0"), -6);
    assert.deepEqual(found.get("1.3.6.1.2.1.1.8.0"), { oid: "1.3.6.1.2.1.1.8.0", type: tag.null, value: null });
    assert.equal(value("1.3.6.1.2.1.4.20.1.1.192.0.2.2"), "192.0.2.2");
    assert.equal(value("1.3.6.1.2.1.31.1.1.1.6.1"), 18_446_744_073_709_551_615n);
    assert.deepEqual(value("1.3.6.1.4.1.1.1.0"), Uint8Array.of(0x9f, 0x78, 4));
    assert.equal(text(value("1.3.6.1.4.1.1.2.0")), "R3MD1DB002523");
    assert.equal(found.size, 13);
    assert.deepEqual(recording.summary.broken, []);
  });

  it("sorts, and of several rows with one OID keeps the first", async () => {
    const lines = `${ifDescr}.10|4|ten\n${ifDescr}.9|4|nine\n${ifSpeed}.9|66|1\n${ifSpeed}.9|4|\n`;
    const recording = await openRecording(file(lines));
    const tables = await recording.read([ifDescr, ifSpeed, sysName]);
    assert.deepEqual([...tables.rows(ifDescr).keys()], ["9", "10"]);
    assert.equal(tables.value(ifSpeed, "9"), 1);
    assert.deepEqual(tables.column(sysName), { rows: new Map(), complete: true });
    assert.deepEqual([recording.summary.duplicates, recording.summary.outOfOrder], [1, 1]);
  });

  it("a broken line makes incomplete what it may have been part of, and nothing else", async () => {
    const lines = [
      `${sysName}|4|sw1`,
      `${ifDescr}.1|4|eth1`,
      `${ifDescr}.2|4x|abc`,
      `${ifSpeed}.1|66|-1`,
      "garbage",
      "1.3.6.1.2.1.2.2.1.8.1|2|1",
      "1.3.6.1.2.1.2.2.1.9.1|65:numeric|rate=5",
      "1.3.6.1.2.1.2.2.1.10.1|99|1",
    ];
    const recording = await openRecording(file(`${lines.join("\n")}\n`));
    assert.deepEqual(
      recording.summary.broken.map(({ line, reason }) => `${line}: ${reason}`),
      [
        "3: the value is not what its tag says",
        "4: the value is not of its type",
        "5: not OID|TAG|VALUE",
        "7: made by snmpsim's variation module numeric, no recorded value",
        "8: unknown tag 99",
      ],
    );
    const column = (last: number) => `1.3.6.1.2.1.2.2.1.${last}`;
    const tables = await recording.read([sysName, ifDescr, ifSpeed, ...[7, 8, 9, 10, 11].map(column)]);
    assert.deepEqual(
      tables.missing.map(({ oid }) => oid),
      [ifDescr, ifSpeed, column(8), column(9), column(10)],
    );
    assert.deepEqual([...tables.rows(ifDescr).keys()], ["1"]);
  });
});

describe("a recording that stopped", () => {
  const whole = `${sysName}|4|sw1\n${ifDescr}.1|4|eth1\n${ifDescr}.2|4|eth2\n`;

  it("in the middle of a line: neither the half value nor the columns from there on", async () => {
    const tables = await (await openRecording(file(`${whole}${ifDescr}.3|4|et`))).read([sysName, ifDescr, ifSpeed]);
    assert.deepEqual([...tables.rows(ifDescr).keys()], ["1", "2"]);
    assert.deepEqual(tables.missing, [
      { oid: ifDescr, reason: "the last line has no end" },
      { oid: ifSpeed, reason: "the last line has no end" },
    ]);
  });

  it("in the middle of its packing", async () => {
    const lines = Array.from(
      { length: 5000 },
      (_, at) => `${ifDescr}.${at + 1}|4x|${(at * 7919).toString(16).padStart(8, "0")}`,
    );
    const packed = gzipSync(`${sysName}|4|sw1\n${lines.join("\n")}\n`);
    const cut = await openRecording(file(packed.subarray(0, packed.length / 2), "cut.snmprec.gz"));
    const tables = await cut.read([sysName, ifDescr, ifSpeed]);
    assert.equal(text(tables.value(sysName)), "sw1");
    assert.ok(tables.rows(ifDescr).size > 100 && tables.rows(ifDescr).size < 5000);
    assert.deepEqual(
      tables.missing.map(({ oid }) => oid),
      [ifDescr, ifSpeed],
    );
    assert.equal((await cut.walk("1.3.6.1.2.1.1", () => {})).complete, true);
    assert.equal((await cut.walk("1", () => {})).complete, false);
  });

  it("before it began", async () => {
    for (const content of ["", gzipSync("")]) {
      assert.equal((await (await openRecording(file(content))).read([sysName])).complete(sysName), false);
    }
  });
});

describe("what is no recording", () => {
  const refused = (path: string, code: string, message: RegExp) =>
    assert.rejects(openRecording(path), { code, message });

  it("is refused by its content", async () => {
    await refused(file("hello\nworld\n"), "bad-request", /neither snmprec nor output of snmpwalk: line 1 is "hello"/);
    await refused(join(folder, "absent"), "not-found", /there is no file .*absent/);
    await refused(folder, "io", /cannot read/);
    const packed = gzipSync(`${sysName}|4|sw1\n`);
    packed[packed.length - 6]! ^= 1;
    await refused(file(packed), "bad-request", /damaged/);
  });

  it("cannot be written, and is read until the asker goes away", async () => {
    const recording = await openRecording(file(`${sysName}|4|sw1\n`));
    await assert.rejects(recording.set(), { code: "usage" });
    const signal = AbortSignal.abort();
    await assert.rejects(recording.read([sysName], { signal }), { code: "cancelled" });
    await assert.rejects(
      recording.walk("1", () => {}, { signal }),
      { code: "cancelled" },
    );
  });
});

describe("contexts", () => {
  it("are siblings; one without is a context that does not answer", async () => {
    const main = file(gzipSync(`${sysName}|4|main\n`), "device.snmprec.gz");
    file(gzipSync(`${sysName}|4|vlan\n`), "device@17.snmprec.gz");
    const recording = await openRecording(main);
    assert.equal(recording.name, "device");
    const context = recording.context("vlan", "17");
    assert.equal(context.name, "device@17");
    assert.equal(text((await context.read([sysName])).value(sysName)), "vlan");
    for (const name of ["18", "../device", "a/b", ""]) {
      const absent = recording.context("vrf", name);
      assert.equal((await absent.read([sysName])).complete(sysName), false, name);
      assert.equal((await absent.walk("1", () => {})).complete, false, name);
    }
  });
});

it("OIDs compare by their numbers", () => {
  const sorted = [
    "0.0",
    "1",
    "1.3",
    "1.3.6.1.2",
    "1.3.6.1.2.1",
    "1.3.6.1.2.1.9",
    "1.3.6.1.2.1.10",
    "1.3.6.1.4",
    "1.3.111",
    "2",
  ];
  for (const [at, a] of sorted.entries()) {
    for (const [other, b] of sorted.entries())
      assert.equal(Math.sign(compareOids(a, b)), Math.sign(at - other), `${a} ${b}`);
  }
});
