/** Single values that belong to the database as a whole. */
import type { PublishedSchema } from "../ldap/connect.ts";
import { stored } from "./damage.ts";
import type { Database } from "./database.ts";
import type { VerifyReport } from "./verify.ts";

interface Values {
  /** Random; made with the database. A part of every event's name. */
  epoch: string;
  /** Suffix of the directory that is followed; empty until the first connection. */
  suffix: string;
  /** Milliseconds since 1970 when the first load had ended; absent while none has. */
  loaded: number;
  /** Lower-case attribute types that the cache was made without. */
  withheld: string[];
  /** Those that it is to get by the refresh under way, because a handler now needs them. */
  missing: string[];
  /** The last verification that came to its end. */
  verified: VerifyReport;
  /** As the server published it last, sorted. */
  schema: PublishedSchema;
}

export class Meta {
  readonly #get;
  readonly #set;
  readonly #unset;

  constructor(database: Database) {
    this.#get = database.prepare<{ value: string }, [string]>("SELECT value FROM meta WHERE key = ?");
    this.#set = database.prepare<null, [string, string]>("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");
    this.#unset = database.prepare<null, [string]>("DELETE FROM meta WHERE key = ?");
  }

  get<K extends keyof Values>(key: K): Values[K] | undefined {
    const row = this.#get.get(key);
    return row === null ? undefined : (stored(() => JSON.parse(row.value)) as Values[K]);
  }

  set<K extends keyof Values>(key: K, value: Values[K]): void {
    this.#set.run(key, JSON.stringify(value));
  }

  unset(key: keyof Values): void {
    this.#unset.run(key);
  }
}
