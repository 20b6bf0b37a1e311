/**
 * Netdisco's deployment.yml (its wiki, Configuration) in our words. What cannot be carried over is named with the reason,
 * each setting on its own: nothing is passed over in silence.
 */
import { type Key, keys } from "../../config/keys.ts";
import { Problem } from "../../problem.ts";
import { aclsFrom, type Given, PerlRegexp } from "./netdisco-acl.ts";
import { credentialsFrom } from "./netdisco-credentials.ts";
import { reasonFor } from "./netdisco-reasons.ts";

export interface NotCarried {
  /** The setting, or the part of it. */
  setting: string;
  reason: string;
}

export interface ConvertedConfig {
  /** Keys of src/config/keys.ts and their values. */
  settings: Record<string, unknown>;
  /** Entries of the credentials file. */
  credentials: Record<string, unknown>[];
  /** Netdisco's database, for `reeve backend import-netdisco`. */
  database: { url: string; password: string } | undefined;
  notCarried: NotCarried[];
  /** What became of settings that ours say in another way. */
  notes: string[];
}

const largestFile = 4 * 1024 * 1024;

/** @throws Problem `bad-request` for what is no YAML, or no settings */
export async function convertNetdiscoConfig(content: string, file: string): Promise<ConvertedConfig> {
  if (content.length > largestFile) throw new Problem("too-large", `${file}: larger than ${largestFile} bytes`);
  const given = await readYaml(content, file);
  const result: ConvertedConfig = { settings: {}, credentials: [], database: undefined, notCarried: [], notes: [] };
  const rest = new Map(Object.entries(given));
  const take = (name: string): Given => {
    const value = rest.get(name);
    rest.delete(name);
    return value;
  };
  const carry = (setting: string, key: string, value: unknown) => put(result, setting, key, value);

  database(take("database"), result);
  aclsFrom(take, carry, result);
  credentialsFrom(take, result);
  for (const [setting, [key, convert]] of Object.entries(plain)) {
    const value = take(setting);
    if (value !== undefined && value !== null) carry(setting, key, convert(value));
  }
  timeouts(take, [...rest.keys()], carry);
  workers(take("workers"), carry, result);
  schedule(take("schedule"), carry, result);
  patterns(take, carry);
  names(take("dns"), carry, result);
  for (const setting of rest.keys()) result.notCarried.push({ setting, reason: reasonFor(setting) });
  return result;
}

type Carry = (setting: string, key: string, value: unknown) => void;
type Take = (name: string) => Given;

/** Into the settings, if the key takes it; a value that is our default is left out. */
function put(result: ConvertedConfig, setting: string, name: string, value: unknown): void {
  const key = (keys as Record<string, Key<unknown>>)[name];
  const read = key?.kind.read(value);
  if (read === undefined) {
    result.notCarried.push({ setting, reason: `${name} takes ${key?.kind.expected}` });
  } else if (JSON.stringify(read) !== JSON.stringify(key?.default)) result.settings[name] = value;
}

const number = (value: Given) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value);
const days = (value: Given) => `${number(value)}d`;
const truth = (value: Given) => ({ true: true, false: false, "1": true, "0": false })[String(value)] ?? value;
const levels: Record<string, string> = {
  debug: "DEBUG",
  core: "DEBUG",
  info: "INFO",
  warning: "WARNING",
  error: "ERROR",
};

/** Settings that are one of ours under another name or unit. */
const plain: Record<string, [key: string, convert: (value: Given) => unknown]> = {
  log: ["log.level", (value) => levels[String(value)] ?? value],
  discover_min_age: ["backend.discoverMinAge", number],
  macsuck_min_age: ["backend.macsuckMinAge", number],
  arpnip_min_age: ["backend.arpnipMinAge", number],
  discover_neighbors: ["backend.queueNeighbours", truth],
  queue_neighbors: ["backend.queueNeighbours", truth],
  expire_devices: ["backend.expireDevices", days],
  expire_nodes: ["backend.expireNodes", days],
  expire_jobs: ["backend.expireJobs", days],
  macsuck_no_vlan: ["backend.macsuckNoVlan", (value) => list(value).map(String)],
  // Microseconds.
  snmptimeout: ["snmp.timeout", (value) => Math.round(Number(value) / 1000)],
  snmpretries: ["snmp.retries", number],
  bulkwalk_repeaters: ["snmp.repetitions", number],
  snmp_remoteport: ["snmp.port", number],
};

export function list(value: Given): Given[] {
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? value : [value];
}

async function readYaml(content: string, file: string): Promise<Record<string, Given>> {
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, merge: true, logLevel: "silent" });
  const [error] = document.errors;
  if (error) {
    const fault = error.code.toLowerCase().replaceAll("_", " ");
    throw new Problem("bad-request", `${file}:${lines.linePos(error.pos[0]).line}: is no YAML: ${fault}`);
  }
  let size = 0;
  const plainOf = (node: unknown, depth: number): Given => {
    if (++size > 200_000 || depth > 50) throw new Problem("bad-request", `${file}: has too many or too deep values`);
    if (isAlias(node)) return plainOf(node.resolve(document), depth + 1);
    if (isSeq(node)) return node.items.map((item) => plainOf(item, depth + 1));
    if (isMap(node)) {
      const own: [string, Given][] = [];
      const merged: [string, Given][] = [];
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? pair.key.value : "?";
        const value = plainOf(pair.value, depth + 1);
        // The parser makes a symbol of it.
        if (!/^(<<|Symbol\(<<\))$/.test(String(key))) own.push([String(key), value]);
        // Of several, the first has the last word; what the map itself says goes before them all.
        else for (const map of list(value).toReversed()) merged.push(...Object.entries(map ?? {}));
      }
      return Object.fromEntries([...merged, ...own]);
    }
    if (!isScalar(node)) return undefined;
    // Perl's own: !!perl/regexp ^sep0.*$
    if (node.tag?.includes("perl/regexp")) return new PerlRegexp(String(node.value));
    // A community may look like a number: 0123.
    if (typeof node.value === "number" && node.source !== String(node.value)) return node.source ?? node.value;
    return node.value as Given;
  };
  const plainly = plainOf(document.contents, 0);
  if (typeof plainly !== "object" || plainly === null || Array.isArray(plainly) || plainly instanceof PerlRegexp) {
    throw new Problem("bad-request", `${file}: expected settings with values`);
  }
  return plainly as Record<string, Given>;
}

const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host);

/** Not our own database: its tables are Netdisco's. */
function database(value: Given, result: ConvertedConfig): void {
  if (typeof value !== "object" || value === null) return;
  const {
    name = "netdisco",
    host = "localhost",
    port = 5432,
    user = "netdisco",
    pass = "",
  } = value as Record<string, Given>;
  const encode = (text: Given) => encodeURIComponent(String(text));
  const socket = String(host).startsWith("/");
  const place = socket
    ? `/${encode(name)}?host=${encode(host)}&port=${port}`
    : `${bracketed(String(host))}:${port}/${encode(name)}`;
  result.database = { url: `postgres://${encode(user)}@${place}`, password: String(pass ?? "") };
}

function timeouts(take: Take, settings: string[], carry: Carry): void {
  const given: Record<string, Given> = {};
  for (const setting of settings) {
    const action = /^([a-z]+)_timeout$/.exec(setting)?.[1];
    if (action !== undefined && !["nbtstat", "graph", "cli"].includes(action)) given[action] = number(take(setting));
  }
  if (Object.keys(given).length > 0) {
    carry("…_timeout", "backend.timeouts", { ...keys["backend.timeouts"].default, ...given });
  }
}

function workers(value: Given, carry: Carry, result: ConvertedConfig): void {
  if (typeof value !== "object" || value === null) return;
  const { tasks, timeout, max_deferrals, retry_after, ...rest } = value as Record<string, Given>;
  if (typeof number(tasks) === "number") {
    const each = keys["backend.jobsPerWorker"].default;
    carry("workers.tasks", "backend.workers", Math.ceil(Number(tasks) / each));
    result.notes.push(
      `workers.tasks: ${tasks} jobs at a time are backend.workers × backend.jobsPerWorker (${each}) here`,
    );
  } else if (tasks !== undefined) {
    result.notes.push("workers.tasks: relative to the number of processors, which backend.workers is by itself");
  }
  if (timeout !== undefined) carry("workers.timeout", "backend.timeout", number(timeout));
  if (max_deferrals !== undefined) carry("workers.max_deferrals", "backend.maxDeferrals", number(max_deferrals));
  const [, count, unit] = /^(\d+)\s*(second|minute|hour|day|week)s?$/.exec(String(retry_after ?? "")) ?? [];
  if (count !== undefined) {
    const time = unit === "week" ? `${Number(count) * 7}d` : `${count}${unit?.[0]}`;
    carry("workers.retry_after", "backend.retryAfter", time);
  } else if (retry_after !== undefined) {
    result.notCarried.push({ setting: "workers.retry_after", reason: "expected a number and a unit, as in 7 days" });
  }
  for (const name of Object.keys(rest)) {
    result.notCarried.push({ setting: `workers.${name}`, reason: "the backend needs no such setting" });
  }
}

const scheduled = ["discoverall", "macwalk", "arpwalk", "nbtwalk", "expire", "expirenodes", "stats"];

function schedule(value: Given, carry: Carry, result: ConvertedConfig): void {
  if (typeof value !== "object" || value === null) return;
  const times: Record<string, string> = {};
  for (const [action, entry] of Object.entries(value as Record<string, Given>)) {
    const setting = `schedule.${action}`;
    const { when, ...more } = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, Given>;
    if (!scheduled.includes(action)) {
      result.notCarried.push({
        setting,
        reason: "only walks, expiry and statistics run by schedule here; use cron and `reeve backend do`",
      });
    } else if (Object.keys(more).length > 0) {
      result.notCarried.push({ setting, reason: `schedules have no ${Object.keys(more).join(", ")}` });
    } else times[action] = cronText(entry === null || entry === false ? undefined : when);
  }
  if (Object.keys(times).length > 0)
    carry("schedule", "backend.schedule", { ...keys["backend.schedule"].default, ...times });
}

function cronText(when: Given): string {
  if (typeof when === "string") return when;
  if (typeof when !== "object" || when === null) return "";
  const { min = "*", hour = "*", mday = "*", month = "*", wday = "*" } = when as Record<string, Given>;
  return [min, hour, mday, month, wday].map(String).join(" ");
}

function patterns(take: Take, carry: Carry): void {
  const texts = (value: Given) => list(value).map((item) => (item instanceof PerlRegexp ? item.source : String(item)));
  const types = take("discover_no_type");
  if (types !== undefined) carry("discover_no_type", "backend.discoverNoType", texts(types));
  const interfaces = [...texts(take("ignore_interfaces")), ...texts(take("ignore_interface_types"))];
  // Netdisco holds them against the whole name.
  if (interfaces.length > 0)
    carry(
      "ignore_interfaces",
      "backend.ignorePorts",
      interfaces.map((text) => `^(?:${text})$`),
    );
}

function names(value: Given, carry: Carry, result: ConvertedConfig): void {
  if (typeof value !== "object" || value === null) return;
  const { no, ...rest } = value as Record<string, Given>;
  if (list(no).some((item) => ["any", "0.0.0.0/0"].includes(String(item)))) carry("dns.no", "backend.dns", false);
  else if (no !== undefined) {
    result.notCarried.push({
      setting: "dns.no",
      reason: "names are looked up for all addresses or for none (backend.dns)",
    });
  }
  for (const name of Object.keys(rest)) {
    result.notCarried.push({ setting: `dns.${name}`, reason: "the system's own resolver is asked" });
  }
}
