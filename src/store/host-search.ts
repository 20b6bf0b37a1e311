/** Lists of hosts: searched, sorted and cut by the database. */
import { type Expression, expressionBuilder, type SqlBool, sql } from "kysely";
import { parseAddress, parseMac } from "../address.ts";
import type { HostList, HostQuery, HostSort, HostSummary } from "../inventory/host.ts";
import type { Store } from "./database.ts";
import { folded } from "./host-columns.ts";
import type { Schema } from "./schema.ts";

export const summaryColumns = [
  "host.id as id",
  "host.device_id as deviceId",
  "host.name as name",
  "host.os_name as osName",
  "host.os_version as osVersion",
  "host.kernel as kernel",
  "host.memory_mb as memoryMb",
  "host.cpu as cpu",
  "host.manufacturer as manufacturer",
  "host.model as model",
  "host.serial as serial",
  "host.uuid as uuid",
  "host.tag as tag",
  "host.last_user as lastUser",
  "host.address as address",
  "host.agent as agent",
  "host.software_count as softwareCount",
  "host.is_new as isNew",
  "host.first_seen as firstSeen",
  "host.last_seen as lastSeen",
  "host.last_inventory as lastInventory",
] as const;

export function hostSummary(row: Omit<HostSummary, "isNew"> & { isNew: 0 | 1 }): HostSummary {
  return { ...row, isNew: row.isNew === 1 };
}

/** What each sort key sorts by: text without regard to (ASCII) case, what is unknown as the smallest. */
const sortExpressions: Record<HostSort, Expression<unknown>> = {
  name: sql`lower(host.name)`,
  osName: sql`lower(host.os_name || ' ' || host.os_version)`,
  memoryMb: sql`coalesce(host.memory_mb, -1)`,
  model: sql`lower(host.model)`,
  tag: sql`lower(host.tag)`,
  lastUser: sql`lower(host.last_user)`,
  address: sql`host.address_hex`,
  softwareCount: sql`host.software_count`,
  firstSeen: sql`host.first_seen`,
  lastSeen: sql`host.last_seen`,
  lastInventory: sql`host.last_inventory`,
};

const mostWords = 16;
const longestWord = 200;

export async function queryHosts(store: Store, query: HostQuery = {}): Promise<HostList> {
  const sort = sortExpressions[query.sort ?? "name"] ?? sortExpressions.name;
  const direction = query.descending === true ? "desc" : "asc";
  const hosts = store.db.selectFrom("host").where(conditions(query.search ?? ""));
  const { total } = await hosts.select(({ fn }) => fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await hosts
    .select(summaryColumns)
    .orderBy(sort, direction)
    .orderBy("host.id", direction)
    .limit(Math.min(Math.max(query.limit ?? 50, 1), 1000))
    .offset(Math.max(query.offset ?? 0, 0))
    .execute();
  return { total, hosts: rows.map(hostSummary) };
}

function conditions(search: string): Expression<SqlBool> {
  const eb = expressionBuilder<Schema, "host">();
  const { and, or } = eb;
  const terms = searchTerms(search).map(({ software, word }) => {
    if (!software) return or(spellings(word).map((text) => contains(sql.ref("host.search"), text)));
    // Written so that SQLite, too, begins at the few packages and not at the many links.
    const packages = eb
      .selectFrom("software")
      .select("software.id")
      .where(contains(sql.ref("software.name_lower"), word));
    const links = eb.selectFrom("host_software").select("host_software.host_id").where("software_id", "in", packages);
    return eb("host.id", "in", links);
  });
  return and(terms);
}

/** Words, or phrases in quotation marks, of what somebody typed; `software:` before one asks for a package. */
export function searchTerms(search: string): { software: boolean; word: string }[] {
  const terms: { software: boolean; word: string }[] = [];
  for (const [, prefix, quoted, plain] of folded(search.replaceAll("\0", " ").toWellFormed()).matchAll(
    /(software:)?(?:"([^"]*)"?|([^\s"]+))/g,
  )) {
    const word = (quoted ?? plain ?? "").trim().slice(0, longestWord);
    if (word !== "" && terms.length < mostWords) terms.push({ software: prefix !== undefined, word });
  }
  return terms;
}

/** The word, and the spelling in which the store has it if it is an address or (the beginning of) a MAC address. */
function spellings(word: string): string[] {
  const begun = /^([0-9a-f]{2}-)+[0-9a-f]{0,2}$/.test(word) ? word.replaceAll("-", ":") : undefined;
  const all = [word, parseMac(word) ?? begun, parseAddress(word)?.ip];
  return [...new Set(all.filter((text) => text !== undefined))];
}

function contains(column: Expression<unknown>, text: string): Expression<SqlBool> {
  const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  return sql<SqlBool>`${column} like ${pattern} escape '\\'`;
}
