/** Ends a process group in order: TERM, wait, KILL. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch {
    return false; // ESRCH: nobody is left in it
  }
}

// Signal 0 reaches zombies, too, and an init that reaps slowly keeps them for seconds: /proc tells them apart.
function livesInGroup(leader: number): boolean {
  if (!signalGroup(leader, 0)) return false;
  return readdirSync("/proc").some((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      // proc_pid_stat(5): after the name in parentheses come state, parent, group.
      const [state, , group] = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return Number(group) === leader && state !== "Z";
    } catch {
      return false; // it has just ended
    }
  });
}

/** Milliseconds after KILL: what still lives then waits for a disk or a dead NFS server, and nothing can end it. */
const stuck = 3000;

/**
 * Resolves when no process of the group lives.
 * @param leader pid of the group's leader (a child that was started `detached`)
 * @param grace milliseconds between TERM and KILL
 */
export async function endGroup(leader: number, grace: number): Promise<void> {
  if (!signalGroup(leader, "SIGTERM")) return;
  const deadline = performance.now() + grace;
  // Processes that are not our own children give no event when they end: asking is all there is.
  for (let pause = 2; livesInGroup(leader); pause = Math.min(pause * 2, 50)) {
    const late = performance.now() - deadline;
    if (late >= 0) signalGroup(leader, "SIGKILL");
    if (late > stuck) return;
    await sleep(pause);
  }
}
