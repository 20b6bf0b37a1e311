/** Waiting until interfaces can be used; what is deferred is waited for by nobody. */
import type { Options, Results } from "../../console/interfaces/control.ts";
import type { Engine } from "../engine.ts";
import { atLeast, operationalOf } from "./operational.ts";

type Asked = Options["wait-online"];
type Answer = Results["wait-online"];

/** How it is now; `hopeless`: nothing is on its way, all is deferred, and nobody named what it waits for. */
export function online(engine: Engine, { names, any = false, state }: Asked): Answer & { hopeless: boolean } {
  const auto = (engine.configuration.classes.get("auto") ?? []).map(({ word }) => word);
  const wanted = (names ?? auto.filter((word) => engine.records.has(word) || engine.state.links.has(word))).filter(
    (name) => names !== undefined || engine.state.links.get(name)?.type !== "loopback",
  );
  const least = state ?? "degraded";
  const all = wanted.map((name) => {
    const operational = operationalOf(engine.state, name);
    const record = engine.records.get(name);
    const deferred = record?.setup === "deferred" && names === undefined;
    const busy = engine.operations.of(name) !== undefined;
    // A port is used by way of its bond or bridge.
    const is = operational === "enslaved" ? atLeast("degraded", least) : atLeast(operational, least);
    const reason = deferred ? `deferred: ${record.error}` : (record?.error ?? "");
    const waitsFor =
      is && !busy ? "" : reason || `${operational}, not ${least}${record ? "" : "; it was not brought up"}`;
    return { name, operational, waitsFor, settled: (is && !busy) || deferred, is, late: deferred && !busy };
  });
  const routable = names !== undefined || all.some(({ operational }) => operational === "routable");
  const good = any ? all.some(({ is }) => is) : all.every(({ settled }) => settled);
  return {
    online: all.length === 0 || (good && (state !== undefined || any || routable)),
    hopeless: all.length > 0 && all.every(({ late }) => late),
    interfaces: all.map(({ name, operational, waitsFor }) => ({ name, operational, waitsFor })),
  };
}

/**
 * @param say is told what it waits for, when that changes
 * @param signal the asker has gone
 */
export async function waitOnline(
  engine: Engine,
  asked: Asked,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Answer> {
  const over = Promise.withResolvers<void>();
  const cancel = engine.world.clock.after((asked.timeout ?? 120) * 1000, over.resolve);
  signal.addEventListener("abort", () => over.resolve(), { once: true });
  let said = "";
  let answer = online(engine, asked);
  const ready = Promise.withResolvers<void>();
  const look = () => {
    answer = online(engine, asked);
    if (answer.online || answer.hopeless) return ready.resolve();
    const waiting = answer.interfaces.filter(({ waitsFor }) => waitsFor !== "");
    const line = waiting.map(({ name, waitsFor }) => `${name}: ${waitsFor}`).join("; ") || "a routable interface";
    if (line !== said) say(`waits for ${line}`);
    said = line;
  };
  const forget = engine.changes.listen(look);
  const unwatch = engine.events.watch(({ what }) => what === "ended" && look());
  try {
    look();
    await Promise.race([ready.promise, over.promise]);
    const { online: reached, interfaces } = online(engine, asked);
    return { online: reached, interfaces };
  } finally {
    cancel();
    forget();
    unwatch();
  }
}
