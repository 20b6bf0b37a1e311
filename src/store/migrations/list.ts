/** Every migration, oldest first. One that was released is never changed again: the next one corrects it. */
import type { Kysely } from "kysely";
import type { StoreKind } from "../store.ts";
import { users } from "./0001-users.ts";
import { hosts } from "./0002-hosts.ts";
import { queue } from "./0003-queue.ts";
import { network } from "./0004-network.ts";
import { people } from "./0005-people.ts";

export interface Migration {
  /** Its order and its identity in the database. */
  name: string;
  /** Runs in a transaction. Knows no `Schema`: that is the newest one, and this is the one of its time. */
  up(db: Kysely<unknown>, kind: StoreKind): Promise<void>;
}

export const migrations: readonly Migration[] = [
  { name: "0001-users", up: users },
  { name: "0002-hosts", up: hosts },
  { name: "0003-queue", up: queue },
  { name: "0004-network", up: network },
  { name: "0005-people", up: people },
];
