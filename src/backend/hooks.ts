/**
 * Hooks: programs and URLs that are told what the backend found. Under `backend.hooks` each has a name, and with it
 *
 *     event: new_device             # or several: [new_device, delete]
 *     exec: [/usr/local/bin/told, --json]      # a text is split at blanks; no shell
 *     url: https://example.org/told            # instead of exec: POST
 *     headerFile: /etc/reeve/told.header       # with url: a further header, NAME: VALUE (a token, say)
 *     timeout: 30                              # seconds
 *     only: [group:core]                       # access lists of the devices it is for
 *     no: 192.0.2.0/24
 *
 * Both get `{"events":[…]}` as JSON, a program on standard input and nothing of it in its words or environment, for names
 * of devices come from the network. Events that come close together go as one call, in their order.
 */
import type { Settings } from "../config/keys.ts";
import { readSecretFile } from "../config/load.ts";
import { logger } from "../log.ts";
import { type Acl, aclAdmits, aclMatches, parseAcl } from "../network/acl.ts";
import { Problem } from "../problem.ts";
import { run } from "../process/run.ts";
import { pause } from "../process/wait.ts";
import type { Subject } from "./permission.ts";

export const hookEvents = ["new_device", "discover", "macsuck", "arpnip", "delete"] as const;

export interface HookEvent {
  event: (typeof hookEvents)[number];
  /** When it happened, epoch ms. */
  at: number;
  /** Address of the device. */
  device: string;
  /** What else there is to tell: columns of the device, counts. Goes out as it is. */
  data: Record<string, unknown>;
  /** For `only` and `no`; stays here. */
  subject: Subject;
}

interface Hook {
  name: string;
  events: Set<string>;
  exec: string[] | undefined;
  url: string | undefined;
  header: [name: string, value: string] | undefined;
  /** Milliseconds. */
  timeout: number;
  only: Acl;
  no: Acl;
}

/** How one call of one hook ended. */
export interface HookResult {
  hook: string;
  events: number;
  /** Absent: it went well. */
  problem?: Problem;
}

/** Events of one call at most. */
const batchSize = 500;
/** Milliseconds between tries of a URL. */
const patience = [1000, 5000];
const log = logger("hooks");

/** @throws Problem `config` naming hook and key */
export function parseHooks(settings: Settings): Hook[] {
  return Object.entries(settings["backend.hooks"]).map(([name, given]) => {
    const refuse = (why: string) => new Problem("config", `backend.hooks.${name}: ${why}`);
    const known = ["event", "exec", "url", "headerFile", "timeout", "only", "no"];
    const stranger = Object.keys(given).find((key) => !known.includes(key));
    if (stranger !== undefined) throw refuse(`unknown key ${stranger}; known: ${known.join(", ")}`);
    const single = (key: string) => {
      const [value, ...more] = given[key] ?? [];
      if (more.length > 0) throw refuse(`${key}: expected one text`);
      return value;
    };
    const events = given.event ?? [];
    const odd = events.find((event) => !(hookEvents as readonly string[]).includes(event));
    if (events.length === 0 || odd !== undefined)
      throw refuse(`event: expected one or more of ${hookEvents.join(", ")}`);
    const url = single("url");
    if ((given.exec === undefined) === (url === undefined)) throw refuse("expected either exec or url");
    if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ""))
      throw refuse("url: expected http:// or https://");
    const { username, password } = new URL(url ?? "http://none");
    if (username || password) throw refuse("url: a user and password do not belong there; headerFile is for secrets");
    const seconds = Number(single("timeout") ?? 30);
    if (!(seconds >= 1 && seconds <= 3600)) throw refuse("timeout: expected seconds from 1 to 3600");
    const headerFile = single("headerFile");
    if (headerFile !== undefined && url === undefined) throw refuse("headerFile: belongs to url");
    const list = (key: "only" | "no") =>
      parseAcl(given[key] ?? [], settings["backend.hostGroups"], {
        name: `backend.hooks.${name}.${key}`,
        timezone: settings["backend.timezone"],
      });
    return {
      name,
      events: new Set(events),
      exec: given.exec && words(given.exec, refuse),
      url,
      header: headerFile === undefined ? undefined : readHeader(headerFile, `backend.hooks.${name}.headerFile`),
      timeout: seconds * 1000,
      only: list("only"),
      no: list("no"),
    };
  });
}

function words(given: string[], refuse: (why: string) => Problem): string[] {
  const split = given.length === 1 ? (given[0] ?? "").split(/\s+/).filter(Boolean) : given;
  if (!split[0]) throw refuse("exec: expected a program, and its words");
  if (split[0].includes("/") && !split[0].startsWith("/"))
    throw refuse("exec: expected an absolute path, or a plain name");
  return split;
}

function readHeader(file: string, name: string): [string, string] {
  const [, key, value] = /^([\w-]+):\s*(\S.*)$/.exec(readSecretFile(file, name)) ?? [];
  if (key === undefined || value === undefined) throw new Problem("config", `${name}: ${file} holds no NAME: VALUE`);
  return [key, value];
}

/**
 * Tells all hooks that want them of these events, at once and in batches; hooks run beside each other, the batches of one
 * in order. What fails is in the result and stops nothing else.
 */
export async function runHooks(
  events: readonly HookEvent[],
  hooks: Hook[],
  signal: AbortSignal,
): Promise<HookResult[]> {
  const results = await Promise.all(
    hooks.map(async (hook) => {
      const wanted = events.filter((event) => wants(hook, event));
      const ended: HookResult[] = [];
      for (let from = 0; from < wanted.length; from += batchSize) {
        ended.push(await call(hook, wanted.slice(from, from + batchSize), signal));
      }
      return ended;
    }),
  );
  return results.flat();
}

function wants(hook: Hook, { event, subject, at }: HookEvent): boolean {
  const now = new Date(at);
  return hook.events.has(event) && !aclMatches(hook.no, subject, now) && aclAdmits(hook.only, subject, now);
}

async function call(hook: Hook, events: HookEvent[], signal: AbortSignal): Promise<HookResult> {
  const shown = events.map(({ event, at, device, data }) => ({ event, at: new Date(at).toISOString(), device, data }));
  const body = JSON.stringify({ events: shown });
  try {
    if (hook.exec) await execute(hook, hook.exec, body, signal);
    else await post(hook, body, signal);
    log.debug("hook told", { hook: hook.name, events: events.length });
    return { hook: hook.name, events: events.length };
  } catch (error) {
    const problem = Problem.from(error);
    log.warning("hook failed", { hook: hook.name, events: events.length, reason: problem.message });
    return { hook: hook.name, events: events.length, problem };
  }
}

/** Once: a program that failed half-way may not be asked again. */
async function execute(hook: Hook, command: string[], body: string, signal: AbortSignal): Promise<void> {
  const ended = await run(command, {
    stdin: body,
    timeout: hook.timeout,
    maxOutput: 4096,
    onOverflow: "truncate",
    signal,
  });
  if (ended.status === 0) return;
  const how = ended.signal === null ? `exit status ${ended.status}` : `signal ${ended.signal}`;
  const said = ended.stderr.trim().split("\n").at(-1)?.slice(0, 200);
  throw new Problem("child-failed", `${command[0]} ended with ${how}${said ? `: ${said}` : ""}`);
}

async function post(hook: Hook, body: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await postOnce(hook, body, signal);
    } catch (error) {
      const wait = patience[attempt];
      const hopeless = error instanceof Problem && !["unavailable", "timeout"].includes(error.code);
      if (wait === undefined || hopeless || signal.aborted) throw error;
      await pause(wait, signal);
    }
  }
}

async function postOnce({ url = "", header, timeout }: Hook, body: string, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(timeout);
  const place = new URL(url).origin;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(header ? { [header[0]]: header[1] } : {}) },
      body,
      // A redirect would carry the header's secret to somebody else.
      redirect: "error",
      signal: AbortSignal.any([signal, late]),
    });
    await response.body?.cancel();
    if (response.ok) return;
    const again = response.status >= 500 || response.status === 429;
    throw new Problem(again ? "unavailable" : "protocol", `${place} answered with HTTP status ${response.status}`);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    if (signal.aborted) throw new Problem("cancelled", `telling ${place} was cancelled`, { cause });
    if (late.aborted) throw new Problem("timeout", `${place} did not answer within ${timeout / 1000} s`, { cause });
    const reason = (cause as { code?: string }).code ?? (cause as Error).message;
    throw new Problem("unavailable", `${place} cannot be reached (${reason})`, { cause });
  }
}
