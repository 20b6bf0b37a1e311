/**
 * A program that is both halves of a re-run process, as the binary is: `parent SCENARIO` starts children of itself,
 * which misbehave by name. It prints one JSON value and waits where the test kills it.
 */
import { configureLog } from "../../src/log.ts";
import { Problem } from "../../src/problem.ts";
import { type Child, startChild } from "../../src/process/child.ts";
import { attachToParent, reportFailure, stopSignal } from "../../src/process/lifeline.ts";
import { run } from "../../src/process/run.ts";
import { supervise } from "../../src/process/supervisor.ts";

type Start = { name: string; secret?: string };

const forever = () => new Promise<never>(() => setInterval(() => undefined, 1000));

async function childHalf(): Promise<void> {
  const attached = await attachToParent();
  if (!attached) throw new Error("no parent");
  const { parent, signal } = attached;
  const { name, secret } = parent.start as Start;
  switch (name) {
    case "ready":
      parent.ready({
        secret,
        environment: Object.keys(process.env).sort(),
        argv: process.argv.slice(2),
        pid: process.pid,
      });
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      return;
    case "silent":
      return forever();
    case "exits":
      process.exit(7);
      break;
    case "fails":
      await reportFailure(new Problem("schema-outdated", "run it"));
      process.exit(79);
      break;
    case "stubborn":
      process.on("SIGTERM", () => undefined);
      parent.ready({ pid: process.pid });
      return forever();
    case "busy":
      parent.ready({ pid: process.pid });
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (;;) Math.sqrt(2);
    case "dies":
      parent.ready({ pid: process.pid });
      setTimeout(() => process.exit(1), 1);
      return forever();
    case "tree": {
      const grandchild = await startChild(["child"], { start: { name: "ready" } });
      const busy = await startChild(["child"], { start: { name: "busy" } });
      const external = Promise.withResolvers<number>();
      void run(["sh", "-c", "echo $$; exec sleep 1000"], {
        signal,
        onOutput: (_stream, text) => external.resolve(Number(text)),
      }).catch(() => undefined);
      parent.ready([process.pid, grandchild.pid, busy.pid, await external.promise]);
      return forever();
    }
    default:
      throw new Error(`no such fake: ${name}`);
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function outcome(start: Promise<Child>): Promise<unknown> {
  try {
    const child = await start;
    return { ready: child.ready };
  } catch (error) {
    const { code, message } = Problem.from(error);
    return { code, message };
  }
}

async function parentHalf(scenario: string, name: string): Promise<void> {
  const start: Start = { name, secret: "s3cret" };
  switch (scenario) {
    case "start": {
      // Only of one that never says so: on a busy machine the others take their time.
      const readyTimeout = name === "silent" ? 300 : 30_000;
      print(await outcome(startChild(["child", "word"], { start, readyTimeout })));
      process.exit(0);
      break;
    }
    case "small-heap": {
      print(await outcome(startChild(["child"], { start, smallHeap: true })));
      process.exit(0);
      break;
    }
    case "stop": {
      const child = await startChild(["child"], { start });
      print(await child.stop(200));
      process.exit(0);
      break;
    }
    case "hold": {
      const child = await startChild(["child"], { start });
      print(child.ready);
      return forever();
    }
    case "supervise": {
      configureLog({ level: "ERROR", format: "json", write: (line) => process.stdout.write(line) });
      const policy = { first: 1, slowest: 4, tries: 3, window: 60_000 };
      const it = supervise(name, () => startChild(["child"], { start, readyTimeout: 30_000 }), stopSignal(), policy);
      print({ ended: await it.ended, restarts: it.restarts, reason: it.reason });
      process.exit(0);
    }
  }
}

if (process.send) await childHalf();
else await parentHalf(process.argv[3] ?? "", process.argv[4] ?? "");
process.exit(0);
