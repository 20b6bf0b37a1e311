/** The name this machine goes by at its servers: OCS's device id, `host-YYYY-MM-DD-hh-mm-ss`, made once. */
import { hostname } from "node:os";
import { join } from "node:path";
import { isDeviceId } from "../inventory/document.ts";
import { logger } from "../log.ts";
import { readJson, replaceFile } from "../system/file.ts";

export interface Identity {
  deviceId: string;
  /** The id before the host was renamed; told to servers so that they keep the machine's row. */
  oldDeviceId?: string;
}

interface Saved extends Identity {
  hostname: string;
}

/** As U `Agent.pm` makes it: short host name and local time. */
export function newDeviceId(host: string, now = new Date()): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())];
  const time = [two(now.getHours()), two(now.getMinutes()), two(now.getSeconds())];
  const name = host.replace(/[^\w.-]/g, "_").slice(0, 200) || "localhost";
  return [name, ...date, ...time].join("-");
}

/** The id kept in the state folder; a new one when there is none, or when the host has another name now. */
export function identify(state: string): Identity {
  const file = join(state, "device.json");
  const host = hostname().split(".")[0] ?? "";
  const saved = readJson(file) as Partial<Saved> | undefined;
  const known = typeof saved?.deviceId === "string" && isDeviceId(saved.deviceId) ? saved.deviceId : undefined;
  if (known !== undefined && saved?.hostname === host) {
    const old = saved.oldDeviceId;
    return { deviceId: known, ...(typeof old === "string" && isDeviceId(old) ? { oldDeviceId: old } : {}) };
  }
  const identity: Identity = { deviceId: newDeviceId(host), ...(known === undefined ? {} : { oldDeviceId: known }) };
  replaceFile(file, JSON.stringify({ ...identity, hostname: host } satisfies Saved));
  logger("agent").info("this machine has a new device id", { ...identity });
  return identity;
}
