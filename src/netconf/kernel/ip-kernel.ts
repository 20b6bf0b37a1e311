/**
 * The kernel written to and read by programs of iproute2: for where netlink cannot be spoken directly. Slower, and it
 * knows error numbers only as far as `ip` tells of them.
 */
import { Problem } from "../../problem.ts";
import { converse, type Dialogue } from "../../process/dialogue.ts";
import { run } from "../../process/run.ts";
import { changesBetween } from "./changes.ts";
import { countsAsDone, failure } from "./errno.ts";
import { ethtool } from "./ethtool.ts";
import { answerOf } from "./ip-answer.ts";
import { batchLine, ipLines } from "./ip-line.ts";
import { ipQueries, stateOf } from "./ip-state.ts";
import type { Kernel } from "./kernel.ts";
import type { KernelChange, KernelState } from "./state.ts";
import type { Step, StepResult } from "./step.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

/** Milliseconds after a line of `ip monitor` until all is read anew: many lines come at once. */
const settling = 20;

/** Its state is empty until `refresh`, which throws Problem `missing` where there is no `ip`. */
export function openIpKernel(): Kernel {
  let state: KernelState = { links: new Map(), addresses: [], routes: [], rules: [], forwarding: [] };
  let queue: Promise<unknown> = Promise.resolve();
  const listeners = new Set<(change: KernelChange) => void>();
  let monitor: Promise<Dialogue> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  /** One thing after the other. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const turn = queue.then(work, work);
    queue = turn.catch(() => undefined);
    return turn;
  };
  const readAnew = async (overrun = false) => {
    const before = state;
    state = await read();
    const changes = changesBetween(before, state);
    if (overrun && listeners.size > 0) changes.unshift({ what: "overrun" });
    for (const change of changes) for (const listener of [...listeners]) listener(change);
  };
  const soon = (overrun = false) => {
    clearTimeout(timer);
    timer = setTimeout(() => void inTurn(() => readAnew(overrun)).catch(() => !closed && soon(true)), settling);
  };
  const watchOn = () => {
    monitor = converse(["ip", "-o", "monitor", "link", "address", "route", "rule"], {
      onLine: () => soon(),
      onNoise: () => undefined,
      longest: 1 << 16,
    });
    monitor.then(
      ({ exited }) =>
        exited.then(() => {
          monitor = undefined;
          if (closed || listeners.size === 0) return;
          // Whatever ended it, something may have been missed.
          soon(true);
          watchOn();
        }),
      () => undefined,
    );
  };
  return {
    get state() {
      return state;
    },
    refresh: () => inTurn(() => readAnew()),
    perform: (steps, { goOn = false } = {}) =>
      inTurn(async () => {
        const results = await performAll(steps, goOn);
        await readAnew();
        return results;
      }),
    watch: (listener) => {
      listeners.add(listener);
      if (!monitor) watchOn();
      return { close: () => void listeners.delete(listener) };
    },
    sysctl: readSysctl,
    close: () => {
      closed = true;
      listeners.clear();
      clearTimeout(timer);
      void monitor?.then((dialogue) => dialogue.stop(0));
    },
  };
}

async function read(): Promise<KernelState> {
  const answers: string[] = [];
  for (const words of ipQueries) {
    const { status, stdout, stderr } = await run(words);
    if (status !== 0 && words[0] === "ip") throw new Problem("io", `${words.join(" ")}: ${stderr.trim()}`);
    answers.push(status === 0 ? stdout : "");
  }
  return stateOf(answers);
}

/** Batches of as many as one program can do; the first that fails ends a batch, and tells its line. */
async function performAll(steps: readonly Step[], goOn: boolean): Promise<StepResult[]> {
  const results: StepResult[] = [];
  while (results.length < steps.length) {
    const rest = steps.slice(results.length);
    const first = rest[0] as Step;
    const done = first.do === "sysctl" || first.do === "ethtool" ? [await alone(first)] : await batch(rest);
    results.push(...done);
    if (!goOn && done.some(({ ok }) => !ok)) break;
  }
  return results;
}

/** `ip`, `ip -6`, `bridge`: a family cannot be said within a batch. */
function programOf(words: readonly string[]): string[] {
  return words.slice(0, words[1]?.startsWith("-") ? 2 : 1);
}

/** As many steps as one program can do. @returns results up to and with the first failure, whether it matters or not */
async function batch(steps: readonly Step[]): Promise<StepResult[]> {
  const program = programOf(ipLines(steps[0] as Step)[0] ?? []);
  const end = steps.findIndex((step) => programOf(ipLines(step)[0] ?? []).join(" ") !== program.join(" "));
  const together = end < 0 ? steps : steps.slice(0, end);
  const lines = together.flatMap((step, at) => ipLines(step).map((words) => ({ at, words })));
  const stdin = lines.map(({ words }) => `${batchLine(words.slice(program.length))}\n`).join("");
  const { status, stderr } = await run([...program, "-batch", "-"], { stdin });
  if (status === 0) return together.map(() => ({ ok: true }));
  const { line, code, message } = answerOf(stderr);
  const failed = lines[line - 1]?.at ?? 0;
  const step = together[failed] as Step;
  const result: StepResult = countsAsDone(step, code) ? { ok: true } : failure(code, message);
  return [...together.slice(0, failed).map((): StepResult => ({ ok: true })), result];
}

async function alone(step: Extract<Step, { do: "sysctl" | "ethtool" }>): Promise<StepResult> {
  return step.do === "sysctl" ? writeSysctl(step.key, step.value) : await ethtool(step);
}
