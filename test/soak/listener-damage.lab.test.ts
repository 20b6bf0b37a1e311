/**
 * `reeve listener` on a file system that fills up, and with a database that is damaged while it is down: nothing is lost,
 * and no handler is told of a deletion that was none. The seed is printed; REEVE_TEST_SEED repeats a run's choices.
 */
import { expect, test } from "bun:test";
import { closeSync, ftruncateSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openFile } from "../../src/listener/database.ts";
import { temporaryFolder } from "../lab/folder.ts";
import { type SlapdLab, slapdOrSkip } from "../lab/slapd.ts";
import { random } from "../random.ts";
import { linesOf, type Recorded, recorded, type Truth } from "./listener-judge.ts";
import { Load } from "./listener-load.ts";
import { ListenerRun } from "./listener-run.ts";
import { settle } from "./listener-settle.ts";

const long = process.env.REEVE_TEST_SOAK === "1";
const seed = Number(process.env.REEVE_TEST_SEED ?? Date.now() % 1_000_000);
const damages = long ? 64 : 4;

async function withLab(work: (lab: SlapdLab, load: Load, next: () => number) => Promise<void>): Promise<void> {
  const lab = await slapdOrSkip();
  if (!lab) return;
  const load = new Load(lab, random(seed + 1));
  try {
    await work(lab, load, random(seed));
  } finally {
    await load.stop();
    await lab.kill();
  }
}

test.skipIf(process.getuid?.() !== 0)(
  `the disk is full, again and again, also when it starts (seed ${seed})`,
  () =>
    withLab(async (lab, load, next) => {
      const disk = temporaryFolder("disk");
      if (Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=96m,mode=700", "none", disk]).exitCode !== 0) {
        console.warn("skipped: this root may not mount");
        return;
      }
      const ballast = join(disk, "ballast");
      const run = new ListenerRun(lab, join(disk, "cache"));
      run.calm(true);
      try {
        run.start();
        load.start(3, 10);
        await run.settledOnce();
        for (let round = 0; round < (long ? 12 : 2); round++) {
          fill(ballast);
          await run.until(({ phase }) => phase === "full", "it notices that the disk is full");
          if (round % 3 === 1) {
            await run.kill();
            run.start();
            // It waits for space, or has ended with that reason: then it is started again, as systemd does.
            await Bun.sleep(500 + 1500 * next());
            if (round % 2 === 1) await run.kill();
          }
          rmSync(ballast);
          if (!run.lives) run.start();
          await load.stop();
          const { complaints, status } = await settle(lab, run);
          expect(complaints.slice(0, 20)).toEqual([]);
          expect(status).toMatchObject({ error: "", held: 0 });
          load.start(3, 10);
        }
        await load.stop();
        await settle(lab, run);
        await run.stop();
      } finally {
        await run.kill();
        Bun.spawnSync(["umount", "--lazy", disk]);
      }
    }),
  long ? 1_200_000 : 180_000,
);

/** Until nothing more fits. */
function fill(path: string): void {
  const file = openSync(path, "w");
  try {
    for (const piece of [new Uint8Array(65_536), new Uint8Array(4096)])
      while (writeSync(file, piece) === piece.length) {}
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

type Damage = (path: string, next: () => number) => void;

const inPlace =
  (size: number, times: number): Damage =>
  (path, next) => {
    const file = openSync(path, "r+");
    const bytes = () => Uint8Array.from({ length: size }, () => 256 * next());
    for (let count = 0; count < times; count++)
      writeSync(file, bytes(), 0, size, Math.floor(next() * statSync(path).size));
    closeSync(file);
  };

const kinds: Record<string, Damage> = {
  "4 KiB of random bytes": inPlace(4096, 1),
  "64 random bytes": inPlace(64, 1),
  "single bytes": inPlace(1, 20),
  "pages here and there": inPlace(8192, 8),
  "a random header": (path, next) => {
    const file = openSync(path, "r+");
    writeSync(
      file,
      Uint8Array.from({ length: 100 }, () => 256 * next()),
      0,
      100,
      0,
    );
    closeSync(file);
  },
  "cut off": (path, next) => {
    const file = openSync(path, "r+");
    ftruncateSync(file, Math.floor(next() * statSync(path).size));
    closeSync(file);
  },
  empty: (path) => writeFileSync(path, ""),
  "gone, its log left": (path) => rmSync(path),
};

/** Deletions that a handler was told of although the entry is there. */
function falseDeletions(home: string, since: number, truth: Map<string, Truth>, { events, epoch }: Recorded): string[] {
  const there = new Set([...truth.values()].map(({ uuid }) => uuid));
  // The first half of a move in a circle is told as one, and the second as a creation.
  const outs = new Set(events.filter(({ kind }) => kind === "out").map(({ seq }) => `${epoch}.${seq}.1`));
  return linesOf(home, "objects")
    .slice(since)
    .filter(({ command, uuid, id }) => command === "d" && there.has(uuid) && !outs.has(id))
    .map(({ dn, id }) => `${id} ${dn}`);
}

test(
  `${damages} times random damage to the database while it is down (seed ${seed})`,
  () =>
    withLab(async (lab, load, next) => {
      const run = new ListenerRun(lab);
      const path = join(run.cache, "listener.db");
      const rebuilt: string[] = [];
      run.calm(true);
      run.start();
      try {
        load.start(3, 20);
        await run.settledOnce();
        // Each kind equally often, or (in the short form) not every kind in every run.
        const order = Object.entries(kinds).sort(() => next() - 0.5);
        let { epoch } = recorded(run.cache);
        for (let round = 0; round < damages; round++) {
          const [name, damage] = order[round % order.length]!;
          await Bun.sleep(200 + 500 * next());
          await run.kill();
          const since = linesOf(run.home, "objects").length;
          // Half of the time with a log beside it.
          if (next() < 0.5) checkpoint(path);
          damage(path, next);
          await Bun.sleep(200 * next());
          run.start();
          await Bun.sleep(500 * next());
          await load.stop();
          const { complaints, truth, found } = await settle(lab, run, false);
          const again = found.epoch !== epoch;
          if (again) rebuilt.push(name);
          epoch = found.epoch;
          // Numbers begin anew, and what came before cannot be told any more: what counts is what they know now.
          expect([name, again, complaints.slice(0, 10)]).toEqual([name, again, []]);
          expect([name, again, falseDeletions(run.home, since, truth, found)]).toEqual([name, again, []]);
          load.start(3, 20);
        }
        console.log(`seed ${seed}: made anew ${rebuilt.length} times of ${damages}: ${rebuilt.join(", ")}`);
      } finally {
        await load.stop();
        await run.kill();
      }
    }),
  long ? 1_800_000 : 180_000,
);

function checkpoint(path: string): void {
  const database = openFile(path);
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}
