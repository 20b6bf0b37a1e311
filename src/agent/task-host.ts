/** The child's half of a task: runs it and prints its result. One table of tasks. */
import { Problem } from "../problem.ts";
import type { Host } from "../process/service.ts";

export type Task = (options: never, signal: AbortSignal) => Promise<unknown>;

const tasks: Record<string, () => Promise<Task>> = {
  inventory: async () => (await import("./tasks/inventory.ts")).inventory,
};

export async function taskHost(options: unknown, host: Host): Promise<void> {
  const [, , name = ""] = process.argv.slice(2);
  const load = Object.hasOwn(tasks, name) ? tasks[name] : undefined;
  if (!load) throw new Problem("usage", `there is no task ${name}; known: ${Object.keys(tasks).join(", ")}`);
  const task = await load();
  host.ready();
  const result = JSON.stringify(await task(options as never, host.signal));
  await new Promise<void>((resolve) => process.stdout.write(result, () => resolve()));
}
