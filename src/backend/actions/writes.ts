/**
 * Actions that write to a device: portcontrol, portname, location, contact. Each SET is verified by reading back, goes
 * into the log with who, what and why, and is only told about in a dry run. Nothing is ever written as a test.
 */
import { Problem } from "../../problem.ts";
import { pause } from "../../process/wait.ts";
import { interfaces } from "../../snmp/mib/interfaces.ts";
import { system as systemObjects } from "../../snmp/mib/system.ts";
import type { Source } from "../../snmp/source.ts";
import { type Oid, tag, type Value, type VarBind } from "../../snmp/value.ts";
import { type DeviceRow, findDevice, getDevice } from "../../store/device.ts";
import { setDeviceText, setPortState } from "../../store/device-change.ts";
import { aggregateOf } from "../../store/device-port.ts";
import { endPortChange, logPortChange, portLog } from "../../store/device-port-log.ts";
import type { LinkRow } from "../../store/link.ts";
import { listLinks } from "../../store/link-list.ts";
import type { Store } from "../../store/store.ts";
import type { Action, JobContext, Outcome, Stage } from "../action.ts";
import { about, aboutObjects } from "../device/about.ts";
import { text as textOf } from "../device/cells.ts";
import { ports, portsObjects } from "../device/ports.ts";
import { addressOf } from "../visit.ts";

interface Write {
  known?: DeviceRow;
  source?: Source;
  ifIndex?: number;
  /** Of a bounce that an earlier try has left in the middle, where the port may not be taken down: the way up alone. */
  onlyUp?: boolean;
}

const known: Stage<Write> = {
  name: "known",
  phase: "check",
  help: "the device is known",
  async run({ store, request }, state): Promise<Outcome | undefined> {
    const device = await findDevice(store, request.device);
    if (!device) return { status: "error", message: `${request.device} is not known yet: discover it first` };
    state.known = device;
    return undefined;
  },
};

const connect: Stage<Write> = {
  name: "connect",
  phase: "early",
  help: "finds the credential that may write",
  needs: ["known"],
  async run(context, state): Promise<Outcome | undefined> {
    if (!state.known || state.known.is_pseudo) return undefined;
    // A dry run reads only: whether the write credential works shows when it is needed.
    const purpose = context.dryRun ? "read" : "write";
    try {
      const { known } = state;
      const at = addressOf(known) ?? "";
      state.source = (await context.connect(at, purpose, context.signal, { known, name: at })).source;
      return undefined;
    } catch (error) {
      return silent(context, error, "nothing was changed");
    }
  },
};

/**
 * What a person asked for now must not happen some hours later: a device that does not answer is an error, not a reason
 * to wait. A bounce alone goes on waiting, for it may have left the port down.
 */
function silent({ request, signal }: JobContext, error: unknown, then: string): Outcome {
  const { code, message } = Problem.from(error);
  const absent = code === "unavailable" || code === "timeout";
  const bounces = request.action === "portcontrol" && request.extra === "bounce";
  if (!absent || signal.aborted || bounces) throw error;
  return { status: "error", message: `${message}; ${then}` };
}

/** ifIndex may have changed since the last discover: it is looked up in the device, now. */
const find: Stage<Write> = {
  name: "port",
  phase: "early",
  help: "finds the port's ifIndex in the device as it is now",
  needs: ["connect"],
  async run({ request, signal }, state): Promise<Outcome | undefined> {
    const { source } = state;
    if (!source) return { status: "error", message: `${request.device} is a pseudo device: it has no ports to set` };
    const first = await source.read(aboutObjects, { signal });
    const its = about(first);
    const { part } = ports((await source.read(portsObjects(its), { signal })).add(first), its);
    const found = part.rows.find(({ port }) => port === request.port);
    if (found) {
      state.ifIndex = found.ifindex;
      return undefined;
    }
    const why = part.complete ? "has no such port" : `did not show its ports: ${part.reason ?? "cut off"}`;
    return { status: "error", message: `${source.name} ${why}: ${request.port}` };
  },
};

const end = (state: Write) => state.source?.close();

/**
 * SET, and read back until it shows or the patience ends.
 * @throws Problem `forbidden` where it shows something else
 */
async function write(
  context: JobContext,
  source: Source,
  binding: VarBind,
  shows: (value: Value | undefined) => boolean,
  signal = context.signal,
): Promise<void> {
  if (context.dryRun) {
    context.report("would set", { target: source.name, oid: binding.oid, value: String(binding.value) });
    return;
  }
  await source.set([binding]);
  const dot = binding.oid.lastIndexOf(".");
  const scalar = binding.oid.endsWith(".0");
  const [column, index] = scalar ? [binding.oid, "0"] : [binding.oid.slice(0, dot), binding.oid.slice(dot + 1)];
  for (let attempt = 0; attempt < 5; attempt++) {
    const read = await source.read([column], { signal });
    if (shows(read.value(column, index))) return;
    await pause(300 * (attempt + 1), signal);
  }
  throw new Problem("forbidden", `${source.name} took the value and does not show it`);
}

const ifAdminStatus = { up: 1, down: 2 } as const;
/** Milliseconds for taking a port up again when its job has been broken off. */
const upPatience = 15_000;

/**
 * Down and up again. What was taken down goes up whatever comes between: a job that is cancelled, late or refused must
 * not leave it so. When that fails as well and the device is silent, the job is deferred, and begins anew.
 */
async function bounce(set: (to: 1 | 2, signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let fault: Problem | undefined;
  try {
    await set(ifAdminStatus.down, signal);
  } catch (error) {
    fault = Problem.from(error);
  }
  try {
    await set(ifAdminStatus.up, AbortSignal.timeout(upPatience));
  } catch (error) {
    const { code, message } = Problem.from(error);
    throw new Problem(code, `${message}; ${mayBeDown}`, { cause: error });
  }
  // Broken off while we looked whether it is down: both were set all the same.
  if (fault !== undefined && !signal.aborted) throw fault;
}

const mayBeDown = "the port may be down";

/** The last that was done to the port is a bounce without an end, or one that could not take it up again. */
async function leftInTheMiddle(store: Store, device: number, port: string): Promise<boolean> {
  const [last] = await portLog(store, device, port, 1);
  if (!last?.log.startsWith("portcontrol bounce")) return false;
  return last.outcome === "info" || last.log.endsWith(mayBeDown);
}

export const portcontrol: Action<Write> = {
  name: "portcontrol",
  help: "takes a port up or down, or down and up again; verified, and logged with the reason",
  wants: "port",
  extra: "required: up, down or bounce",
  urgent: true,
  grace: upPatience + 5000,
  state: () => ({}),
  end,
  stages: [
    known,
    {
      name: "sane",
      phase: "check",
      help: "the port carries no link to another device, unless forced",
      needs: ["known"],
      async run({ store, request }, state): Promise<Outcome | undefined> {
        const { known: device } = state;
        if (!/^(up|down|bounce)$/.test(request.extra)) {
          return {
            status: "error",
            message: `-e: expected up, down or bounce, found ${JSON.stringify(request.extra)}`,
          };
        }
        if (!device || request.force || request.extra === "up") return undefined;
        // What the other end says counts, too: it may be the only one that speaks; and so does the rest of its aggregate.
        let link: LinkRow | undefined;
        for (const port of await aggregateOf(store, device.id, request.port)) {
          link ??= (await listLinks(store, { device: device.id, port }))[0];
        }
        if (!link) return undefined;
        if (request.extra === "bounce" && (await leftInTheMiddle(store, device.id, request.port))) {
          state.onlyUp = true;
          return undefined;
        }
        const own = link.device === device.id;
        const other = own ? undefined : await getDevice(store, link.device);
        const neighbour = own ? link.remote_name || link.remote_ip || link.remote_id : other?.name || other?.ip;
        const message = `${request.port} leads to ${neighbour} by ${link.protocol}: say --force to cut that off`;
        return { status: "error", message };
      },
    },
    connect,
    find,
    {
      name: "set",
      phase: "main",
      help: "SETs ifAdminStatus, reads back, writes the log",
      needs: ["port"],
      run: (context, state) =>
        logged(
          context,
          state,
          `portcontrol ${context.request.extra}${state.onlyUp ? ", up alone" : ""}`,
          async (source) => {
            const oid = `${interfaces.ifAdminStatus}.${state.ifIndex}`;
            const set = (to: 1 | 2, signal: AbortSignal) =>
              write(context, source, { oid, type: tag.integer, value: to }, (is) => is === to, signal);
            const { extra } = context.request;
            const up_admin = extra === "down" ? "down" : "up";
            if (extra === "bounce" && !state.onlyUp) await bounce(set, context.signal);
            else await set(ifAdminStatus[up_admin], context.signal);
            if (context.dryRun) return;
            await setPortState(context.store, state.known?.id ?? 0, context.request.port, { up_admin });
          },
        ),
    },
  ],
};

export const portname: Action<Write> = {
  name: "portname",
  help: "sets a port's description (ifAlias)",
  wants: "port",
  extra: "the new description; empty to take it away",
  urgent: true,
  state: () => ({}),
  end,
  stages: [
    known,
    connect,
    find,
    {
      name: "set",
      phase: "main",
      help: "SETs ifAlias, reads back, writes the log",
      needs: ["port"],
      run: (context, state) =>
        logged(context, state, `portname ${JSON.stringify(context.request.extra)}`, async (source) => {
          const text = context.request.extra;
          const value = new TextEncoder().encode(text);
          // RFC 2863 allows ifAlias 64 octets; a device would cut or refuse more.
          if (value.length > 64) throw new Problem("usage", "a port's description has at most 64 bytes");
          const oid = `${interfaces.ifAlias}.${state.ifIndex}`;
          await write(context, source, { oid, type: tag.octetString, value }, (is) => textOf(is) === text);
          if (!context.dryRun)
            await setPortState(context.store, state.known?.id ?? 0, context.request.port, { name: text });
        }),
    },
  ],
};

function systemText(name: "location" | "contact", oid: Oid): Action<Write> {
  return {
    name,
    help: `sets the device's sys${name === "location" ? "Location" : "Contact"}; of a pseudo device only what we store`,
    wants: "device",
    extra: `the new ${name}; empty to take it away`,
    urgent: true,
    state: () => ({}),
    end,
    stages: [
      known,
      connect,
      {
        name: "set",
        phase: "main",
        help: "SETs it, reads back, writes the log",
        needs: ["connect"],
        run: (context, state) =>
          logged(context, state, `${name} ${JSON.stringify(context.request.extra)}`, async (source) => {
            const value = new TextEncoder().encode(context.request.extra);
            if (value.length > 255) throw new Problem("usage", `a ${name} has at most 255 bytes`);
            const shows = (is: Value | undefined) => textOf(is) === context.request.extra;
            if (source) await write(context, source, { oid, type: tag.octetString, value }, shows);
            if (!context.dryRun && state.known) {
              await setDeviceText(context.store, state.known.id, { [name]: context.request.extra });
            }
          }),
      },
    ],
  };
}

export const location = systemText("location", `${systemObjects.sysLocation}.0`);
export const contact = systemText("contact", `${systemObjects.sysContact}.0`);

/** Does it, and writes down who did what, why, and how it ended; before it begins, for it may be killed in the middle. */
async function logged(
  context: JobContext,
  { known, source }: Write,
  what: string,
  work: (source: Source) => Promise<void>,
): Promise<Outcome> {
  const { request, dryRun, store } = context;
  const change =
    dryRun || !known
      ? undefined
      : await logPortChange(store, {
          device: known.id,
          port: request.port,
          at: Date.now(),
          username: request.username,
          userip: request.userip,
          action: request.action,
          reason: request.reason ?? "",
          log: `${what}: begun`,
          outcome: "info",
        });
  const note = async (outcome: "done" | "error", log: string) => {
    if (change !== undefined) await endPortChange(store, change, { outcome, log });
  };
  try {
    await work(source as Source);
  } catch (error) {
    await note("error", `${what}: ${Problem.from(error).message}`);
    return silent(context, error, "whether it was changed is not known");
  }
  await note("done", what);
  const place = request.port ? `${request.device} ${request.port}` : request.device;
  return { status: "done", message: dryRun ? `would set ${what} on ${place}` : `${what} on ${place}, verified` };
}
