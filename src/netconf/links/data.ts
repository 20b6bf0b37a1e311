/** Tables from options to values of a link's kind, and how they are read. */
import { option, type Stanza } from "../interfaces/configuration.ts";
import type { LinkValue } from "../kernel/state.ts";
import type { Data, Draft } from "../methods/draft.ts";
import type { Reader } from "../methods/value.ts";

/** Option → name as in `ip -json -details link`, and its reader. Of several spellings the last one given counts. */
export type DataTable = Readonly<Record<string, readonly [name: string, read: Reader<LinkValue>]>>;

/** What the options of all stanzas of an interface say together. */
export type Options = Pick<Stanza, "options" | "at">;

export function readData(options: Options, table: DataTable, draft: Draft): Data {
  const data: Record<string, Data[string]> = {};
  for (const [key, [name, read]] of Object.entries(table)) {
    const given = option(options, key);
    const is = draft.read(given, read);
    if (given && is !== undefined) data[name] = { is, at: given.at };
  }
  return data;
}
