/** DHCP: a client is started, and what it does until there is a lease is part of this event; or it is ended. */
import type { Client, ClientOptions } from "../dhcp/supplier.ts";
import type { Engine } from "../engine.ts";
import type { Ending } from "../events/events.ts";
import { type Ended, Ends, type Task } from "../events/task.ts";
import { claimLinkLocal, isLinkLocal } from "../link-local.ts";
import { nextWay } from "../policy/policy.ts";
import { tellDns } from "../tell-dns.ts";

type Dhcp = Task<"DHCP">;

/** Milliseconds that a link may take to find its carrier after it was raised. */
const negotiation = 5000;

export async function dhcp(task: Dhcp, engine: Engine): Promise<Ending> {
  const { what, method } = task.parameters;
  const { iface, parent } = task.event;
  if (method.family === 6) task.about = " 6";
  if (method.method === "ipv4ll") return await claimLinkLocal(engine, task as Task);
  if (what === "release" || what === "stop") return await end(task, engine, what === "release");
  const entry = parent === 0 ? await engine.operations.enter(task as Task, iface, "renew") : undefined;
  try {
    return await (what === "start" ? start(task, engine) : renew(task, engine));
  } finally {
    if (entry && "leave" in entry) entry.leave();
  }
}

async function start(task: Dhcp, engine: Engine): Promise<Ending> {
  const { iface } = task.event;
  const { family, options } = task.parameters.method;
  const running = engine.clients.get(iface, family);
  const lease = engine.records.get(iface)?.leases.find((one) => one.family === family)?.lease;
  if (running && lease) return { outcome: "done", reason: `${lease.address} is held` };
  return await leased(task, engine, async () => running ?? (await startClient(task, engine, options)));
}

async function renew(task: Dhcp, engine: Engine): Promise<Ending> {
  const { iface } = task.event;
  const client = engine.clients.get(iface, task.parameters.method.family);
  if (!client) return { outcome: "notfound", reason: "no client runs for it" };
  engine.watches.end(iface);
  return await leased(task, engine, async () => {
    await client.renew();
    engine.say(task as Task, `${client.record.supplier} asks anew`);
    engine.noteClient(client);
    return client;
  });
}

/** Until there is a lease, or nobody need wait for one. */
async function leased(task: Dhcp, engine: Engine, begin: () => Promise<Client>): Promise<Ending> {
  const { iface } = task.event;
  const { family } = task.parameters.method;
  const settled = Promise.withResolvers<{ ended: Ended; unanswered: boolean }>();
  const settle = (ended: Ended, unanswered = false) => settled.resolve({ ended, unanswered });
  const { dhcpTimeout } = engine.world.settings;
  const late: Ended = { outcome: "timeout", reason: `no lease within ${dhcpTimeout / 1000} s` };
  const cancel = engine.world.clock.after(dhcpTimeout, () => settle(late, true));
  try {
    const { ended, unanswered } = await engine.clients.whileWaiting(
      iface,
      family,
      { task: task as Task, settle },
      async () => {
        const client = await begin();
        void client.exited.then(({ status }) => settle({ outcome: "failed", reason: death(client, status) }));
        void withoutCarrier(engine, task, settled.promise).then((lost) => {
          if (lost) settle({ outcome: "deferred", reason: "no carrier" }, true);
        });
        return await task.until(settled.promise);
      },
    );
    // A server that does not answer may yet; unless the policy knows something better, the client goes on asking.
    const goesOn = unanswered && nextWay(engine.policy, "dhcp", ended.outcome) === undefined;
    return goesOn ? { outcome: "deferred", reason: ended.reason } : ended;
  } finally {
    cancel();
    settle(late);
  }
}

async function startClient(task: Dhcp, engine: Engine, options: ClientOptions["options"]): Promise<Client> {
  const { iface } = task.event;
  const { family } = task.parameters.method;
  const { suppliers, settings } = engine.world;
  const supplier = suppliers.find(({ name }) => settings.dhcpClient === "auto" || name === settings.dhcpClient);
  if (!supplier) throw new Ends("failed", "no DHCP client is installed");
  const { folder, script, socket } = settings.clients;
  const timeout = Math.ceil(settings.dhcpTimeout / 1000);
  const client = await supplier.start({ iface, family, options, folder, script, socket, timeout });
  engine.say(task as Task, `${supplier.name} started`);
  engine.keepClient(client);
  task.check();
  return client;
}

function death(client: Client, status: number | null): string {
  const word = client.lastWord();
  return `${client.record.supplier} ended${status === null ? "" : ` with ${status}`}${word ? `: ${word}` : ""}`;
}

/** Whether the link has no carrier, as soon as it has none: nobody can answer. One just raised has some time to find it. */
async function withoutCarrier(engine: Engine, task: Dhcp, over: Promise<unknown>): Promise<boolean> {
  const { iface } = task.event;
  const link = () => engine.link(iface);
  try {
    const end = over.then(() => false);
    if (!(await engine.changes.until(task as Task, () => link()?.up || undefined, end))) return false;
    const found = await engine.changes.within(task as Task, negotiation, () => link()?.carrier || undefined, over);
    if (!found) return !link()?.carrier;
    return await engine.changes.until(task as Task, () => (link()?.carrier ? undefined : true), end);
  } catch {
    return false; // the event was told to end, and so does its wait
  }
}

async function end(task: Dhcp, engine: Engine, release: boolean): Promise<Ending> {
  const { iface } = task.event;
  const { family } = task.parameters.method;
  const record = engine.records.get(iface)?.clients.find((one) => one.family === family);
  const client = engine.clients.get(iface, family) ?? (record && engine.adopt(record));
  // What its script says until it has ended is part of this.
  const waiting = { task: task as Task, settle: () => undefined };
  if (family === 4) engine.watches.end(iface);
  const leased = engine.records.get(iface)?.leases.some((one) => one.family === family && !isLinkLocal(one.lease));
  if (client) {
    engine.clients.forget(client);
    await engine.clients.whileWaiting(iface, family, waiting, async () => {
      if (release && leased) await client.release(releaseTime);
      else await client.stop();
    });
    engine.say(task as Task, `${client.record.supplier} ${release && leased ? "gave the lease back" : "ended"}`);
  }
  const before = engine.records.get(iface);
  if (!before) return "done";
  // What it gave goes from the kernel with the next plan.
  const { leases } = engine.update(iface, ({ clients, leases: held }) => ({
    clients: clients.filter((one) => one.family !== family),
    leases: held.filter((one) => one.family !== family),
  }));
  await tellDns(engine, task as Task, engine.bases.get(iface) ?? before.owned.wanted, before.leases, leases);
  return "done";
}

/** Milliseconds for the server to be told. */
const releaseTime = 3000;
