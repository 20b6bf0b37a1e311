/** Every recording of the corpus, counted against its own lines. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { openRecording } from "../../../src/snmp/recording/recording.ts";
import { compareOids, type Oid } from "../../../src/snmp/value.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpus/snmp");
const files = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith(".snmprec.gz")) : [];
if (files.length === 0) console.log(`recordings: skipped, there is no ${corpus}`);
else console.log(`recordings: ${files.length} files`);

/** Made by snmpsim's module `numeric`: no recorded value. */
const broken: Record<string, number> = { "dlink-des3200.snmprec.gz": 1 };

for (const name of files) {
  test(`${name}: one row for each OID, in order`, async () => {
    const lines = gunzipSync(readFileSync(join(corpus, name)))
      .toString("latin1")
      .split("\n");
    const oids = new Set(lines.filter((line) => /^\d/.test(line)).map((line) => line.slice(0, line.indexOf("|"))));
    const recording = await openRecording(join(corpus, name));
    let last: Oid = "0";
    let rows = 0;
    const end = await recording.walk("1", ({ oid }) => {
      assert.ok(compareOids(last, oid) < 0, `${oid} after ${last}`);
      last = oid;
      rows++;
    });
    assert.equal(recording.summary.broken.length, broken[name] ?? 0);
    assert.equal(rows, oids.size - (broken[name] ?? 0));
    assert.equal(end.complete, !(name in broken));
  });
}
