/** From a device to the name of its stanzas, by mappings and their scripts. */

import { Problem } from "../problem.ts";
import type { Engine } from "./engine.ts";
import { Ends, type Task } from "./events/task.ts";
import { mapName } from "./interfaces/mapping.ts";

/** Lines that a mapping's script may print before the rest is dropped. */
const mostLines = 100;

/** @throws Ends `failed` */
export async function logicalName(
  engine: Engine,
  task: Task,
  iface: string,
  { logical: said, mappings }: { logical?: string; mappings?: boolean },
): Promise<string> {
  if (mappings === false || engine.configuration.mappings.length === 0) return said ?? iface;
  try {
    return await mapName(
      engine.configuration,
      iface,
      async (script, physical, input) => {
        const lines: string[] = [];
        const what = { what: `${script} ${physical}`, status: null as number | null };
        task.event.ran.push(what);
        what.status = await engine.world.programs.run(
          { argv: [script, physical] },
          {
            env: { IFACE: physical },
            signal: task.signal,
            stdin: input,
            onLine(line, stream) {
              if (stream === "stderr") engine.say(task, line, stream);
              else if (lines.length < mostLines) lines.push(line);
            },
          },
        );
        if (what.status !== 0) throw new Problem("child-failed", `${script}: exit status ${what.status}`);
        return lines.join("\n");
      },
      said,
    );
  } catch (error) {
    task.check();
    if (error instanceof Problem) throw new Ends("failed", error.message);
    throw error;
  }
}
