/** Settings of network cards, by the program ethtool. */
import { Problem } from "../../problem.ts";
import { run } from "../../process/run.ts";
import { failure } from "./errno.ts";
import { ethtoolWords } from "./ip-line.ts";
import type { Step, StepResult } from "./step.ts";

/** A card may take its time to negotiate. */
const timeout = 30_000;

export async function ethtool(step: Step & { do: "ethtool" }): Promise<StepResult> {
  try {
    const { status, stdout, stderr } = await run(ethtoolWords(step), { timeout, maxOutput: 1 << 16 });
    const said = `${stderr}\n${stdout}`;
    // It calls it an error when all is so already.
    if (status === 0 || /unmodified, ignoring|no \S+ (parameters|settings) changed/.test(said)) return { ok: true };
    const message = said.split("\n").find((line) => line.trim() !== "") ?? `it ended with status ${status}`;
    return failure("EPROGRAM", `ethtool: ${message.trim()}`);
  } catch (error) {
    return failure("EPROGRAM", Problem.from(error).message);
  }
}
