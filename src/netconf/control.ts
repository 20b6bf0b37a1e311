/** The control sockets: one for those who may change something, one that only tells, for everybody on this host. */
import {
  controlName,
  type Options,
  type Results,
  statusName,
  type UpOptions,
  type Verb,
  verbs,
} from "../console/interfaces/control.ts";
import { logger } from "../log.ts";
import { Problem } from "../problem.ts";
import type { Json } from "../umcp/message.ts";
import { type Exchange, type Server, serve } from "../umcp/server.ts";
import { readOptions } from "./answer/asked.ts";
import { changedText } from "./answer/changed.ts";
import { checkOf } from "./answer/check.ts";
import { eventsOf, summaryOf, treeOf } from "./answer/event-lines.ts";
import { followed } from "./answer/follow.ts";
import { monitor } from "./answer/monitor.ts";
import { called, groupNumber, personOf } from "./answer/person.ts";
import { mayBeTold } from "./answer/private.ts";
import { queried } from "./answer/query.ts";
import { diagnosticOf, leasesOf, type Surroundings, statusOf } from "./answer/status.ts";
import { waitOnline } from "./answer/wait-online.ts";
import { why } from "./answer/why.ts";
import { succeeded, type Task } from "./events/task.ts";
import { managers } from "./here/managers.ts";
import type { Asker, Netconf } from "./netconf.ts";
import { rehearsed } from "./rehearse.ts";
import type { Operation } from "./running.ts";

const log = logger("netconf");

type Answers = {
  [V in Verb]: (options: Options[V], exchange: Exchange, asker: Asker) => Results[V] | Promise<Results[V]>;
};

function answers(netconf: Netconf, around: Surroundings): Answers {
  const { engine } = netconf;
  /** Waits for it. @throws Problem for how it ended, where the answer has no place for that */
  const work = async (operation: Operation, exchange: Exchange): Promise<Task> => {
    const { outcome, reason } = await followed(operation, exchange);
    if (!succeeded(outcome)) throw new Problem(codes[outcome] ?? "not-done", reason || outcome);
    return operation.task;
  };
  const upDownResult = async (operation: Operation, exchange: Exchange, options: UpOptions = {}) => {
    const { cancelOnDisconnect: ends = false, lines = "status" } = options;
    await followed(operation, exchange, { ends, lines });
    return netconf.result(operation.task);
  };
  return {
    status: ({ names: wanted }) => engine.aside(() => statusOf(engine, around, wanted)),
    check: ({ names: wanted }) => engine.aside(() => checkOf(engine, around, wanted)),
    why: ({ name: wanted }) => engine.aside(() => why(engine, around, wanted)),
    query: (options) =>
      engine.aside(() => ({
        interfaces: queried(engine, options),
        diagnostics: engine.diagnostics.map(diagnosticOf),
      })),
    leases: ({ names: wanted }) => ({ leases: leasesOf(engine, wanted) }),
    events: (options) => eventsOf(engine.events.ring, options),
    event: ({ id }) => treeOf(netconf.attach(id).task),
    async attach({ id }, exchange) {
      const operation = netconf.attach(id);
      await followed(operation, exchange);
      return summaryOf(operation.task);
    },
    async monitor(options, exchange) {
      await monitor(engine, options, exchange, around.started);
      return null;
    },
    "wait-online": (options, exchange) =>
      waitOnline(engine, options, (line) => exchange.partial({ line, event: 0 }), exchange.signal),
    up: (options, exchange, asker) => {
      if (options.dryRun) return engine.aside(() => rehearsed(engine, "up", options));
      const line = changedText(engine);
      if (line !== "") exchange.partial({ line, event: 0 });
      return upDownResult(netconf.up(options, asker), exchange, options);
    },
    down: (options, exchange, asker) =>
      options.dryRun
        ? engine.aside(() => rehearsed(engine, "down", options))
        : upDownResult(netconf.down(options, asker), exchange, options),
    async reload(_options, exchange, asker) {
      await work(netconf.reload(asker), exchange);
      const { stanzas } = engine.configuration;
      const interfaces = new Set(stanzas.map((stanza) => stanza.name)).size;
      return { interfaces, diagnostics: engine.diagnostics.map(diagnosticOf) };
    },
    async apply(options, exchange, asker) {
      return netconf.applied(await work(netconf.apply(options, asker), exchange));
    },
    async confirm(options, exchange, asker) {
      const id = options.id ?? engine.pending?.id ?? 0;
      await work(netconf.confirm(options, asker), exchange);
      return { id };
    },
    async rollback(options, exchange, asker) {
      const id = options.id ?? engine.pending?.id ?? 0;
      await work(netconf.rollback(options, asker), exchange);
      return { id };
    },
    hotplug: (options, exchange, asker) => upDownResult(netconf.hotplug(options, asker), exchange),
    async renew(options, exchange, asker) {
      await work(netconf.renew(options, asker), exchange);
      return { renewed: [options.name] };
    },
  };
}

/** Which Problem says best how an operation ended. */
const codes = {
  timeout: "timeout",
  notfound: "not-found",
  cancelled: "cancelled",
  conflict: "conflict",
  refused: "config",
} as const as Partial<Record<string, "timeout" | "not-found" | "cancelled" | "conflict" | "config">>;

export interface ControlOptions {
  /** Run folder. */
  folder: string;
  /** Group of the control socket; "" or one that does not exist: nobody but root and the service's user. */
  group: string;
}

/** Opens both. @throws Problem as `serve` */
export async function controlSockets(
  netconf: Netconf,
  around: Surroundings,
  { folder, group }: ControlOptions,
): Promise<Server[]> {
  const table = answers(netconf, around);
  const gid = group === "" ? undefined : await groupNumber(group);
  const handler = (changing: boolean) => async (exchange: Exchange) => {
    const { request } = exchange;
    const [word = ""] = request.arguments;
    const known = Object.keys(verbs).filter((verb) => changing || !verbs[verb as Verb].changes);
    if (request.command !== "COMMAND" || !known.includes(word)) {
      const hint = Object.hasOwn(verbs, word) ? `${word} changes something: it goes to ${controlName}; ` : "";
      throw new Problem("unknown-command", `${hint}this socket knows ${known.join(", ")}`);
    }
    if (!changing) {
      const { configuration, world } = netconf.engine;
      await mayBeTold(word as Verb, exchange.peer, { files: configuration.files, uids: world.settings.uids, group });
    }
    return await answered(table, word as Verb, exchange, (asker, options) => {
      if (verbs[word as Verb].changes) log.info("asked over the control socket", { verb: word, by: asker.by, options });
    });
  };
  const control = await serve({
    unix: `${folder}/${controlName}`,
    mode: gid === undefined ? 0o600 : 0o660,
    ...(gid === undefined ? {} : { group: gid }),
    handler: handler(true),
  });
  try {
    return [control, await serve({ unix: `${folder}/${statusName}`, mode: 0o666, handler: handler(false) })];
  } catch (error) {
    await control.stop();
    throw error;
  }
}

/**
 * The control socket of an operation without a daemon: for `ifup` and `ifdown` in its own scripts, which would else wait
 * for its end, and it for theirs. To all others no daemon runs.
 * @throws Problem as `serve`
 */
export async function scriptSocket(netconf: Netconf, folder: string): Promise<Server> {
  const table = answers(netconf, { started: netconf.engine.now, managers: managers() });
  const handler = async (exchange: Exchange) => {
    const { arguments: words, body } = exchange.request;
    const [word] = words;
    const within = body instanceof Uint8Array ? undefined : body.within;
    if ((word !== "up" && word !== "down") || typeof within !== "number") {
      throw new Problem("not-running", "no daemon runs; another operation is at work");
    }
    return await answered(table, word, exchange);
  };
  return await serve({ unix: `${folder}/${controlName}`, mode: 0o600, handler });
}

async function answered(
  table: Answers,
  verb: Verb,
  exchange: Exchange,
  note?: (asker: Asker, options: unknown) => void,
): Promise<{ result: unknown }> {
  const { body: given } = exchange.request;
  const body = (given instanceof Uint8Array ? {} : given) as Json;
  const options = readOptions(verb, body.options ?? {});
  const asker = verbs[verb].changes ? await askerOf(exchange, body) : nobody;
  note?.(asker, options);
  const answer = table[verb] as (given: unknown, of: Exchange, by: Asker) => unknown;
  return { result: await answer(options, exchange, asker) };
}

const nobody: Asker = { uid: -1, name: "", groups: [], by: "" };

async function askerOf({ peer }: Exchange, body: Json): Promise<Asker> {
  if (!peer.credentials) throw new Problem("forbidden", "the kernel does not tell who asks");
  const { uid } = peer.credentials;
  const person = uid === 0 ? { uid, name: "root", groups: [] } : await personOf(uid);
  const by = typeof body.by === "string" ? body.by : undefined;
  const within = typeof body.within === "number" ? body.within : undefined;
  return { ...person, by: called(person, by), ...(within === undefined ? {} : { within }) };
}
