/**
 * Every error that leaves a function on purpose is a `Problem`: a code from one closed list, a text that may be shown
 * to anybody, and a private cause. The code alone decides HTTP status, UMCP status and exit code; nothing in Reeve
 * looks at a message to decide.
 */

interface Meaning {
  /** HTTP status. */
  http: number;
  /** UMCP status (the model's `definitions.py`; see src/umcp/message.ts). */
  umcp: number;
  /** Exit code: sysexits(3) where it has one. */
  exit: number;
  /** What the code says, as the table in docs/exit-codes.md prints it. */
  meaning: string;
}

/** The closed list. A number once given is never given to another meaning. */
export const problemCodes = {
  internal: { http: 500, umcp: 500, exit: 70, meaning: "a defect in Reeve; the log has the cause" },
  usage: { http: 400, umcp: 400, exit: 64, meaning: "the command line is wrong" },
  "bad-request": { http: 400, umcp: 400, exit: 65, meaning: "the request or the input is malformed" },
  "bad-options": { http: 422, umcp: 422, exit: 65, meaning: "options of a command are missing or of the wrong type" },
  "too-large": { http: 413, umcp: 413, exit: 65, meaning: "the input is larger than its limit" },
  "unsupported-media": { http: 415, umcp: 406, exit: 65, meaning: "the content type is not understood" },
  unauthenticated: { http: 401, umcp: 401, exit: 77, meaning: "nobody is logged in" },
  "auth-failed": { http: 401, umcp: 411, exit: 77, meaning: "user name or password is wrong" },
  forbidden: { http: 403, umcp: 403, exit: 77, meaning: "this user, address or session may not do that" },
  throttled: { http: 429, umcp: 429, exit: 75, meaning: "too many tries; the answer says when to come back" },
  "not-found": { http: 404, umcp: 404, exit: 66, meaning: "there is no such thing" },
  "method-not-allowed": { http: 405, umcp: 405, exit: 64, meaning: "the HTTP method does not fit the route" },
  conflict: { http: 409, umcp: 409, exit: 73, meaning: "it exists already, or something else has changed it" },
  // 403 as the model says it: its clients take 404 for a server of another age, and change their base URL.
  "unknown-command": { http: 403, umcp: 552, exit: 64, meaning: "no module has that command" },
  "command-failed": { http: 591, umcp: 591, exit: 70, meaning: "a module's command ended with an unexpected error" },
  "module-died": { http: 502, umcp: 510, exit: 69, meaning: "the module process ended while requests waited" },
  "module-start": { http: 502, umcp: 511, exit: 69, meaning: "the module process did not start" },
  "bad-header": { http: 400, umcp: 551, exit: 76, meaning: "a UMCP header is malformed; the connection ends" },
  "bad-body": { http: 400, umcp: 554, exit: 76, meaning: "a UMCP body is not a JSON object" },
  protocol: { http: 502, umcp: 502, exit: 76, meaning: "the peer broke its protocol" },
  unavailable: { http: 503, umcp: 503, exit: 69, meaning: "a service that is needed does not answer" },
  timeout: { http: 504, umcp: 504, exit: 75, meaning: "it took longer than its deadline" },
  cancelled: { http: 499, umcp: 499, exit: 130, meaning: "the asker cancelled it" },
  "not-done": { http: 409, umcp: 409, exit: 81, meaning: "some of what was asked was not done; the output says what" },
  config: {
    http: 500,
    umcp: 500,
    exit: 78,
    meaning: "the configuration is wrong; the message names file, line and key",
  },
  "schema-outdated": { http: 503, umcp: 503, exit: 79, meaning: "the database wants `reeve backend db deploy`" },
  "schema-newer": {
    http: 503,
    umcp: 503,
    exit: 80,
    meaning: "the database was made by a newer Reeve; install that one",
  },
  permission: { http: 500, umcp: 500, exit: 77, meaning: "the operating system refused access" },
  missing: { http: 500, umcp: 500, exit: 72, meaning: "a file or program of the system is absent" },
  io: { http: 500, umcp: 500, exit: 74, meaning: "reading or writing failed" },
  "already-running": { http: 409, umcp: 409, exit: 75, meaning: "another process of this service holds the lock" },
  "not-running": { http: 503, umcp: 503, exit: 3, meaning: "the service does not run (as `status` of LSB scripts)" },
  "child-failed": { http: 500, umcp: 500, exit: 71, meaning: "a process Reeve started ended wrongly or gave up" },
} as const satisfies Record<string, Meaning>;

export type ProblemCode = keyof typeof problemCodes;

export interface ProblemOptions {
  /** What really happened; for the log only. */
  cause?: unknown;
  /** Machine-readable part of the answer, e.g. `{ username: "Argument required" }`. Shown to the asker. */
  detail?: unknown;
  /** Seconds until another try makes sense (HTTP `Retry-After`). */
  retryAfter?: number;
}

export class Problem extends Error {
  override name = "Problem";
  readonly code: ProblemCode;
  readonly detail: unknown;
  readonly retryAfter: number | undefined;

  constructor(code: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfter = options.retryAfter;
  }

  get http(): number {
    return problemCodes[this.code].http;
  }
  get umcp(): number {
    return problemCodes[this.code].umcp;
  }
  get exit(): number {
    return problemCodes[this.code].exit;
  }

  /** Whatever was thrown, as a Problem; what is not one of ours becomes `internal` with a text that gives nothing away. */
  static from(error: unknown, code: ProblemCode = "internal", message = "internal error"): Problem {
    return error instanceof Problem ? error : new Problem(code, message, { cause: error });
  }
}
