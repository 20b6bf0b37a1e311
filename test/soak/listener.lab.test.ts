/**
 * `reeve listener`, its handlers and slapd are killed at random moments while several writers change the directory: in
 * the end every handler knows what the directory holds, has had every change at least once and in order, and what it has
 * had twice was the same under the same id. Thirty-two kills in `make test`, a thousand in `make soak`; the first half
 * with a session log that outlives slapd (delete phases), the second without (present phases). The seed is printed;
 * REEVE_TEST_SEED repeats a run's choices.
 */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type SlapdLab, slapdOrSkip } from "../lab/slapd.ts";
import { random } from "../random.ts";
import { specs } from "./listener-handlers.ts";
import { linesOf } from "./listener-judge.ts";
import { Load, secret } from "./listener-load.ts";
import { ListenerRun } from "./listener-run.ts";
import { settle } from "./listener-settle.ts";

const long = process.env.REEVE_TEST_SOAK === "1";
const [kills, rounds] = long ? [1000, 20] : [32, 2];
const seed = Number(process.env.REEVE_TEST_SEED ?? Date.now() % 1_000_000);

const lab = await slapdOrSkip({ durable: true });
if (lab) {
  test(
    `${kills} kills of listener, handlers and slapd lose nothing (seed ${seed})`,
    () => soak(lab),
    long ? 7_200_000 : 240_000,
  );
}

async function soak(lab: SlapdLab): Promise<void> {
  const next = random(seed);
  const run = new ListenerRun(lab);
  const load = new Load(lab, random(seed + 1));
  const killed = { listener: 0, handler: 0, slapd: 0 };

  const kill = async (): Promise<void> => {
    const dice = next();
    const victims = run.children();
    if (dice < 0.5 && victims.length > 0) {
      const victim = victims[Math.floor(next() * victims.length)]!;
      process.kill(victim, "SIGKILL");
      killed.handler++;
    } else if (dice < 0.82) {
      await run.kill();
      run.start();
      killed.listener++;
    } else {
      await lab.kill();
      // Away for a moment, or back before anybody has noticed.
      if (next() < 0.5) await Bun.sleep(next() * 500);
      await lab.start();
      killed.slapd++;
    }
  };

  run.start();
  try {
    for (let round = 1; round <= rounds; round++) {
      load.start(3, 30);
      for (let count = 0; count < kills / rounds; count++) {
        // Now and then long enough for all to be up.
        await Bun.sleep(next() < 0.15 ? 2500 : 50 + next() * 1000);
        if (long && count % 25 === 24) await run.ask("resync", "lines");
        await kill();
      }
      await load.stop();
      const { status, found, complaints } = await settle(lab, run);
      expect(complaints.slice(0, 20)).toEqual([]);
      expect(status).toMatchObject({ held: 0, parked: { failed: 0, waiting: 0, dead: 0 } });
      console.log(
        `round ${round}: ${sum(killed)} kills, ${load.total} changes, ${found.events.length} events, ` +
          `${status.entries} entries`,
      );
      run.calm(false);
      if (round === rounds / 2) await lab.reconfigure({ log: next() < 0.5 ? "memory" : "none" });
    }
    await run.stop();
    expect(readFileSync(join(run.cache, "listener.db")).includes(secret)).toBe(false);
    const calls = specs.map(({ name }) => {
      const ids = linesOf(run.home, name).flatMap(({ id }) => id ?? []);
      return `${name} ${new Set(ids).size}+${ids.length - new Set(ids).size}`;
    });
    console.log(`seed ${seed}: ${JSON.stringify(killed)}, changes ${JSON.stringify(load.acknowledged)}`);
    console.log(`${load.refused} refused, ${load.doubts} in doubt; calls and repetitions: ${calls.join(", ")}`);
    expect(load.total).toBeGreaterThan(kills);
  } catch (error) {
    console.error(`seed ${seed}, see ${run.folder}: ${JSON.stringify(killed)}`);
    if (process.env.REEVE_TEST_KEEP) Bun.spawnSync(["cp", "-r", run.folder, lab.folder, process.env.REEVE_TEST_KEEP]);
    throw error;
  } finally {
    await load.stop();
    run.process?.kill("SIGKILL");
    await lab.kill();
  }
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}
