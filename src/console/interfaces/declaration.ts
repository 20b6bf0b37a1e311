import { z } from "zod";
import { declareModule } from "../module.ts";

const name = z
  .string()
  .regex(/^[^\s/]{1,64}$/, "expected the name of an interface")
  .describe("Name of an interface");
const names = z.array(name).min(1).max(100).optional().describe("These interfaces alone");
const id = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const seconds = z.number().min(0).max(86_400);
const wait = z
  .boolean()
  .default(true)
  .describe("Answer when it is done; else as soon as it has begun, with the number of its event");
const nothing = z.strictObject({});
const some = z.strictObject({ names });

/** `eth0`, or `eth0=home`: as the logical interface `home`. */
const asked = z.array(name).min(1).max(100).describe("Names of interfaces, `eth0` or `eth0=home`");

const read = { access: "user", get: true } as const;
const act = { access: "administrator", changes: true } as const;

export const interfaces = declareModule({
  id: "interfaces",
  name: "Interfaces",
  summary: "This host's network: links, addresses, leases, what happens to them, and changes that roll back",
  icon: "port",
  categories: ["network"],
  home: "/interfaces",
  singleton: true,
  commands: {
    status: { ...read, summary: "How the interfaces stand", options: some },
    watch: {
      ...read,
      summary: "Reports that something has happened; for ten minutes",
      options: z.strictObject({
        shown: z.string().max(64).optional().describe("Mark of what a page shows: as long as it is not so any more"),
      }),
    },
    check: { ...read, summary: "How what runs differs from the configuration, and what would mend it", options: some },
    why: {
      ...read,
      summary: "How an interface came to be as it is: event, handler, command, error, line of the configuration",
      options: z.strictObject({ name }),
    },
    query: { ...read, summary: "What the configuration says of interfaces, inherited and mapped", options: some },
    leases: { ...read, summary: "What DHCP servers gave", options: some },
    events: {
      ...read,
      summary: "What has happened, the newest first",
      options: z.strictObject({
        name: name.optional(),
        kind: z
          .string()
          .regex(/^[A-Z_]{1,64}$/, "expected a kind of event, as CTLSOCK_IFUP")
          .optional()
          .describe("CTLSOCK_IFUP, LEASE, CARRIER …"),
        before: id.optional().describe("Goes on after the event with this number"),
        limit: z.int().min(1).max(1000).default(50).describe("How many at most"),
      }),
    },
    event: { ...read, summary: "One event with all that it made", options: z.strictObject({ id }) },
    attach: {
      ...read,
      summary: "Reports the status lines of an event, from the first one, until it ends",
      options: z.strictObject({ id }),
    },
    monitor: {
      ...read,
      summary: "Reports events, status lines and changes of the kernel as they happen, until you go away",
      options: z.strictObject({
        name: name.optional(),
        kernel: z.boolean().default(true),
        after: z.string().min(1).max(64).optional().describe("What was missed since this mark, first; `now`: nothing"),
      }),
    },
    way: { ...read, summary: "By which interfaces you are connected to this console", options: nothing },
    up: {
      ...act,
      summary: "Bring interfaces up with what they need; heal what has drifted",
      options: z.strictObject({
        names: asked,
        force: z.boolean().default(false).describe("Go on when a script fails; do again what is done"),
        timeout: seconds.optional().describe("Seconds for all of it"),
        wait,
      }),
    },
    down: {
      ...act,
      summary: "Take interfaces down, with what only they need",
      options: z.strictObject({
        names: asked,
        force: z.boolean().default(false).describe("Though others need them"),
        timeout: seconds.optional().describe("Seconds for all of it"),
        wait,
      }),
    },
    renew: {
      ...act,
      summary: "Ask the DHCP server for the lease anew",
      options: z.strictObject({ name, wait }),
    },
    reload: { ...act, summary: "Read the configuration anew; no interface is changed by it", options: nothing },
    preview: {
      summary: "What an apply would do, by the configuration as it is on disk now",
      // It says what it would do to everything.
      access: "administrator",
      get: true,
      options: some,
    },
    apply: {
      ...act,
      summary: "Make what runs as the configuration says, all of it or nothing; rolled back unless it is confirmed",
      options: z.strictObject({
        names,
        timeout: seconds.optional().describe("Seconds until it is rolled back without a confirm; 0: it is not"),
        wait,
      }),
    },
    confirm: {
      ...act,
      summary: "Keep what was applied",
      options: z.strictObject({ id: id.optional().describe("Number of the apply") }),
    },
    rollback: {
      ...act,
      summary: "Take back what was applied and is not confirmed",
      options: z.strictObject({ id: id.optional().describe("Number of the apply"), wait }),
    },
  },
});
