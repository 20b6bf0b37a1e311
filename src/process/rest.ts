/** A service that has nothing to do gives memory back. */
import { logger } from "../log.ts";
import { releaseProgram } from "../system/memory.ts";

const log = logger("process");

/** Microseconds of processor time in which a process that rests looks around, at most. */
const little = 100_000;

/**
 * Each time this process has come to rest after a start or other work, the program's pages that only that needed are let
 * go, until the signal fires. It keeps no process alive.
 * @param interval milliseconds between two looks
 */
export function giveBackAtRest(signal: AbortSignal, interval = 10_000): void {
  const used = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  let before = used();
  let worked = true;
  const timer = setInterval(() => {
    const now = used();
    const rests = now - before < little;
    before = now;
    if (rests && worked) {
      try {
        log.debug("at rest", { releasedKiB: releaseProgram() });
      } catch (error) {
        log.debug("no memory could be given back", { error });
      }
      // What that took itself is no work.
      before = used();
    }
    worked = !rests;
  }, interval);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
