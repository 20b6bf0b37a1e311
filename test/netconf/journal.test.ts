/** Journal and records: what is read back after every kind of end and damage. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { memoryJournal, openJournal, readJournal } from "../../src/netconf/journal.ts";
import type { Planned } from "../../src/netconf/plan/planned.ts";
import type { InterfaceRecord } from "../../src/netconf/record.ts";
import { freshRecord } from "../../src/netconf/records.ts";

const here = { boot: "b", namespace: "n" };
let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "reeve-journal-")), "netconf");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const file = (name = "journal") => join(folder, name);
const append = (text: string) => appendFileSync(file(), text, { mode: 0o600 });
const open = () => openJournal(folder, here);

function record(name: string, address = "192.0.2.1"): InterfaceRecord {
  const fresh = freshRecord(name, 5);
  const is = {
    device: name,
    family: 4,
    address,
    prefix: 24,
    peer: "",
    broadcast: "",
    label: "",
    scope: "global",
  } as const;
  const wanted = {
    is: { ...is, valid: null, preferred: null, protocol: 0, flags: [] },
    from: "configuration",
  } as const;
  return { ...fresh, owned: { ...fresh.owned, wanted: { ...fresh.owned.wanted, addresses: [wanted] } } };
}

function plan(name: string): Planned[] {
  const step = (up: boolean) => ({ do: "link-set", name, settings: { up } }) as const;
  return [{ iface: name, kind: "different", what: "up", step: step(true), inverse: [step(false)] }];
}

const addresses = (one: InterfaceRecord | undefined) => one?.owned.wanted.addresses.map(({ is }) => is.address).sort();

describe("journal", () => {
  it("gives back records and plans that were not ended, by the same number", () => {
    const journal = open();
    assert.deepEqual(journal.warnings, []);
    journal.put(record("eth0"));
    journal.put(record("gone"));
    journal.drop("gone");
    const ended = journal.begin({ what: "up", records: { eth1: record("eth1") }, plan: plan("eth1") });
    journal.end(ended, "done");
    const id = journal.begin({ what: "up", records: { eth0: record("eth0", "192.0.2.9") }, plan: plan("eth0") });
    journal.done(id, 1);
    // No close: it was killed.
    const next = open();
    assert.deepEqual([...next.records.keys()], ["eth0", "eth1"]);
    assert.deepEqual(next.records.get("eth1"), record("eth1"));
    const [left, ...more] = next.open;
    assert.equal(more.length, 0);
    assert.deepEqual([left?.id, left?.done, left?.plan, left?.former], [id, 1, plan("eth0"), { eth0: record("eth0") }]);
    assert.deepEqual(addresses(next.records.get("eth0")), ["192.0.2.1", "192.0.2.9"]);
    next.end(id, "undone");
    assert.deepEqual(next.records.get("eth0"), record("eth0"));
    assert.equal(next.begin({ what: "down", records: { eth0: null }, plan: [] }), id + 1);
    assert.deepEqual(next.warnings, []);
  });

  it("owns whatever there may be after a failure, and nothing after a removal", () => {
    const journal = open();
    journal.put(record("eth0"));
    const failed = journal.begin({ what: "up", records: { eth0: record("eth0", "192.0.2.9") }, plan: plan("eth0") });
    journal.end(failed, "failed");
    assert.deepEqual(addresses(journal.records.get("eth0")), ["192.0.2.1", "192.0.2.9"]);
    const down = journal.begin({ what: "down", records: { eth0: null }, plan: [] });
    assert.ok(journal.records.has("eth0"));
    journal.end(down, "done");
    assert.equal(journal.records.size, 0);
    assert.equal(open().records.size, 0);
  });

  it("knows which applies were rolled back, also after it was cut", () => {
    const journal = open();
    journal.end(journal.begin({ what: "rollback", of: 41, records: {}, plan: [] }), "done");
    journal.settle();
    assert.deepEqual([...open().rolledBack], [41]);
  });

  it("cuts itself, and carries open plans over", () => {
    const journal = open();
    const id = journal.begin({ what: "apply", records: { eth0: record("eth0") }, plan: plan("eth0") });
    journal.done(id, 1);
    for (let round = 0; round < 50; round++) journal.put(record("eth1", `192.0.2.${round}`));
    const before = statSync(file()).size;
    journal.settle();
    assert.ok(statSync(file()).size < before / 5);
    journal.put(record("eth2"));
    const next = open();
    assert.deepEqual([...next.records.keys()].sort(), ["eth0", "eth1", "eth2"]);
    assert.deepEqual(
      next.open.map((intent) => [intent.id, intent.done, intent.former]),
      [[id, 1, { eth0: null }]],
    );
  });

  it("reads lines again over a snapshot that has them", () => {
    const journal = open();
    journal.put(record("eth0"));
    journal.begin({ what: "up", records: { eth0: record("eth0", "192.0.2.9") }, plan: plan("eth0") });
    const lines = readFileSync(file());
    journal.settle(); // killed between snapshot and journal
    writeFileSync(file(), lines, { mode: 0o600 });
    const [left] = open().open;
    assert.deepEqual(left?.former, { eth0: record("eth0") });
  });

  it("takes a line cut off at any byte for not written", () => {
    const journal = open();
    journal.put(record("eth0"));
    const size = statSync(file()).size;
    journal.put(record("eth1"));
    const whole = readFileSync(file());
    for (let cut = size; cut < whole.length - 1; cut += 97) {
      writeFileSync(file(), whole, { mode: 0o600 });
      truncateSync(file(), cut);
      rmSync(file("interfaces.json"));
      const next = open();
      assert.deepEqual([[...next.records.keys()], next.warnings], [["eth0"], []]);
      next.put(record("eth2"));
      assert.deepEqual([...open().records.keys()], ["eth0", "eth2"]);
    }
  });

  it("skips garbage, keeps what it was found in, and says so", () => {
    const journal = open();
    journal.put(record("eth0"));
    const garbage = ["\u0000\u0001\u00ff", "[]", "null", '{"begin":1}', '{"record":{}}', '{"begin":"x","what":"up"}'];
    const plans = ['{"begin":9,"what":"up","records":{},"former":{},"plan":[{}]}', `{"gone":${"[".repeat(50_000)}`];
    append(`${[...garbage, ...plans].join("\n")}\n`);
    append(`${JSON.stringify({ record: record("eth1") })}\n`);
    const next = open();
    assert.deepEqual([...next.records.keys()], ["eth0", "eth1"]);
    assert.equal(next.open.length, 0);
    assert.match(next.warnings.join(), /8 of its lines could not be read; it was renamed to .*journal\.damaged/);
    assert.match(readFileSync(file("journal.damaged"), "utf8"), /\[\[\[\[/);
    assert.deepEqual(open().warnings, []);
  });

  it("goes on with the journal where the snapshot is damaged, and the other way round", () => {
    const journal = open();
    journal.put(record("eth0"));
    journal.settle();
    journal.put(record("eth1"));
    writeFileSync(file("interfaces.json"), '{"version":1,', { mode: 0o600 });
    assert.deepEqual([[...open().records.keys()], readJournal(folder, here).damage], [["eth1"], []]);
    writeFileSync(file(), "\u0000".repeat(100), { mode: 0o600 });
    assert.deepEqual([...open().records.keys()], ["eth1"]);
    assert.ok(statSync(file("interfaces.json.damaged")).isFile());
  });

  it("knows nothing of another boot or namespace", () => {
    open().put(record("eth0"));
    for (const other of [
      { boot: "other", namespace: "n" },
      { boot: "b", namespace: "other" },
    ]) {
      const { replay, damage } = readJournal(folder, other);
      assert.deepEqual([replay.records.size, damage], [0, []]);
    }
    const next = openJournal(folder, { boot: "other", namespace: "n" });
    next.put(record("eth1"));
    assert.deepEqual([...openJournal(folder, { boot: "other", namespace: "n" }).records.keys()], ["eth1"]);
  });

  it("does not believe a file that others may write", () => {
    open().put(record("eth0"));
    const lines = readFileSync(file());
    rmSync(file());
    rmSync(file("interfaces.json"));
    writeFileSync(file(), lines, { mode: 0o622 });
    const { mode } = statSync(file());
    assert.ok((mode & 0o022) !== 0 || process.umask() !== 0);
    if ((mode & 0o022) === 0) return;
    const next = open();
    assert.deepEqual([next.records.size, next.warnings.length], [0, 1]);
  });

  it("reads a record of an older shape, with what is absent as its default", () => {
    open().close();
    const old = {
      name: "eth0",
      setup: "configured",
      owned: { wanted: { name: "eth0", ports: [{ is: { name: "eth1" } }] } },
    };
    const odd = { name: "eth1", users: "nobody", since: "now", owned: 7, later: true };
    append(`${JSON.stringify({ record: old })}\n${JSON.stringify({ record: odd })}\n`);
    const { records, warnings } = open();
    assert.deepEqual(warnings, []);
    const { owned, ...rest } = records.get("eth0") ?? assert.fail();
    assert.deepEqual(
      { ...rest, owned: freshRecord("eth0", 0).owned },
      { ...freshRecord("eth0", 0), setup: "configured" },
    );
    assert.deepEqual(owned.wanted.ports[0]?.is, {
      ...{ name: "eth1", own: false, joins: false, settings: {}, data: {}, vlans: [], vlansOnly: false },
    });
    assert.deepEqual(
      [owned.made, owned.former, owned.wanted.routes],
      [false, { settings: {}, sysctls: {}, ports: {} }, []],
    );
    assert.deepEqual(records.get("eth1"), freshRecord("eth1", 0));
  });

  it("goes on in memory where nothing can be written, and writes all as soon as it can", () => {
    mkdirSync(join(folder, ".."), { recursive: true });
    writeFileSync(folder, "a file in its place");
    const journal = open();
    assert.match(journal.warnings.join(), /in memory only/);
    const id = journal.begin({ what: "up", records: { eth0: record("eth0") }, plan: plan("eth0") });
    assert.deepEqual([...journal.records.keys()], ["eth0"]);
    assert.equal(journal.open.length, 1);
    rmSync(folder);
    journal.put(record("eth1"));
    assert.deepEqual(journal.warnings, []);
    const next = open();
    assert.deepEqual([[...next.records.keys()], next.open[0]?.id], [["eth0", "eth1"], id]);
  });

  it("reads a huge journal", () => {
    open().put(record("eth0"));
    const line = `${JSON.stringify({ record: record("eth1") })}\n`;
    append(line.repeat(Math.ceil((24 << 20) / line.length)));
    append(`${JSON.stringify({ gone: "eth1" })}\n`);
    const next = open();
    assert.deepEqual([[...next.records.keys()], next.warnings], [["eth0"], []]);
    assert.ok(statSync(file()).size < 1000);
  });

  it("is cut by itself when it has grown", () => {
    const journal = open();
    const big = { ...record("eth0"), error: "x".repeat(1 << 20) };
    for (let round = 0; round < 9; round++) journal.put(big);
    assert.ok(statSync(file()).size > 8 << 20);
    journal.end(journal.begin({ what: "up", records: { eth1: record("eth1") }, plan: [] }), "done");
    assert.ok(statSync(file()).size < 1000);
    assert.deepEqual([...open().records.keys()], ["eth0", "eth1"]);
  });

  it("is the same in memory", () => {
    const journal = memoryJournal();
    const id = journal.begin({ what: "up", records: { eth0: record("eth0") }, plan: plan("eth0") });
    journal.settle();
    journal.end(id, "done");
    assert.deepEqual([[...journal.records.values()], journal.open, journal.warnings], [[record("eth0")], [], []]);
  });
});
