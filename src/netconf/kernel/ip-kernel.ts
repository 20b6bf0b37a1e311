/**
 * The kernel written to and read by programs of iproute2: for where netlink cannot be spoken directly. Slower, and it
 * knows error numbers only as far as `ip` tells of them.
 */
import { readFile } from "node:fs/promises";
import { Problem } from "../../problem.ts";
import { converse, type Dialogue } from "../../process/dialogue.ts";
import { run } from "../../process/run.ts";
import { changesBetween } from "./changes.ts";
import { canonicalRoute, sameRoute } from "./compare.ts";
import { countsAsDone, failure } from "./errno.ts";
import { ethtool } from "./ethtool.ts";
import { answerOf, type IpAnswer } from "./ip-answer.ts";
import { batchLine, ipLines } from "./ip-line.ts";
import { ipQueries, stateOf } from "./ip-state.ts";
import type { Kernel } from "./kernel.ts";
import { type KernelChange, type KernelState, type Route, routeKey } from "./state.ts";
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
    const started = converse(["ip", "-o", "monitor", "link", "address", "route", "rule"], {
      onLine: () => soon(),
      onNoise: () => undefined,
      longest: 1 << 16,
    });
    monitor = started;
    started.then(
      ({ pid, exited }) => {
        // What happened until it listened is in nobody's lines.
        void listensToNetlink(pid, exited).then(() => !closed && soon());
        return exited.then(() => {
          monitor = undefined;
          if (closed || listeners.size === 0) return;
          // Whatever ended it, something may have been missed.
          soon(true);
          watchOn();
        });
      },
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

/** Resolves when that process is a member of netlink groups, has ended, or 5 s are over: it says nothing of it itself. */
async function listensToNetlink(pid: number, exited: Promise<unknown>): Promise<void> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  for (let tries = 0; tries < 250 && !ended; tries++) {
    const table = await readFile(`/proc/${pid}/net/netlink`, "utf8").catch(() => "");
    const rows = table.split("\n").map((row) => row.trim().split(/\s+/));
    // sk, protocol, port (its pid), groups: proc_net(5)
    if (rows.some(([, , port, groups]) => port === String(pid) && !/^0*$/.test(groups ?? ""))) return;
    await new Promise((resolve) => setTimeout(resolve, settling));
  }
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

async function performAll(steps: readonly Step[], goOn: boolean): Promise<StepResult[]> {
  const results: StepResult[] = [];
  while (results.length < steps.length) {
    const rest = steps.slice(results.length);
    const first = rest[0] as Step;
    const done = first.do === "sysctl" || first.do === "ethtool" ? [await alone(first)] : await together(rest);
    results.push(...done);
    if (!goOn && done.some(({ ok }) => !ok)) break;
  }
  return results;
}

interface Line {
  /** Number of its step. */
  at: number;
  words: string[];
}

/** `ip`, `ip -6`, `bridge`: a family cannot be said within a batch. */
function programOf(words: readonly string[]): string[] {
  return words.slice(0, words[1]?.startsWith("-") ? 2 : 1);
}

/** As many steps as one program can do. @returns results up to and with the first failure, whether it matters or not */
async function together(steps: readonly Step[]): Promise<StepResult[]> {
  const lines: Line[] = [];
  let program: string[] | undefined;
  let count = 0;
  for (const [at, step] of steps.entries()) {
    const own = ipLines(step);
    program ??= programOf(own[0] ?? []);
    if (own.some((words) => programOf(words).join() !== program?.join())) break;
    lines.push(...own.map((words) => ({ at, words })));
    count++;
    // The program ends at once when such a device is not there, and does not say at which line it was: it is the last.
    if (own.some((words) => words.includes("master") || words.includes("type"))) break;
  }
  const failed = lines.length > 0 ? await runLines(program ?? [], lines) : undefined;
  const done = (many: number) => Array.from({ length: many }, (): StepResult => ({ ok: true }));
  if (!failed) return done(count);
  const { at } = lines[failed.line - 1] ?? { at: 0 };
  const isFirst = lines[failed.line - 2]?.at !== at;
  return [...done(at), await judged(steps[at] as Step, isFirst, failed)];
}

interface Failed extends IpAnswer {
  line: number;
}

function failedAt(stderr: string, last: number): Failed {
  const answer = answerOf(stderr);
  return { ...answer, line: answer.line ?? last };
}

/** @returns undefined: all went well */
async function runLines(program: readonly string[], lines: readonly Line[]): Promise<Failed | undefined> {
  const input = lines.map(({ words }) => batchLine(words.slice(program.length)));
  const end = input.indexOf(undefined);
  if (end === 0) {
    const { status, stderr } = await run(lines[0]?.words ?? []);
    if (status !== 0) return failedAt(stderr, 1);
  }
  const batch = end < 0 ? input : input.slice(0, end);
  if (batch.length > 0) {
    const { status, stderr } = await run([...program, "-batch", "-"], { stdin: `${batch.join("\n")}\n` });
    if (status !== 0) return failedAt(stderr, batch.length);
  }
  const past = Math.max(batch.length, end === 0 ? 1 : 0);
  const rest = past < lines.length ? await runLines(program, lines.slice(past)) : undefined;
  return rest && { ...rest, line: rest.line + past };
}

/** What a failure means for its step. @param isFirst of several lines of the step */
async function judged(step: Step, isFirst: boolean, { code: said, message }: IpAnswer): Promise<StepResult> {
  // The words for a link without IPv6 are the same ones, but the address is not there in any case.
  const code = step.do === "address-delete" && said === "EACCES" ? "ENXIO" : said;
  const refused = failure(code, message);
  if (step.do === "link-add" && !isFirst) {
    // Nothing is left of it where a part was refused.
    await run(["ip", "link", "delete", "dev", step.name]);
    return refused;
  }
  if (!countsAsDone(step, code)) return refused;
  if (step.do === "link-add") return (await read()).links.get(step.name)?.kind === step.kind ? { ok: true } : refused;
  if (step.do === "route-add" && step.route.family === 6) return await renewed(step.route);
  return { ok: true };
}

/** IPv6 has a route that goes this way already: it may be different in the rest. */
async function renewed(route: Route): Promise<StepResult> {
  const key = routeKey(canonicalRoute(route));
  const there = (await read()).routes.find((one) => routeKey(one) === key && one.hops.length === route.hops.length);
  if (!there || sameRoute(route, there)) return { ok: true };
  const steps = [{ do: "route-delete", route: there } as const, { do: "route-add", route } as const];
  return (await together(steps)).find(({ ok }) => !ok) ?? { ok: true };
}

async function alone(step: Extract<Step, { do: "sysctl" | "ethtool" }>): Promise<StepResult> {
  return step.do === "sysctl" ? writeSysctl(step.key, step.value) : await ethtool(step);
}
