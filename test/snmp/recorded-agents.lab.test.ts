/** Live reading brings what the recording holds: every recording of the corpus, served over UDP, whole. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createEngine } from "../../src/snmp/engine.ts";
import { openRecording } from "../../src/snmp/recording/recording.ts";
import { openAgent } from "../../src/snmp/session.ts";
import { resolveTarget } from "../../src/snmp/target.ts";
import type { Oid } from "../../src/snmp/value.ts";
import { parseTarget } from "../../src/target.ts";
import { startResponder } from "../lab/responder.ts";

const corpus = join(import.meta.dirname, "../../../shared/corpus/snmp");
const files = existsSync(corpus) ? readdirSync(corpus).filter((file) => /^[^@]+\.snmprec\.gz$/.test(file)) : [];
if (files.length === 0) console.warn("skipped: no corpus of recordings");
else console.log(`${files.length} recordings read live`);

/** Tables whose columns every recording is asked for. */
const tables = [
  "1.3.6.1.2.1.2.2.1",
  "1.3.6.1.2.1.31.1.1.1",
  "1.3.6.1.2.1.4.20.1",
  "1.3.6.1.2.1.4.22.1",
  "1.3.6.1.2.1.17.4.3.1",
  "1.3.6.1.2.1.17.7.1.2.2.1",
  "1.3.6.1.2.1.17.7.1.4.3.1",
  "1.3.6.1.2.1.47.1.1.1.1",
  "1.0.8802.1.1.2.1.4.1.1",
  "1.3.6.1.4.1.9.9.23.1.2.1.1",
];
const objects: Oid[] = [
  ...[1, 2, 3, 4, 5, 6, 7].map((object) => `1.3.6.1.2.1.1.${object}.0`),
  ...tables.flatMap((entry) => Array.from({ length: 18 }, (_, at) => `${entry}.${at + 1}`)),
];

describe.skipIf(files.length === 0)("read live and from the file", () => {
  test.each(files)(
    "%s",
    async (file) => {
      const recording = await openRecording(join(corpus, file));
      const responder = await startResponder({ devices: new Map([["public", join(corpus, file)]]) });
      const engine = createEngine({
        timeout: 10_000,
        retries: 1,
        inFlight: 4,
        allInFlight: 100,
        repetitions: 25,
        port: responder.port,
      });
      const source = openAgent(engine, await resolveTarget(parseTarget("127.0.0.1", responder.port)), {
        tag: "public",
        version: 2,
        community: "public",
        contextPrefix: "vlan-",
        read: true,
        write: false,
        only: [],
        no: [],
      });
      const [live, recorded] = await Promise.all([source.read(objects), recording.read(objects)]);
      let values = 0;
      for (const oid of objects) {
        expect([oid, live.column(oid).reason]).toEqual([oid, undefined]);
        const rows = [...live.rows(oid)];
        values += rows.length;
        expect(rows).toEqual([...recorded.rows(oid)]);
      }
      expect(values).toBeGreaterThan(7);
      expect(engine.counters).toMatchObject({ malformed: 0, wrongId: 0, rejected: 0, outOfOrder: 0 });
      source.close();
      engine.close();
      recording.close();
      await responder.stop();
    },
    60_000,
  );
});
