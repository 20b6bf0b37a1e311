/** The directory cache: people and groups, as the listener's handler `people` hands them on. */
import { type Expression, expressionBuilder, type SqlBool, sql } from "kysely";
import { Problem } from "../problem.ts";
import { escaped } from "./device.ts";
import { folded } from "./host-columns.ts";
import { searchTerms } from "./host-search.ts";
import type { PersonTable, Schema } from "./schema.ts";
import type { Store } from "./store.ts";
import { cleanText } from "./text.ts";

interface Entry {
  /** entryUUID. */
  uuid: string;
  kind: "person" | "group";
  dn: string;
  account: string;
  name: string;
  mail: string;
  phone: string;
  title: string;
  department: string;
  description: string;
  disabled: boolean;
}

/** What a directory says of a person or a group. */
export interface DirectoryObject extends Entry {
  /** The directory's suffix. */
  source: string;
  /** The DN in its normal form. */
  dnKey: string;
  attributes: Record<string, string[]>;
  /** Normalised DNs (`dn:…`) and accounts (`uid:…`, lower case) of a group's members. */
  members: string[];
}

export interface PersonSummary extends Entry {
  /** How many. */
  members: number;
  /** Milliseconds since 1970. */
  changed: number;
}

export interface PersonDetail extends PersonSummary {
  source: string;
  attributes: Record<string, string[]>;
  firstSeen: number;
  /** Groups it is a member of, by name. */
  groups: PersonSummary[];
  /** Members that are known, by name; `members` counts the others, too. */
  known: PersonSummary[];
}

export const personSorts = ["name", "account", "mail", "department", "members", "changed"] as const;
export type PersonSort = (typeof personSorts)[number];

export interface PersonQuery {
  kind?: "person" | "group" | undefined;
  /** Words that all must be there, in any field. */
  search?: string | undefined;
  sort?: PersonSort | undefined;
  descending?: boolean | undefined;
  limit?: number | undefined;
  offset?: number | undefined;
}

const longest = 512;
/** Characters of the attributes of one object. */
const mostAttributes = 200_000;
/** Rows of one statement. */
const batch = 1000;
/** Groups and members of one answer. */
const mostShown = 1000;

const sortColumns: Record<PersonSort, Expression<unknown>> = {
  name: sql`lower(person.name)`,
  account: sql`person.account_lower`,
  mail: sql`lower(person.mail)`,
  department: sql`lower(person.department)`,
  members: sql`person.member_count`,
  changed: sql`person.changed`,
};

const summaryColumns = [
  ...(["uuid", "kind", "dn", "account", "name", "mail", "phone", "title", "department"] as const),
  ...(["description", "disabled", "member_count", "changed"] as const),
] as const;

/** Writes what is new or differs. */
export async function savePerson(store: Store, given: DirectoryObject, now: number): Promise<void> {
  const row = rowOf(given, now);
  await store.transaction(async (transaction) => {
    const { first_seen: _, uuid: __, ...changes } = row;
    await transaction.db
      .insertInto("person")
      .values(row)
      .onConflict((conflict) => conflict.column("uuid").doUpdateSet(changes))
      .execute();
    await saveMembers(transaction, given.uuid, given.members);
  });
}

/** A group of ten thousand in which one has changed costs one row. */
async function saveMembers(store: Store, group: string, members: readonly string[]): Promise<void> {
  const before = await store.db.selectFrom("person_member").select("member").where("group_uuid", "=", group).execute();
  const wanted = new Set(members.map((member) => cleanText(member, 4096)));
  const gone = before.map(({ member }) => member).filter((member) => !wanted.delete(member));
  for (let from = 0; from < gone.length; from += batch) {
    const some = gone.slice(from, from + batch);
    await store.db.deleteFrom("person_member").where("group_uuid", "=", group).where("member", "in", some).execute();
  }
  const fresh = [...wanted].map((member) => ({ group_uuid: group, member }));
  for (let from = 0; from < fresh.length; from += batch) {
    await store.db
      .insertInto("person_member")
      .values(fresh.slice(from, from + batch))
      .execute();
  }
}

export async function removePerson(store: Store, uuid: string): Promise<void> {
  await store.db.deleteFrom("person").where("uuid", "=", uuid).execute();
}

/** Forgets all that came from one directory; gives their number. */
export async function clearPeople(store: Store, source: string): Promise<number> {
  const result = await store.db.deleteFrom("person").where("source", "=", source).executeTakeFirst();
  return Number(result.numDeletedRows);
}

export async function queryPeople(
  store: Store,
  query: PersonQuery = {},
): Promise<{ total: number; people: PersonSummary[] }> {
  const direction = query.descending === true ? "desc" : "asc";
  const people = store.db.selectFrom("person").where(conditions(query));
  const { total } = await people.select(({ fn }) => fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await people
    .select(summaryColumns)
    .orderBy(sortColumns[query.sort ?? "name"], direction)
    .orderBy("uuid", direction)
    .limit(Math.min(Math.max(query.limit ?? 50, 1), 1000))
    .offset(Math.max(query.offset ?? 0, 0))
    .execute();
  return { total: Number(total), people: rows.map(summaryOf) };
}

/** @throws Problem `not-found` */
export async function getPerson(store: Store, uuid: string): Promise<PersonDetail> {
  const row = await store.db.selectFrom("person").selectAll().where("uuid", "=", uuid).executeTakeFirst();
  if (!row) throw new Problem("not-found", `the directory cache knows no object ${cleanText(uuid, 64)}`);
  const groups = await store.db
    .selectFrom("person")
    .innerJoin("person_member", "person_member.group_uuid", "person.uuid")
    .select(summaryColumns)
    .distinct()
    .where("person_member.member", "in", keysOf(row))
    .orderBy("name")
    .orderBy("uuid")
    .limit(mostShown)
    .execute();
  const known = row.kind === "group" ? await membersOf(store, uuid) : [];
  return {
    ...summaryOf(row),
    source: row.source,
    attributes: JSON.parse(row.attributes),
    firstSeen: row.first_seen,
    groups: groups.map(summaryOf),
    known,
  };
}

async function membersOf(store: Store, group: string): Promise<PersonSummary[]> {
  const members = store.db.selectFrom("person_member").select("member").where("group_uuid", "=", group);
  const rows = await store.db
    .selectFrom("person")
    .select(summaryColumns)
    .where(({ or, eb }) =>
      or([
        eb(sql`'dn:' || dn_key`, "in", members),
        eb.and([eb("kind", "=", "person"), eb(sql`'uid:' || account_lower`, "in", members)]),
      ]),
    )
    .orderBy("name")
    .orderBy("uuid")
    .limit(mostShown)
    .execute();
  return rows.map(summaryOf);
}

/** `EXAMPLE\\alice`, `alice@example.org` → `alice`, in lower case: how machines and domains write an account. */
export function accountOf(user: string): string {
  return folded(user).trim().replace(/^.*\\/, "").replace(/@.*$/, "");
}

/** People by their accounts, in whatever way these are written. */
export async function peopleByAccount(store: Store, users: readonly string[]): Promise<PersonSummary[]> {
  const accounts = [...new Set(users.map(accountOf))].filter((account) => account !== "").slice(0, 500);
  if (accounts.length === 0) return [];
  const rows = await store.db
    .selectFrom("person")
    .select(summaryColumns)
    .where("kind", "=", "person")
    .where("account_lower", "in", accounts)
    .orderBy("name")
    .execute();
  return rows.map(summaryOf);
}

/** Who is meant by an account (`alice`, `EXAMPLE\alice`, `alice@example.org`), a mail address, or a name that only one has. */
export async function findPeople(store: Store, word: string, most = 20): Promise<PersonSummary[]> {
  const lower = folded(cleanText(word, 255)).trim();
  if (lower === "") return [];
  const rows = await store.db
    .selectFrom("person")
    .select(summaryColumns)
    .where("kind", "=", "person")
    .where(({ or, eb }) =>
      or([
        eb("account_lower", "in", [...new Set([lower, accountOf(lower)])]),
        eb(sql`lower(mail)`, "=", lower),
        eb(sql`lower(name)`, "=", lower),
      ]),
    )
    .orderBy("name")
    .orderBy("uuid")
    .limit(most)
    .execute();
  return rows.map(summaryOf);
}

function conditions({ kind, search }: PersonQuery): Expression<SqlBool> {
  const eb = expressionBuilder<Schema, "person">();
  const words = searchTerms(search ?? "").map(({ word }) => {
    return sql<SqlBool>`person.search like ${`%${escaped(word)}%`} escape '\\'`;
  });
  return eb.and([...(kind === undefined ? [] : [eb("person.kind", "=", kind)]), ...words]);
}

function keysOf({ kind, dn_key, account_lower }: PersonTable): string[] {
  return [`dn:${dn_key}`, ...(kind === "person" && account_lower !== "" ? [`uid:${account_lower}`] : [])];
}

function summaryOf(row: Pick<PersonTable, (typeof summaryColumns)[number]>): PersonSummary {
  const { member_count, disabled, ...rest } = row;
  return { ...rest, disabled: disabled === 1, members: member_count };
}

function rowOf(given: DirectoryObject, now: number): PersonTable {
  const text = (value: string) => cleanText(value, longest);
  const attributes = bounded(given.attributes);
  const account = text(given.account);
  const { mail, phone, title, department, description, name } = given;
  const searched = [...Object.values(attributes).flat(), given.dn, account, name, mail, phone, title, department];
  return {
    uuid: given.uuid,
    source: text(given.source),
    kind: given.kind,
    dn: cleanText(given.dn, 8192),
    dn_key: cleanText(given.dnKey, 8192),
    account,
    account_lower: folded(account),
    name: text(name) || account || text(given.dn),
    ...{ mail: text(mail), phone: text(phone), title: text(title), department: text(department) },
    description: text(description),
    attributes: JSON.stringify(attributes),
    search: folded([...new Set(searched)].join("\n")),
    disabled: given.disabled ? 1 : 0,
    member_count: given.members.length,
    first_seen: now,
    changed: now,
  };
}

/** Attributes up to a size; what is beyond it is left out. */
function bounded(attributes: Record<string, string[]>): Record<string, string[]> {
  let room = mostAttributes;
  const kept: Record<string, string[]> = {};
  for (const [name, values] of Object.entries(attributes)) {
    const texts: string[] = [];
    for (const value of values) {
      const text = cleanText(value, longest);
      room -= text.length + 4;
      if (room < 0) return kept;
      texts.push(text);
      kept[cleanText(name, 255)] = texts;
    }
  }
  return kept;
}
