import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Failure } from "../../src/snmp/pdu.ts";
import { tag } from "../../src/snmp/value.ts";
import { readObjects } from "../../src/snmp/walk.ts";
import { answer, columnsOf, scriptedAgent, table, varbind } from "./scripted-agent.ts";

const entry = "1.3.6.1.2.1.2.2.1";
const other = "1.3.6.1.2.1.31.1.1.1";
const silent = (alive: boolean): Failure => ({ failure: "silent", reason: "no answer", alive });

describe("an honest agent", () => {
  it("is read whole: every column with all its rows, scalars, and what it does not have", async () => {
    const objects = new Map<string, number | string>([...table(entry, 10, 60), ...table(other, 3, 60)]);
    objects.set("1.3.6.1.2.1.1.3.0", 42);
    const agent = scriptedAgent({ objects });
    const absent = columnsOf("1.3.6.1.4.1.9.9.46.1.6.1.1", 9);
    const wanted = [...columnsOf(entry, 10), ...columnsOf(other, 3), ...absent];
    const tables = await readObjects([...wanted, "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.9.0"], agent.options);
    assert.deepEqual(tables.missing, []);
    for (const column of [...columnsOf(entry, 10), ...columnsOf(other, 3)]) assert.equal(tables.rows(column).size, 60);
    assert.equal(tables.value(`${entry}.2`, "7"), 2007);
    assert.deepEqual([...tables.rows(`${entry}.3`).keys()].slice(0, 3), ["1", "2", "3"]);
    for (const column of absent) assert.deepEqual([tables.complete(column), tables.rows(column).size], [true, 0]);
    assert.equal(tables.value("1.3.6.1.2.1.1.3.0"), 42);
    assert.ok(tables.complete("1.3.6.1.2.1.1.9.0"));
    assert.equal(tables.value("1.3.6.1.2.1.1.9.0"), undefined);
    assert.ok(agent.most > 1);
  });

  it("is asked for columns that it does not have in one request", async () => {
    const absent = [...columnsOf("1.3.6.1.2.1.17.4.3.1", 3), ...columnsOf("1.3.6.1.4.1.9.9.23.1.2.1.1", 20)];
    const agent = scriptedAgent({ objects: [["1.3.6.1.2.1.1.5.0", "sw"]] });
    const tables = await readObjects(absent, agent.options);
    assert.ok(tables.complete(...absent));
    assert.equal(agent.asked.length, 1);
  });

  it("is asked for many columns at a time, and for more rows when it bears them", async () => {
    const agent = scriptedAgent({ objects: table(entry, 8, 600) });
    const tables = await readObjects(columnsOf(entry, 8), agent.options);
    assert.deepEqual(tables.missing, []);
    assert.ok(agent.asked.length <= 24, `${agent.asked.length} requests`);
    assert.ok(agent.options.pace.repetitions > 10);
    assert.ok(agent.asked.every(({ oids, repetitions = 1 }) => oids.length * repetitions <= 400));
  });

  it("whose answers are short is read on from where they end", async () => {
    for (const room of [1, 3, 8, 13, 30]) {
      const agent = scriptedAgent({ objects: table(entry, 9, 40), room });
      const tables = await readObjects(columnsOf(entry, 9), agent.options);
      assert.deepEqual(tables.missing, []);
      for (const column of columnsOf(entry, 9)) assert.equal(tables.rows(column).size, 40);
      // Full answers: the columns are spread over all the requests that may be under way.
      if (room === 8) assert.equal(agent.most, 4);
    }
  });

  it("has rows of many numbers, in the order of their numbers", async () => {
    const rows = ["1.9", "1.10", "2", "10.1.255", "10.2.3", "100"].map((index) => [`${entry}.1.${index}`, 1] as const);
    const tables = await readObjects([`${entry}.1`], scriptedAgent({ objects: rows }).options);
    assert.deepEqual(tables.missing, []);
    assert.deepEqual([...tables.rows(`${entry}.1`).keys()], ["1.9", "1.10", "2", "10.1.255", "10.2.3", "100"]);
  });

  it("of v1 is read by GETNEXT, and says noSuchName at the end and for what it lacks", async () => {
    const agent = scriptedAgent({ objects: [...table(entry, 10, 5), ["1.3.6.1.2.1.1.5.0", "old"]], v1: true });
    const wanted = [...columnsOf(entry, 10), ...columnsOf("1.3.6.1.4.1.9", 2)];
    const tables = await readObjects([...wanted, "1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.5.0"], agent.options);
    assert.deepEqual(tables.missing, []);
    for (const column of columnsOf(entry, 10)) assert.equal(tables.rows(column).size, 5);
    assert.equal(tables.value("1.3.6.1.2.1.1.5.0"), "old");
    assert.ok(agent.asked.every(({ kind }) => kind !== "getBulk"));
  });
});

describe("an agent that lies or fails", () => {
  const two = columnsOf(entry, 2);

  it("whose OIDs stay the same or go back is a loop: that column is cut off, the other is whole", async () => {
    for (const turned of [`${entry}.1.5`, `${entry}.1.2`]) {
      const agent = scriptedAgent({
        objects: table(entry, 2, 20),
        answer: (_, own) => ({
          ...own,
          varbinds: own.varbinds.map((one) => (one.oid === `${entry}.1.6` ? varbind(turned, 0) : one)),
        }),
      });
      const tables = await readObjects(two, agent.options);
      assert.match(tables.column(two[0]!).reason ?? "", /^loop/);
      assert.equal(tables.rows(two[0]!).size, 5);
      assert.ok(tables.complete(two[1]!));
      assert.equal(tables.rows(two[1]!).size, 20);
      assert.equal(agent.outOfOrder, 1);
    }
  });

  it("that begins from the start at its end is a loop, too", async () => {
    const agent = scriptedAgent({
      objects: table(entry, 1, 3),
      answer: (_, own) => ({
        ...own,
        varbinds: own.varbinds.map((one) => (one.type === tag.endOfMibView ? varbind("1.3.6.1.2.1.1.1.0", 0) : one)),
      }),
    });
    const tables = await readObjects([`${entry}.1`], agent.options);
    assert.match(tables.column(`${entry}.1`).reason ?? "", /^loop/);
    assert.equal(tables.rows(`${entry}.1`).size, 3);
  });

  it("that answers with nothing has not said that there is nothing", async () => {
    const agent = scriptedAgent({ objects: [], answer: () => answer([]) });
    const tables = await readObjects([...two, "1.3.6.1.2.1.1.1.0"], agent.options);
    assert.equal(tables.missing.length, 3);
    assert.ok(agent.asked.length < 20);
  });

  it("that says tooBig is asked for less until it answers, and is given up at a single value", async () => {
    for (const most of [40, 7, 2, 1]) {
      const agent = scriptedAgent({
        objects: table(entry, 10, 30),
        answer: ({ oids, repetitions = 1 }) => (oids.length * repetitions > most ? answer([], 1) : undefined),
      });
      const tables = await readObjects(columnsOf(entry, 10), agent.options);
      assert.deepEqual([most, tables.missing], [most, []]);
      for (const column of columnsOf(entry, 10)) assert.equal(tables.rows(column).size, 30);
    }
    const never = scriptedAgent({ objects: table(entry, 2, 3), answer: () => answer([], 1) });
    const tables = await readObjects(two, never.options);
    assert.equal(tables.missing.length, 2);
    assert.match(tables.missing[0]!.reason, /tooBig/);
  });

  it("that has genErr at one column loses that column alone", async () => {
    const guilty = `${entry}.5`;
    const agent = scriptedAgent({
      objects: table(entry, 12, 30),
      answer: ({ oids }) =>
        oids.some((oid) => oid.startsWith(`${guilty}.`) || oid === guilty) ? answer([], 5, 1) : undefined,
    });
    const tables = await readObjects(columnsOf(entry, 12), agent.options);
    assert.deepEqual(
      tables.missing.map(({ oid }) => oid),
      [guilty],
    );
    assert.match(tables.missing[0]!.reason, /genErr/);
    for (const column of columnsOf(entry, 12)) assert.equal(tables.rows(column).size, column === guilty ? 0 : 30);
  });

  it("that has genErr at a row keeps the rows before it, incomplete", async () => {
    const agent = scriptedAgent({
      objects: table(entry, 2, 30),
      answer: (_, own) => (own.varbinds.some(({ oid }) => oid === `${entry}.1.17`) ? answer([], 5) : undefined),
    });
    const tables = await readObjects(two, agent.options);
    assert.deepEqual(
      tables.missing.map(({ oid }) => oid),
      [two[0]],
    );
    assert.equal(tables.rows(two[0]!).size, 16);
    assert.equal(tables.rows(two[1]!).size, 30);
  });

  it("that has one value nobody can read loses that value, says so, and keeps the others", async () => {
    const agent = scriptedAgent({
      objects: table(entry, 2, 20),
      answer: (_, own) => ({
        ...own,
        varbinds: own.varbinds.map((one) => (one.oid === `${entry}.1.6` ? { ...one, value: null, bad: true } : one)),
      }),
    });
    const tables = await readObjects(two, agent.options);
    assert.equal(tables.rows(two[0]!).size, 19);
    assert.equal(tables.complete(two[0]!), false);
    assert.ok(tables.complete(two[1]!));
  });

  it("that answers another scalar than the one asked for is not believed", async () => {
    const agent = scriptedAgent({
      objects: [
        ["1.3.6.1.2.1.1.5.0", "a"],
        ["1.3.6.1.2.1.1.6.0", "b"],
      ],
      answer: (_, own) => ({ ...own, varbinds: [own.varbinds[0]!, { ...own.varbinds[1]!, oid: "1.3.6.1.2.1.1.4.0" }] }),
    });
    const tables = await readObjects(["1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0"], agent.options);
    assert.equal(tables.value("1.3.6.1.2.1.1.5.0"), "a");
    assert.equal(tables.complete("1.3.6.1.2.1.1.6.0"), false);
  });

  it("with an endless table ends at the limits, with bounded rows and requests", async () => {
    const endless = (limits: { rows: number; values: number; bytes: number }) => {
      const agent = scriptedAgent({ objects: [] });
      let n = 0;
      agent.options.limits = limits;
      agent.options.ask = async (pdu) => {
        agent.asked.push(pdu);
        const varbinds = Array.from({ length: pdu.oids.length * (pdu.repetitions ?? 1) }, (_, at) => {
          if (at % pdu.oids.length === 0) n++;
          const [column] = /^(\d+\.){9}\d+/.exec(pdu.oids[at % pdu.oids.length]!)!;
          return { oid: `${column}.${n}`, type: tag.octetString, value: new Uint8Array(10), bad: false };
        });
        return { ...answer(varbinds), repetitions: pdu.repetitions ?? 1 };
      };
      return agent;
    };
    const rows = endless({ rows: 1000, values: 1_000_000, bytes: 1_000_000 });
    const read = await readObjects(two, rows.options);
    for (const column of two) assert.deepEqual([read.rows(column).size, read.complete(column)], [1000, false]);
    assert.match(read.missing[0]!.reason, /1000 rows/);
    assert.ok(rows.asked.length < 120);
    const values = await readObjects(two, endless({ rows: 1_000_000, values: 3000, bytes: 1_000_000 }).options);
    assert.ok(values.rows(two[0]!).size + values.rows(two[1]!).size <= 3000);
    assert.match(values.missing[0]!.reason, /3000 values/);
    const bytes = await readObjects(two, endless({ rows: 1_000_000, values: 1_000_000, bytes: 5000 }).options);
    assert.ok(bytes.rows(two[0]!).size + bytes.rows(two[1]!).size <= 500);
    assert.equal(bytes.missing.length, 2);
  });

  it("that answers more than it was asked for is read as far as it was asked", async () => {
    const agent = scriptedAgent({
      objects: table(entry, 1, 5),
      answer: (_, own) => ({
        ...own,
        varbinds: [...own.varbinds, ...Array.from({ length: 5000 }, (_, n) => varbind(`${entry}.1.${1000 + n}`, 0))],
      }),
    });
    const tables = await readObjects([`${entry}.1`], agent.options);
    assert.equal(tables.rows(`${entry}.1`).size, 5);
  });

  it("that has died is not asked on", async () => {
    let answers = 0;
    const agent = scriptedAgent({
      objects: [...table(entry, 20, 500)],
      answer: () => (++answers > 10 ? silent(false) : undefined),
    });
    const tables = await readObjects(columnsOf(entry, 20), agent.options);
    assert.ok(tables.missing.length > 0);
    assert.ok(tables.missing.every(({ reason }) => reason === "no answer"));
    assert.ok(agent.asked.length <= 10 + 4 + 1);
  });

  it("that says nothing to requests of many objects is asked for fewer", async () => {
    const agent = scriptedAgent({
      objects: [...table(entry, 12, 10), ["1.3.6.1.2.1.1.3.0", 1]],
      answer: ({ oids }) => (oids.length > 5 ? silent(false) : undefined),
    });
    const tables = await readObjects([...columnsOf(entry, 12), "1.3.6.1.2.1.1.3.0"], agent.options);
    assert.deepEqual(tables.missing, []);
    for (const column of columnsOf(entry, 12)) assert.equal(tables.rows(column).size, 10);
    assert.ok(agent.asked.length < 30, `${agent.asked.length} requests`);
  });

  it("that is silent about one column only loses that one", async () => {
    const guilty = `${entry}.3`;
    const agent = scriptedAgent({
      objects: table(entry, 12, 10),
      answer: ({ oids }) => (oids.some((oid) => oid.startsWith(guilty)) ? silent(true) : undefined),
    });
    const tables = await readObjects(columnsOf(entry, 12), agent.options);
    assert.deepEqual(tables.missing, [{ oid: guilty, reason: "no answer" }]);
    assert.ok(agent.asked.length < 30);
  });

  it("that answers a repeated request, which asked for less, is asked for less from then on", async () => {
    const agent = scriptedAgent({
      objects: table(entry, 8, 50),
      answer: (pdu, own) => {
        if (pdu.kind !== "getBulk" || pdu.repetitions! <= 3) return undefined;
        return { ...own, varbinds: own.varbinds.slice(0, pdu.oids.length * 3), repetitions: 3 };
      },
    });
    const tables = await readObjects(columnsOf(entry, 8), agent.options);
    assert.deepEqual(tables.missing, []);
    assert.ok(agent.options.pace.repetitions <= 5);
  });
});

it("what is stopped says why, for every column", async () => {
  const agent = scriptedAgent({
    objects: table(entry, 20, 500),
    answer: () => ({ failure: "stopped", reason: "the time is up", alive: false }),
  });
  const tables = await readObjects([...columnsOf(entry, 20), "1.3.6.1.2.1.1.1.0"], agent.options);
  assert.equal(tables.missing.length, 21);
  assert.ok(tables.missing.every(({ reason }) => reason === "the time is up"));
});
