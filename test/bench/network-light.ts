/** A thousand devices polled by one process: few scalars and the columns that change often. */
import { rmSync } from "node:fs";
import { interfaces } from "../../src/snmp/mib/interfaces.ts";
import type { Oid } from "../../src/snmp/value.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { startResponder } from "../lab/responder.ts";
import {
  compileReader,
  latency,
  type PollRound,
  type ReaderOrder,
  recordingFile,
  recordings,
  recordingsMissing,
} from "./network-lab.ts";
import { peakOf } from "./proc.ts";
import type { Bench, Row } from "./report.ts";

const count = 1000;
const atATime = 100;
const rounds = 6;

/** sysDescr, sysObjectID, sysUpTime, sysName; ifTableLastChange, entLastChangeTime, lldpStatsRemTablesLastChangeTime. */
const scalars: readonly Oid[] = [
  ...["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0"],
  ...["1.3.6.1.2.1.31.1.5.0", "1.3.6.1.2.1.47.1.4.1.0", "1.0.8802.1.1.2.1.2.1.0"],
];
const { ifAdminStatus, ifOperStatus, ifLastChange } = interfaces;
/** ifHCInOctets, ifHCOutOctets. */
const octets: readonly Oid[] = ["1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10"];
const objects = [...scalars, ifAdminStatus, ifOperStatus, ifLastChange, ...octets];

export const bench: Bench = async () => {
  const title = `${count} devices, light set, one process, ${atATime} in hand`;
  const missing = recordingsMissing();
  if (missing) return [{ title, grid: [["not measured"]], notes: [missing] }];
  const folder = temporaryFolder("bench");
  const hosts = Array.from({ length: count }, (_, at) => `127.0.${50 + Math.floor(at / 250)}.${(at % 250) + 1}`);
  const devices = new Map(
    hosts.map((host, at) => [host, { file: recordingFile(recordings[at % recordings.length] ?? recordings[0]), host }]),
  );
  const responder = await startResponder({ devices, latency });
  try {
    const order: ReaderOrder = { poll: { hosts, port: responder.port, objects, atATime, rounds } };
    const child = Bun.spawn([compileReader(folder), JSON.stringify(order)], { stdin: "ignore", stdout: "pipe" });
    let peak = 0;
    const looking = setInterval(() => {
      peak = Math.max(peak, peakOf(child.pid));
    }, 50);
    const all = JSON.parse(await new Response(child.stdout).text()) as PollRound[];
    clearInterval(looking);
    const { cpu } = await responder.stats();
    // Before the just-in-time compilers have finished.
    const [, ...kept] = all;
    const row = (what: string, unit: string, of: (round: PollRound) => number): Row => ({
      ...{ what, unit, values: kept.map(of) },
    });
    const last = kept.at(-1);
    if (last === undefined || last.incomplete > 0) throw new Error(`${last?.incomplete} columns are not complete`);
    return [
      {
        title,
        rows: [
          row("devices polled", "/h", ({ seconds }) => (count / seconds) * 3600),
          row("processor time", "ms/device", ({ cpu: seconds }) => (seconds * 1000) / count),
          row("part of a processor in use", "%", ({ cpu: seconds, seconds: wall }) => (seconds / wall) * 100),
          row("requests", "/device", ({ requests }) => requests / count),
          row("values", "/device", ({ values }) => values / count),
          row("resident memory (RSS) after a round", "MiB", ({ rss }) => rss),
          { what: "resident memory, at most", unit: "MiB", values: [peak] },
          { what: "simulated devices: processor time", unit: "ms/device", values: [cpu / 1000 / count / rounds] },
        ],
        notes: [
          `Each time anew: the credential is tried, ${scalars.length} scalars and ifAdminStatus, ifOperStatus, ifLastChange, ifHCInOctets, ifHCOutOctets are read to their end; nothing is stored. ${latency} ms latency, recordings as above in turns, each device on an address of its own.`,
        ],
      },
    ];
  } finally {
    await responder.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
