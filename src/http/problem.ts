/** A Problem as an HTTP answer, in the shape of the model's errors (reference: UMC `resources.py`, write_error). */
import { Problem, type ProblemCode } from "../problem.ts";

export interface ProblemBody {
  status: number;
  message: string;
  /** Always null: a stack trace is for the log. Clients of the model read the key. */
  traceback: null;
  location: null;
  /** Our code of src/problem.ts. */
  code: string;
  result?: unknown;
}

/** Their texts name files and addresses of the service: they are for who runs it. */
const ownAffairs: readonly ProblemCode[] = ["config", "permission", "io", "child-failed", "module-start"];

/** What somebody who does not run the service is told; the whole stands in the log, as the cause. */
export function publicProblem(problem: Problem, administrator: boolean): Problem {
  if (administrator || !ownAffairs.includes(problem.code)) return problem;
  return new Problem(problem.code, "the service is not in order; its log tells more", { cause: problem });
}

export function problemBody(problem: Problem): ProblemBody {
  return {
    status: problem.http,
    message: problem.message,
    traceback: null,
    location: null,
    code: problem.code,
    ...(problem.detail === undefined ? {} : { result: problem.detail }),
  };
}

export function problemResponse(problem: Problem): Response {
  const headers: Record<string, string> = {};
  if (problem.retryAfter !== undefined) headers["Retry-After"] = String(Math.ceil(problem.retryAfter));
  return Response.json(problemBody(problem), { status: problem.http, headers });
}
