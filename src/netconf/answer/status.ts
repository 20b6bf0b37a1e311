/** How the interfaces stand, out of the kernel's state, the records, the configuration and what is going on. */
import type {
  AddressState,
  DiagnosticLine,
  InterfaceState,
  LeaseState,
  NetconfStatus,
  RouteState,
  Setup,
} from "../../console/interfaces/control.ts";
import { Problem } from "../../problem.ts";
import { version } from "../../version.ts";
import type { Lease } from "../dhcp/lease.ts";
import type { Engine } from "../engine.ts";
import type { Task } from "../events/task.ts";
import type { Managers } from "../here/managers.ts";
import type { Diagnostic } from "../interfaces/configuration.ts";
import { type Address, addressKey, type KernelState, type Link, protocols } from "../kernel/state.ts";
import type { InterfaceRecord } from "../record.ts";
import { changedText } from "./changed.ts";
import { placeOf } from "./event-lines.ts";
import { operationalOf, operationalOfHost } from "./operational.ts";

/** Routes of one interface that are told. */
const mostRoutes = 200;
const localTable = 255;

/** Beside the engine: who else takes care of links, and since when we do. */
export interface Surroundings {
  started: number;
  managers: Managers;
}

/** @param names absent: all that is there, up, or in `auto` @throws Problem `not-found` */
export function statusOf(engine: Engine, around: Surroundings, names?: readonly string[]): NetconfStatus {
  mustKnow(engine, names);
  const { configuration, state, warnings, world } = engine;
  const { pending, rolledBack } = engine.confirmation;
  return {
    pid: process.pid,
    version,
    started: around.started,
    configuration: {
      files: [...configuration.files],
      read: engine.read,
      diagnostics: engine.diagnostics.map(diagnosticOf),
    },
    interfaces: (names ?? namesOf(engine)).map((name) => ({
      ...interfaceOf(engine, around, name),
      ...(names === undefined ? {} : { routes: routesOf(engine.state, name) }),
    })),
    operational: operationalOfHost(state),
    pending: pending
      ? {
          ...{ id: pending.id, since: pending.since, deadline: pending.deadline, by: pending.by },
          changes: [...pending.changes],
        }
      : null,
    rolledBack: rolledBack ? { id: rolledBack.id, at: rolledBack.at, why: rolledBack.why } : null,
    dns: { by: world.dns.by, ...dnsOf(engine) },
    warnings: [...warnings, ...world.journal.warnings, changedText(engine)].filter((text) => text !== ""),
  };
}

/** Links by number, then what is configured or recorded and is not there. */
export function namesOf({ state, records, configuration }: Engine): string[] {
  const there = [...state.links.values()].sort((a, b) => a.index - b.index).map(({ name }) => name);
  const auto = (configuration.classes.get("auto") ?? [])
    .map(({ word }) => word)
    .filter((word) => /^[\w.:-]+$/.test(word));
  return [...new Set([...there, ...records.keys(), ...auto])];
}

/** What kernel, configuration or records have. */
export function knownNames(engine: Engine): Set<string> {
  return new Set([...namesOf(engine), ...engine.configuration.stanzas.map(({ name }) => name)]);
}

/** @throws Problem `not-found` for a name of which nothing is known */
export function mustKnow(engine: Engine, names: readonly string[] | undefined): void {
  if (names === undefined) return;
  const known = knownNames(engine);
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new Problem("not-found", `neither the kernel nor the configuration has an interface ${unknown}`);
}

export function interfaceOf(engine: Engine, around: Surroundings, name: string): InterfaceState {
  const { state } = engine;
  const link = engine.link(name);
  const record = engine.records.get(name);
  const running = engine.operations.of(name)?.task;
  const { setup, manager } = setupOf(engine, around, name, link, record);
  return {
    name,
    index: link?.index ?? null,
    kind: link?.kind ?? "",
    type: link?.type ?? "",
    address: link?.address ?? "",
    mtu: link?.mtu ?? 0,
    master: link?.master ?? "",
    lower: link?.lower ?? "",
    up: link?.up ?? false,
    carrier: link?.carrier ?? false,
    operational: operationalOf(state, link?.name ?? name),
    setup,
    logical: record?.logical ?? "",
    manager,
    addresses: state.addresses.filter(({ device }) => device === name).map((one) => addressOf(engine, record, one)),
    gateways: state.routes
      .filter(({ prefix, table }) => prefix === 0 && table === 254)
      .flatMap(({ hops }) => hops.filter(({ device }) => device === name).map(({ gateway }) => gateway))
      .filter((gateway) => gateway !== ""),
    routes: [],
    methods: (record?.stanzas ?? []).map(({ family, method }) => [family, method].filter(Boolean).join(" ")),
    waitsFor: record?.setup === "deferred" ? record.error : waitOf(running),
    error: record?.setup === "failed" ? record.error : "",
    event: running?.event.id ?? (record?.event || null),
    since: record?.since ?? null,
    users: record?.users ?? [],
    at: placeOf(record?.stanzas[0]?.at),
  };
}

function routesOf({ routes }: KernelState, name: string): RouteState[] {
  const found: RouteState[] = [];
  for (const { family, destination, prefix, table, metric, protocol, hops } of routes) {
    // What the kernel keeps of its own addresses says nothing that these do not.
    if (table === localTable || found.length >= mostRoutes) continue;
    const maker = Object.entries(protocols).find(([, number]) => number === protocol)?.[0];
    for (const { device, gateway } of hops) {
      if (device !== name) continue;
      found.push({
        ...{ family, gateway, table, metric, protocol: maker ?? String(protocol) },
        destination: prefix === 0 ? "default" : `${destination}/${prefix}`,
      });
    }
  }
  return found;
}

/** What an operation that is under way waits for: the innermost of its events that has not ended. */
function waitOf(task: Task | undefined): string {
  if (!task || task.ended) return "";
  const inner = task.children.findLast((child) => !child.ended);
  if (inner) return waitOf(inner) || inner.title;
  return task.awaits ? `${task.awaits.title} (event ${task.awaits.event.id})` : "";
}

function setupOf(
  engine: Engine,
  { managers }: Surroundings,
  name: string,
  link: Link | undefined,
  record: InterfaceRecord | undefined,
): { setup: Setup; manager: string } {
  if (record && record.setup !== "down") return { setup: record.setup, manager: "reeve" };
  // A port that came along with its bridge or bond.
  const master = link?.master ? engine.records.get(link.master) : undefined;
  if (master?.owned.wanted.ports.some(({ is }) => is.name === name)) {
    return { setup: master.setup, manager: "reeve" };
  }
  const other = link ? managers.of(link) : "";
  if (other !== "") return { setup: "unmanaged", manager: other };
  const auto = (engine.configuration.classes.get("auto") ?? []).some(({ word }) => word === name);
  if (auto) return { setup: "pending", manager: "reeve" };
  const configured = engine.configuration.stanzas.some((stanza) => stanza.name === name);
  return configured ? { setup: "down", manager: "reeve" } : { setup: "unmanaged", manager: "" };
}

function addressOf(engine: Engine, record: InterfaceRecord | undefined, address: Address): AddressState {
  const { family, scope, flags, valid, protocol } = address;
  const key = addressKey(address);
  const ours = record?.owned.wanted.addresses.find(({ is }) => addressKey(is) === key);
  // IFAPROT_KERNEL_LO, _RA, _LL (if_addr.h); older kernels do not tell, but an advertised address is told by its flags.
  const kernels = protocol === 1 || protocol === 3 || (family === 6 && scope === "link");
  const advertised = protocol === 2 || (family === 6 && !flags.includes("permanent"));
  return {
    address: `${address.address}/${address.prefix}`,
    family,
    scope,
    flags: [...flags],
    validUntil: valid === null ? null : engine.now + valid * 1000,
    from: ours?.from ?? (kernels || scope === "host" ? "kernel" : advertised ? "router-advertisement" : "foreign"),
  };
}

function dnsOf({ records }: Engine): { servers: string[]; search: string[] } {
  const all = [...records.values()].filter(({ setup }) => setup !== "down").map(({ owned }) => owned.wanted.dns);
  return {
    servers: [...new Set(all.flatMap(({ servers }) => servers))],
    search: [...new Set(all.flatMap(({ search }) => search))],
  };
}

/** @throws Problem `not-found` */
export function leasesOf(engine: Engine, names?: readonly string[]): LeaseState[] {
  mustKnow(engine, names);
  const all: LeaseState[] = [];
  for (const { name, clients, leases } of engine.records.values()) {
    if (names !== undefined && !names.includes(name)) continue;
    for (const { family, lease } of leases) {
      const client = clients.find((one) => one.family === family);
      const expires = lease.lifetime === null ? null : lease.since + lease.lifetime * 1000;
      all.push({
        ...leaseFacts(lease),
        name,
        family,
        client: client?.supplier ?? "",
        pid: client?.pid ?? 0,
        state: expires !== null && expires < engine.now ? "expired" : "bound",
        renewAt: lease.renewal > 0 ? lease.since + lease.renewal * 1000 : null,
        expires,
      });
    }
    for (const { family, supplier, pid } of clients) {
      if (leases.some((one) => one.family === family)) continue;
      all.push({ ...noLease, name, family, client: supplier, pid, state: "requesting", since: engine.now });
    }
  }
  return all;
}

function leaseFacts({ address, prefix, server, routers, dns, domain, search, ntp, mtu, since, other }: Lease) {
  return { address: `${address}/${prefix}`, server, routers, dns, domain, search, ntp, mtu, since, other };
}

const noLease = {
  ...{ address: "", server: "", routers: [], dns: [], domain: "", search: [], ntp: [], mtu: 0 },
  ...{ renewAt: null, expires: null, other: {} },
};

export function diagnosticOf({ severity, message, at, refuses }: Diagnostic): DiagnosticLine {
  return { severity, at: placeOf(at), message, refuses: [...refuses] };
}
