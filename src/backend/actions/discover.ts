/** discover: what a device is and has, and whom it sees. */
import type { DeviceFacts, NeighbourFact, NeighbourProtocol, Part } from "../../network/facts.ts";
import type { Oid } from "../../snmp/value.ts";
import { type DeviceRow, setGates } from "../../store/device.ts";
import { enqueue } from "../../store/job.ts";
import { forgetDeferrals } from "../../store/skip.ts";
import type { Action, JobContext, Outcome } from "../action.ts";
import { addresses, addressesObjects } from "../device/addresses.ts";
import { cdp, cdpObjects } from "../device/cdp.ts";
import { closedGates, type Gate, type GateTimes, gateObjects, gateTimes, keptGates } from "../device/gates.ts";
import { identities } from "../device/identity-facts.ts";
import { lldp, lldpObjects } from "../device/lldp.ts";
import { modules, modulesObjects } from "../device/modules.ts";
import { ports, portsObjects } from "../device/ports.ts";
import { power, powerObjects } from "../device/power.ts";
import type { PortNames } from "../device/reader.ts";
import { routed, routedObjects } from "../device/routed.ts";
import { stpLinkObjects, stpLinks } from "../device/stp-links.ts";
import { system, systemObjects } from "../device/system.ts";
import { vlans, vlansObjects } from "../device/vlans.ts";
import { type StoredDiscovery, storeDiscovery } from "../discovery.ts";
import { isIgnored } from "../ignore.ts";
import { neighbourJobs } from "../neighbours.ts";
import { deviceSubject } from "../permission.ts";
import { traceRows } from "../trace.ts";
import { allowedStage, connectVisit, newVisit, type Visit, visiting } from "../visit.ts";

export interface Discovery extends Visit {
  facts: Partial<DeviceFacts>;
  names: PortNames;
  gates?: GateTimes | undefined;
  closed: Set<Gate>;
  /** There are ports that are not stored. */
  ignored?: boolean;
  /** What store made of it: the device's number, and what has changed. */
  stored?: StoredDiscovery;
}

const none: PortNames = { name: () => "", ofBridgePort: () => undefined };
const unchanged = <Row>(): Part<Row> => ({
  rows: [],
  complete: false,
  reason: "unchanged since the last visit",
  passedOver: true,
});

/** A stage that reads tables and maps them. `gate`: left out while that one is closed. */
function reads(
  name: string,
  help: string,
  objects: (state: Discovery) => readonly Oid[],
  map: (state: Discovery, context: JobContext) => void,
  needs: readonly string[] = ["system", "interfaces"],
) {
  return {
    name,
    help,
    phase: "main" as const,
    needs,
    objects,
    run(context: JobContext, state: Discovery): undefined {
      map(state, context);
    },
  };
}

export const discover: Action<Discovery> = {
  name: "discover",
  help: "reads what a device is, its ports, addresses, VLANs, modules and neighbours",
  wants: "device",
  state: () => ({ ...newVisit(), facts: {}, names: none, closed: new Set() }),
  ...visiting,
  stages: [
    allowedStage("discover"),
    {
      name: "connect",
      phase: "early",
      help: "finds the credential that answers",
      async run(context, state): Promise<Outcome | undefined> {
        await connectVisit(context, state, gateObjects);
        if (!context.dryRun) await forgetDeferrals(context.store, context.request.device);
        state.gates = gateTimes(state.tables, state.now);
        if (!context.request.force) state.closed = closedGates(keptGates(state.known?.gates), state.gates);
        return undefined;
      },
    },
    reads(
      "system",
      "name, vendor, model, serial, operating system",
      ({ about }) => systemObjects(about),
      (state) => {
        state.facts.system = system(state.tables, state.about);
      },
      ["connect"],
    ),
    reads(
      "interfaces",
      "ports, duplex, spanning tree, aggregation, 802.1X",
      ({ about }) => portsObjects(about),
      (state, { options }) => {
        const { part, names } = ports(state.tables, state.about);
        const rows = part.rows.filter((port) => !isIgnored(options.settings, port));
        state.ignored = rows.length < part.rows.length;
        state.facts.ports = { ...part, rows };
        state.names = names;
      },
      ["system"],
    ),
    reads(
      "addresses",
      "IPv4 and IPv6 addresses with prefixes and VRFs",
      ({ about }) => addressesObjects(about),
      (state) => {
        state.facts.addresses = addresses(state.tables, state.about, state.names);
      },
    ),
    reads(
      "vlans",
      "VLANs, and which port is in which",
      ({ about }) => vlansObjects(about),
      (state) => {
        const read = vlans(state.tables, state.about, state.names);
        state.facts.vlans = read.vlans;
        state.facts.portVlans = read.portVlans;
      },
    ),
    reads(
      "modules",
      "chassis, cards, power supplies (ENTITY-MIB)",
      ({ about, closed }) => (closed.has("entities") ? [] : modulesObjects(about)),
      (state) => {
        state.facts.modules = state.closed.has("entities") ? unchanged() : modules(state.tables, state.about);
      },
    ),
    reads(
      "power",
      "power over Ethernet",
      ({ about }) => powerObjects(about),
      (state) => {
        const read = power(state.tables, state.about, state.names);
        state.facts.power = read.power;
        state.facts.portPower = read.portPower;
      },
    ),
    reads(
      "neighbors",
      "LLDP, CDP, spanning tree, OSPF and BGP",
      ({ about, closed }) => [
        ...(closed.has("lldp") ? [] : lldpObjects(about)),
        ...cdpObjects(about),
        ...stpLinkObjects(about),
        ...routedObjects(about),
      ],
      (state, { request }) => {
        const { tables, about, names } = state;
        const read = {
          lldp: state.closed.has("lldp") ? unchanged<NeighbourFact>() : lldp(tables, about, names),
          cdp: cdp(tables, about, names),
          stp: stpLinks(tables, about, names),
          ...routed(tables, about, names),
        };
        state.facts.neighbours = hasJustStarted(state.facts.system) && !request.force ? hesitant(read) : read;
      },
    ),
    {
      name: "identity",
      phase: "main",
      help: "what tells this device from all others",
      needs: ["system", "interfaces"],
      run(_context, state): undefined {
        if (state.facts.system)
          state.facts.identities = identities(state.tables, state.facts.system, state.facts.ports);
      },
    },
    {
      name: "rows",
      phase: "store",
      help: "one transaction: upserts, differences, history",
      needs: ["identity"],
      async run(context, state): Promise<Outcome> {
        const facts = filled(state.facts);
        const { ports, addresses, vlans, portVlans, power, portPower, modules, neighbours } = facts;
        traceRows(context, {
          ...{ device: [facts.system], device_identity: facts.identities, device_ip: addresses.rows },
          ...{ device_port: ports.rows, device_vlan: vlans.rows, device_port_vlan: portVlans.rows },
          ...{ device_power: power.rows, device_port_power: portPower.rows, device_module: modules.rows },
          link: Object.values(neighbours).flatMap((part) => part.rows),
        });
        state.stored = await storeDiscovery(context, state, facts);
        if (state.gates) await setGates(context.store, state.stored.id, gatesAfter(state, facts));
        return summary(state, facts);
      },
    },
    {
      name: "queue",
      phase: "late",
      help: "neighbours that are not known yet are queued for discover",
      needs: ["rows"],
      async run(context, state): Promise<undefined> {
        const { settings } = context.options;
        const links = state.facts.neighbours;
        if (context.dryRun || !settings["backend.queueNeighbours"] || !links) return;
        const jobs = await neighbourJobs(context.store, settings, links);
        if (jobs.length > 0) context.report("neighbours queued", { added: await enqueue(context.store, jobs) });
      },
    },
    {
      name: "hooks",
      phase: "late",
      help: "tells programs and URLs of backend.hooks",
      needs: ["rows"],
      run(context, { stored }): undefined {
        if (!stored || context.dryRun) return;
        const { device, isNew, events } = stored;
        const subject = deviceSubject(device, device.ip);
        const data = { ...described(device), changes: events.length };
        if (isNew) context.event({ event: "new_device", at: Date.now(), device: device.ip, data, subject });
        context.event({ event: "discover", at: Date.now(), device: device.ip, data, subject });
      },
    },
  ],
};

function described({ ip, name, dns, vendor, model, serial, os, os_ver }: DeviceRow) {
  return { ip, name, dns, vendor, model, serial, os, os_ver };
}

const notAsked = <Row>(): Part<Row> => ({ rows: [], complete: false, reason: "not asked for", passedOver: true });

function filled(facts: Partial<DeviceFacts>): DeviceFacts {
  const { system } = facts;
  if (!system) throw new Error("discover stored without its system stage");
  return {
    system,
    identities: facts.identities ?? [],
    addresses: facts.addresses ?? notAsked(),
    ports: facts.ports ?? notAsked(),
    vlans: facts.vlans ?? notAsked(),
    portVlans: facts.portVlans ?? notAsked(),
    power: facts.power ?? notAsked(),
    portPower: facts.portPower ?? notAsked(),
    modules: facts.modules ?? notAsked(),
    neighbours: facts.neighbours ?? {
      lldp: notAsked(),
      cdp: notAsked(),
      stp: notAsked(),
      ospf: notAsked(),
      bgp: notAsked(),
    },
  };
}

/** A gate may close next time only over what was read whole this time, or is still behind a closed one. */
function gatesAfter(state: Discovery, facts: DeviceFacts): GateTimes {
  const before = keptGates(state.known?.gates);
  const read: NonNullable<GateTimes["read"]> = { ...before?.read };
  const whole: Record<Gate, boolean> = {
    // Others take the names of ports from the store while this gate is closed: all of them must be there.
    interfaces: facts.ports.complete && !state.ignored,
    entities: facts.modules.complete,
    lldp: facts.neighbours.lldp.complete,
  };
  for (const name of ["interfaces", "entities", "lldp"] as const) {
    if (whole[name]) read[name] = state.now;
    else if (!state.closed.has(name) || name === "interfaces") delete read[name];
  }
  return { ...(state.gates as GateTimes), read };
}

/** Hundredths of a second: by then neighbours have spoken (LLDP and CDP every 30 to 60 s), and sub-agents are back. */
const settled = 18_000;

function hasJustStarted(system: DeviceFacts["system"] | undefined): boolean {
  return system?.uptime != null && system.uptime < settled;
}

/** Right after a start tables of neighbours are short because nobody has spoken yet: they take nothing away. */
function hesitant(read: DeviceFacts["neighbours"]): DeviceFacts["neighbours"] {
  const reason = "its agent started a moment ago";
  const parts = Object.entries(read).map(([protocol, part]) => [
    protocol,
    part.complete ? { ...part, complete: false, passedOver: true, reason } : part,
  ]);
  return Object.fromEntries(parts) as DeviceFacts["neighbours"];
}

type Counted = Pick<Part<never>, "complete" | "reason" | "passedOver"> & { rows: readonly unknown[] };

function summary(state: Discovery, facts: DeviceFacts): Outcome {
  const protocols = Object.keys(facts.neighbours) as NeighbourProtocol[];
  const parts: [string, Counted][] = [
    ["ports", facts.ports],
    ["addresses", facts.addresses],
    ["VLANs", facts.vlans],
    ["modules", facts.modules],
    ...protocols.map((name) => [name, facts.neighbours[name]] as [string, Counted]),
  ];
  const counted = parts.filter(([, part]) => part.rows.length > 0).map(([name, part]) => `${part.rows.length} ${name}`);
  const cut = parts.filter(([, { complete, passedOver }]) => !complete && !passedOver);
  const notes = (state.stored?.notes ?? []).map((note) => `; ${note}`).join("");
  const text = `${facts.system.name || state.about.description.slice(0, 40)}: ${counted.join(", ") || "nothing more"}${notes}`;
  if (cut.length === 0) return { status: "done", message: text };
  const why = cut.map(([name, { reason }]) => `${name} (${reason ?? "cut off"})`).join(", ");
  return { status: "error", partial: true, message: `${text}; incomplete, nothing was removed: ${why}` };
}
