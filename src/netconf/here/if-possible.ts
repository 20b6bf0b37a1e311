/** What is better to have, and is done without where files cannot be written: interfaces come up all the same. */
import { logger } from "../../log.ts";
import { Problem } from "../../problem.ts";

const log = logger("netconf");
const forgiven: ReadonlySet<string> = new Set(["permission", "io", "missing"]);

/**
 * @returns undefined: it could not be made, which is said in the log
 * @throws what `make` throws that has another cause, or is no wonder, for we are not root
 */
export async function ifPossible<T>(what: string, make: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    if (process.getuid?.() !== 0 || !forgiven.has(Problem.from(error).code)) throw error;
    log.warning("it goes on without what cannot be written", { what, error });
    return undefined;
  }
}
