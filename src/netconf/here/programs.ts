/** Scripts and commands of the configuration, as processes of this host. */
import { runHook, runShell } from "../../process/shell.ts";
import type { Programs, Stream } from "../world.ts";

/** Escape sequences and controls: what a script prints ends on somebody's terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const steering = /\u001b(?:\[[0-?]*[ -/]*[@-~]|.)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export const programsHere: Programs = {
  run(program, { env, signal, stdin, onLine }) {
    const options = {
      ...{ env, signal },
      ...(stdin === undefined ? {} : { stdin }),
      ...(onLine ? { onLine: (line: string, stream: Stream) => onLine(line.replace(steering, ""), stream) } : {}),
    };
    return "shell" in program ? runShell(program.shell, options) : runHook(program.argv, options);
  },
};
