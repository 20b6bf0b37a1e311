/** The parent's half of a task: a child with a hard deadline, whose standard output is the task's result. */
import { type InventoryDocument, normalise } from "../inventory/document.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { type Child, startChild } from "../process/child.ts";
import { childStart } from "../process/service.ts";
import type { Identity } from "./identity.ts";

/** What `agent task inventory` is told. */
export interface InventoryTask {
  identity: Identity;
  tag: string;
}

/** Bytes of a result. */
const largestResult = 64 * 1024 * 1024;

/** Milliseconds: beyond it, a timer would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * @param seconds after which the task is ended
 * @throws Problem `timeout`, `cancelled`, `child-failed`, `too-large`
 */
export async function runTask(name: string, options: unknown, seconds: number, signal: AbortSignal): Promise<unknown> {
  const deadline = AbortSignal.timeout(Math.min(seconds * 1000, longestTimer));
  const late = () => new Problem("timeout", `the task ${name} took longer than ${seconds} s and was ended`);
  let child: Child;
  try {
    child = await startChild(["agent", "task", name], {
      start: childStart(options),
      stdout: "pipe",
      signal: AbortSignal.any([signal, deadline]),
    });
  } catch (error) {
    throw deadline.aborted && !signal.aborted ? late() : error;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of child.stdout ?? []) {
    size += chunk.length;
    if (size > largestResult) {
      await child.stop(0);
      throw new Problem("too-large", `the task ${name} printed more than ${largestResult} bytes and was ended`);
    }
    chunks.push(chunk);
  }
  const exit = await child.exited;
  if (signal.aborted) throw new Problem("cancelled", `the task ${name} was stopped`);
  if (deadline.aborted) throw late();
  if (exit.status !== 0) {
    const how = exit.signal ? `by ${exit.signal}` : `with status ${exit.status}`;
    throw new Problem("child-failed", `the task ${name} ended ${how}`);
  }
  try {
    return JSON.parse(Buffer.concat(chunks, size).toString("utf8"));
  } catch (cause) {
    throw new Problem("child-failed", `the task ${name} printed no result`, { cause });
  }
}

export async function collectInventory(
  task: InventoryTask,
  seconds: number,
  signal: AbortSignal,
): Promise<InventoryDocument> {
  const begun = performance.now();
  const { document } = normalise(await runTask("inventory", task, seconds, signal));
  const rows = Object.values(document.sections).reduce((sum, section) => sum + section.length, 0);
  logger("agent").info("inventory collected", {
    items: rows,
    milliseconds: Math.round(performance.now() - begun),
    incomplete: document.incomplete.map((item) => item.section),
  });
  return document;
}
