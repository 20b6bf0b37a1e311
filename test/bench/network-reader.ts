/**
 * A process that reads agents with Reeve's SNMP engine and its presets, and says what it took: `network-reader JSON`
 * (ReaderOrder).
 */
import { eachAtATime } from "../../src/backend/each.ts";
import { connect } from "../../src/snmp/connect.ts";
import type { Credential } from "../../src/snmp/credential.ts";
import { createEngine } from "../../src/snmp/engine.ts";
import type { PollRound, ReadDone, ReaderOrder } from "./network-lab.ts";

const credential: Credential = {
  ...{ tag: "public", version: 2, community: "public", contextPrefix: "vlan-" },
  ...{ read: true, write: false, only: [], no: [] },
};
const order = JSON.parse(process.argv[2] ?? "{}") as ReaderOrder;
const port = "read" in order ? order.read.port : order.poll.port;
const engine = createEngine({
  ...{ timeout: 3000, retries: 2, inFlight: 4, allInFlight: 2000, repetitions: 25 },
  port,
});

async function read(host: string, columns: readonly string[]): Promise<ReadDone> {
  const begun = performance.now();
  const { source } = await connect(engine, host, [credential], { purpose: "read" });
  const tables = await source.read(columns);
  const ended = performance.now();
  source.close();
  const rows = columns.map((column) => (tables.complete(column) ? tables.rows(column).size : -1));
  return { start: begun, read: ended - begun, rows };
}

async function poll(order: Extract<ReaderOrder, { poll: unknown }>["poll"]): Promise<PollRound[]> {
  const rounds: PollRound[] = [];
  for (let round = 0; round < order.rounds; round++) {
    const [begun, cpu, sent] = [performance.now(), process.cpuUsage(), engine.counters.sent];
    let [values, incomplete] = [0, 0];
    await eachAtATime(order.atATime, order.hosts, async (host) => {
      const { source } = await connect(engine, host, [credential], { purpose: "read" });
      const tables = await source.read(order.objects);
      source.close();
      for (const oid of order.objects) {
        values += tables.rows(oid).size;
        if (!tables.complete(oid)) incomplete++;
      }
    });
    const { user, system } = process.cpuUsage(cpu);
    rounds.push({
      seconds: (performance.now() - begun) / 1000,
      cpu: (user + system) / 1e6,
      rss: process.memoryUsage.rss() / 1024 / 1024,
      ...{ values, incomplete, requests: engine.counters.sent - sent },
    });
  }
  return rounds;
}

const done = "read" in order ? await read(order.read.host, order.read.columns) : await poll(order.poll);
engine.close();
process.stdout.write(`${JSON.stringify(done)}\n`, () => process.exit(0));
