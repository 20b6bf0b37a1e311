/**
 * Taking over from a Univention listener: its cache, as univention-directory-listener-dump writes it, becomes ours, and
 * handlers that it had in order are not called for what they know. The first refresh tells what has changed since.
 */
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Attributes, encodeAttributes, text } from "../ldap/attributes.ts";
import { readContent } from "../ldap/ldif.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { FirstLoad } from "./first-load.ts";
import type { Journal } from "./journal.ts";
import { lastSchema } from "./schema-watch.ts";
import { sighting, uuidBytes, volatile } from "./sighting.ts";
import { spellings } from "./spellings.ts";
import { initialized, ready } from "./state-file.ts";
import { withhold } from "./withheld.ts";

const log = logger("listener");

export interface Predecessor {
  /** LDIF of its cache. */
  dump: string;
  /** Its folder `handlers`, or the one that is in. */
  states: string;
}

/** Entries of one transaction. */
const batch = 1000;

/**
 * Fills the cache of a journal that has none.
 * @param withheld attribute types that are cut out
 * @returns names of handlers that know all of it
 * @throws Problem `conflict` when the cache is filled already, `bad-request` for a malformed dump, `io` for what cannot be
 * read
 */
export async function adopt(journal: Journal, from: Predecessor, withheld: readonly string[]): Promise<Set<string>> {
  if (journal.loaded)
    throw new Problem("conflict", "taking over wants a cache that is empty, and this one is not (-g)");
  const handlers = inOrder(from.states);
  const schema = lastSchema(journal);
  const hidden = spellings(withhold(journal, withheld, [], schema), schema);
  const view = { withheld: new Set([...hidden, ...volatile]), schema };
  const load = new FirstLoad(journal, (entry) => sighting(entry, view));
  let without = 0;
  let waiting: Parameters<FirstLoad["take"]>[0][number][] = [];
  try {
    for await (const { dn, attributes } of readContent(createReadStream(from.dump))) {
      const [uuid] = valuesOf(attributes, "entryuuid");
      if (uuid === undefined) {
        without++; // the model's own entries, e.g. its master entry
        continue;
      }
      const kept: Attributes = Object.create(null);
      // The model notes in each entry who has had it.
      for (const name in attributes) if (name.toLowerCase() !== "listenermodule") kept[name] = attributes[name]!;
      const entry = { kind: "entry", state: "add", uuid: uuidBytes(text(uuid)), dn } as const;
      waiting.push({ ...entry, attributes: encodeAttributes(kept) });
      if (waiting.length < batch) continue;
      load.take(waiting);
      waiting = [];
    }
    load.take(waiting);
    if (load.count === 0) throw new Problem("bad-request", `${from.dump} has no entry with an entryUUID`);
  } catch (error) {
    load.abandon();
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof Problem || code === undefined) throw error;
    throw new Problem("io", `${from.dump} cannot be read (${code})`, { cause: error });
  }
  load.finish(() => undefined);
  log.info("took over from another listener", { entries: load.count, without, handlers: [...handlers] });
  return handlers;
}

function valuesOf(attributes: Attributes, type: string): Uint8Array[] {
  for (const name in attributes) if (name.toLowerCase() === type) return attributes[name] ?? [];
  return [];
}

function inOrder(folder: string): Set<string> {
  try {
    const names = readdirSync(folder, { withFileTypes: true });
    if (names.some((entry) => entry.isDirectory() && entry.name === "handlers"))
      return inOrder(join(folder, "handlers"));
    const good = names.filter((entry) => {
      if (!entry.isFile()) return false;
      const state = Number.parseInt(readFileSync(join(folder, entry.name), "utf8"), 10) || 0;
      return (state & initialized) !== 0 && (state & ready) !== 0;
    });
    return new Set(good.map(({ name }) => name));
  } catch (error) {
    throw new Problem("io", `the states in ${folder} cannot be read`, { cause: error });
  }
}
