/** Names of addresses, many at a time; a resolver that does not answer costs seconds, once. */
import { Resolver } from "node:dns/promises";
import { eachAtATime } from "./each.ts";

const atATime = 64;
/** So many time-outs in a row, and the resolver is taken for dead. */
const patience = 16;
/** Milliseconds for all names of one job. */
const longest = 30_000;

/**
 * Address → name in lower case without the closing dot. What has no name, or got none in time, is not in the map.
 * @returns `complete`: false when the resolver did not answer for all, so that an absent name means nothing
 */
export async function reverseNames(
  addresses: Iterable<string>,
  signal: AbortSignal,
): Promise<{ names: Map<string, string>; complete: boolean }> {
  const names = new Map<string, string>();
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  const end = Date.now() + longest;
  let silent = 0;
  let complete = true;
  await eachAtATime(atATime, [...new Set(addresses)], async (address) => {
    if (signal.aborted || silent >= patience || Date.now() > end) {
      complete = false;
      return;
    }
    try {
      const [name] = await resolver.reverse(address);
      silent = 0;
      if (name) names.set(address, name.toLowerCase().replace(/\.$/, ""));
    } catch (error) {
      const { code } = error as { code?: string };
      // "There is no such name" is an answer; everything else is a resolver that does not do its work.
      if (/ENOTFOUND|ENODATA|NXDOMAIN|DNS_ENOTFOUND/.test(code ?? "")) silent = 0;
      else {
        silent++;
        complete = false;
      }
    }
  });
  return { names, complete };
}
