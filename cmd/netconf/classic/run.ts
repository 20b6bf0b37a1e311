/** `ifup`, `ifdown`, `ifquery`: by the name of a link, or as `reeve netconf ifup …`. */
import { runFace } from "../../../src/netconf/classic/face.ts";
import type { Face } from "../../../src/netconf/classic/invocation.ts";
import { stopSignal } from "../../../src/process/lifeline.ts";
import { systemScene } from "./scene.ts";

/** @returns the model's exit code: 0, or 1 */
export async function runClassic(face: Face, words: readonly string[]): Promise<number> {
  const [{ loadConfiguration }, { configureLog }, { Problem }] = await Promise.all([
    import("../../../src/config/load.ts"),
    import("../../../src/log.ts"),
    import("../../../src/problem.ts"),
  ]);
  try {
    const { settings } = await loadConfiguration({}, process.env, "reeve-netconf");
    configureLog({ level: settings["log.level"], format: settings["log.format"] });
    const { operateBy } = await import("./operate.ts");
    return await runFace(face, words, systemScene(settings, stopSignal(), operateBy(settings)));
  } catch (error) {
    process.stderr.write(`${face}: ${Problem.from(error).message}\n`);
    return 1;
  }
}
