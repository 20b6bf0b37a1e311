import type { Commands } from "../module.ts";
import type { directory } from "./declaration.ts";
import { ask, watch } from "./listener.ts";
import { people, person } from "./people.ts";

export const commands: Commands<typeof directory> = {
  people: async (options, { store }) => people(await store(), options),
  person: async ({ uuid }, { store }) => person(await store(), uuid),
  status: (_, context) => ask(context, "status", {}),
  watch: ({ shown }, context) => watch(context, shown),
  handlers: (_, context) => ask(context, "modules", {}),
  parked: (options, context) => ask(context, "parked", options),
  held: (options, context) => ask(context, "held", options),
  changes: (options, context) => ask(context, "changes", options),
  change: (options, context) => ask(context, "change", options),
  resync: ({ handler, dn }, context) =>
    ask(context, "resync", dn === undefined ? { handler: handler! } : { dn, handler }),
  // Whoever begins it need not wait for its end: the state says how far it is, and what came of it.
  verify: (_, context) => ask(context, "verify", {}),
  pause: (options, context) => ask(context, "pause", options),
  resume: (options, context) => ask(context, "resume", options),
  forget: (options, context) => ask(context, "forget", options),
  retry: ({ id, handler }, context) => ask(context, "retry", id === undefined ? { handler: handler! } : { id }),
  skip: (options, context) => ask(context, "skip", options),
  approve: ({ uuids }, context) => ask(context, "approve", uuids ? { uuids } : { all: true }),
  reject: ({ uuids }, context) => ask(context, "reject", uuids ? { uuids } : { all: true }),
};
