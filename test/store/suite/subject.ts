/** Runs one set of tests on either database: a store of its own for each run, emptied before each test. */
import { afterAll, beforeAll, beforeEach, describe } from "bun:test";
import { openStore, type Store } from "../../../src/store/database.ts";
import type { Schema } from "../../../src/store/schema.ts";
import { networkArpTables } from "./arp-table.ts";
import { audit } from "./audit.ts";
import { networkCollisions } from "./collision.ts";
import { networkCutOff } from "./cut-off.ts";
import { networkDevices } from "./device.ts";
import { hosts } from "./host.ts";
import { hostSearch } from "./host-search.ts";
import { networkLinks } from "./link.ts";
import { loginFailures } from "./login-failure.ts";
import { schemaMigration } from "./migrate.ts";
import { people } from "./person.ts";
import { processes } from "./process.ts";
import { queue, queueAtScale } from "./queue.ts";
import { sessions } from "./session.ts";
import { networkSightings, sightingsAtScale } from "./sighting.ts";
import { networkExpiry } from "./sighting-expiry.ts";
import { transactions } from "./transaction.ts";
import { users } from "./user.ts";
import { networkSearch } from "./where-is.ts";

export interface Subject {
  store: Store;
  url: string;
  /** URL of another, empty database. */
  emptyUrl(): Promise<string>;
}

/** Tests that ask for the subject when they run. */
export type Suite = (subject: () => Subject) => void;

const suites: Record<string, Suite> = {
  transactions,
  schemaMigration,
  users,
  sessions,
  loginFailures,
  audit,
  hosts,
  hostSearch,
  people,
  queue,
  networkDevices,
  networkCutOff,
  networkLinks,
  networkArpTables,
  networkSearch,
  networkSightings,
  networkExpiry,
};

/** Those that take seconds: not in the inner loop. */
const atScale: Record<string, Suite> = { processes, queueAtScale, networkCollisions, sightingsAtScale };

// Children before parents.
const tables: (keyof Schema)[] = [
  ...(["device", "device_merge", "network_event", "node_nbt", "statistics"] as const),
  ...(["job", "backend", "device_skip", "schedule", "schedule_run"] as const),
  ...(["host_software", "host_section", "host_address", "host_alias", "software", "host"] as const),
  ...(["person_member", "person"] as const),
  ...(["session", "user", "login_failure", "audit"] as const),
];

export function runSuites(
  name: string,
  emptyUrl: () => Promise<string>,
  which: "all" | "small" | "scale" = "all",
): void {
  const chosen = { ...(which === "scale" ? {} : suites), ...(which === "small" ? {} : atScale) };
  describe(name, () => {
    let subject: Subject;
    beforeAll(async () => {
      const url = await emptyUrl();
      subject = { url, emptyUrl, store: await openStore({ url, migrate: "auto" }) };
    });
    afterAll(() => subject?.store.close());
    beforeEach(async () => {
      for (const table of tables) await subject.store.db.deleteFrom(table).execute();
    });
    for (const [title, suite] of Object.entries(chosen)) describe(title, () => suite(() => subject));
  });
}

/** The Problem that the promise ends with. */
export async function problemOf(work: Promise<unknown>): Promise<{ code: string; message: string; cause: unknown }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error && error.name === "Problem") {
      return error as Error & { code: string; cause: unknown };
    }
    throw error;
  }
  throw new Error("expected a Problem, but it succeeded");
}
