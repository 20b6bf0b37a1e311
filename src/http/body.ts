/** Request bodies, bounded while they are read. */
import { Problem } from "../problem.ts";

/** @throws Problem `too-large`; `bad-request` when the client stopped in the middle */
export async function readBody(request: Request, most: number): Promise<Uint8Array> {
  const refuse = () => new Problem("too-large", `the request body is larger than ${most} bytes`);
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > most) throw refuse();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // The server reads what was announced and no more. `body` would make a stream of it: a third of a request's cost.
    if (announced > 0) return await request.bytes();
    if (!request.body) return new Uint8Array();
    for await (const chunk of request.body) {
      size += chunk.length;
      if (size > most) throw refuse();
      chunks.push(chunk);
    }
  } catch (cause) {
    throw Problem.from(cause, "bad-request", "the request body ended early");
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : new Uint8Array(Buffer.concat(chunks, size));
}

export function typeOf(request: Request): string {
  return (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/**
 * The fields of a JSON object or of a form.
 * @throws Problem `bad-request` (not JSON, not an object), `unsupported-media`
 */
export async function readFields(request: Request, most: number): Promise<Record<string, unknown>> {
  const type = typeOf(request);
  const bytes = await readBody(request, most);
  if (type === "application/x-www-form-urlencoded") return formFields(new URLSearchParams(decode(bytes)));
  if (bytes.length === 0) return {};
  if (type !== "application/json" && type !== "") {
    throw new Problem(
      "unsupported-media",
      `the content type ${type.slice(0, 60)} is not understood; send application/json`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(decode(bytes));
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("bad-request", `the request body is not JSON: ${(cause as Error).message.slice(0, 100)}`, {
      cause,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Problem("bad-request", "the request body is not a JSON object");
  }
  if (tooDeep(value, deepest)) throw new Problem("bad-request", `the request body has more than ${deepest} levels`);
  return value as Record<string, unknown>;
}

/** As in UMCP, which carries it on. */
const deepest = 64;

function tooDeep(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => tooDeep(item, levels - 1));
}

/** One value stays one value, several become a list. */
export function formFields(form: URLSearchParams): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    Object.defineProperty(fields, name, { value: values.length === 1 ? values[0] : values, enumerable: true });
  }
  return fields;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Problem("bad-request", "the request body is not UTF-8", { cause });
  }
}
