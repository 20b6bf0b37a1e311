/**
 * A backend with actions that misbehave by name, both halves in one program as the binary is: `backend.ts SETTINGS`
 * starts workers of itself and prints `ready`. SETTINGS is JSON.
 *
 * Actions: `ok`; `sleep` (extra: milliseconds; breaks off), `deaf` (extra: milliseconds; does not break off), `busy`
 * (never ends and lets nothing else run), `crash`, `defer`, `fail`, `title` (what ps shows of its process), `big` (extra:
 * MiB to hold), `pid`, and `once` (extra: milliseconds; writes a line to the file `device` at its beginning and its end).
 */
import { appendFileSync } from "node:fs";
import type { JobRequest, Outcome } from "../../src/backend/action.ts";
import { runBackend } from "../../src/backend/backend.ts";
import { serveJobs } from "../../src/backend/worker.ts";
import { keys, type Settings } from "../../src/config/keys.ts";
import { configureLog } from "../../src/log.ts";
import { Problem } from "../../src/problem.ts";
import { startChild } from "../../src/process/child.ts";
import { attachToParent, stopSignal } from "../../src/process/lifeline.ts";
import { type Host, host } from "../../src/process/service.ts";
import { pause } from "../../src/process/wait.ts";
import { openStore, type Store } from "../../src/store/database.ts";

const held: Uint8Array[] = [];

async function perform({ action, extra, device }: JobRequest, store: Store, signal: AbortSignal): Promise<Outcome> {
  const done = (message: string): Outcome => ({ status: "done", message });
  switch (action) {
    case "ok":
      return done("ok");
    case "sleep":
      await pause(Number(extra), signal);
      if (signal.aborted) throw signal.reason;
      return done("slept");
    case "deaf":
      await Bun.sleep(Number(extra));
      return done("slept");
    case "busy":
      for (;;) Math.sqrt(2);
    case "crash":
      process.kill(process.pid, "SIGKILL");
      await Bun.sleep(10_000);
      return done("never");
    case "defer":
      return { status: "defer", message: `${device} does not answer` };
    case "fail":
      throw new Problem("bad-options", "no such port");
    case "defect":
      throw new TypeError("undefined is not a function");
    case "big":
      held.push(new Uint8Array(Number(extra) * 2 ** 20).fill(1));
      return done("held");
    case "pid":
      return done(String(process.pid));
    case "title":
      await pause(Number(extra), signal);
      return done(
        Bun.spawnSync(["ps", "-o", "comm=,args=", "-p", String(process.pid)])
          .stdout.toString()
          .trim(),
      );
    case "once":
      appendFileSync(device, `begin ${process.pid}\n`);
      await pause(Number(extra), signal);
      if (signal.aborted) throw signal.reason;
      // Touches the store, as every real action does.
      await store.db.selectFrom("backend").select("id").execute();
      appendFileSync(device, `end ${process.pid}\n`);
      return done("ok");
    default:
      return { status: "info", message: `there is no action ${action}` };
  }
}

async function workerMain({ settings }: { settings: Settings }, host: Host): Promise<void> {
  const store = await openStore({ url: settings.database });
  await serveJobs(host, {
    perform: (request, signal) => perform(request, store, signal),
    storeAnswers: () =>
      store.db
        .selectFrom("backend")
        .select("id")
        .execute()
        .then(
          () => true,
          () => false,
        ),
  });
  await store.close();
}

async function backendMain(settings: Settings, host: Host): Promise<void> {
  await runBackend(
    {
      settings,
      startWorker: (onNote, signal) => startChild(["worker"], { start: { settings }, onNote, signal, titleRoom: 200 }),
      knows: () => true,
      ...(process.env.REEVE_TEST_POLL ? { poll: Number(process.env.REEVE_TEST_POLL) } : {}),
      forbidden: async ({ device }) => (device.startsWith("10.") ? "10.0.0.0/8 is not ours" : ""),
    },
    host,
  );
}

configureLog({ level: process.env.REEVE_TEST_VERBOSE ? "INFO" : "ERROR", format: "json" });
const attached = await attachToParent();
if (attached) {
  configureLog({ level: "ERROR" });
  await host(workerMain, attached.parent.start, attached.signal, attached.parent);
} else {
  const defaults = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.default]));
  const settings = { ...defaults, ...JSON.parse(process.argv[2] ?? "{}") } as Settings;
  const said = { start: undefined, ready: () => void process.stdout.write("ready\n"), note: () => undefined };
  await host((given: Settings, with_: Host) => backendMain(given, with_), settings, stopSignal(), {
    ...said,
    onMessage: () => undefined,
  });
}
process.exit(0);
