/**
 * An SNMP agent of our own for tests and measurements: it serves recordings by community (v1, v2c), thousands of them,
 * in a process of its own, so that its processor time is counted apart. What it serves can be changed while it runs.
 */
import { join } from "node:path";
import type { VarBind } from "../../src/snmp/value.ts";
import type { Change, Order, Report, ResponderOptions, Stats } from "./responder/protocol.ts";

export type { Change, DeviceSpec, ResponderOptions, Stats } from "./responder/protocol.ts";

export interface Responder {
  readonly host: string;
  /** The common port of all devices. */
  readonly port: number;
  readonly pid: number;
  /** Changes what devices serve, in order; done when it resolves. */
  change(...changes: Change[]): Promise<void>;
  /** Sets objects of one device: `responder.set("sw1", { oid: "1.3.6.1.2.1.1.3.0", type: tag.timeTicks, value: 100 })` */
  set(device: string, ...rows: VarBind[]): Promise<void>;
  /** New latency of all devices, new loss. */
  tune(values: { latency?: number; loss?: number }): Promise<void>;
  /** What was served since the start or the last reset. */
  stats(reset?: boolean): Promise<Stats>;
  stop(): Promise<void>;
}

type Job = Order extends infer One ? (One extends Order ? Omit<One, "id"> : never) : never;

/** It ends with the test's process in any case. */
export async function startResponder(options: ResponderOptions): Promise<Responder> {
  const waiting = new Map<number, { resolve: (report: Report) => void; reject: (error: Error) => void }>();
  let last = 0;
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "responder", "child.ts")], {
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit"],
    ipc(report: Report) {
      const asker = waiting.get(report.id);
      waiting.delete(report.id);
      if ("error" in report) asker?.reject(new Error(report.error));
      else asker?.resolve(report);
    },
    onExit(_, code, signal) {
      for (const { reject } of waiting.values()) reject(new Error(`the responder ended: ${signal ?? code}`));
    },
  });
  const order = (job: Job) =>
    new Promise<Report>((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      child.send({ ...job, id: last });
    });
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  let port = 0;
  try {
    const started = await order({ do: "start", options });
    if ("port" in started) port = started.port;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: options.host ?? "127.0.0.1",
    port,
    pid: child.pid,
    stop,
    change: async (...changes) => void (await order({ do: "change", changes })),
    set: async (device, ...rows) => void (await order({ do: "change", changes: [{ device, set: rows }] })),
    tune: async (values) => void (await order({ do: "tune", ...values })),
    stats: async (reset = false) => {
      const report = await order({ do: "stats", reset });
      if (!("stats" in report)) throw new Error("no stats");
      return report.stats;
    },
  };
}
