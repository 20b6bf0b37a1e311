/** The listener's control socket: UMCP, open to root, the service's own user, and one group. */
import { z } from "zod";
import {
  changeKinds,
  changeOrigins,
  type Options,
  type Progress,
  parkedStates,
  type Results,
  socketName,
  type Verb,
  verbs,
} from "../console/directory/control.ts";
import { decodeAttributes, scan } from "../ldap/attributes.ts";
import { contentRecord } from "../ldap/ldif.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import { run } from "../process/run.ts";
import { pause } from "../process/wait.ts";
import type { Json } from "../umcp/message.ts";
import { type Exchange, type Server, serve } from "../umcp/server.ts";
import { change, changes } from "./answer-changes.ts";
import { parkedList } from "./answer-parked.ts";
import { modules, type Parts, status, verifyResult } from "./answer-status.ts";
import { approve, held, reject } from "./guard.ts";
import { uuidBytes, uuidText } from "./sighting.ts";

const log = logger("listener");

const text = z.string().max(8192);
const name = z.string().min(1).max(255);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const limit = z.number().int().min(1).max(10_000);
const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
const none = z.strictObject({});
const page = { before: count.optional(), limit: z.number().int().min(1).max(1000) };
const some = z.union([z.strictObject({ uuids: z.array(uuid).max(100_000) }), z.strictObject({ all: z.literal(true) })]);

const schemas: { [V in Verb]: z.ZodType } = {
  status: none,
  modules: none,
  resync: z.union([z.strictObject({ handler: name }), z.strictObject({ dn: text, handler: name.optional() })]),
  verify: z.strictObject({ wait: z.boolean().optional() }),
  dump: z.strictObject({ what: z.enum(["entries", "parked"]) }),
  parked: z.strictObject({
    ...page,
    handler: name.optional(),
    state: z.enum(parkedStates).optional(),
  }),
  retry: z.union([z.strictObject({ id: count }), z.strictObject({ handler: name })]),
  skip: z.strictObject({ id: count, reason: text }),
  replay: z.strictObject({ handler: name, from: count, to: count }),
  held: z.strictObject({ limit, offset: count.optional() }),
  approve: some,
  reject: some,
  pause: z.strictObject({ handler: name.optional() }),
  resume: z.strictObject({ handler: name.optional() }),
  forget: z.strictObject({ handler: name }),
  changes: z.strictObject({
    ...page,
    dn: text.optional(),
    uuid: uuid.optional(),
    kind: z.enum(changeKinds).optional(),
    origin: z.enum(changeOrigins).optional(),
    from: count.optional(),
    to: count.optional(),
  }),
  change: z.strictObject({ seq: count }),
};

type Answers = { [V in Verb]: (options: Options[V], exchange: Exchange) => Results[V] | Promise<Results[V]> };

/** Milliseconds between two words about progress. */
const pace = 500;
/** Characters of one partial result. */
const chunk = 64 * 1024;

function answers(parts: Parts): Answers {
  const { journal, dispatcher, follower, roster, interests } = parts;
  const handlers = (one: string | undefined) =>
    one === undefined
      ? dispatcher
          .status()
          .map((row) => row.name)
          .sort()
      : [one];
  const pausing = async (one: string | undefined, paused: boolean) => {
    const names = handlers(one);
    await Promise.all(names.map((each) => dispatcher.pause(each, paused)));
    return { handlers: names };
  };
  /** Tried again, where it had been given up. */
  const revive = (one: string) => {
    const handler = roster.handlers.find(({ name }) => name === one);
    if (handler?.state.state === "out of service") handler.restart();
  };
  return {
    status: () => status(parts),
    modules: () => modules(parts),
    async resync(options) {
      if ("dn" in options) {
        await dispatcher.resyncObject(options.dn, options.handler);
        return { handlers: handlers(options.handler) };
      }
      await dispatcher.resync(options.handler);
      revive(options.handler);
      return { handlers: [options.handler] };
    },
    async verify({ wait = false }, exchange) {
      if (!wait) {
        const begun = follower.verify();
        begun.catch((error) => log.warning("the verification has failed", { error }));
        // What cannot begin is told.
        await Promise.race([begun, pause(100, exchange.signal)]);
        return null;
      }
      let told = 0;
      const tell = (done: number) => {
        if (journal.clock.now() - told < pace) return;
        told = journal.clock.now();
        const progress: Progress = { done, total: journal.cache.count };
        exchange.partial(progress);
      };
      return verifyResult(await follower.verify(tell));
    },
    dump: ({ what }, exchange) => (what === "entries" ? dumpEntries(parts, exchange) : dumpParked(parts, exchange)),
    parked: (options) => parkedList(dispatcher, options),
    async retry(options) {
      if ("id" in options) {
        await dispatcher.retry(dispatcher.parkedHandler(options.id), options.id);
        return { retried: 1 };
      }
      const { failed, dead } = dispatcher.parkedCounts(options.handler);
      await dispatcher.retry(options.handler);
      revive(options.handler);
      return { retried: failed + dead };
    },
    async skip({ id, reason }) {
      const handler = dispatcher.parkedHandler(id);
      await dispatcher.skip(handler, id);
      log.info("a parked change is skipped", { handler, id, reason });
      return { skipped: 1 };
    },
    async replay({ handler, from, to }) {
      return { events: await dispatcher.replay(handler, from, to) };
    },
    held({ limit: most, offset = 0 }) {
      const all = held(journal);
      const items = all
        .slice(offset, offset + most)
        .map((one) => ({ uuid: uuidText(one.uuid), dn: one.dn, since: one.since }));
      return { total: all.length, items };
    },
    approve: async (options) => ({ approved: await follower.alone(() => approve(journal, chosen(options))) }),
    reject: async (options) => ({ rejected: await follower.alone(() => reject(journal, chosen(options))) }),
    pause: ({ handler }) => pausing(handler, true),
    resume: ({ handler }) => pausing(handler, false),
    forget({ handler }) {
      dispatcher.forget(handler);
      parts.roster.needsChanged();
      return { handlers: [handler] };
    },
    changes: (options) => changes(journal, options),
    change: ({ seq }) => change(journal, seq, interests.hidden),
  };
}

function chosen(options: Options["approve"]): Uint8Array[] | undefined {
  return "uuids" in options ? options.uuids.map(uuidBytes) : undefined;
}

async function dumpEntries({ journal, interests }: Parts, exchange: Exchange): Promise<{ count: number }> {
  const { signal } = exchange;
  let total = 0;
  let waiting = "version: 1\n\n";
  for (const place of journal.entries()) {
    signal.throwIfAborted();
    const entry = journal.cache.byUuid(place.uuid);
    if (!entry) continue; // gone since
    waiting += contentRecord(entry.dn, decodeAttributes(scan(entry.attributes, interests.hidden).raw));
    total++;
    if (waiting.length < chunk) continue;
    await send(waiting, exchange);
    waiting = "";
  }
  await send(waiting, exchange);
  return { count: total };
}

/** In pieces: one value may be larger than a message. */
async function send(text: string, exchange: Exchange): Promise<void> {
  for (let at = 0; at < text.length; at += chunk) {
    exchange.partial({ text: text.slice(at, at + chunk) });
    await exchange.drained();
  }
}

async function dumpParked({ dispatcher }: Parts, exchange: Exchange): Promise<{ count: number }> {
  const all = dispatcher.parked(undefined, Number.MAX_SAFE_INTEGER);
  for (let from = 0; from < all.length; from += 100) {
    exchange.signal.throwIfAborted();
    const lines = all.slice(from, from + 100).map((row) => `${JSON.stringify(row)}\n`);
    exchange.partial({ text: lines.join("") });
    await exchange.drained();
  }
  return { count: all.length };
}

/**
 * Opens it in the run folder.
 * @param group whose members may ask as well; empty: nobody else
 * @throws Problem `config` for a group that is not there, and those of `serve`
 */
export async function controlSocket(parts: Parts, folder: string, group: string): Promise<Server> {
  const table = answers(parts);
  const gid = group === "" ? undefined : await groupNumber(group);
  return serve({
    unix: `${folder}/${socketName}`,
    // The kernel lets in whom the file's permissions do: members of the group by whatever way they are.
    mode: gid === undefined ? 0o600 : 0o660,
    ...(gid === undefined ? {} : { group: gid }),
    async handler(exchange) {
      const { request, peer } = exchange;
      const [word = ""] = request.arguments;
      if (request.command !== "COMMAND" || !Object.hasOwn(verbs, word)) {
        throw new Problem("unknown-command", `the listener knows ${Object.keys(verbs).join(", ")}`);
      }
      const verb = word as Verb;
      const body = (request.body instanceof Uint8Array ? {} : request.body) as Json;
      const options = schemas[verb].safeParse(body.options ?? {});
      if (!options.success) throw new Problem("bad-options", `${verb}: ${z.prettifyError(options.error)}`);
      const by = typeof body.by === "string" ? body.by.slice(0, 255) : undefined;
      if (verbs[verb].changes)
        log.info("asked over the control socket", { verb, uid: peer.credentials?.uid, by, options: options.data });
      return { result: await (table[verb] as (given: unknown, of: Exchange) => unknown)(options.data, exchange) };
    },
  });
}

/** From wherever this host has its groups (nsswitch.conf). */
async function groupNumber(group: string): Promise<number> {
  const { stdout } = await run(["/usr/bin/getent", "group", group], { timeout: 10_000 });
  const gid = stdout.split(":")[2];
  if (gid === undefined) throw new Problem("config", `listener.group: there is no group ${group}`);
  return Number(gid);
}
