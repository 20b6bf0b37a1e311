/** discoverall, macwalk, arpwalk, nbtwalk: one job for each device that is due. */

import type { Settings } from "../../config/keys.ts";
import type { DeviceRow } from "../../store/device.ts";
import { allDevices } from "../../store/device.ts";
import { enqueue } from "../../store/job.ts";
import type { Action, Outcome } from "../action.ts";
import {
  type Decision,
  deviceSubject,
  mayArpnip,
  mayDiscover,
  mayMacsuck,
  mayNbtstat,
  type Subject,
} from "../permission.ts";

interface Rule {
  may(settings: Settings, subject: Subject): Decision;
  minAge(settings: Settings): number;
  last(device: DeviceRow): number | null;
}

/** What was done in the future was done by a wrong clock, and is due. */
const isBetween = (due: number, last: number, now: number) => last > due && last <= now;

function walk(name: string, action: string, help: string, rule: Rule): Action<undefined> {
  return {
    name,
    help,
    wants: "nothing",
    state: () => undefined,
    stages: [
      {
        name: "queue",
        phase: "main",
        help: `one ${action} job for each device that is due and allowed`,
        async run({ store, options: { settings }, request }): Promise<Outcome> {
          const now = Date.now();
          const due = now - rule.minAge(settings) * 1000;
          let [seen, forbidden, young] = [0, 0, 0];
          const jobs: { action: string; device: string }[] = [];
          for await (const device of allDevices(store)) {
            seen++;
            if (device.is_pseudo) forbidden++;
            else if (!rule.may(settings, deviceSubject(device, device.ip)).allowed) forbidden++;
            else if (!request.force && isBetween(due, rule.last(device) ?? 0, now)) young++;
            else jobs.push({ action, device: device.ip });
          }
          const added = await enqueue(store, jobs);
          const waiting = jobs.length - added;
          const rest = [
            [waiting, "queued already"],
            [young, "not due"],
            [forbidden, "not allowed"],
          ].filter(([count]) => count !== 0);
          const but = rest.map(([count, text]) => `${count} ${text}`).join(", ");
          return {
            status: "done",
            message: `${added} of ${seen} devices queued for ${action}${but ? ` (${but})` : ""}`,
          };
        },
      },
    ],
  };
}

export const discoverall = walk("discoverall", "discover", "queues discover for all devices that are due", {
  may: mayDiscover,
  minAge: (settings) => settings["backend.discoverMinAge"],
  last: (device) => device.last_discover,
});

export const macwalk = walk("macwalk", "macsuck", "queues macsuck for all devices that are due", {
  may: mayMacsuck,
  minAge: (settings) => settings["backend.macsuckMinAge"],
  last: (device) => device.last_macsuck,
});

export const arpwalk = walk("arpwalk", "arpnip", "queues arpnip for all devices that are due", {
  may: mayArpnip,
  minAge: (settings) => settings["backend.arpnipMinAge"],
  last: (device) => device.last_arpnip,
});

export const nbtwalk = walk("nbtwalk", "nbtstat", "queues nbtstat for all devices", {
  may: mayNbtstat,
  minAge: () => 0,
  last: () => null,
});
