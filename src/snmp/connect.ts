/** Finds the credential that an agent answers to. */
import { Problem } from "../problem.ts";
import { parseTarget } from "../target.ts";
import type { Credential } from "./credential.ts";
import type { SnmpEngine } from "./engine.ts";
import { authorizationError, errorName, failed } from "./pdu.ts";
import { type LiveAgent, openAgent } from "./session.ts";
import type { Source } from "./source.ts";
import { type ResolvedTarget, resolveTarget } from "./target.ts";

/** sysObjectID.0 and sysUpTime.0. */
const asked = ["1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0"];
/** Milliseconds after which a first question is repeated. */
const soon = 500;
/** How long earlier credentials may still answer after a later one has: this, and twice what that answer took. */
const grace = 100;

export interface ConnectOptions {
  purpose: "read" | "write";
  /** Tag of the credential that answered last time: tried first, alone. */
  remembered?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Is the credential for this device? */
  allowed?: (credential: Credential) => boolean;
}

export interface Connected {
  /** To be closed. */
  source: Source;
  credential: Credential;
}

/**
 * The agent with the first credential, in their order, that it answers to. The remembered one is asked alone and
 * shortly; then all at once, each for time-out × (retries + 1), so that many credentials cost no more time than one.
 * @throws Problem `unavailable` when none is answered; `bad-request` for a bad target; `cancelled`
 */
export async function connect(
  engine: SnmpEngine,
  target: string,
  credentials: readonly Credential[],
  options: ConnectOptions,
): Promise<Connected> {
  const { purpose, remembered, signal, allowed = () => true } = options;
  const parsed = parseTarget(target, engine.options.port);
  const candidates = credentials.filter(
    (credential) => (purpose === "read" ? credential.read : credential.write) && allowed(credential),
  );
  if (candidates.length === 0) throw new Problem("unavailable", `no credential to ${purpose} ${parsed.name} with`);
  const at = await resolveTarget(parsed);
  if (signal?.aborted) throw new Problem("cancelled", `connecting to ${parsed.name} was cancelled`);
  const { timeout, retries } = engine.options;
  const known = candidates.find(({ tag }) => tag === remembered);
  if (known) {
    const first = Math.min(soon, timeout);
    const { agent } = await attempt(engine, at, known, purpose, [first, first * 2], signal);
    if (agent) return { source: agent, credential: known };
  }
  const first = Math.min(soon, timeout);
  const rest = timeout * (retries + 1) - first;
  const patience = retries === 0 ? [first + rest] : [first, ...new Array<number>(retries).fill(rest / retries)];
  return await race(engine, at, candidates, purpose, patience, signal);
}

interface Attempt {
  agent?: LiveAgent;
  /** Milliseconds to the answer. */
  ms: number;
  reason: string;
}

async function attempt(
  engine: SnmpEngine,
  target: ResolvedTarget,
  credential: Credential,
  purpose: "read" | "write",
  patience: number[],
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const agent = openAgent(engine, target, credential, { write: purpose === "write" });
  try {
    const reply = await agent.probe(asked, patience, signal);
    if (!failed(reply) && reply.status !== authorizationError) return { agent, ms: reply.ms, reason: "" };
    agent.close();
    return { ms: 0, reason: failed(reply) ? reply.reason : errorName(reply.status) };
  } catch (error) {
    agent.close();
    throw error;
  }
}

/** All at once; the first in order wins, not the first in time. */
async function race(
  engine: SnmpEngine,
  target: ResolvedTarget,
  candidates: readonly Credential[],
  purpose: "read" | "write",
  patience: number[],
  signal: AbortSignal | undefined,
): Promise<Connected> {
  const lost = new AbortController();
  const either = signal ? AbortSignal.any([signal, lost.signal]) : lost.signal;
  const outcomes: (Attempt | undefined)[] = candidates.map(() => undefined);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let problem: unknown;
  const winner = await new Promise<number>((resolve) => {
    const best = () => outcomes.findIndex((outcome) => outcome?.agent);
    const settle = () => {
      const first = best();
      const open = outcomes.slice(0, first < 0 ? undefined : first).some((outcome) => outcome === undefined);
      if (!open) resolve(first);
      else if (first >= 0) timer ??= setTimeout(() => resolve(best()), grace + outcomes[first]!.ms * 2);
    };
    for (const [at, credential] of candidates.entries()) {
      attempt(engine, target, credential, purpose, patience, either)
        .catch((error): Attempt => {
          problem ??= error;
          return { ms: 0, reason: error instanceof Problem ? error.message : "cannot be used" };
        })
        .then((outcome) => {
          outcomes[at] = outcome;
          if (lost.signal.aborted) outcome.agent?.close();
          else settle();
        });
    }
  });
  clearTimeout(timer);
  lost.abort();
  for (const [at, outcome] of outcomes.entries()) if (at !== winner) outcome?.agent?.close();
  const source = outcomes[winner]?.agent;
  if (signal?.aborted) {
    source?.close();
    throw new Problem("cancelled", `connecting to ${target.name} was cancelled`);
  }
  if (source) return { source, credential: candidates[winner]! };
  throw new Problem("unavailable", `no answer to ${nobody(candidates, outcomes)} from ${target.name}`, {
    cause: problem,
  });
}

/** `2 credentials`, and what the agent said to those that it did not pass over in silence. */
function nobody(candidates: readonly Credential[], outcomes: readonly (Attempt | undefined)[]): string {
  const told = candidates
    .map(({ tag }, at) => ({ tag, reason: outcomes[at]?.reason ?? "" }))
    .filter(({ reason }) => reason !== "no answer" && reason !== "")
    .slice(0, 5)
    .map(({ tag, reason }) => `${tag}: ${reason}`);
  const count = `${candidates.length} credential${candidates.length === 1 ? "" : "s"}`;
  return told.length > 0 ? `${count} (${told.join("; ")})` : count;
}
