/** Ends a process group in order: TERM, wait, KILL. */
import { setTimeout as sleep } from "node:timers/promises";

function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false; // ESRCH: nobody is left in it
  }
}

/**
 * Resolves when no process of the group is left.
 * @param leader pid of the group's leader (a child that was started `detached`)
 * @param grace milliseconds between TERM and KILL
 */
export async function endGroup(leader: number, grace: number): Promise<void> {
  const deadline = performance.now() + grace;
  if (!signalGroup(leader, "SIGTERM")) return;
  // A group that is not our child's alone gives no event when it empties: asking is all there is.
  for (let pause = 2; signalGroup(leader, 0); pause = Math.min(pause * 2, 50)) {
    if (performance.now() >= deadline) {
      signalGroup(leader, "SIGKILL");
      // Zombies of a group whose members init has not yet reaped still answer signal 0; they hold nothing.
      for (let tries = 0; tries < 20 && signalGroup(leader, 0); tries++) await sleep(10);
      return;
    }
    await sleep(pause);
  }
}
