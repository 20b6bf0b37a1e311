/**
 * `reeve netconf up` and `down` as they are called most: names, `-a`, `-f`, `-q`, and a daemon that does it. Neither the
 * command-line library nor the streams of standard output are loaded, which take longer than all the rest.
 */
import { loadConfiguration } from "../../src/config/load.ts";
import type { Progress, UpOptions } from "../../src/console/interfaces/control.ts";
import { configureLog, logger } from "../../src/log.ts";
import { Problem } from "../../src/problem.ts";
import { stopSignal } from "../../src/process/lifeline.ts";
import { printable } from "../printable.ts";
import { writeOut } from "../write-out.ts";
import { askDaemon } from "./ask.ts";
import { failureOf, resultLine } from "./up-result.ts";

/** @returns the exit code; undefined: this is for the whole command line, nothing has been done */
export async function upDownQuickly(verb: "up" | "down", words: readonly string[]): Promise<number | undefined> {
  const given = plain(words);
  if (!given) return undefined;
  const tell = (text: string) => writeOut(2, `${printable(text)}\n`);
  const line = (partial: unknown) => {
    const { line: text } = partial as Progress;
    if (text !== undefined && !given.quiet) tell(text);
  };
  try {
    configureLog({ write: (text) => writeOut(2, text) });
    const { settings } = await loadConfiguration({}, process.env, "reeve-netconf");
    const result = await askDaemon(verb, given.options, settings, stopSignal(), line);
    writeOut(1, printable(result.interfaces.map((one) => `${resultLine(one)}\n`).join("")));
    const failure = failureOf(verb, result);
    if (failure) throw failure;
    return 0;
  } catch (error) {
    const problem = Problem.from(error);
    if (problem.code === "not-running") return undefined;
    if (problem.code === "internal") logger("reeve").error("unexpected error", { error });
    tell(`reeve netconf ${verb}: ${problem.message}`);
    return problem.exit;
  }
}

function plain(words: readonly string[]): { options: UpOptions; quiet: boolean } | undefined {
  const flags = new Set(words.filter((word) => word.startsWith("-")));
  const names = words.filter((word) => !word.startsWith("-"));
  const has = (...spellings: string[]) => spellings.map((one) => flags.delete(one)).includes(true);
  const [all, force, quiet] = [has("-a", "--all"), has("-f", "--force"), has("-q", "--quiet")];
  if (flags.size > 0 || names.length > 0 === all) return undefined;
  const options = {
    ...(names.length > 0 ? { names } : {}),
    ...(all ? { all } : {}),
    ...(force ? { force } : {}),
  };
  return { options, quiet };
}
