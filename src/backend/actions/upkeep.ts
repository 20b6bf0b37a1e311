/** Actions on what is stored: expire, expirenodes, stats, delete, renumber, show. Nothing is asked of a device. */
import { isIP } from "node:net";
import { type DeviceRow, findDevice } from "../../store/device.ts";
import { deleteDevice, renumberDevice } from "../../store/device-change.ts";
import { dumpDevice } from "../../store/device-dump.ts";
import { expireJobs } from "../../store/job.ts";
import { saveStatistics } from "../../store/network-stats.ts";
import { compactSightings, expireDevices, expireSightings } from "../../store/sighting-expiry.ts";
import type { Action, JobContext, Outcome, Phase } from "../action.ts";
import { deviceSubject } from "../permission.ts";

const day = 86_400_000;

/** An action of one step. */
function single(
  about: Pick<Action, "name" | "help" | "wants" | "extra" | "urgent">,
  phase: Phase,
  run: (context: JobContext) => Promise<Outcome>,
): Action<undefined> {
  return { ...about, state: () => undefined, stages: [{ name: "rows", phase, help: about.help, run }] };
}

async function known({ store, request }: JobContext): Promise<DeviceRow | Outcome> {
  return (await findDevice(store, request.device)) ?? { status: "error", message: `${request.device} is not known` };
}

const isOutcome = (found: DeviceRow | Outcome): found is Outcome => "message" in found;

export const expire = single(
  {
    name: "expire",
    help: "deletes devices, sightings and jobs older than the configuration keeps them; compacts history",
    wants: "nothing",
  },
  "store",
  async (context) => {
    const { store, options } = context;
    const now = Date.now();
    const before = (name: "Devices" | "Nodes" | "Jobs") => {
      const seconds = options.settings[`backend.expire${name}`];
      return seconds === 0 ? undefined : now - seconds * 1000;
    };
    const told: string[] = [];
    const [devices, nodes, jobs] = [before("Devices"), before("Nodes"), before("Jobs")];
    if (devices !== undefined) {
      const gone = await expireDevices(store, devices, { now });
      for (const { ip, name } of gone) {
        context.report("device expired", { ip, name });
        context.event({
          event: "delete",
          at: now,
          device: ip,
          data: { ip, name },
          subject: deviceSubject(undefined, ip),
        });
      }
      const names = gone.slice(0, 5).map(({ ip, name }) => name || ip);
      told.push(
        `${gone.length} devices${gone.length > 0 ? ` (${names.join(", ")}${gone.length > 5 ? ", …" : ""})` : ""}`,
      );
    }
    if (nodes !== undefined) {
      const counts = await expireSightings(store, { sightings: nodes, events: nodes });
      told.push(`${counts.node + counts.node_ip} sightings`);
    }
    if (jobs !== undefined) told.push(`${await expireJobs(store, jobs)} jobs`);
    return {
      status: "done",
      message: `expired ${told.join(", ") || "nothing"}; ${await compactSightings(store, now)} intervals joined`,
    };
  },
);

export const expirenodes = single(
  {
    name: "expirenodes",
    help: "deletes the sightings of one device, or of one port of it (-p)",
    wants: "device",
    urgent: true,
  },
  "store",
  async (context) => {
    const device = await known(context);
    if (isOutcome(device)) return device;
    const { port } = context.request;
    let query = context.store.db.deleteFrom("node").where("device", "=", device.id);
    if (port) query = query.where("port", "=", port);
    const { numDeletedRows } = await query.executeTakeFirst();
    return { status: "done", message: `${numDeletedRows} sightings of ${device.ip}${port ? ` ${port}` : ""} deleted` };
  },
);

export const stats = single(
  { name: "stats", help: "counts devices, ports and nodes into the day's row of statistics", wants: "nothing" },
  "store",
  async ({ store }) => {
    const row = await saveStatistics(store, Date.now());
    return {
      status: "done",
      message: `${row.device_count} devices, ${row.device_port_count} ports, ${row.node_active_count} nodes`,
    };
  },
);

export const remove = single(
  {
    name: "delete",
    help: "forgets a device and all that belongs to it",
    wants: "device",
    extra: "archive: its sightings stay as history",
    urgent: true,
  },
  "store",
  async (context) => {
    const device = await known(context);
    if (isOutcome(device)) return device;
    const { extra } = context.request;
    if (extra !== "" && extra !== "archive") return { status: "error", message: `-e: expected archive or nothing` };
    await deleteDevice(context.store, device.id, { archive: extra === "archive" });
    const { ip, name } = device;
    if (!context.dryRun) {
      context.event({
        event: "delete",
        at: Date.now(),
        device: ip,
        data: { ip, name },
        subject: deviceSubject(device, ip),
      });
    }
    return { status: "done", message: `${name || ip} deleted${extra ? ", its sightings archived" : ""}` };
  },
);

export const renumber = single(
  {
    name: "renumber",
    help: "polls a device at another address from now on; its history stays",
    wants: "device",
    extra: "required: the new address",
    urgent: true,
  },
  "store",
  async (context) => {
    const device = await known(context);
    if (isOutcome(device)) return device;
    const to = context.request.extra;
    if (!isIP(to)) return { status: "error", message: `${JSON.stringify(to)} is no address` };
    await renumberDevice(context.store, device.id, to);
    return { status: "done", message: `${device.ip} is now ${to}` };
  },
);

export const show = single(
  {
    name: "show",
    help: "tells what is stored of a device",
    wants: "device",
    extra: "a table alone: device_port, node …",
  },
  "store",
  async (context) => {
    const device = await known(context);
    if (isOutcome(device)) return device;
    const rows = await dumpDevice(context.store, device.id);
    const { extra } = context.request;
    if (extra !== "" && !Object.hasOwn(rows, extra)) {
      return { status: "error", message: `-e: there is no table ${extra}; known: ${Object.keys(rows).join(", ")}` };
    }
    for (const [table, list] of Object.entries(rows)) {
      if (extra === "" || extra === table) for (const row of list as object[]) context.show(table, row);
    }
    const counts = Object.entries(rows).map(([table, list]) => `${(list as unknown[]).length} ${table}`);
    const since = Math.round((Date.now() - (device.last_discover ?? device.created)) / (day / 24));
    return { status: "done", message: `${device.name || device.ip}: ${counts.join(", ")}; discovered ${since} h ago` };
  },
);
