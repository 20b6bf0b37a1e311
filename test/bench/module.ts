/** How soon a module answers: in a new session, in a running process, and how long its process takes to be ready. */
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ModuleStart } from "../../src/console/protocol.ts";
import type { ChildMessage, StartMessage } from "../../src/process/child.ts";
import type { ChildStart } from "../../src/process/service.ts";
import { binary, Console } from "../lab/console.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { inTurns, milliseconds } from "./measure.ts";
import type { Bench } from "./report.ts";

const repetitions = 11;

/** Milliseconds from the start of a module's process, as the daemon starts it, to its word that it is ready. */
async function spawned(module: string, socket: string, database: string, file?: string): Promise<number> {
  const options: ModuleStart = {
    module,
    listen: { unix: socket },
    idle: 600,
    locale: "en",
    run: dirname(socket),
    database: { url: database },
    ...(file === undefined ? {} : { file }),
  };
  const start: ChildStart = { log: { level: "ERROR", format: "json" }, options };
  const ready = Promise.withResolvers<void>();
  const begun = performance.now();
  const child = Bun.spawn([binary, "module", "-m", module, "-s", socket], {
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
    serialization: "json",
    ipc(message: ChildMessage) {
      if ("ready" in message) ready.resolve();
      else ready.reject(new Error(JSON.stringify(message)));
    },
  });
  child.send({ start, parent: process.pid } satisfies StartMessage);
  await ready.promise;
  const took = performance.now() - begun;
  child.kill();
  await child.exited;
  return took;
}

/** A re-run child of Bun's that says it is ready at once: what the way itself costs. */
async function bare(program: string): Promise<number> {
  const ready = Promise.withResolvers<void>();
  const begun = performance.now();
  const child = Bun.spawn([program], { serialization: "json", ipc: () => ready.resolve(), stdout: "ignore" });
  await ready.promise;
  const took = performance.now() - begun;
  child.kill();
  await child.exited;
  return took;
}

export const bench: Bench = async () => {
  const folder = temporaryFolder("bench");
  const console_ = await Console.start();
  try {
    const database = `sqlite:${join(console_.state, "reeve.sqlite")}`;
    const lab = join(console_.state, "etc", "modules", "lab.ts");
    const source = join(folder, "bare.ts");
    const program = join(folder, "bare");
    await Bun.write(source, 'process.send({ ready: null });\nprocess.on("disconnect", () => process.exit(0));\n');
    Bun.spawnSync([process.execPath, "build", "--compile", `--outfile=${program}`, source], { cwd: folder });

    const echo = { options: { value: 1 } };
    let visitor = await console_.login();
    const call = async () => {
      const { status, text } = await visitor.post("/command/lab/echo", echo);
      if (status !== 200) throw new Error(`lab/echo: ${text}`);
    };
    const figures = await inTurns(
      {
        cold: async () => {
          await visitor.post("/logout", {});
          visitor = await console_.login();
          return milliseconds(call);
        },
        warm: () => milliseconds(call),
        site: () => spawned("lab", join(folder, "lab.sock"), database, lab),
        builtin: () => spawned("inventory", join(folder, "inventory.sock"), database),
        bare: () => bare(program),
      },
      { warmup: 2, repetitions },
    );
    const against = { name: "bare child", values: figures.bare };
    return [
      {
        title: "Module ready",
        rows: [
          { what: "first command of a session, to its answer", unit: "ms", values: figures.cold, against },
          { what: "next command, to its answer", unit: "ms", values: figures.warm },
          { what: "process of a site's module, to ready", unit: "ms", values: figures.site, against },
          { what: "process of the inventory module, to ready", unit: "ms", values: figures.builtin, against },
          { what: "bare compiled child, to its first message", unit: "ms", values: figures.bare },
        ],
        notes: ["The model's module process took 320 ms to be there again (reference, not measured here)."],
      },
    ];
  } finally {
    await console_.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};
