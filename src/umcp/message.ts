/**
 * UMCP 2.0 messages as Univention's last protocol revision wrote them (management/console/protocol/message.py and
 * definitions.py, before 2023): one header line, then exactly as many bytes of body as the header announces.
 *
 *     TYPE/id/length/mimetype: COMMAND argument argument\n{"body": …}
 *
 * A command without arguments keeps the space after its name. A body of `application/json` is one JSON object; any
 * other mimetype carries raw bytes. Several responses may have one id: each but the last has status 206.
 */
import { Buffer } from "node:buffer";
import { Problem, type ProblemCode, problemCodes } from "../problem.ts";

/** The version that VERSION answers. */
export const protocolVersion = "2.0.0";

export const json = "application/json";

/** Id, of no request, of a response about the connection itself: why it ends. */
export const connectionId = "0";

export type Json = Record<string, unknown>;

interface Frame<Type extends "REQUEST" | "RESPONSE"> {
  type: Type;
  /** Digits and `-`; the asker chooses it, every response repeats it. */
  id: string;
  /** Letters, digits, `_`. */
  command: string;
  arguments: string[];
  mimetype: string;
  /** An object exactly when `mimetype` is `application/json`, except that raw JSON bytes may be given to `encode`. */
  body: Json | Uint8Array;
  /** Set by the parser when header or framing were right but this body is not acceptable; `body` is `{}` then. */
  problem?: Problem;
}

export type Request = Frame<"REQUEST">;
export type Response = Frame<"RESPONSE">;
export type Message = Request | Response;

/** Body of a JSON response. Keys as in the model; `result` of a raw response is its bytes, with their `mimetype`. */
export interface ResponseBody {
  status: number;
  message: string | null;
  result: unknown;
  /** Our code of the problem. The model writes `{command, traceback}`; a traceback never leaves this program. */
  error?: { code?: string; command?: string; traceback: null } | null;
  reason?: string | null;
  headers?: Record<string, string> | null;
  mimetype?: string;
}

/** The model's status numbers that are no problem. Below 400 a request was carried out. */
export const status = { ok: 200, report: 204, partial: 206, shutdown: 250, nonfatal: 301 } as const;

/** Every status the model or Reeve sends, in words. */
export const statusTexts: Readonly<Record<number, string>> = {
  200: "OK",
  204: "OK, with a report",
  206: "partial result, more follows",
  250: "OK, the connection ends",
  301: "done, with errors that are not fatal",
  400: "bad request",
  401: "nobody is logged in",
  403: "forbidden",
  404: "not found",
  405: "method not allowed",
  406: "bad arguments",
  407: "bad options",
  409: "conflict",
  411: "authentication failed",
  412: "account expired",
  413: "too large", // "account disabled" in the model; ours says so by 411
  414: "bad locale",
  415: "password expired",
  422: "options are missing or of the wrong type",
  429: "too many tries",
  499: "cancelled",
  500: "internal error",
  502: "the peer broke its protocol",
  503: "unavailable",
  504: "timeout",
  510: "module died",
  511: "module does not start",
  512: "bad certificate",
  551: "bad header",
  552: "unknown command",
  553: "bad arguments of a command",
  554: "bad body",
  590: "module error",
  591: "command failed",
  592: "module could not be initialised",
};

let counter = 0;
let stamp = "";

/**
 * An id no other request of this process has: hundred-thousandths of a second since 1970, `-`, a counter. The clock,
 * which costs more than the rest, is read for every hundredth id only.
 */
export function newId(): string {
  if (counter % 100 === 0) stamp = `${Date.now() * 100}-`;
  return stamp + counter++;
}

const encoder = new TextEncoder();
const word = /^\w+$/;
const idForm = /^[\d-]+$/;
// The model's parsers know no other characters in a mimetype.
const narrowMimetype = /^[a-z-]+\/[a-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it must find
const unsafe = /[\u0000-\u0020\u007f]/;

function checkTail(message: Message): void {
  const { arguments: list } = message;
  if (message.command !== "" && !word.test(message.command)) {
    throw new Problem("bad-request", "a UMCP command has letters, digits and '_' only");
  }
  if (message.mimetype !== json && !narrowMimetype.test(message.mimetype)) {
    throw new Problem("unsupported-media", "a UMCP mimetype has lower-case letters and '-' only");
  }
  for (const argument of list) {
    if (unsafe.test(argument) || (argument === "" && list.length === 1)) {
      throw new Problem("bad-request", "a UMCP argument is not empty and has no space or control character");
    }
  }
}

// Answers repeat their request's words, and clients ask the same again: the last tail of one argument is kept.
let keptTail = "";
let keptWords = ["", "", ""];

/** What follows the length in a header. */
function tailOf(message: Message): string {
  const { mimetype, command, arguments: list } = message;
  const [first = ""] = list;
  const single = list.length === 1;
  if (single && first === keptWords[2] && command === keptWords[1] && mimetype === keptWords[0]) return keptTail;
  checkTail(message);
  const tail = `/${mimetype}: ${command || "NONE"} ${list.join(" ")}\n`;
  if (single) {
    keptTail = tail;
    keptWords = [mimetype, command, first];
  }
  return tail;
}

/**
 * One frame: as text, which is its UTF-8, when the body is an object, else as bytes.
 * @throws Problem `bad-request` or `unsupported-media` for a header that the model could not read back, TypeError when
 * the body cannot become JSON (a cycle, a bigint).
 */
export function compose(message: Message): string | Uint8Array {
  const { type, id, body } = message;
  if (!idForm.test(id)) throw new Problem("bad-request", "a UMCP id has digits and '-' only");
  const tail = tailOf(message);
  if (body instanceof Uint8Array) {
    const header = encoder.encode(`${type}/${id}/${body.length}${tail}`);
    const frame = new Uint8Array(header.length + body.length);
    frame.set(header);
    frame.set(body, header.length);
    return frame;
  }
  if (message.mimetype !== json) throw new Problem("unsupported-media", `a body of ${message.mimetype} must be bytes`);
  const text = JSON.stringify(body);
  return `${type}/${id}/${Buffer.byteLength(text)}${tail}${text}`;
}

/** The bytes of one frame. @throws as `compose` */
export function encode(message: Message): Uint8Array {
  const frame = compose(message);
  return typeof frame === "string" ? encoder.encode(frame) : frame;
}

/** A response to that request. */
export function respond(request: Request, body: ResponseBody): Response {
  const { id, command, arguments: list } = request;
  return { type: "RESPONSE", id, command, arguments: list, mimetype: json, body: body as unknown as Json };
}

/** What a problem says on the wire: status, public message, detail as `result`, and our code beside the status. */
export function problemBody(problem: Problem): ResponseBody {
  const body: ResponseBody = {
    status: problem.umcp,
    message: problem.message,
    result: problem.detail ?? null,
    error: { code: problem.code, traceback: null },
  };
  if (problem.retryAfter !== undefined) body.headers = { "Retry-After": String(Math.ceil(problem.retryAfter)) };
  return body;
}

/** Our code for statuses of a peer that names none: first the model's own, then the nearest of ours. */
const codeOfStatus: Readonly<Record<number, ProblemCode>> = {
  400: "bad-request",
  401: "unauthenticated",
  403: "forbidden",
  404: "not-found",
  405: "method-not-allowed",
  406: "bad-options",
  407: "bad-options",
  409: "conflict",
  411: "auth-failed",
  412: "auth-failed",
  413: "too-large",
  415: "auth-failed",
  422: "bad-options",
  429: "throttled",
  499: "cancelled",
  500: "internal",
  502: "protocol",
  503: "unavailable",
  504: "timeout",
  510: "module-died",
  511: "module-start",
  551: "bad-header",
  552: "unknown-command",
  553: "bad-options",
  554: "bad-body",
  591: "command-failed",
  592: "module-start",
};

function knownCode(value: unknown): value is ProblemCode {
  return typeof value === "string" && Object.hasOwn(problemCodes, value);
}

/**
 * The problem that a response's body tells, or undefined when its status says that the request was carried out (below
 * 400). A body without a usable status is itself a problem, `protocol`.
 */
export function problemOf(body: Json | ResponseBody): Problem | undefined {
  const { status, message, result, error, headers } = body as Partial<Record<keyof ResponseBody, unknown>>;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
    return new Problem("protocol", "a UMCP response has no status");
  }
  if (status < 400) return undefined;
  const named = error !== null && typeof error === "object" ? (error as Json).code : undefined;
  const code =
    knownCode(named) && problemCodes[named].umcp === status
      ? named
      : (codeOfStatus[status] ?? (status < 500 ? "bad-request" : "command-failed"));
  const text = typeof message === "string" && message !== "" ? message : (statusTexts[status] ?? `status ${status}`);
  const after = headers !== null && typeof headers === "object" ? Number((headers as Json)["Retry-After"]) : Number.NaN;
  return new Problem(code, text, {
    ...(result !== null && result !== undefined && { detail: result }),
    ...(after >= 0 && { retryAfter: after }),
  });
}
