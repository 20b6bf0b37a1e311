/**
 * Processes of Reeve that Reeve starts: they are dispatched before the command-line library is loaded, and get their
 * configuration from their parent, not from argv. The one table of their names.
 */
import { configureLog } from "../src/log.ts";
import { Problem } from "../src/problem.ts";
import { attachToParent, reportFailure } from "../src/process/lifeline.ts";
import { type ChildStart, host, type ServiceMain } from "../src/process/service.ts";

const children: Record<string, () => Promise<ServiceMain>> = {
  daemon: async () => (await import("../src/daemon/daemon.ts")).daemon,
  module: async () => (await import("../src/module/host.ts")).moduleHost,
  agent: async () => (await import("../src/agent/agent.ts")).agent,
  "agent task": async () => (await import("../src/agent/task-host.ts")).taskHost,
  backend: async () => (await import("../src/backend/backend.ts")).backend,
  "listener handler": async () => (await import("../src/listener/handler-host.ts")).handlerHost,
  listener: async () => (await import("../src/listener/listener.ts")).listener,
  netconf: async () => (await import("../src/netconf/daemon.ts")).netconfDaemon,
  "backend worker": async () => (await import("../src/backend/worker.ts")).worker,
};

/** The service or child of that name. */
export async function loadChild(...words: string[]): Promise<ServiceMain> {
  const load = children[words.slice(0, 2).join(" ")] ?? children[words[0] ?? ""];
  if (!load) throw new Problem("usage", `there is no internal command ${words.join(" ")}`);
  return load();
}

/** Runs this process as a child of ours and returns its exit code; undefined when it is not one. */
export async function runChild(words: readonly string[]): Promise<number | undefined> {
  const attached = await attachToParent();
  if (!attached) return undefined;
  try {
    const start = attached.parent.start as ChildStart;
    configureLog(start.log);
    await host(await loadChild(...words), start.options, attached.signal, attached.parent, start.pidFile);
    return 0;
  } catch (error) {
    const problem = Problem.from(error);
    await reportFailure(problem);
    if (problem.code === "cancelled" && attached.signal.aborted) return 0;
    process.stderr.write(`reeve ${words.join(" ")}: ${problem.message}\n`);
    return problem.exit;
  }
}
