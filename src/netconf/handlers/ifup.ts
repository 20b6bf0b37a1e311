/** CTLSOCK_IFUP: an interface, or all of a request, comes up with what it needs. */
import { type Bringing, BringUp } from "../bring-up.ts";
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import type { UpRequest } from "../events/parameters.ts";
import { type Ended, Ends, Stopped, succeeded, type Task } from "../events/task.ts";
import { chosenUp } from "../expand.ts";
import { inForce } from "../in-force.ts";
import { refusal, type Stanza, saySame } from "../interfaces/configuration.ts";
import { behindLinkLocal } from "../link-local.ts";
import { logicalName } from "../logical.ts";
import { wantedOf } from "../methods/wanted-of.ts";
import type { Wanted } from "../plan/wanted.ts";
import { firstWay, nextWay, prerequisitesOf, stanzaOf } from "../policy/policy.ts";
import type { InterfaceRecord } from "../record.ts";
import { rename } from "../rename.ts";
import { allRan } from "../script-runs.ts";
import { allScripts, howOf, several } from "../several.ts";
import { listedAs } from "../unrecorded.ts";
import { resumeAbove } from "./hotplug.ts";

type Up = Task<"CTLSOCK_IFUP">;

export async function ifup(task: Up, engine: Engine): Promise<Ending> {
  const { iface, by, parent } = task.event;
  const { which } = task.parameters;
  if (parent === 0) engine.say(task as Task, `requested by ${by}`);
  if (which) return await all(task, engine, which);
  const entry = await engine.operations.enter(task as Task, iface, "up");
  if ("joined" in entry) {
    const { asked, user } = task.parameters;
    if (succeeded(entry.joined.outcome)) claim(engine, iface, asked, user);
    return entry.joined;
  }
  try {
    return await one(task, engine);
  } finally {
    engine.bases.delete(iface);
    entry.leave();
  }
}

async function all(task: Up, engine: Engine, which: NonNullable<UpRequest["which"]>): Promise<Ending> {
  const { scripts, mappings } = task.parameters;
  const how = howOf(task.parameters);
  const chosen = chosenUp(engine, which);
  const meta = which.all === true && scripts !== false;
  const failure = meta ? await allScripts(task as Task, engine, "pre-up", which.class ?? "auto", how) : "";
  if (failure !== "") return { outcome: "failed", reason: failure };
  const children = chosen.map(({ physical, logical }) =>
    engine.events.queue(
      "CTLSOCK_IFUP",
      physical,
      {
        class: which.class ?? (which.all ? "auto" : ""),
        asked: true,
        ...(logical === undefined ? {} : { logical }),
        ...(mappings === false ? { mappings } : {}),
        ...how,
      },
      { timeout: engine.world.settings.timeout },
      task as Task,
    ),
  );
  const ended = await several(children as unknown as Task[]);
  const late = meta ? await allScripts(task as Task, engine, "up", which.class ?? "auto", how) : "";
  return late !== "" && succeeded(ended.outcome) ? { outcome: "failed", reason: late } : ended;
}

async function one(task: Up, engine: Engine): Promise<Ending> {
  const { iface } = task.event;
  const request = task.parameters;
  const before = engine.records.get(iface);
  const manager = request.force ? "" : engine.managerOf(iface);
  if (manager !== "") {
    const reason = `${manager} takes care of it`;
    if (request.class !== "" && request.user === undefined) return { outcome: "done", reason: `left alone: ${reason}` };
    throw new Ends("conflict", `${reason}; \`--force\` takes it over`);
  }
  const known = before?.setup === "deferred" || before?.setup === "configuring";
  const settled = before?.setup === "configured" || (known && request.resumes && before.stanzas.length > 0);
  const same = settled && !request.force ? before : undefined;
  const logical = same?.logical ?? (await logicalName(engine, task as Task, iface, request));
  task.result = logical;
  const stanzas = same?.stanzas ?? (await stanzasFor(engine, task, iface, logical));
  if (same) noteChange(engine, task, same);
  let way: BringUp | undefined;
  let adopted = false;
  try {
    const wanted = checked(engine, task, iface, stanzas);
    way = new BringUp(engine, task as Task, {
      iface,
      logical,
      stanzas,
      class: request.class,
      how: howOf(request),
      asked: request.asked,
      ...(request.user === undefined ? {} : { user: request.user }),
      // What it needs may change what is there for it to see.
      ...(wanted.requires.length + wanted.ports.length === 0 ? { wanted } : {}),
    });
    await rename(engine, task as Task, iface);
    adopted = !request.force && adopt(engine, request, { iface, logical, stanzas });
    const waits = await needs(engine, task, wanted);
    const deferred = waits || (await way.go());
    if (deferred === "") {
      engine.retries.forget(iface);
      resumeAbove(engine, iface, task.event.by);
      if (behindLinkLocal(engine, iface)) engine.retries.later(engine, iface);
      return same ? { outcome: "done", reason: same.setup === "configured" ? "it is up" : "" } : "done";
    }
    return defer(engine, task, deferred);
  } catch (error) {
    const keep = way?.kept || adopted || (before !== undefined && isSomething(before));
    return await failed(engine, task, error, keep);
  }
}

/** Another ifup has brought it up, as ifstate says, and run its commands: they do not run twice. */
function adopt(
  engine: Engine,
  request: Up["parameters"],
  { iface, logical, stanzas }: Pick<Bringing, "iface" | "logical" | "stanzas">,
): boolean {
  if (engine.records.has(iface) || !engine.link(iface)?.up) return false;
  if (listedAs(engine, iface) !== logical) return false;
  engine.update(iface, () => ({ logical, stanzas, class: request.class, ran: allRan(stanzas), stood: [] }));
  return true;
}

/** There is something of it: what fails now is no reason to take that away. */
function isSomething({ setup, owned: { made, wanted } }: InterfaceRecord): boolean {
  const { settings, addresses } = wanted;
  return setup === "configured" || setup === "deferred" || made || settings.is.up === true || addresses.length > 0;
}

/** @throws Ends `refused`, `notfound` */
async function stanzasFor(engine: Engine, task: Up, iface: string, logical: string): Promise<readonly Stanza[]> {
  const { configuration, policy } = engine;
  const wrong = refusal(configuration, logical);
  if (wrong) {
    task.event.line = wrong.at;
    throw new Ends("refused", wrong.message);
  }
  const first = firstWay(policy, iface);
  if (first && first.method !== "eni") return [stanzaOf(first, iface)];
  const stanzas = engine.stanzasOf(logical);
  if (stanzas.length > 0) return stanzas;
  const next = nextWay(policy, "eni", "notfound");
  if (next && engine.link(iface)) {
    const parameters = { method: "ENI", outcome: "notfound", reason: "", next: next.name } as const;
    await engine.child(task as Task, "POLICY", iface, parameters);
    return [stanzaOf(next, iface)];
  }
  const at = { file: "", line: 0, column: 0 };
  // It is needed and nothing is said of it: it is there, or a VLAN by its name, and that is all.
  if (task.parameters.user !== undefined) {
    const bare: Stanza = { name: iface, family: "inet", method: "manual", options: [], at, inherits: [] };
    if (engine.link(iface) || wantedOf(iface, [bare], engine.context).wanted.link) return [bare];
  }
  throw new Ends("notfound", `the configuration has no stanza for ${logical}`);
}

/** What it wants, to know what it needs. @throws Ends `refused` */
function checked(engine: Engine, task: Up, iface: string, stanzas: readonly Stanza[]): Wanted {
  const { wanted, diagnostics } = wantedOf(iface, stanzas, engine.context);
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong) {
    task.event.line = wrong.at;
    throw new Ends("refused", wrong.message);
  }
  return wanted;
}

/** Brings up what it needs. @returns for what it waits; "": it is there. @throws Ends */
async function needs(engine: Engine, task: Up, wanted: Wanted): Promise<string> {
  const { iface } = task.event;
  const before = prerequisitesOf(engine.policy, iface);
  const ports = wanted.ports.filter(({ is }) => is.own && !is.joins).map(({ is, at }) => ({ name: is.name, at }));
  const required = wanted.requires.map((name) => ({ name, at: undefined }));
  const names = new Map([...required, ...ports, ...before].map(({ name, at }) => [name, at]));
  if (names.size === 0) return "";
  const children = Array.from(names, ([name, line]) =>
    engine.events.queue(
      "CTLSOCK_IFUP",
      name,
      { class: task.parameters.class, asked: false, user: iface, ...howOf(task.parameters), force: false },
      { line },
      task as Task,
    ),
  );
  const ended = await Promise.all(children.map(({ done }) => done));
  task.check();
  let waits = "";
  for (const [index, { outcome, reason }] of ended.entries()) {
    const name = children[index]?.event.iface ?? "";
    const isPort = ports.some((port) => port.name === name);
    const late = outcome === "deferred" && !isPort && !engine.link(name);
    if (late || (outcome === "deferred" && before.some((one) => one.name === name))) {
      waits ||= `waits for ${name}: ${reason}`;
    } else if (!succeeded(outcome) && !(isPort && outcome === "notfound")) {
      throw new Ends(outcome === "notfound" ? outcome : "failed", `it needs ${name}: ${outcome}: ${reason}`);
    } else claim(engine, name, false, iface);
  }
  return waits;
}

/** That somebody asked for it, or what needs it, is remembered. */
function claim(engine: Engine, iface: string, asked: boolean, user: string | undefined): void {
  const record = engine.records.get(iface);
  if (!record) return;
  const news = user !== undefined && !record.users.includes(user);
  if (news || (asked && !record.asked)) {
    engine.update(iface, ({ users }) => ({ asked: asked || record.asked, users: news ? [...users, user] : users }));
  }
}

function noteChange(engine: Engine, task: Up, { name, logical, stanzas }: InterfaceRecord): void {
  const now = inForce(engine, engine.configuration, name, logical);
  if (now.length > 0 && !saySame(now, stanzas)) {
    engine.say(task as Task, "its configuration has changed since it came up: `apply` takes that over");
  }
}

function defer(engine: Engine, task: Up, reason: string): Ended {
  const { iface } = task.event;
  const { asked, class: name } = task.parameters;
  // Whoever tries again knows by these that it is to be waited for.
  engine.update(iface, (record) => ({
    ...{ setup: "deferred", error: reason, asked: record.asked || asked, class: name || record.class },
  }));
  engine.retries.later(engine, iface);
  return { outcome: "deferred", reason };
}

/** What it has done is left to who takes over, kept where that is better than nothing, and else taken back. */
async function failed(engine: Engine, task: Up, error: unknown, keep: boolean): Promise<Ending> {
  const { iface } = task.event;
  const ended =
    error instanceof Stopped
      ? error.ended
      : error instanceof Ends
        ? { outcome: error.outcome, reason: error.message }
        : undefined;
  if (ended?.outcome === "superseded") throw error;
  const record = engine.records.get(iface);
  const asked = task.parameters.asked || record?.asked === true;
  const name = task.parameters.class || (record?.class ?? "");
  // Hardware that is late, or will be plugged in: it comes up when it is there.
  if (ended?.outcome === "notfound" && engine.world.settings.stays && name !== "" && asked && !engine.link(iface)) {
    return defer(engine, task, ended.reason);
  }
  const begun = engine.records.has(iface) || engine.records.values().some(({ users }) => users.includes(iface));
  if (!keep && begun) {
    await engine.child(
      task as Task,
      "CTLSOCK_IFDOWN",
      iface,
      { undo: true, ...howOf(task.parameters) },
      { cleans: true, timeout: engine.world.settings.timeout },
    );
  }
  const reason = ended?.reason ?? (error instanceof Error ? error.message : String(error));
  const { event } = task;
  engine.update(iface, () => ({ setup: "failed", error: reason, event: event.id, asked: asked || keep }));
  throw error;
}
