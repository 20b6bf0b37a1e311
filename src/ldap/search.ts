/** A search for a few entries, which come as the server sent them. */
import { Problem } from "../problem.ts";
import type { Connection } from "./connection.ts";
import { LdapRefusal } from "./refusal.ts";
import { encodeSearch, type SearchParameters } from "./request.ts";
import { operation, readAttributes, readDn, readResult } from "./response.ts";

export interface SearchRequest extends SearchParameters {
  /** Octets of all answers together; default 64 MiB. */
  largestAnswer?: number;
  /** Milliseconds until it is given up; default 60 000. */
  timeout?: number;
}

export interface RawEntry {
  dn: string;
  /** The DN is no UTF-8 and stands here only to be shown. */
  illegalDn?: true;
  /** PartialAttributeList, tag and length included: read it with attributes.ts. */
  attributes: Uint8Array;
}

const largestDefault = 64 * 1024 * 1024;

/**
 * @throws LdapRefusal for every result but success: also for `sizeLimitExceeded`; Problem `too-large`, `timeout`, or why
 * the connection ended; the signal's reason
 */
export async function search(
  connection: Connection,
  request: SearchRequest,
  signal?: AbortSignal,
): Promise<RawEntry[]> {
  signal?.throwIfAborted();
  const entries: RawEntry[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const what = `${connection.uri}: the search below ${JSON.stringify(request.base)}`;
  let left = request.largestAnswer ?? largestDefault;
  let done = false;
  const id = connection.open(
    {
      urgent: true,
      take({ tag, body }, size) {
        left -= size;
        if (left < 0) reject(new Problem("too-large", `${what} found more than is wanted at once`));
        else if (tag === operation.searchEntry) entries.push({ ...readDn(body), attributes: readAttributes(body) });
        else if (tag === operation.searchDone) {
          done = true;
          const result = readResult(body);
          if (result.code === 0) resolve();
          else reject(new LdapRefusal(what, result));
        }
      },
      fail: reject,
    },
    (id) => encodeSearch(id, request),
  );
  const aborted = () => reject(signal?.reason);
  signal?.addEventListener("abort", aborted, { once: true });
  const timer = setTimeout(() => reject(new Problem("timeout", `${what} took too long`)), request.timeout ?? 60_000);
  try {
    await promise;
    return entries;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", aborted);
    connection.finish(id, !done);
  }
}
