/** CTLSOCK_IFDOWN: an interface, or all of a request, goes down, and with it what only it needed. */
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { DownRequest, How } from "../events/parameters.ts";
import { succeeded, type Task } from "../events/task.ts";
import { chosenDown } from "../expand.ts";
import { allScripts, howOf, several } from "../several.ts";
import { takeDown } from "../take-down.ts";
import { unrecorded } from "../unrecorded.ts";

type Down = Task<"CTLSOCK_IFDOWN">;

export async function ifdown(task: Down, engine: Engine): Promise<Ending> {
  const { iface, by, parent } = task.event;
  const { which, undo } = task.parameters;
  if (parent === 0) engine.say(task as Task, `requested by ${by}`);
  if (which) return await all(task, engine, which);
  if (undo) return await one(task, engine);
  const entry = await engine.operations.enter(task as Task, iface, "down");
  if ("joined" in entry) return entry.joined;
  try {
    return await one(task, engine);
  } finally {
    entry.leave();
  }
}

async function all(task: Down, engine: Engine, which: NonNullable<DownRequest["which"]>): Promise<Ending> {
  const { scripts } = task.parameters;
  const how = howOf(task.parameters);
  const chosen = chosenDown(engine, which);
  const meta = which.all === true && scripts !== false;
  const name = which.class ?? "auto";
  const failures = meta ? [await allScripts(task as Task, engine, "down", name, how)] : [];
  const narrowed = which.all === true || which.class !== undefined;
  const children = chosen.map(({ physical, logical }) =>
    engine.events.queue(
      "CTLSOCK_IFDOWN",
      physical,
      {
        // Those named in one request take each other down in order.
        along: task.parameters.along === true || narrowed || chosen.length > 1,
        ...(logical === undefined ? {} : { logical }),
        ...how,
      },
      { timeout: engine.world.settings.timeout },
      task as Task,
    ),
  );
  const ended = await several(children as unknown as Task[]);
  if (meta) failures.push(await allScripts(task as Task, engine, "post-down", name, how));
  const failure = failures.find((text) => text !== "");
  return failure && succeeded(ended.outcome) ? { outcome: "failed", reason: failure } : ended;
}

async function one(task: Down, engine: Engine): Promise<Ending> {
  const { iface } = task.event;
  const { along, force, undo, unused } = task.parameters;
  const how = howOf(task.parameters);
  const record =
    engine.records.get(iface) ?? (undo ? undefined : await unrecorded(engine, task as Task, iface, task.parameters));
  if (!record) {
    // What it needs may have come up, and itself not begun to.
    if (undo) await release(engine, task, iface, how);
    return { outcome: "done", reason: undo ? "" : "it is not configured" };
  }
  if (!engine.records.has(iface)) engine.world.journal.put(record);
  const users = record.users.filter((user) => engine.records.has(user));
  if (unused && (record.asked || users.length > 0)) return { outcome: "done", reason: "it is needed again" };
  if (users.length > 0 && along) {
    const children = users.map((user) =>
      engine.events.queue("CTLSOCK_IFDOWN", user, { along, ...how }, {}, task as Task),
    );
    const { outcome, reason } = await several(children as unknown as Task[]);
    if (!succeeded(outcome) && !force) return { outcome, reason };
  } else if (users.length > 0 && !force && !undo) {
    return { outcome: "conflict", reason: `${users.join(", ")} need${users.length > 1 ? "" : "s"} it` };
  }
  // Nobody asked for it to go down: what was there before it was needed stays.
  const asItWas = undo === true || unused === true;
  const failures = await takeDown(engine, task as Task, iface, { how, asItWas });
  await release(engine, task, iface, how);
  const [first] = failures;
  return first === undefined ? "done" : { outcome: "failed", reason: `${first}; it is down all the same` };
}

/** What it needed goes down, too, unless something else needs it, or somebody asked for it by name. */
async function release(engine: Engine, task: Down, iface: string, how: How): Promise<void> {
  const unused: string[] = [];
  const needed = engine.records.values().filter(({ users }) => users.includes(iface));
  for (const { name, users, asked } of needed.toArray()) {
    const rest = users.filter((user) => user !== iface);
    engine.update(name, () => ({ users: rest }));
    if (rest.length === 0 && !asked && engine.operations.of(name)?.goal !== "down") unused.push(name);
  }
  for (const name of unused) {
    await engine.child(
      task as Task,
      "CTLSOCK_IFDOWN",
      name,
      { unused: true, ...how },
      { cleans: true, timeout: engine.world.settings.timeout },
    );
  }
}
