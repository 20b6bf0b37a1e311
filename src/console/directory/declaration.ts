import { z } from "zod";
import { declareModule } from "../module.ts";
import { changeKinds, changeOrigins, parkedStates } from "./control.ts";

/** The words of the store, which only commands may import; `commands.ts` does not compile with others. */
export const personSorts = ["name", "account", "mail", "department", "members", "changed"] as const;
export const personKinds = ["person", "group"] as const;

const number = z.int().min(1);
const limit = (most: number, usual: number) => z.int().min(1).max(most).default(usual).describe("How many at most");
const offset = z.int().min(0).default(0).describe("How many to skip");
const handler = z.string().min(1).max(255).describe("Name of a handler");
const uuid = z
  .string()
  .regex(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i, "expected an entryUUID")
  .describe("entryUUID");
const dn = z.string().trim().min(1).max(8192);
const moment = z.int().min(0).max(8.64e15).describe("Epoch milliseconds");
const nothing = z.strictObject({});

/** Which of the deletions that are held. */
const which = z
  .strictObject({
    uuids: z.array(uuid).min(1).max(1000).optional().describe("These entries"),
    all: z.boolean().default(false).describe("All that are held"),
  })
  .refine(({ uuids, all }) => (uuids === undefined) === all, "Say which: some by their entryUUIDs, or all.");

export const directory = declareModule({
  id: "directory",
  name: "Directory",
  summary: "People and groups, what changes in the directory, and the handlers that are told of it",
  icon: "people",
  categories: ["people"],
  home: "/people",
  also: "/directory",
  singleton: true,
  commands: {
    people: {
      summary: "People and groups that match",
      access: "user",
      get: true,
      options: z.strictObject({
        search: z.string().max(200).optional().describe("Words that must all occur in any attribute"),
        kind: z.enum(personKinds).optional(),
        sort: z.enum(personSorts).default("name"),
        descending: z.boolean().default(false).describe("Largest first"),
        limit: limit(1000, 50),
        offset,
      }),
    },
    person: {
      summary: "One person with groups and machines, or one group with members",
      access: "user",
      get: true,
      options: z.strictObject({ uuid: z.string().min(1).max(64).describe("entryUUID") }),
    },
    status: {
      summary: "How the listener stands: server, lag, handlers",
      access: "user",
      get: true,
      options: nothing,
    },
    watch: {
      summary: "Reports each change of the listener's state; for ten minutes",
      access: "user",
      get: true,
      options: z.strictObject({
        shown: z.string().max(64).optional().describe("Mark of what a page shows: as long as it is not so any more"),
      }),
    },
    handlers: {
      summary: "Handlers with their state and what they say about themselves",
      access: "user",
      get: true,
      options: nothing,
    },
    parked: {
      summary: "What handlers failed on and what waits behind it, the newest first",
      access: "user",
      get: true,
      options: z.strictObject({
        handler: handler.optional(),
        state: z.enum(parkedStates).optional().describe("Without it, all but those that were skipped"),
        before: number.optional().describe("Goes on after the item with this number"),
        limit: limit(1000, 50),
      }),
    },
    held: {
      summary: "Deletions that wait for approval",
      access: "user",
      get: true,
      options: z.strictObject({ limit: limit(1000, 50), offset }),
    },
    changes: {
      summary: "Changes of the directory, the newest first",
      // Whoever sees them sees all that the listener's account may read.
      access: "administrator",
      get: true,
      options: z.strictObject({
        dn: dn.optional().describe("Part of the old or the new DN"),
        uuid: uuid.optional(),
        kind: z.enum(changeKinds).optional(),
        origin: z
          .enum(changeOrigins)
          .optional()
          .describe("As it happened, after an absence, by a verification, or because an ancestor moved"),
        from: moment.optional().describe("Observed at this time or later, epoch milliseconds"),
        to: moment.optional().describe("Observed at this time or before, epoch milliseconds"),
        before: number.optional().describe("Goes on after the change with this number"),
        limit: limit(1000, 50),
      }),
    },
    change: {
      summary: "One change with both sides",
      access: "administrator",
      get: true,
      options: z.strictObject({ seq: number.describe("Number of the change") }),
    },
    resync: {
      summary: "Load a handler anew (clean, initialize, every entry), or hand one entry on once more",
      access: "administrator",
      changes: true,
      options: z
        .strictObject({
          handler: handler.optional(),
          dn: dn.optional().describe("This entry alone; without a handler, to all of them"),
        })
        .refine((one) => one.handler !== undefined || one.dn !== undefined, "Name a handler, an entry, or both."),
    },
    verify: {
      summary: "Begin to compare the whole directory with what handlers were told",
      access: "administrator",
      changes: true,
      options: nothing,
    },
    pause: {
      summary: "Give a handler, or all of them, no more changes for now",
      access: "administrator",
      changes: true,
      options: z.strictObject({ handler: handler.optional() }),
    },
    resume: {
      summary: "Go on with a handler that was paused, or with all of them",
      access: "administrator",
      changes: true,
      options: z.strictObject({ handler: handler.optional() }),
    },
    forget: {
      summary: "Keep changes no longer for a handler whose file is gone",
      access: "administrator",
      changes: true,
      options: z.strictObject({ handler }),
    },
    retry: {
      summary: "Try a parked item now, or all that a handler failed on",
      access: "administrator",
      changes: true,
      options: z
        .strictObject({ id: number.optional().describe("Number of the item"), handler: handler.optional() })
        .refine(({ id, handler }) => (id === undefined) !== (handler === undefined), "Name an item or a handler."),
    },
    skip: {
      summary: "Give a parked item up; what waits behind it goes on",
      access: "administrator",
      changes: true,
      options: z.strictObject({
        id: number.describe("Number of the item"),
        reason: z.string().trim().min(3).max(1000).describe("Why; it stands in the log beside your name"),
      }),
    },
    approve: {
      summary: "Say that entries are gone indeed: handlers are told",
      access: "administrator",
      changes: true,
      options: which,
    },
    reject: {
      summary: "Say that entries are not gone: they stay until they are missed again",
      access: "administrator",
      changes: true,
      options: which,
    },
  },
});
