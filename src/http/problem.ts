/** A Problem as an HTTP answer, in the shape of the model's errors (reference: UMC `resources.py`, write_error). */
import type { Problem } from "../problem.ts";

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
