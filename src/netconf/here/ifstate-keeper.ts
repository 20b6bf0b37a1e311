/** ifstate for other tools: what our records say, and what others wrote there left as it is. */
import { logger } from "../../log.ts";
import type { Engine } from "../engine.ts";
import type { Parameters } from "../events/parameters.ts";
import type { Task } from "../events/task.ts";
import { changeIfstate, readIfstate } from "../ifstate.ts";

const log = logger("netconf");

/**
 * Follows the records whenever an operation has ended.
 * @param folder of ifstate; "": none is kept
 * @returns writes what is still to be written, and ends it
 */
export function keepIfstate(engine: Engine, folder: string): () => Promise<void> {
  if (folder === "") return async () => undefined;
  const written = new Map<string, string>();
  for (const { physical, logical } of entries(folder)) {
    if (engine.records.has(physical)) written.set(physical, logical);
  }
  let working: Promise<void> | undefined;
  const write = async () => {
    // What happens meanwhile is seen in the next round.
    for (let news = changes(engine, written); news.size > 0; news = changes(engine, written)) {
      await changeIfstate(folder, news);
      for (const [name, logical] of news) {
        if (logical === undefined) written.delete(name);
        else written.set(name, logical);
      }
    }
  };
  const start = () => {
    working ??= write()
      .catch((error) => log.warning("ifstate cannot be written", { folder, error }))
      .finally(() => {
        working = undefined;
      });
  };
  const unwatch = engine.events.watch(({ what, task }) => {
    if (what !== "ended") return;
    const { iface, kind, outcome, reason, parent } = task.event;
    // What another ifup has brought up, and we took down, was never ours in between two operations.
    const isDown = kind === "CTLSOCK_IFDOWN" && outcome === "done" && reason === "" && !engine.records.has(iface);
    if (isDown && !isUndoing(task) && !written.has(iface)) {
      const listed = entries(folder).find(({ physical }) => physical === iface);
      if (listed) written.set(iface, listed.logical);
    }
    if (parent === 0) start();
  });
  start();
  return async () => {
    unwatch();
    await working;
    start();
    await working;
  };
}

/** Of what failed to come up, or is needed no more: it is as it was found. */
function isUndoing({ parameters }: Task): boolean {
  const { undo, unused } = parameters as Parameters["CTLSOCK_IFDOWN"];
  return undo === true || unused === true;
}

function entries(folder: string) {
  try {
    return readIfstate(folder);
  } catch (error) {
    log.warning("ifstate cannot be read", { folder, error });
    return [];
  }
}

function changes(engine: Engine, written: ReadonlyMap<string, string>): Map<string, string | undefined> {
  const news = new Map<string, string | undefined>();
  const up = new Map<string, string>();
  for (const { name, logical, setup, stanzas } of engine.records.values()) {
    if ((setup === "configured" || setup === "deferred") && stanzas.length > 0) up.set(name, logical);
  }
  for (const [name, logical] of up) if (written.get(name) !== logical) news.set(name, logical);
  for (const name of written.keys()) if (!up.has(name)) news.set(name, undefined);
  return news;
}
