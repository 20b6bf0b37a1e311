/** A handler on its own, without directory, journal and queue: for who writes one. */
import { basename, dirname } from "node:path";
import { createInterface } from "node:readline";
import { Problem } from "../problem.ts";
import type { LifeFunction } from "./declaration.ts";
import { HandlerProcess } from "./handler.ts";
import { handlerFiles } from "./handler-file.ts";
import type { Call } from "./wire.ts";

/**
 * Loads the handler of a file, tells what it declares, and gives it what stands in the input, a JSON object a line.
 * @param tell gets the declaration, then the outcome of each call
 * @returns how many calls failed
 * @throws Problem `not-found`: the file is no handler; `config`: it does not run, and why
 */
export async function tryHandler(
  file: string,
  settings: Record<string, Record<string, string[]>>,
  input: NodeJS.ReadableStream | undefined,
  tell: (value: unknown) => void,
): Promise<number> {
  const handler = await loaded(file, settings);
  let failures = 0;
  try {
    tell({ declaration: handler.declaration, warnings: handler.warnings });
    for await (const line of input ? createInterface({ input }) : []) {
      if (line.trim() === "") continue;
      const outcome = await perform(handler, line);
      if (outcome.end !== "done") failures++;
      tell(outcome);
      if (handler.state.state !== "serving") await serving(handler);
    }
  } finally {
    await handler.stop();
  }
  return failures;
}

/**
 * The handler of a file, serving; the caller stops it.
 * @throws Problem `not-found`: the file is no handler; `config`: it does not run, and why
 */
export async function loaded(
  file: string,
  settings: Record<string, Record<string, string[]>>,
): Promise<HandlerProcess> {
  const found = handlerFiles(dirname(file)).find((one) => one.file === file);
  if (!found) throw new Problem("not-found", `${basename(file)} is no handler: not there, not executable, or ignored`);
  const handler = new HandlerProcess(found, { settings: settings[found.stem] ?? {} });
  try {
    await serving(handler);
    return handler;
  } catch (error) {
    await handler.stop();
    throw error;
  }
}

type Outcome = { end: string; id?: string; error?: string };

async function perform(handler: HandlerProcess, line: string): Promise<Outcome> {
  const said = parse(line);
  if (said.function !== undefined) {
    try {
      await handler.life(said.function);
      return { id: said.function, end: "done" };
    } catch (error) {
      return { id: said.function, end: "failed", error: (error as Error).message };
    }
  }
  const { id = "", command = "a", dn = "", ...rest } = said;
  const call: Call = { id, command, dn, new: {}, old: {}, uuid: "", csn: "", at: Date.now(), ...rest };
  return { id, ...(await handler.send([call], () => undefined)) };
}

function parse(line: string): Partial<Call> & { function?: LifeFunction } {
  try {
    const said = JSON.parse(line);
    if (said?.function !== undefined || (typeof said?.id === "string" && typeof said.dn === "string")) return said;
  } catch {
    // said below
  }
  throw new Problem("bad-request", `expected a call as JSON, with id and dn: ${line.slice(0, 200)}`);
}

/** @throws Problem `config` when it is out of service */
export async function serving(handler: HandlerProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (handler.state.state === "serving" || handler.state.state === "out of service") resolve();
  };
  handler.onState = look;
  look();
  await promise;
  if (handler.state.state === "out of service") throw new Problem("config", handler.state.reason);
}
