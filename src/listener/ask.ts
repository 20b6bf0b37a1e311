/** Asks a provider about single entries. */
import { scan } from "../ldap/attributes.ts";
import { Problem } from "../problem.ts";
import type { Sight } from "./first-load.ts";
import type { Ask, Found } from "./settle.ts";
import { uuidBytes, uuidText } from "./sighting.ts";
import type { Provider } from "./source.ts";

const nothing: ReadonlySet<string> = new Set();
/** Entries of one answer together, octets. */
const largestAnswer = 256 * 1024 * 1024;

/** @throws Problem, LdapRefusal: nothing is known then */
export function asker(provider: Provider, base: string, sight: Sight, signal: AbortSignal): Ask {
  async function ask(uuids: Uint8Array[]): Promise<Found[]> {
    if (uuids.length === 0) return [];
    const filter = `(|${uuids.map((uuid) => `(entryUUID=${uuidText(uuid)})`).join("")})`;
    try {
      const request = { base, scope: "sub", filter, attributes: ["*", "+"], largestAnswer } as const;
      const found = await provider.search(request, signal);
      return found.map(({ attributes, ...name }) => {
        const { uuid } = scan(attributes, nothing);
        // Found by it, and not shown: whose answer this is cannot be known.
        if (uuid === undefined) throw new Problem("forbidden", `${provider.uri} hides entryUUID`);
        const entry = { uuid: uuidBytes(uuid), ...name, attributes };
        return sight(entry) ?? { uuid: entry.uuid };
      });
    } catch (error) {
      // Too many for a limit of the server's, or of ours.
      if (!(error instanceof Problem) || error.code !== "too-large" || uuids.length === 1) throw error;
      const half = uuids.length >> 1;
      return [...(await ask(uuids.slice(0, half))), ...(await ask(uuids.slice(half)))];
    }
  }
  return ask;
}
